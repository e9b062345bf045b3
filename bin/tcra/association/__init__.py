"""From GWAS summary statistics and gene-expression models to gene-trait associations (S-PrediXcan's statistic)."""
