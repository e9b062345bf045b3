"""How many genes have a model, and how well the models predict, by SNP set."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tcra.figures.canvas import vector_figure
from tcra.figures.style import BLUE, SKY


def draw_model_quality(
    path: Path, sets: Sequence[str], shares: Sequence[float], r2: Sequence[NDArray[np.float64]]
) -> None:
    """One bar and one box per SNP set. sets: their labels; shares: of genes with a model (0–1); r2: cross-validated R² of the models
    of each set."""
    with vector_figure(path, (6.8, 2.8), columns=2) as (left, right):
        left.bar(range(len(sets)), [share * 100 for share in shares], color=BLUE, width=0.7)
        left.set(ylabel="Genes with a model (%)", xlabel="SNP set")
        drawn = [place for place, values in enumerate(r2) if len(values)]
        if drawn:
            right.boxplot(
                [r2[place] for place in drawn], positions=drawn, widths=0.6, showfliers=False, patch_artist=True,
                boxprops={"facecolor": SKY, "edgecolor": BLUE}, medianprops={"color": BLUE},
                whiskerprops={"color": BLUE}, capprops={"color": BLUE},
            )  # fmt: skip
        right.set(ylabel="Cross-validated R²", xlabel="SNP set")
        for panel in (left, right):
            panel.set_xticks(range(len(sets)), sets, rotation=30, ha="right", parse_math=False)
            panel.grid(axis="y")
