"""Variants from files: every notation, checked against the genome, sorted, each alternate allele once."""
