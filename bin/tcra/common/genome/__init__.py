"""The genome: chromosome names, FASTA, intervals, variants."""
