"""What a variant table and a score table are: their columns, reading, writing, moving and matching.

Score tables (written by SCORE, read by RANK, ANNOTATE, liftover and harmonising): `columns`, `score_writer`, `score_tables`,
`moved_scores`. Tables of variants that others made: `variant_tables` and, for what they hold, `frequencies` and `rsids`.
`sites` keeps millions of identities in little memory; `match_variants` finds the variants of one table in another.
"""
