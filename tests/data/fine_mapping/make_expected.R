# What susieR makes of the models in ../association/tissues, the GWAS and the genotypes: genes of four tissues and SNPs together, by region.
#
#     cd tests/data/fine_mapping && Rscript make_expected.R      (R 4.2.2, susieR 0.12.35; python3 reads the databases)
#
# Prior of a gene model 0.02, of a SNP 2e-4, prior variance 40 on the z scale, five effects, nothing estimated.
suppressMessages(library(susieR))
options(digits = 15)
TISSUES <- c("Breast", "Lung", "Ovary", "Prostate")

vcf <- read.table("../gene_models/genotypes.vcf.gz", comment.char = "", skip = 3, header = TRUE, check.names = FALSE, colClasses = "character")
calls <- as.matrix(vcf[, -(1:9)])
dosage <- (substr(calls, 1, 1) == "1") + (substr(calls, 3, 3) == "1")
dosage[substr(calls, 1, 1) == "."] <- NA
dosage <- t(dosage)
for (j in seq_len(ncol(dosage))) dosage[is.na(dosage[, j]), j] <- mean(dosage[, j], na.rm = TRUE)
colnames(dosage) <- vcf$ID
position <- setNames(as.numeric(vcf$POS), vcf$ID)

gwas <- read.table("../association/tissues/gwas.tsv.gz", header = TRUE)
gwas <- gwas[!is.na(gwas$BETA) & gwas$SNP %in% vcf$ID, ]
alt <- vcf$ALT[match(gwas$SNP, vcf$ID)]
z <- setNames(ifelse(toupper(gwas$A1) == alt, 1, -1) * gwas$BETA / gwas$SE, gwas$SNP)
snps <- vcf$ID[vcf$ID %in% names(z) & apply(dosage, 2, sd) > 0]

read_weights <- function(tissue) {
  code <- "import sqlite3,sys; print(*('%s\\t%s\\t%r' % r for r in sqlite3.connect(sys.argv[1]).execute('select gene,rsid,weight from weights')),sep='\\n')"
  table <- read.table(pipe(sprintf("python3 -c \"%s\" ../association/tissues/%s.db", code, tissue)), sep = "\t")
  names(table) <- c("gene", "snp", "weight")
  data.frame(tissue = tissue, table)
}
weights <- do.call(rbind, lapply(TISSUES, read_weights))
models <- unique(weights[, c("tissue", "gene")])
columns <- matrix(0, nrow(dosage), nrow(models))
models$z <- NA
for (m in seq_len(nrow(models))) {
  own <- weights[weights$tissue == models$tissue[m] & weights$gene == models$gene[m], ]
  models$place[m] <- median(position[own$snp])
  own <- own[own$snp %in% snps, ]
  if (nrow(own) == 0) next
  columns[, m] <- dosage[, own$snp, drop = FALSE] %*% own$weight
  models$z[m] <- sum(own$weight * apply(dosage[, own$snp, drop = FALSE], 2, sd) * z[own$snp]) / sd(columns[, m])
}

regions <- read.table("regions.bed")
genes <- variants <- NULL
for (r in seq_len(nrow(regions))) {
  inside <- function(where) where > regions$V2[r] & where <= regions$V3[r]
  chosen <- which(inside(models$place) & !is.na(models$z))
  near <- snps[inside(position[snps])]
  all_z <- c(models$z[chosen], z[near])
  correlation <- cor(cbind(columns[, chosen], dosage[, near]))
  prior <- rep(c(0.02, 2e-4), c(length(chosen), length(near)))
  odds <- prior / (1 - prior)
  fit <- function(effects) {
    susie_rss(all_z, correlation, L = effects, prior_variance = 40, estimate_prior_variance = FALSE, prior_weights = odds / sum(odds),
              null_weight = 1 / (1 + sum(odds)), tol = 1e-14, max_iter = 5000, check_prior = FALSE, z_ld_weight = 0)
  }
  five <- fit(5)
  one <- fit(1)
  stopifnot(five$converged)
  genes <- rbind(genes, data.frame(region = r, models[chosen, c("gene", "tissue")], zscore = models$z[chosen],
                                   pip = five$pip[seq_along(chosen)], single_effect_pip = one$pip[seq_along(chosen)]))
  rest <- length(chosen) + seq_along(near)
  variants <- rbind(variants, data.frame(region = r, snp = near, z = z[near], pip = five$pip[rest], single_effect_pip = one$pip[rest]))
}
write.table(genes, "expected_genes.tsv", sep = "\t", quote = FALSE, row.names = FALSE)
file <- gzfile("expected_snps.tsv.gz", "w", compression = 9)
write.table(variants, file, sep = "\t", quote = FALSE, row.names = FALSE)
close(file)
