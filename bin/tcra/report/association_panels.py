"""The association results as the page needs them: one panel per trait and model, every gene with −log10 p and FDR."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import ndtri

from tcra.association.association_tables import ASSOCIATION_COLUMNS, FLAG_COLUMNS, TEST_COLUMNS
from tcra.association.study.study_tables import OMNIBUS_COLUMNS, STUDY_FIRST_COLUMNS
from tcra.common.genome.chromosomes import plain_name
from tcra.common.multiple_testing import benjamini_hochberg, inflation
from tcra.common.pvalues import minus_log10_pvalue
from tcra.errors import UserError
from tcra.figures.genome_axis import GenomeAxis
from tcra.report.page_parts import set_label, set_order
from tcra.report.read_tables import column_names, read_columns

OVER_SETS = "all SNP sets"
OVER_TISSUES = "all tissues"
ACAT = "(omnibus)"
JOINT = "(joint test)"
OVER_SEVERAL = tuple(f"{over} {test}" for over in (OVER_SETS, OVER_TISSUES) for test in (ACAT, JOINT))
UNNAMED = "unnamed trait"
MODEL_WINDOW = ("window_start", "window_end")  # columns of the model summaries, 1-based bp
# What the page reads of COMBINE's tables where they have it; the rest of their columns are numbers.
PLACE_COLUMNS = ("start", "pos")
STUDY_TEXT_COLUMNS = frozenset({*TEST_COLUMNS, "gene", "gene_name", "best", "flags", "chrom"})
_USED = frozenset({
    *STUDY_TEXT_COLUMNS, *PLACE_COLUMNS, "zscore", "pvalue", "minus_log10_pvalue", "fdr", "pred_perf_r2", "n_snps_used", "models",
    "acat_pvalue", "acat_minus_log10_pvalue", "joint_pvalue", "joint_minus_log10_pvalue", "joint_fdr",
})  # fmt: skip
STUDY_COLUMNS = tuple(
    name
    for name in dict.fromkeys((*STUDY_FIRST_COLUMNS, *ASSOCIATION_COLUMNS, *FLAG_COLUMNS, "chrom", *PLACE_COLUMNS))
    if name in _USED
)
STUDY_OMNIBUS_COLUMNS = tuple(
    name for name in (*TEST_COLUMNS, *OMNIBUS_COLUMNS, "chrom", *PLACE_COLUMNS) if name in _USED
)


@dataclass(frozen=True)
class AssociationPanel:
    """One trait tested with one model: `rows` are those of the table with a p-value. `tissue` and `snp_set`: as the page's selectors
    name them, of a test over several the words for all of them."""

    trait: str
    label: str
    rows: pd.DataFrame
    tissue: str = ""
    snp_set: str = ""

    @property
    def omnibus_over(self) -> str:
        """What the omnibus test is over: OVER_SETS or OVER_TISSUES; empty if it is another test."""
        return next((over for over in (OVER_SETS, OVER_TISSUES) if self.label.endswith(f"{over} {ACAT}")), "")

    @property
    def over_several(self) -> bool:
        """Whether it is a test over SNP sets or tissues rather than of one model."""
        return self.label.endswith(OVER_SEVERAL)

    @property
    def tests(self) -> int:
        return len(self.rows)

    @property
    def bonferroni_height(self) -> float:
        """−log10 of 0.05 / tests."""
        return float(-np.log10(0.05 / max(self.tests, 1)))

    @property
    def bonferroni_hits(self) -> int:
        return int((self.rows["minus_log10_p"] > self.bonferroni_height).sum())

    @property
    def fdr_hits(self) -> int:
        return int((self.rows["fdr"] <= 0.05).sum())

    @property
    def inflation(self) -> float:
        """Genomic inflation λ: median χ² over the median of χ² with 1 degree of freedom (Devlin and Roeder 1999)."""
        return inflation(ndtri(np.maximum(10.0 ** -self.rows["minus_log10_p"], 1e-300) / 2))


def read_associations(path: Path) -> pd.DataFrame:
    """Columns trait, label, model, tissue, snp_set (as the page names it), snp_set_name (as COMBINE does), gene, gene_name, flags
    (text); zscore, pvalue, minus_log10_p (−log10 p), fdr, r2, n_used (float64); chrom, pos where known.

    `label` names the model: the SNP set's size where every set has one model, else the model's name.
    Rows without a p-value keep NaN. Errors: UserError for a missing column.
    """
    table = _read(path, STUDY_COLUMNS, needed=("trait", "model", "gene", "zscore", "pvalue"))
    key = table["snp_set"] if "snp_set" in table and (table["snp_set"] != "").all() else table["model"]
    ranks = {name: rank for rank, name in enumerate(sorted(key.unique(), key=set_order))}
    table = table.iloc[np.lexsort((table["model"].to_numpy(dtype=str), key.map(ranks)))].reset_index(drop=True)
    table["label"] = _labels(table)
    table["minus_log10_p"] = _minus_log10_p(path, table)
    named = "snp_set" in table and (table["snp_set"] != "").all()
    table["snp_set_name"] = table["snp_set"] if named else table["label"]
    table["snp_set"] = table["snp_set"].map(_set_labels(table["snp_set"])) if named else table["label"]
    if "tissue" not in table:
        table["tissue"] = ""
    kinds = table[["tissue", "snp_set", "model"]].drop_duplicates()
    if kinds.duplicated(["tissue", "snp_set"]).any():  # models of several tissues that the table does not name
        table["snp_set"] = table["label"]
    table = table.rename(columns={"pred_perf_r2": "r2", "n_snps_used": "n_used"})
    return _complete(table)


def read_omnibus(path: Path, over: str = OVER_SETS) -> pd.DataFrame:
    """The tests over a gene's SNP sets (or tissues: OVER_TISSUES) in the columns of `read_associations`: ACAT and, where the file has
    it for any gene, the joint test; the label begins with the tissue (or SNP set) if there are several. A file in which every gene
    has one model tests nothing over several: no rows."""
    within = "tissue" if over == OVER_SETS else "snp_set"
    table = _read(path, STUDY_OMNIBUS_COLUMNS, needed=("trait", "gene", "acat_pvalue"))
    if "models" in table and not (table["models"] > 1).any():
        table = table.iloc[:0]
    several = within in table and table[within].nunique() > 1
    acat = {"acat_pvalue": "pvalue", "acat_minus_log10_pvalue": "minus_log10_pvalue"}
    joint = {"joint_pvalue": "pvalue", "joint_minus_log10_pvalue": "minus_log10_pvalue", "joint_fdr": "fdr"}
    kinds = [(ACAT, acat, table.drop(columns=[name for name in joint if name in table]))]
    # A gene of one model is its own joint test: that alone is no reason to show it.
    if "joint_pvalue" in table and (table["joint_pvalue"].notna() & (table.get("models", 2) > 1)).any():
        kinds.append(
            (JOINT, joint, table.drop(columns=[*(name for name in acat if name in table), "fdr"], errors="ignore"))
        )
    parts = []
    for test, names, part in kinds:
        part = part.rename(columns=names)
        label = f"{over} {test}"
        part["label"] = [f"{set_label(name)}, {label}" for name in part[within]] if several else label
        part["model"] = part["label"]
        inside = part[within].map(_set_labels(part[within])) if within in part else ""
        part["snp_set_name"] = part[within] if within in part and over == OVER_TISSUES else ""
        part["tissue"], part["snp_set"] = (inside, label) if over == OVER_SETS else (label, inside)
        part["zscore"] = np.nan
        part["minus_log10_p"] = _minus_log10_p(path, part)
        parts.append(_complete(part))
    return pd.concat(parts, ignore_index=True)


def panels(table: pd.DataFrame) -> list[AssociationPanel]:
    """Traits by name, models by SNP-set size, the tests over several models last."""
    found = []
    tested = table[table["minus_log10_p"].notna()]
    for (trait, label), rows in tested.groupby(["trait", "label"], sort=False):
        first = rows.iloc[0]
        found.append(AssociationPanel(str(trait), str(label), rows, str(first["tissue"]), str(first["snp_set"])))
    return sorted(found, key=lambda panel: (panel.trait, panel.over_several))  # stable: models stay in order


def modelled_positions(path: Path) -> pd.DataFrame | None:
    """Where the genes stand by the model summaries: index gene id, columns chrom (plain name) and pos (the middle of the gene's window,
    1-based, bp). None if the summaries have no windows."""
    if not {"chrom", *MODEL_WINDOW} <= set(column_names(path)):
        return None
    table = read_columns(path, ["gene_id", "chrom"], MODEL_WINDOW).drop_duplicates("gene_id").set_index("gene_id")
    middle = ((table["window_start"] + table["window_end"]) / 2).round()
    return pd.DataFrame({"chrom": [plain_name(chrom) for chrom in table["chrom"]], "pos": middle})


def genome_positions(table: pd.DataFrame, positions: pd.DataFrame | None) -> tuple[pd.DataFrame, bool]:
    """Genes (index gene: gene_name, chrom, pos, x) in genome order and whether positions were known.

    `positions`: index gene id, columns chrom and pos (bp). x runs along the genome in bp, with gaps between chromosomes.
    Without any position x is the gene's place by name.
    """
    genes = table.sort_values("gene").drop_duplicates("gene").set_index("gene")
    genes = genes[["gene_name", *(c for c in ("chrom", "pos") if c in genes)]].copy()
    if positions is not None:
        genes["chrom"], genes["pos"] = positions["chrom"].reindex(genes.index), positions["pos"].reindex(genes.index)
    if "chrom" not in genes or "pos" not in genes or not genes["pos"].notna().any():
        return genes.assign(chrom="", pos=np.nan, x=np.arange(len(genes), dtype=float)), False
    genes["chrom"] = [plain_name(c) if isinstance(c, str) else "" for c in genes["chrom"]]
    genes.loc[genes["pos"].isna(), "chrom"] = ""
    known = genes["chrom"] != ""
    axis = GenomeAxis(genes[known])
    x = pd.Series(np.nan, index=genes.index)
    x[known] = axis.x(genes[known])
    # Genes without a position stand past the last chromosome, so that none is left out of the plot.
    unknown = int((~known).sum())
    x[~known] = axis.end + axis.gap * np.arange(1, unknown + 1) / max(unknown, 1)
    return genes.assign(x=x).sort_values("x", kind="stable"), True


def _read(path: Path, columns: Sequence[str], needed: Sequence[str]) -> pd.DataFrame:
    """The columns that the file has, text or numbers. Errors: as `read_columns`, and UserError if a needed one is missing."""
    kinds = [[name for name in names if name in STUDY_TEXT_COLUMNS] for names in (needed, columns)]
    numbers = [[name for name in names if name not in STUDY_TEXT_COLUMNS] for names in (needed, columns)]
    return read_columns(path, kinds[0], numbers[0], kinds[1], numbers[1])


def _set_labels(names: pd.Series) -> dict[str, str]:
    return {name: set_label(name) for name in names.unique()}


def _labels(table: pd.DataFrame) -> pd.Series:
    if "snp_set" in table and (table["snp_set"] != "").all():
        pairs = table[["model", "snp_set"]].drop_duplicates()
        if not pairs["snp_set"].duplicated().any():
            return table["snp_set"].map(_set_labels(pairs["snp_set"]))
    return table["model"]


def _minus_log10_p(path: Path, table: pd.DataFrame) -> np.ndarray:
    p = table["pvalue"].to_numpy()
    if ((p < 0) | (p > 1)).any():
        bad = table[(p < 0) | (p > 1)].iloc[0]
        raise UserError(f"{path}: gene {bad['gene']} has p-value {bad['pvalue']}, expected 0 to 1")
    with np.errstate(divide="ignore"):
        heights = -np.log10(p)
    if "minus_log10_pvalue" in table:
        given = table["minus_log10_pvalue"].to_numpy()
        return np.asarray(np.where(np.isnan(given), heights, given))
    from_z = minus_log10_pvalue(table["zscore"])
    return np.asarray(np.where(np.isinf(heights), np.where(np.isnan(from_z), 308.0, from_z), heights))


def _complete(table: pd.DataFrame) -> pd.DataFrame:
    table["trait"] = table["trait"].replace("", UNNAMED)
    if "gene_name" not in table:
        table["gene_name"] = table["gene"]
    table["gene_name"] = table["gene_name"].where(table["gene_name"] != "", table["gene"])
    if "pos" not in table and "start" in table:
        table["pos"] = table["start"]
    if "flags" not in table:
        table["flags"] = ""
    for name in ("r2", "n_used"):
        if name not in table:
            table[name] = np.nan
    if "fdr" not in table:
        table["fdr"] = np.nan
        for _, rows in table.groupby(["trait", "label"], sort=False):
            table.loc[rows.index, "fdr"] = benjamini_hochberg(10.0 ** -rows["minus_log10_p"])
    return table
