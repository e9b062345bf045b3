# Gene models by R's glmnet, one gene after the other: the algorithm of docs/gene_models.md in R's own words.
#
# Rscript gene_models.R FOLDER [FILE.R ...]: reads "n p repeats" from standard input for each gene, and FOLDER/{x,y,folds,factors} (int8, double,
# int64, double; column-major); answers with CPU seconds, statistics and weights on one line. Functions of the FILEs replace those below.
suppressMessages(library(glmnet))

do_elastic_net <- function(x, y, n_folds, fold_ids, repeats, alpha) {
  first <- cv.glmnet(x, y, alpha = alpha, keep = TRUE, foldid = fold_ids[, 1], penalty.factor = penalty_factors)
  errors <- matrix(nrow = 100, ncol = repeats)
  errors[seq_along(first$cvm), 1] <- first$cvm
  for (k in seq_len(repeats)[-1]) {
    again <- cv.glmnet(x, y, lambda = first$lambda, alpha = alpha, foldid = fold_ids[, k],
                       penalty.factor = penalty_factors)
    errors[seq_along(again$cvm), k] <- again$cvm
  }
  mean_error <- rowMeans(errors)
  best <- which.min(mean_error)
  list(cv_fit = first, min_avg_cvm = min(mean_error, na.rm = TRUE), best_lam_ind = best, best_lambda = first$lambda[best])
}

evaluate_performance <- function(x, y, fit, best, best_lambda, fold_ids, n_folds) {
  beta <- fit$glmnet.fit$beta[, best]
  if (sum(beta != 0) == 0) {
    return(list(n_weights = 0, R2_mean = NA, R2_sd = NA, inR2 = NA, pred_perf_rsq = NA, pred_perf_pval = NA))
  }
  held <- fit$fit.preval[, best]
  r2 <- sapply(seq_len(n_folds), function(j) {
    k <- fold_ids[, 1] == j
    1 - sum((y[k] - held[k])^2) / sum(y[k]^2)
  })
  fitted <- predict(fit$glmnet.fit, x, s = best_lambda)
  line <- summary(lm(y ~ held))
  list(weights = beta[beta != 0], weighted_snps = names(beta)[beta != 0], n_weights = sum(beta != 0), R2_mean = mean(r2),
       R2_sd = sd(r2), inR2 = 1 - sum((y - fitted)^2) / sum(y^2), pred_perf_rsq = line$r.squared, pred_perf_pval = line$coef[2, 4])
}

do_covariance <- function(gene, x, rsids, names, out) {
  values <- cov(x[, names, drop = FALSE])
  pair <- which(upper.tri(values, diag = TRUE), arr.ind = TRUE)
  write.table(data.frame(gene, rsids[pair[, 1]], rsids[pair[, 2]], values[pair]), out, append = TRUE, quote = FALSE,
              col.names = FALSE, row.names = FALSE)
}

is_function <- function(line) {
  is.call(line) && identical(line[[1]], as.name("<-")) && is.call(line[[3]]) && identical(line[[3]][[1]], as.name("function"))
}

arguments <- commandArgs(trailingOnly = TRUE)
folder <- arguments[1]
for (path in arguments[-1]) for (line in as.list(parse(path))) if (is_function(line)) eval(line)
input <- file("stdin", "r")
while (length(sizes <- scan(input, nlines = 1, quiet = TRUE)) == 3) {
  n <- sizes[1]
  p <- sizes[2]
  x <- matrix(as.numeric(readBin(file.path(folder, "x"), "integer", n * p, size = 1)), n, p)
  colnames(x) <- paste0("s", seq_len(p))
  y <- readBin(file.path(folder, "y"), "double", n)
  folds <- matrix(readBin(file.path(folder, "folds"), "integer", n * sizes[3], size = 8), n, sizes[3])
  penalty_factors <- readBin(file.path(folder, "factors"), "double", p)
  start <- proc.time()
  chosen <- do_elastic_net(x, y, max(folds), folds, sizes[3], 0.5)
  result <- evaluate_performance(x, y, chosen$cv_fit, chosen$best_lam_ind, chosen$best_lambda, folds, max(folds))
  if (result$n_weights > 0) do_covariance("gene", x, result$weighted_snps, result$weighted_snps, file.path(folder, "covariance.txt"))
  used <- proc.time() - start
  statistics <- c(used[[1]] + used[[2]], chosen$best_lam_ind, chosen$best_lambda, chosen$min_avg_cvm, result$n_weights, result$R2_mean,
                  result$R2_sd, result$inR2, result$pred_perf_rsq, result$pred_perf_pval)
  weights <- if (result$n_weights > 0) sprintf("%s:%.17g", result$weighted_snps, result$weights) else c()
  cat(ifelse(is.na(statistics), "NA", sprintf("%.17g", statistics)), weights, "\n")
  flush(stdout())
}
