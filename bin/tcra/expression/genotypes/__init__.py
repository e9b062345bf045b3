"""Genotypes of VCF, BCF, PLINK 1 and PLINK 2 files, one alternate allele at a time."""
