"""Scores of variants: the difference that the alternate allele makes to a model's prediction, computed fast and exactly."""
