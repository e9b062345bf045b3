"""Gene expression: normalisation, genotypes, elastic-net gene models, and the model database."""
