"""Reading a GWAS: its columns, its numbers, and which of its rows are variants of a model."""
