"""The result of one model: S-PrediXcan's table, and the accounting of every GWAS row, SNP and gene."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtr

from tcra.association.alignment import NOT_IN_GWAS, Aligned
from tcra.association.covariance import Covariance
from tcra.association.gwas import Gwas
from tcra.association.model import Model
from tcra.association.statistic import NO_COVARIANCE, GeneTests
from tcra.common.accounting import Accounting
from tcra.common.files import atomic_text

COLUMNS = (
    "gene", "gene_name", "zscore", "effect_size", "pvalue", "var_g", "pred_perf_r2", "pred_perf_pval", "pred_perf_qval",
    "n_snps_used", "n_snps_in_cov", "n_snps_in_model",
)  # fmt: skip
ADDITIONAL = ("best_gwas_p", "largest_weight")
CALIBRATION = ("phi", "uncalibrated_pvalue", "uncalibrated_zscore")
NOT_IN_EXTRA = "gene is not in the table extra"


def make_table(model: Model, tests: GeneTests, covariance: Covariance, additional: bool = False) -> pd.DataFrame:
    """One row for each gene of `extra` that has a SNP in the GWAS, sorted by p, NA last, ties by gene."""
    index = np.flatnonzero(model.listed & (tests.n_in_gwas > 0))
    extra = model.extra.reindex(list(model.gene_names[index]))
    table = pd.DataFrame(
        {
            "gene": pd.Series(model.gene_names[index], dtype=object),
            "gene_name": pd.Series(extra["gene_name"].to_numpy(object), dtype=object),
            "zscore": tests.zscore[index],
            "effect_size": tests.effect_size[index],
            "pvalue": tests.pvalue[index],
            "var_g": tests.var_g[index],
            **{name: extra[name].to_numpy(object) for name in ("pred_perf_r2", "pred_perf_pval", "pred_perf_qval")},
            "n_snps_used": tests.n_used[index],
            "n_snps_in_cov": covariance.snps_in_covariance[index],
            "n_snps_in_model": extra["n_snps_in_model"].to_numpy(object),
            "best_gwas_p": tests.best_gwas_p[index],
            "largest_weight": tests.largest_weight[index],
        }
    )
    table = table.sort_values(["pvalue", "gene"], kind="stable", na_position="last", ignore_index=True)
    if not additional:
        table = table.drop(columns=list(ADDITIONAL))
    return table


def calibrate(table: pd.DataFrame, model: Model, h2: float, n: float) -> pd.DataFrame:
    """Divide z by sqrt(1 + max(phi, 0) N h2) (Liang et al., 2023); genes without phi are left out, as in S-PrediXcan.

    `table`: with whole gene ids. The model has phi (`check_calibration`).
    """
    phi = pd.to_numeric(model.extra["phi"], errors="coerce").reindex(table["gene"]).to_numpy(np.float64)
    table = table.assign(
        phi=np.maximum(phi, 0), uncalibrated_pvalue=table["pvalue"], uncalibrated_zscore=table["zscore"]
    )
    table = table[~np.isnan(phi)]
    zscore = table["zscore"] / np.sqrt(1 + table["phi"] * n * h2)
    table = table.assign(zscore=zscore, pvalue=2 * ndtr(-np.abs(zscore)))
    return table.sort_values(["pvalue", "gene"], kind="stable", na_position="last", ignore_index=True)


def write_rows(path: Path, table: pd.DataFrame, separator: str) -> None:
    """CSV or TSV with `NA`; whole numbers print as whole numbers, floats with the shortest text that reads back the same."""
    whole = {"n_snps_used", "n_snps_in_cov", "n_snps_in_model"}
    columns = [_cells(table[name], name in whole) for name in table]
    with atomic_text(path) as text:
        writer = csv.writer(text, lineterminator="\n", delimiter=separator)  # floats by repr
        writer.writerow(table.columns)
        writer.writerows(zip(*columns, strict=True))


def _cells(column: "pd.Series[Any]", whole: bool) -> list[Any]:
    cells = ["NA" if cell is None or cell != cell else cell for cell in column.tolist()]
    return [int(cell) if isinstance(cell, float) and cell.is_integer() else cell for cell in cells] if whole else cells


def account(gwas: Gwas, model: Model, aligned: Aligned, tests: GeneTests, table: pd.DataFrame) -> Accounting:
    """What became of every GWAS row, every SNP of the model and every gene."""
    accounting = Accounting("ASSOCIATE")
    _account_rows(accounting, gwas, aligned)
    _account_snps(accounting, model, aligned, tests)
    _account_genes(accounting, model, tests, set(table["gene"]))
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


def _account_snps(accounting: Accounting, model: Model, aligned: Aligned, tests: GeneTests) -> None:
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


def snp_reasons(model: Model, aligned: Aligned, tests: GeneTests) -> Any:
    """Why each weight row (k,) was not used, as text; empty where it was."""
    reason = aligned.reason.copy()
    reason[(reason == "") & ~tests.used] = NO_COVARIANCE
    reason[~model.listed[model.gene]] = NOT_IN_EXTRA
    reason[tests.used] = ""
    return reason


def _account_genes(accounting: Accounting, model: Model, tests: GeneTests, written: set[str]) -> None:
    genes = accounting.count("genes")
    known = set(model.gene_names)
    unweighted = [gene for gene in model.extra.index if gene not in known]
    genes.received(len(known) + len(unweighted) + len(model.repeated_genes))
    for gene in model.repeated_genes:
        genes.reject("gene stands twice in the table extra; the first row was used", gene, model.path.name)
    for gene in unweighted:
        genes.reject("gene has no weights", gene, model.path.name)
    pairs: dict[int, list[str]] = {}
    for g, i, j in tests.missing:
        pairs.setdefault(g, []).append(f"{model.snp[i]} with {model.snp[j]}")
    for g, gene in enumerate(model.gene_names):
        reason, detail = _gene_reason(model, tests, g, gene, pairs.get(g, []), written)
        if reason:
            genes.reject(reason, gene, model.path.name, detail)
        else:
            genes.passed()


def _gene_reason(
    model: Model, tests: GeneTests, g: int, gene: str, missing: list[str], written: set[str]
) -> tuple[str, str]:
    if not model.listed[g]:
        return NOT_IN_EXTRA, ""
    if tests.n_in_gwas[g] == 0:
        return "none of its SNPs has a usable GWAS row", ""
    if tests.n_used[g] == 0:
        return "none of its SNPs in the GWAS is in the covariance", ""
    if missing:
        return "a covariance is missing, the result is NA", _shorten(missing)
    if not tests.var_g[g] > 0:
        return "the variance is not above 0, the result is NA", f"var_g = {tests.var_g[g]:g}"
    if np.isnan(tests.zscore[g]):
        return "a variance of its SNPs is negative, the result is NA", ""
    return ("phi is empty", "") if gene not in written else ("", "")


def _shorten(items: Iterable[str], most: int = 5) -> str:
    shown = list(items)
    return ", ".join(shown[:most]) + (f" and {len(shown) - most} more" if len(shown) > most else "")
