"""The tables that COMBINE writes into its folder: names of files and columns, once for its writers and for all who read them."""

from tcra.association.association_tables import RESULT_COLUMNS, TEST_COLUMNS

ASSOCIATIONS_FILE = "associations.tsv.gz"
# These first; then the other columns of the associations and of their flags.
STUDY_FIRST_COLUMNS = (
    *TEST_COLUMNS, *RESULT_COLUMNS, "minus_log10_pvalue", "bonferroni", "fdr", "tests",
)  # fmt: skip

OMNIBUS_FILE, TISSUES_FILE = "omnibus.tsv.gz", "tissues.tsv.gz"
# After the trait and the tissue (omnibus over SNP sets) or the SNP set (over tissues): the tests, then their corrections.
OMNIBUS_TEST_COLUMNS = (
    "gene", "gene_name", "models", "best", "best_zscore", "best_pvalue", "acat_pvalue", "acat_minus_log10_pvalue", "joint_statistic",
    "joint_dof", "joint_pvalue", "joint_minus_log10_pvalue",
)  # fmt: skip
OMNIBUS_COLUMNS = (*OMNIBUS_TEST_COLUMNS, "bonferroni", "fdr", "joint_bonferroni", "joint_fdr", "tests")

SUMMARY_FILE = "summary.tsv"
STUDY_SUMMARY_COLUMNS = (
    *TEST_COLUMNS, "genes", "tests", "lambda", "hits_bonferroni", "hits_fdr", "threshold", "snps_used_share", "best_gene", "best_gene_name",
    "best_pvalue", "best_minus_log10_pvalue",
)  # fmt: skip
