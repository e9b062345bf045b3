"""What a variant table and a score table are: identity columns, reading, writing, matching."""
