"""Manhattan plot of the gene tests of one trait, and the Miami plot with the GWAS below."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tcra.figures.canvas import vector_figure
from tcra.figures.genome_axis import GenomeAxis
from tcra.figures.labels import points_to_name
from tcra.figures.style import HIT_COLOUR, THRESHOLD_COLOUR
from tcra.figures.thin import manhattan_points

GENOME_WIDE_HEIGHT = -np.log10(5e-8)
SIGNIFICANT = 0.05  # of Bonferroni's line and of the false discovery rate of the genes that are marked
POINTS_DRAWN = 4000


def draw_manhattan(path: Path, table: pd.DataFrame, title: str = "") -> None:
    """Each gene test at its gene's position, a line at Bonferroni's 0.05, diamonds for FDR ≤ 5 %, the strongest of these by name.

    table: columns chrom, pos (1-based bp), minus_log10_pvalue, fdr, gene_name, tests; rows without a position or a p are left out.
    """
    table = _drawable(table)
    axis = GenomeAxis(table)
    with vector_figure(path, (7.5, 2.8)) as axes:
        _draw_genes(axes, axis, table)
        axis.label(axes)
        axes.set_title(title, parse_math=False)


def draw_miami(path: Path, genes: pd.DataFrame, gwas: pd.DataFrame, title: str = "") -> None:
    """Gene tests above, as in `draw_manhattan`, the GWAS below, on one genome axis.

    gwas: columns chrom, pos (1-based bp), minus_log10_pvalue, thinned already.
    """
    genes, gwas = _drawable(genes), _drawable(gwas)
    axis = GenomeAxis(genes, gwas)
    with vector_figure(path, (7.5, 4.2), rows=2, share_x=True) as (above, below):
        _draw_genes(above, axis, genes)
        above.set_title(title, parse_math=False)
        below.scatter(axis.x(gwas), gwas["minus_log10_pvalue"], s=2, c=axis.shades(gwas), linewidths=0)
        below.axhline(GENOME_WIDE_HEIGHT, color=THRESHOLD_COLOUR, linewidth=0.8, linestyle="--")
        below.set_ylabel("−log10 p, GWAS")
        below.set_ylim(below.get_ylim()[1], 0)  # down the page
        axis.label(below)


def _drawable(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["minus_log10_pvalue"].notna() & table["pos"].notna() & (table["chrom"].fillna("") != "")]


def _draw_genes(axes: Any, axis: GenomeAxis, table: pd.DataFrame) -> None:
    axes.set_ylabel("−log10 p, genes")
    if not len(table):
        return
    x, y = axis.x(table), table["minus_log10_pvalue"].to_numpy(float)
    hit = (table["fdr"] <= SIGNIFICANT).to_numpy()
    shown = manhattan_points(x, y, POINTS_DRAWN)
    plain, marked = shown[~hit[shown]], shown[hit[shown]]
    shades = axis.shades(table)
    axes.scatter(x[plain], y[plain], s=5, c=[shades[i] for i in plain], linewidths=0)
    axes.scatter(x[marked], y[marked], s=8, marker="D", color=HIT_COLOUR, linewidths=0)
    axes.axhline(
        -np.log10(SIGNIFICANT / float(table["tests"].max())), color=THRESHOLD_COLOUR, linewidth=0.8, linestyle="--"
    )
    axes.set_ylim(bottom=0)
    names = table["gene_name"].astype(str).to_numpy()[shown].tolist()
    x, y = x[shown], y[shown]
    for i in points_to_name(x, y, hit[shown], names):
        axes.annotate(
            names[i], (x[i], y[i]), (0, 3), textcoords="offset points", ha="center", fontsize=6, parse_math=False
        )
