"""What a model database is: its files, tables and columns. PredictDB's, which S-PrediXcan reads; ours come after them."""

from collections.abc import Sequence
from pathlib import Path

DATABASE_SUFFIX = ".db"
COVARIANCE_SUFFIX = "_cov.txt.gz"
JOINT_COVARIANCE_SUFFIX = "_joint_covariance.txt.gz"
LEAST_RHO, LARGEST_P = 0.1, 0.05  # PredictDB's rule for a good model: mean correlation in the folds above, its p below
COVARIANCE_TABLE_COLUMNS = ("GENE", "RSID1", "RSID2", "VALUE")  # separated by a blank

# Columns of the table `extra`, and where their values stand in the merged summaries. `quality_*` are those of the quality that the rule
# reads: S-PrediXcan copies the pred.perf columns into its results.
EXTRA_COLUMNS = {
    "gene": "gene_id",
    "genename": "gene_name",
    "pred.perf.R2": "quality_R2",
    "n.snps.in.model": "n_snps_in_model",
    "pred.perf.pval": "quality_pval",
    "pred.perf.qval": "pred_perf_qval",
    "rho_avg": "rho_avg",
    "rho_zscore": "rho_zscore",
    "rho_pval": "rho_pval",
    "cv_R2_avg": "cv_R2_avg",
    "phi": "phi",
    "nested_r2": "nested_r2",
    "nested_rho": "nested_rho",
    "nested_pval": "nested_pval",
    "published_R2": "pred_perf_R2",
    "published_pval": "pred_perf_pval",
}
SCHEMA = """
CREATE TABLE extra (gene TEXT, genename TEXT, "pred.perf.R2" REAL, "n.snps.in.model" INTEGER, "pred.perf.pval" REAL,
                    "pred.perf.qval" REAL, rho_avg REAL, rho_zscore REAL, rho_pval REAL, cv_R2_avg REAL, phi REAL,
                    nested_r2 REAL, nested_rho REAL, nested_pval REAL, published_R2 REAL, published_pval REAL);
CREATE TABLE weights (rsid TEXT, gene TEXT, weight REAL, ref_allele TEXT, eff_allele TEXT, varID TEXT);
CREATE TABLE sample_info (n_samples INTEGER);
CREATE TABLE construction (name TEXT, snp_set TEXT, seed INTEGER, folds INTEGER, repeats INTEGER, alpha REAL, n_genes_tested INTEGER,
                           rule TEXT, software TEXT, solver TEXT, parameters TEXT, inputs TEXT);
"""
INDEXES = """
CREATE INDEX extra_gene ON extra (gene);
CREATE INDEX weights_gene ON weights (gene);
CREATE INDEX weights_rsid ON weights (rsid);
CREATE INDEX weights_rsid_gene ON weights (rsid, gene);
"""


def database_path(folder: Path, name: str, snp_set: str) -> Path:
    """The database of one SNP set.

    >>> database_path(Path("models"), "breast", "200000").as_posix()
    'models/breast_200000.db'
    """
    return folder / f"{name}_{snp_set}{DATABASE_SUFFIX}"


def covariance_path(database: Path) -> Path:
    """The covariances that belong to a database.

    >>> covariance_path(Path("models/breast_200000.db")).as_posix()
    'models/breast_200000_cov.txt.gz'
    """
    return database.with_name(database.name.removesuffix(DATABASE_SUFFIX) + COVARIANCE_SUFFIX)


def joint_covariance_path(folder: Path, name: str) -> Path:
    """The covariances of all SNPs of a gene's models together.

    >>> joint_covariance_path(Path("models"), "breast").as_posix()
    'models/breast_joint_covariance.txt.gz'
    """
    return folder / f"{name}{JOINT_COVARIANCE_SUFFIX}"


def covariance_line(gene_id: str, cells: Sequence[str]) -> str:
    """A line of a table of covariances: two SNPs and their value.

    >>> covariance_line("G1", ["rs1", "rs2", "0.25"])
    'G1 rs1 rs2 0.25\\n'
    """
    return f"{gene_id} {' '.join(cells)}\n"
