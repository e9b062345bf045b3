# What R's glmnet makes of the inputs in this folder: gene models over SNP sets of 300 and 1,400 variants, and with prior weights.
#
#     cd tests/data/gene_models && Rscript make_expected.R
#
# Written from docs/gene_models.md; nothing of the Python package is used.
suppressMessages(library(glmnet))
options(digits = 15)
FOLDS <- 10
REPEATS <- 3
ALPHA <- 0.5

vcf <- read.table("genotypes.vcf.gz", comment.char = "", skip = 3, header = TRUE, check.names = FALSE, colClasses = "character")
calls <- as.matrix(vcf[, -(1:9)])
dosage <- (substr(calls, 1, 1) == "1") + (substr(calls, 3, 3) == "1")
dosage[substr(calls, 1, 1) == "."] <- NA
position <- as.numeric(vcf$POS)
expression <- read.csv("expression.csv.gz", check.names = FALSE)
people <- sort(intersect(colnames(calls), colnames(expression)), method = "radix")
dosage <- t(dosage[, people])
frequency <- colMeans(dosage) / 2
usable <- !is.na(frequency) & frequency >= 0.05 & frequency <= 0.95
genes <- read.table("genes.gtf", sep = "\t", quote = "")
genes$id <- sub('.*gene_id "([^"]*)".*', "\\1", genes$V9)
ranking <- read.table("snp_sets.tsv.gz", header = TRUE, sep = "\t")
place <- match(position, ranking$pos)
rank <- ranking$rank[place]
varID <- paste("chr3", vcf$POS, vcf$REF, vcf$ALT, sep = "_")

set.seed(20240528)
draw <- function(n) sapply(seq_len(REPEATS), function(k) sample(1:FOLDS, n, replace = TRUE))
folds <- draw(length(people))
summaries <- weights <- covariances <- factors <- NULL

fit_set <- function(name, largest, factor_of) {
  for (g in seq_len(nrow(genes))) {
    start <- genes$V4[g]
    end <- genes$V5[g]
    chosen <- which(usable & !is.na(rank) & rank <= largest & position >= start - 1e6 & position <= end + 1e6)
    if (length(chosen) < 2) next
    x <- dosage[, chosen]
    y <- as.numeric(expression[expression$gene_id == genes$id[g], people])
    tss <- if (genes$V7[g] == "+") start else end
    penalty <- factor_of(rank[chosen], abs(position[chosen] - tss))
    if (name != "300" && name != "1400") {
      shown <- round(seq(1, length(chosen), length.out = 20))
      factors <<- rbind(factors, data.frame(gene_id = genes$id[g], varID = varID[chosen[shown]], factor = penalty[shown], snp_set = name))
    }
    first <- cv.glmnet(x, y, alpha = ALPHA, keep = TRUE, foldid = folds[, 1], penalty.factor = penalty)
    errors <- matrix(NA, 100, REPEATS)
    errors[seq_along(first$cvm), 1] <- first$cvm
    for (k in 2:REPEATS) {
      again <- cv.glmnet(x, y, lambda = first$lambda, alpha = ALPHA, foldid = folds[, k], penalty.factor = penalty)
      errors[seq_along(again$cvm), k] <- again$cvm
    }
    error <- rowMeans(errors)
    best <- which.min(error)
    beta <- first$glmnet.fit$beta[, best]
    kept <- which(beta != 0)
    statistics <- rep(NA, 5)
    if (length(kept) > 0) {
      held <- first$fit.preval[, best]
      fitted <- predict(first$glmnet.fit, x, s = first$lambda[best])
      r2 <- sapply(seq_len(FOLDS), function(j) 1 - sum((y - held)[folds[, 1] == j]^2) / sum(y[folds[, 1] == j]^2))
      line <- summary(lm(y ~ held))
      statistics <- c(mean(r2), sd(r2), 1 - sum((y - fitted)^2) / sum(y^2), line$r.squared, line$coef[2, 4])
      snp <- chosen[kept]
      weights <<- rbind(weights, data.frame(gene_id = genes$id[g], rsid = vcf$ID[snp], varID = varID[snp], ref = vcf$REF[snp],
                                            alt = vcf$ALT[snp], beta = beta[kept], snp_set = name))
      order_of <- snp[order(varID[snp], method = "radix")]
      matrix <- cov(dosage[, order_of, drop = FALSE])
      pair <- which(upper.tri(matrix, diag = TRUE), arr.ind = TRUE)
      covariances <<- rbind(covariances, data.frame(gene_id = genes$id[g], rsid1 = vcf$ID[order_of[pair[, 1]]],
                                                    rsid2 = vcf$ID[order_of[pair[, 2]]], value = matrix[pair], snp_set = name))
    }
    row <- data.frame(genes$id[g], ALPHA, error[best], best, first$lambda[best], length(kept), t(statistics), length(chosen), name)
    names(row) <- c("gene_id", "alpha", "cv_mse", "lambda_iteration", "lambda_min", "n_snps_in_model", "cv_R2_avg", "cv_R2_sd", "in_sample_R2",
                    "pred_perf_R2", "pred_perf_pval", "n_snps_in_window", "snp_set")
    summaries <<- rbind(summaries, row)
  }
}

plain <- function(rank, distance) rep(1, length(rank))
prior <- function(a, b) function(rank, distance) (rank / max(ranking$rank) + 0.01)^a * ((distance + 10000) / 1e6)^b
fit_set("300", 300, plain)
fit_set("1400", 1400, plain)
fit_set("prior_0.1_0.5", Inf, prior(0.1, 0.5))
fit_set("prior_0.25_0.5", Inf, prior(0.25, 0.5))

write <- function(table, name) {
  file <- if (grepl("gz$", name)) gzfile(name, "w", compression = 9) else file(name, "w")
  write.table(table, file, sep = "\t", quote = FALSE, row.names = FALSE)
  close(file)
}
write(summaries, "expected_model_summaries.tsv")
write(weights, "expected_weights.tsv")
write(covariances, "expected_covariances.tsv.gz")
write(factors, "expected_penalty_factors.tsv")
for (n in c(length(people), 504)) {  # what sample() draws depends on the seed alone; two lengths for good measure
  set.seed(20240528)
  table <- draw(n)
  colnames(table) <- paste0("repeat", seq_len(REPEATS))
  write(table, sprintf("expected_folds_%d.tsv", n))
}
