"""What the header and the columns of a GWAS mean, for all stages that read one (association/gwas, variants/tables)."""
