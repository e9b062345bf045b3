"""What the figures share: an SVG canvas that gives the same bytes for the same data, and the genome as an axis."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from numpy.typing import NDArray

from tcra.common.files import atomic_path
from tcra.common.genome.chromosomes import plain_name, sort_key

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
SHADES = ("#33538c", "#8fa8d3")
STYLE: Any = {
    "svg.hashsalt": "tcra",
    "svg.fonttype": "none",
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


@contextmanager
def svg(path: Path, size: tuple[float, float], rows: int = 1) -> Iterator[Any]:
    """Gives the axes (an array if there are several rows); written to `path` as SVG, atomically. `size` in inches."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasSVG(figure)
        yield figure.subplots(rows, 1, sharex=rows > 1)
        with atomic_path(path) as temporary:
            figure.savefig(temporary, format="svg", metadata={"Date": None, "Creator": "tcra"})


class GenomeAxis:
    """Chromosomes side by side in natural order, with gaps; made from the points of all panels that share it."""

    def __init__(self, *tables: pd.DataFrame) -> None:
        points = pd.concat([table[["chrom", "pos"]] for table in tables])
        lengths = points.groupby(points["chrom"].map(plain_name))["pos"].max()
        self.chromosomes = sorted(lengths.index, key=sort_key)
        sizes = np.array([float(lengths[chrom]) for chrom in self.chromosomes])
        gap = sizes.sum() * 0.004
        self.start = dict(zip(self.chromosomes, np.concatenate([[0.0], np.cumsum(sizes + gap)[:-1]]), strict=True))
        self.middle = [self.start[chrom] + size / 2 for chrom, size in zip(self.chromosomes, sizes, strict=True)]

    def x(self, table: pd.DataFrame) -> NDArray[np.float64]:
        """Place of each point (n,)."""
        starts = table["chrom"].map(lambda chrom: self.start[plain_name(chrom)])
        return (starts + table["pos"]).to_numpy(np.float64)

    def colours(self, table: pd.DataFrame) -> list[str]:
        """One of two shades for each point, chromosomes alternating."""
        order = {chrom: SHADES[i % 2] for i, chrom in enumerate(self.chromosomes)}
        return [order[plain_name(chrom)] for chrom in table["chrom"]]

    def label(self, axes: Any) -> None:
        """Write the chromosomes' names below the axis."""
        axes.set_xticks(self.middle, self.chromosomes, fontsize=6)
        axes.set_xlabel("chromosome")
        axes.margins(x=0.01)
