"""Variants: scoring, ranking, SNP sets, evidence and annotation files."""
