"""The genome as an axis: chromosomes side by side."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tcra.common.genome.chromosomes import plain_name, sort_key
from tcra.figures.style import CHROMOSOME_SHADES

GAP_SHARE = 0.004  # of the genome's length, between two chromosomes


class GenomeAxis:
    """Chromosomes in natural order with gaps between them, each as long as its last point; for all panels that share the axis.

    tables: columns chrom (any naming) and pos (1-based, bp). chromosomes: plain names in order. start, length: bp by plain name.
    gap, end: bp; `end` is where a next chromosome would start.

    >>> axis = GenomeAxis(pd.DataFrame({"chrom": ["chr2", "1", "10"], "pos": [300, 500, 200]}))
    >>> axis.chromosomes
    ['1', '2', '10']
    >>> axis.x(pd.DataFrame({"chrom": ["1", "2"], "pos": [500, 300]})).tolist()
    [500.0, 804.0]
    """

    def __init__(self, *tables: pd.DataFrame) -> None:
        points = pd.concat([table[["chrom", "pos"]] for table in tables])
        lengths = points.groupby(_plain_names(points["chrom"]))["pos"].max()
        self.chromosomes = sorted(lengths.index, key=sort_key)
        self.length = {chrom: float(lengths[chrom]) for chrom in self.chromosomes}
        self.gap = sum(self.length.values()) * GAP_SHARE
        self.start: dict[str, float] = {}
        self.end = 0.0
        for chrom in self.chromosomes:
            self.start[chrom] = self.end
            self.end += self.length[chrom] + self.gap

    def x(self, table: pd.DataFrame) -> NDArray[np.float64]:
        """Place of each point of the table on the axis (n,)."""
        starts = _plain_names(table["chrom"]).map(self.start)
        return np.asarray(starts.to_numpy(np.float64) + table["pos"].to_numpy(np.float64))

    def shades(self, table: pd.DataFrame) -> list[str]:
        """The colour of each point (n,): neighbouring chromosomes differ."""
        shade = {chrom: CHROMOSOME_SHADES[i % 2] for i, chrom in enumerate(self.chromosomes)}
        return [shade[chrom] for chrom in _plain_names(table["chrom"])]

    def label(self, axes: Any) -> None:
        """Write the chromosomes' names below matplotlib's `axes`."""
        middles = [self.start[chrom] + self.length[chrom] / 2 for chrom in self.chromosomes]
        axes.set_xticks(middles, self.chromosomes, fontsize=6)
        axes.set_xlabel("Chromosome")
        axes.margins(x=0.01)


def _plain_names(chrom: "pd.Series[str]") -> "pd.Series[str]":
    return chrom.map({name: plain_name(name) for name in chrom.unique()})
