"""Fine-mapping: which gene of a locus, by posterior probabilities over gene models and SNPs together."""
