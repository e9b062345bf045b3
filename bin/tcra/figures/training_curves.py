"""Loss and correlation by training step."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from tcra.figures.canvas import vector_figure
from tcra.figures.style import BLUE, GREY, VERMILION

# Colour, and dash as plotly names it.
SPLIT_STYLE = {"train": (BLUE, "dot"), "valid": (VERMILION, "solid"), "test": (GREY, "dash")}
MATPLOTLIB_DASH = {"dot": ":", "solid": "-", "dash": "--"}


def draw_training(path: Path, history: pd.DataFrame, measures: Sequence[tuple[str, str]]) -> None:
    """One panel per measure (column, label), one line per split. history: columns step, split and those of the measures."""
    with vector_figure(path, (3.4 * len(measures), 2.7), columns=len(measures)) as axes:
        for panel, (column, label) in zip(np.atleast_1d(axes), measures, strict=True):
            for split, (colour, dash) in SPLIT_STYLE.items():
                line = history[(history["split"] == split) & history[column].notna()]
                if len(line):
                    panel.plot(line["step"], line[column], MATPLOTLIB_DASH[dash], color=colour, label=split)
            panel.set(xlabel="Training step", ylabel=label)
            panel.grid(axis="y")
            panel.legend()
