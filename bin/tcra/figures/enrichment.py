"""Enrichment against set size, one panel per annotation, the rankings side by side."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tcra.figures.canvas import vector_figure
from tcra.figures.labels import size_label
from tcra.figures.style import GREY, SERIES_COLOURS

MOST_PANELS_ACROSS = 4


def draw_enrichment(path: Path, table: pd.DataFrame) -> None:
    """One SVG from an enrichment table: odds ratio and 95 % interval against set size, both axes logarithmic, line at 1.

    table: columns annotation, ranking, size, odds_ratio, low95, high95. Odds ratios that are 0 or not finite have no point.
    """
    annotations = list(dict.fromkeys(table["annotation"]))
    across = min(MOST_PANELS_ACROSS, len(annotations))
    down = -(-len(annotations) // across)
    with vector_figure(path, (3.2 * across, 2.6 * down + 0.5), down, across) as axes:
        panels = np.atleast_1d(axes).ravel().tolist()
        for panel, annotation in zip(panels, annotations, strict=False):
            _draw_panel(panel, annotation, table[table["annotation"] == annotation])
        for panel in panels[len(annotations) :]:
            panel.set_visible(False)
        handles, labels = panels[0].get_legend_handles_labels()
        panels[0].get_figure().legend(handles, labels, loc="outside lower center", ncols=max(len(labels), 1))


def _draw_panel(panel: Any, annotation: str, rows: pd.DataFrame) -> None:
    names = list(dict.fromkeys(rows["ranking"]))
    sizes: Sequence[int] = sorted(set(rows["size"]))
    for place, name in enumerate(names):
        mine = rows[(rows["ranking"] == name) & np.isfinite(rows["odds_ratio"]) & (rows["odds_ratio"] > 0)]
        # Rankings stand a little apart, so that their intervals do not hide each other.
        x = mine["size"] * 1.06 ** (place - (len(names) - 1) / 2)
        reach = [mine["odds_ratio"] - mine["low95"], mine["high95"] - mine["odds_ratio"]]
        colour = SERIES_COLOURS[place % len(SERIES_COLOURS)]
        panel.errorbar(
            x, mine["odds_ratio"], reach, color=colour, marker="o", markersize=4, capsize=2, linewidth=1.2,
            label=str(name).replace("$", r"\$"),
        )  # fmt: skip
    panel.set_title(annotation, parse_math=False)
    panel.axhline(1, color=GREY, linewidth=0.8, linestyle="--")
    panel.set(xscale="log", yscale="log", xlabel="Variants in the set", ylabel="Odds ratio")
    panel.set_xticks(sizes, [size_label(size) for size in sizes], rotation=45 if len(sizes) > 4 else 0)
    panel.set_xlim(sizes[0] / 1.25, sizes[-1] * 1.25)
    panel.minorticks_off()
    panel.yaxis.set_major_formatter("{x:g}")  # powers of ten would be set by mathtext, which complains of fonts
    low, high = rows["low95"].min(), rows["high95"].max()
    if low > 0 and high / low < 1e6:
        panel.set_yticks(ticks := _ticks(min(low, 1), max(high, 1)), [f"{tick:g}" for tick in ticks])


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers on a logarithmic axis that span [low, high]: 1-2-5 steps, or decades where those would crowd."""
    steps = [step * 10.0**power for power in range(-6, 7) for step in (1, 2, 5)]
    inside = [tick for tick in steps if low / 2 <= tick <= high * 2]
    return inside if len(inside) <= 7 else [tick for tick in inside if f"{tick:e}".startswith("1.")]
