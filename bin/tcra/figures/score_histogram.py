"""How the variants' scores are distributed, and where the SNP sets cut."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tcra.figures.canvas import vector_figure
from tcra.figures.labels import size_label
from tcra.figures.style import BLUE, THRESHOLD_COLOUR


def draw_score_histogram(
    path: Path,
    edges: NDArray[np.float64],
    heights: NDArray[np.int64],
    cuts: Sequence[tuple[int, float]],
    score_label: str,
) -> None:
    """edges: (bins + 1,), drawn on a logarithmic axis; heights: variants per bin (bins,); cuts: size and smallest score of each SNP set."""
    with vector_figure(path, (5.0, 3.0)) as axes:
        axes.bar(edges[:-1], heights, width=np.diff(edges), align="edge", color=BLUE)
        axes.set(xscale="log", xlabel=score_label, ylabel="Variants")
        top = axes.get_ylim()[1]
        for size, cut in cuts:
            if cut > 0:
                axes.axvline(cut, color=THRESHOLD_COLOUR, linestyle="--", linewidth=0.9)
                axes.text(
                    cut, top, f"top {size_label(size)}", rotation=90, ha="right", va="top", fontsize=6.5,
                    color=THRESHOLD_COLOUR,
                )  # fmt: skip
