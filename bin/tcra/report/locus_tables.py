"""The tables of loci around a trait's genes: names of files and columns, once for the writer and for all who read them."""

LOCI_FILE, LOCUS_SNPS_FILE, LOCUS_WEIGHTS_FILE, LOCUS_SCORES_FILE = (
    "loci.tsv", "locus_snps.tsv.gz", "locus_weights.tsv.gz", "locus_scores.tsv.gz",
)  # fmt: skip
LOCUS_STATES_FILE = "locus_states.tsv.gz"
# One row per gene that passes: its locus is [start, end] in 1-based bp; the lead SNP has the largest |z| there; people: of the panel.
LOCI_COLUMNS = ("trait", "gene", "gene_name", "chrom", "start", "end", "lead_snp", "people", "snps")
# One row per SNP of the panel that the GWAS has: z of alt; r2 with the lead SNP in the panel.
LOCUS_SNP_COLUMNS = ("gene", "snp", "chrom", "pos", "ref", "alt", "frequency", "zscore", "minus_log10_pvalue", "r2")
# One row per SNP of each of the gene's models: weight per alt; rank of the SNP by tCRA, and the value that it is ranked by.
LOCUS_WEIGHT_COLUMNS = (
    "gene", "tissue", "snp_set", "snp", "chrom", "pos", "ref", "alt", "weight", "rank", "rank_value",
)  # fmt: skip
# One row per track, of the tracks in which the SNP's score is largest; tracks: how many there are.
LOCUS_SCORE_COLUMNS = ("gene", "snp", "tissue", "track", "score", "tracks")
LOCUS_STATE_COLUMNS = ("gene", "annotation", "start", "end", "state")
