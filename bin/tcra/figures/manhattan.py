"""Manhattan plot of the gene tests of one trait, and the Miami plot with the GWAS below."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tcra.figures.canvas import GenomeAxis, svg

GENOME_WIDE = -np.log10(5e-8)
NAMED = 10


def draw_manhattan(path: Path, table: pd.DataFrame, title: str = "") -> None:
    """Each gene test at its gene's position, a line at Bonferroni's 0.05, the strongest genes above it by name.

    table: columns chrom, pos (1-based bp), minus_log10_pvalue, gene_name, tests; rows without a position or a p are left out.
    """
    table = _drawable(table)
    axis = GenomeAxis(table)
    with svg(path, (7.5, 2.8)) as axes:
        _draw_genes(axes, axis, table)
        axis.label(axes)
        axes.set_title(title)


def draw_miami(path: Path, genes: pd.DataFrame, gwas: pd.DataFrame, title: str = "") -> None:
    """Gene tests above, GWAS below, on one genome axis. gwas: columns chrom, pos (1-based bp), minus_log10_pvalue (`gwas_points`)."""
    genes, gwas = _drawable(genes), _drawable(gwas)
    axis = GenomeAxis(genes, gwas)
    with svg(path, (7.5, 4.2), rows=2) as (above, below):
        _draw_genes(above, axis, genes)
        above.set_title(title)
        below.scatter(axis.x(gwas), gwas["minus_log10_pvalue"], s=2, c=axis.colours(gwas), linewidths=0)
        below.axhline(GENOME_WIDE, color="#b22222", linewidth=0.7, linestyle="--")
        below.set_ylabel("−log10 p, GWAS")
        below.invert_yaxis()
        axis.label(below)


def _drawable(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["minus_log10_pvalue"].notna() & table["pos"].notna() & (table["chrom"].fillna("") != "")]


def _draw_genes(axes: Any, axis: GenomeAxis, table: pd.DataFrame) -> None:
    axes.set_ylabel("−log10 p, genes")
    if not len(table):
        return
    x, y = axis.x(table), table["minus_log10_pvalue"].to_numpy(float)
    span = max(float(np.ptp(x)), 1.0)
    # Of weak tests that would hide each other one is drawn: a study may have 100,000.
    place = pd.DataFrame({"x": (x / span * 800).round(), "y": (y / 0.05).round()})
    shown = np.flatnonzero((y > 2) | ~place.duplicated().to_numpy())
    colours = axis.colours(table)
    axes.scatter(x[shown], y[shown], s=5, c=[colours[i] for i in shown], linewidths=0)
    line = -np.log10(0.05 / float(table["tests"].max()))
    axes.axhline(line, color="#b22222", linewidth=0.7, linestyle="--")
    names = table["gene_name"].astype(str).tolist()
    for i in _to_name(x / span, y, names, line):
        axes.annotate(names[i], (x[i], y[i]), (0, 3), textcoords="offset points", ha="center", fontsize=6)


def _to_name(x: NDArray[np.float64], y: NDArray[np.float64], names: list[str], line: float) -> list[int]:
    """The strongest genes above the line, each once, and none whose name would stand on another's. x: 0 to 1 over the figure."""
    chosen: list[int] = []
    high = float(y.max())
    for i in np.argsort(-y, kind="stable").tolist():
        if y[i] < line or len(chosen) == NAMED:
            break
        clear = all(abs(x[i] - x[j]) > 0.06 or abs(y[i] - y[j]) > 0.06 * high for j in chosen)
        if clear and names[i] not in [names[j] for j in chosen]:
            chosen.append(i)
    return chosen
