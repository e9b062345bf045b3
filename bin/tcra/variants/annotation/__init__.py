"""Annotation files for stratified LD score regression and polyfun, and scores on the alleles of a GWAS."""
