"""Manhattan plot of the gene tests of one trait, and the Miami plot with the GWAS below."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tcra.association.figures.canvas import GenomeAxis, svg

GENOME_WIDE = -np.log10(5e-8)
NAMED = 10


def draw_manhattan(path: Path, table: pd.DataFrame, title: str = "") -> None:
    """Each gene test at its gene's position, a line at Bonferroni's 0.05, the strongest genes above it by name.

    table: columns chrom, pos (1-based bp), log10_pvalue, gene_name, tests; rows without a position or a p are left out.
    """
    table = _drawable(table)
    axis = GenomeAxis(table)
    with svg(path, (7.5, 2.8)) as axes:
        _draw_genes(axes, axis, table)
        axis.label(axes)
        axes.set_title(title)


def draw_miami(path: Path, genes: pd.DataFrame, gwas: pd.DataFrame, title: str = "") -> None:
    """Gene tests above, GWAS below, on one genome axis. gwas: columns chrom, pos (1-based bp), log10_pvalue (`gwas_points`)."""
    genes, gwas = _drawable(genes), _drawable(gwas)
    axis = GenomeAxis(genes, gwas)
    with svg(path, (7.5, 4.2), rows=2) as (above, below):
        _draw_genes(above, axis, genes)
        above.set_title(title)
        below.scatter(axis.x(gwas), -gwas["log10_pvalue"], s=2, c=axis.colours(gwas), linewidths=0, rasterized=False)
        below.axhline(GENOME_WIDE, color="#b22222", linewidth=0.7, linestyle="--")
        below.set_ylabel("−log10 p, GWAS")
        below.invert_yaxis()
        axis.label(below)


def _drawable(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["log10_pvalue"].notna() & table["pos"].notna() & (table["chrom"].fillna("") != "")]


def _draw_genes(axes: Any, axis: GenomeAxis, table: pd.DataFrame) -> None:
    x, y = axis.x(table), -table["log10_pvalue"].to_numpy(float)
    axes.scatter(x, y, s=5, c=axis.colours(table), linewidths=0)
    axes.set_ylabel("−log10 p, genes")
    if not len(table):
        return
    line = -np.log10(0.05 / float(table["tests"].max()))
    axes.axhline(line, color="#b22222", linewidth=0.7, linestyle="--")
    named: set[str] = set()
    for i in np.argsort(-y, kind="stable"):
        name = str(table["gene_name"].iloc[i])
        if y[i] < line or len(named) == NAMED:
            break
        if name not in named:
            axes.annotate(name, (x[i], y[i]), (0, 3), textcoords="offset points", ha="center", fontsize=6)
        named.add(name)
