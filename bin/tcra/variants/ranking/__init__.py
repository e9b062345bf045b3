"""From scores to a ranking, nested SNP sets, and the evidence that the ranking means something."""
