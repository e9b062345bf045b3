"""tcra: from a tissue's transcription-factor ChIP-seq tracks to variant scores, gene models and gene-trait associations."""

__version__ = "0.1.0"
