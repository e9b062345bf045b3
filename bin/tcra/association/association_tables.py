"""The tables that ASSOCIATE writes: names of files and columns, once for its writers and for all who read them."""

from pathlib import Path

# The CSV of one model: S-PrediXcan's columns, then its columns of --additional_output and of calibration.
RESULT_COLUMNS = ("gene", "gene_name", "zscore", "effect_size", "pvalue")
ASSOCIATION_COLUMNS = (
    *RESULT_COLUMNS, "var_g", "pred_perf_r2", "pred_perf_pval", "pred_perf_qval", "n_snps_used", "n_snps_in_cov", "n_snps_in_model",
)  # fmt: skip
ADDITIONAL_COLUMNS = ("best_gwas_p", "largest_weight")
CALIBRATION_COLUMNS = ("phi", "uncalibrated_pvalue", "uncalibrated_zscore")

# Which test a row is of; with the gene, of one gene.
TEST_COLUMNS = ("trait", "model", "snp_set", "tissue")
# Beside each CSV: what to doubt about each gene's result, and which test it is of (the CSV itself has no room for that).
FLAG_COLUMNS = ("gene", "n_snps_used", "n_weights", "snp_coverage", "condition_number", "flags", *TEST_COLUMNS)

# In the folder of a trait, of all its models.
CORRELATIONS_FILE = "correlations.tsv.gz"
CORRELATION_COLUMNS = ("trait", "gene", "model_1", "model_2", "correlation")
SNPS_USED_COLUMNS = (
    "model", "gene", "snp", "gwas_snp", "effect_allele", "other_allele", "weight", "zscore", "beta", "flipped", "gwas_frequency",
    "model_frequency", "use",
)  # fmt: skip


def flags_path(table: Path) -> Path:
    """Where the flags of a table's genes are.

    >>> flags_path(Path("height/liver_400.csv")).as_posix()
    'height/liver_400.csv.flags.tsv'
    """
    return table.with_name(f"{table.name}.flags.tsv")
