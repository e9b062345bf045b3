"""Which genes of a trait pass: those that any test of the study calls at the false discovery rate."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from tcra.report.read_tables import column_names, read_columns

RATES = ("fdr", "joint_fdr")
HEIGHTS = ("minus_log10_pvalue", "acat_minus_log10_pvalue", "joint_minus_log10_pvalue")


def passing_genes(paths: Sequence[Path], trait: str, fdr: float) -> "pd.Series[float]":
    """The largest −log10 p of each gene of the trait that passes in any table of COMBINE (index: gene ids), the largest first."""
    parts = []
    for path in paths:
        have = column_names(path)
        numbers = [name for name in (*RATES, *HEIGHTS) if name in have]
        table = read_columns(path, ["trait", "gene"], numbers)
        rates = table[[name for name in RATES if name in have]]
        found = table[(table["trait"] == trait) & (rates.min(axis=1) <= fdr)]
        heights = found[[name for name in HEIGHTS if name in have]]
        parts.append(heights.max(axis=1).groupby(found["gene"]).max())
    best = pd.concat(parts)
    best = best.groupby(level=0).max().reset_index(name="height")
    ordered = best.sort_values(["height", "gene"], ascending=[False, True], kind="stable")
    height: pd.Series[float] = ordered.set_index("gene")["height"]
    return height
