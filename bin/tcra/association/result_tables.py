"""The result of one model: S-PrediXcan's table, and the accounting of every GWAS row, SNP and gene."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tcra.association.alignment import NOT_IN_GWAS, Aligned
from tcra.association.association_tables import ADDITIONAL_COLUMNS, ASSOCIATION_COLUMNS, CALIBRATION_COLUMNS
from tcra.association.gwas.read_gwas import Gwas
from tcra.association.models.covariance import Covariance
from tcra.association.models.prediction_model import PredictionModel
from tcra.association.statistic import NO_COVARIANCE, GeneTests
from tcra.common.accounting import Accounting
from tcra.common.pvalues import two_sided

NOT_IN_EXTRA = "gene is not in the table extra"
NO_PAIR = "a covariance is missing, the result is NA"
NO_VARIANCE = "the variance is not above 0, the result is NA"


def make_table(
    model: PredictionModel, tests: GeneTests, covariance: Covariance, additional: bool = False
) -> pd.DataFrame:
    """One row for each gene of `extra` that has a SNP in the GWAS, sorted by p, NA last, ties by gene."""
    index = np.flatnonzero(model.listed & (tests.n_in_gwas > 0))
    index = index[np.argsort(tests.pvalue[index], kind="stable")]  # the genes are sorted already
    extra = model.extra.iloc[model.extra.index.get_indexer(pd.Index(model.gene_names[index]))]
    columns = {
        "gene": pd.Series(model.gene_names[index], dtype=object),
        "gene_name": pd.Series(extra["gene_name"].to_numpy(object), dtype=object),
        "zscore": tests.zscore[index],
        "effect_size": tests.effect_size[index],
        "pvalue": tests.pvalue[index],
        "var_g": tests.var_g[index],
        **{name: extra[name].to_numpy(object) for name in ("pred_perf_r2", "pred_perf_pval", "pred_perf_qval")},
        "n_snps_used": tests.n_used[index],
        "n_snps_in_cov": pd.Series(covariance.snps_in_covariance[index]).astype("Int64"),
        "n_snps_in_model": _whole(extra["n_snps_in_model"].to_numpy(object)),
    }
    if additional:
        columns |= {"best_gwas_p": tests.best_gwas_p[index], "largest_weight": tests.largest_weight[index]}
    return pd.DataFrame(columns)[[*ASSOCIATION_COLUMNS, *(ADDITIONAL_COLUMNS if additional else ())]]


def calibrate(table: pd.DataFrame, model: PredictionModel, h2: float, n: float) -> pd.DataFrame:
    """Divide z by sqrt(1 + max(phi, 0) N h2) (Liang et al., 2026); genes without phi are left out, as in S-PrediXcan.

    `table`: with whole gene ids. The model has phi (`check_calibration`).
    """
    phi = pd.to_numeric(model.extra["phi"], errors="coerce").reindex(table["gene"]).to_numpy(np.float64)
    added = (np.maximum(phi, 0), table["pvalue"], table["zscore"])
    table = table.assign(**dict(zip(CALIBRATION_COLUMNS, added, strict=True)))
    table = table[~np.isnan(phi)]
    zscore = table["zscore"] / np.sqrt(1 + table["phi"] * n * h2)
    table = table.assign(zscore=zscore, pvalue=two_sided(zscore))
    return table.sort_values(["pvalue", "gene"], kind="stable", na_position="last", ignore_index=True)


def _whole(cells: NDArray[np.object_]) -> "pd.Series[Any]":
    """Numbers that print without a decimal point, missing ones as missing; cells that are something else stay what they are."""
    column = pd.Series(cells, dtype=object)
    numbers = pd.to_numeric(column, errors="coerce")
    odd = (numbers.isna() & column.notna()) | (numbers % 1 > 0)
    return column if odd.any() else numbers.astype("Int64")


def account(gwas: Gwas, model: PredictionModel, aligned: Aligned, tests: GeneTests, written: set[str]) -> Accounting:
    """What became of every GWAS row, every SNP of the model and every gene. written: the genes of the table."""
    accounting = Accounting("ASSOCIATE")
    _account_rows(accounting, gwas, aligned)
    _account_snps(accounting, model, aligned, tests)
    _account_genes(accounting, model, tests, written)
    return accounting


def _account_rows(accounting: Accounting, gwas: Gwas, aligned: Aligned) -> None:
    rows = accounting.count("GWAS rows")
    rows.received(gwas.rows)
    for reason, where, text in gwas.malformed:
        rows.reject(reason, text, where)
    listed = {reason for reason, _, _ in gwas.malformed}
    for reason, number in gwas.lost.items():
        if reason not in listed:
            rows.reject_many(reason, number)
    offset = 0
    for file in gwas.files:
        reasons = aligned.row_reason[offset : offset + len(file.code)]
        offset += len(file.code)
        other = reasons == "not a variant of this model"
        rows.reject_many("not a variant of this model", int(other.sum()))
        for i in np.flatnonzero((reasons != "") & ~other):
            rows.reject(str(reasons[i]), file.snp[int(i)].as_py(), f"{file.path.name} row {file.row[i]}")
    rows.passed(int((aligned.row_reason == "").sum()))


def _account_snps(accounting: Accounting, model: PredictionModel, aligned: Aligned, tests: GeneTests) -> None:
    snps = accounting.count("SNPs of the model")
    snps.received(model.size + len(model.repeated))
    snps.passed(int(tests.used.sum()))
    for gene, snp in model.repeated:
        snps.reject("a later weight of the same gene and SNP was used", snp, gene)
    reason = snp_reasons(model, aligned, tests)
    absent = reason == NOT_IN_GWAS
    snps.reject_many(NOT_IN_GWAS, int(absent.sum()))
    for i in np.flatnonzero((reason != "") & ~absent):
        snps.reject(str(reason[i]), model.snp[i], model.gene_names[model.gene[i]])


def snp_reasons(model: PredictionModel, aligned: Aligned, tests: GeneTests) -> Any:
    """Why each weight row (k,) was not used, as text; empty where it was."""
    reason = aligned.reason.copy()
    reason[(reason == "") & ~tests.used] = NO_COVARIANCE
    reason[~model.listed[model.gene]] = NOT_IN_EXTRA
    reason[tests.used] = ""
    return reason


def _account_genes(accounting: Accounting, model: PredictionModel, tests: GeneTests, written: set[str]) -> None:
    genes = accounting.count("genes")
    known = set(model.gene_names)
    unweighted = [gene for gene in model.extra.index.tolist() if gene not in known]
    genes.received(len(known) + len(unweighted) + len(model.repeated_genes))
    for gene in model.repeated_genes:
        genes.reject("gene is in the table extra more than once; the first row was used", gene, model.path.name)
    for gene in unweighted:
        genes.reject("gene has no weights", gene, model.path.name)
    pairs: dict[int, list[str]] = {}
    for g, i, j in tests.missing:
        pairs.setdefault(g, []).append(f"{model.snp[i]} with {model.snp[j]}")
    reason = _gene_reasons(model, tests, pairs, written)
    for g in np.flatnonzero(reason != "").tolist():
        detail = _shorten(pairs[g]) if reason[g] == NO_PAIR else ""
        if reason[g] == NO_VARIANCE:
            detail = f"var_g = {tests.var_g[g]:g}"
        genes.reject(reason[g], model.gene_names[g], model.path.name, detail)
    genes.passed(int((reason == "").sum()))


def _gene_reasons(
    model: PredictionModel, tests: GeneTests, pairs: Iterable[int], written: set[str]
) -> NDArray[np.object_]:
    """Why each gene (g,) has no statistic, or is not in the table; empty where it has one. The first that holds."""
    lacks_pair = np.zeros(len(model.gene_names), bool)
    lacks_pair[list(pairs)] = True
    with np.errstate(invalid="ignore"):
        holds = {
            NOT_IN_EXTRA: ~model.listed,
            "none of its SNPs has a usable GWAS row": tests.n_in_gwas == 0,
            "none of its SNPs in the GWAS is in the covariance": tests.n_used == 0,
            NO_PAIR: lacks_pair,
            NO_VARIANCE: ~(tests.var_g > 0),
            "a variance of its SNPs is negative, the result is NA": np.isnan(tests.zscore),
            "phi is empty": [gene not in written for gene in model.gene_names],
        }
    reason = np.full(len(model.gene_names), "", dtype=object)
    for why, where in reversed(holds.items()):
        reason[where] = why
    return reason


def _shorten(items: Sequence[str], most: int = 5) -> str:
    return ", ".join(items[:most]) + (f" and {len(items) - most} more" if len(items) > most else "")
