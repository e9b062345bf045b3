"""Enrichment against set size, one panel an annotation, the rankings side by side, as SVG."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from tcra.common.files import atomic_path

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
COLUMNS_OF_PANELS = 4


def draw_enrichment(path: Path, table: pd.DataFrame) -> None:
    """One SVG from an enrichment table: odds ratio and 95 % interval against set size, both axes logarithmic, line at 1.

    The same table gives the same bytes.
    """
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    annotations = list(dict.fromkeys(table["annotation"]))
    across = min(COLUMNS_OF_PANELS, len(annotations))
    down = -(-len(annotations) // across)
    # Words stay words, so that the page's reader can search and select them; ids are the same in every run.
    with matplotlib.rc_context({"svg.hashsalt": "tcra", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=(3.2 * across, 2.6 * down + 0.5), layout="constrained")
        FigureCanvasSVG(figure)
        panels = figure.subplots(down, across, squeeze=False).ravel().tolist()
        for panel, annotation in zip(panels, annotations, strict=False):
            _draw_panel(panel, annotation, table[table["annotation"] == annotation])
        for panel in panels[len(annotations) :]:
            panel.set_visible(False)
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False)
        with atomic_path(path) as temporary:
            figure.savefig(temporary, format="svg", metadata={"Date": None, "Creator": "tcra"})


def _draw_panel(panel: Any, annotation: str, rows: pd.DataFrame) -> None:
    names = list(dict.fromkeys(rows["ranking"]))
    sizes: Sequence[int] = sorted(set(rows["size"]))
    for place, name in enumerate(names):
        mine = rows[(rows["ranking"] == name) & rows["odds_ratio"].notna()]
        # Rankings stand a little apart, so that their intervals do not hide each other.
        x = mine["size"] * 1.06 ** (place - (len(names) - 1) / 2)
        reach = [mine["odds_ratio"] - mine["low95"], mine["high95"] - mine["odds_ratio"]]
        colour = COLOURS[place % len(COLOURS)]
        panel.errorbar(
            x, mine["odds_ratio"], reach, color=colour, marker="o", markersize=4, capsize=2, linewidth=1.2, label=name
        )
    panel.set_title(annotation, parse_math=False)
    panel.axhline(1, color="#888888", linewidth=0.8, linestyle="--")
    panel.set(xscale="log", yscale="log", xlabel="variants in the set", ylabel="odds ratio")
    panel.set_xticks(sizes, [_short(size) for size in sizes], rotation=45 if len(sizes) > 4 else 0)
    panel.minorticks_off()
    panel.yaxis.set_major_formatter("{x:g}")  # powers of ten would be set by mathtext, which complains of fonts
    low, high = rows["low95"].min(), rows["high95"].max()
    if low > 0 and high / low < 1e6:
        panel.set_yticks(ticks := _ticks(min(low, 1), max(high, 1)), [f"{tick:g}" for tick in ticks])
    panel.spines[["top", "right"]].set_visible(False)


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers on a logarithmic axis that span [low, high]: 1-2-5 steps, or decades where those would crowd."""
    steps = [step * 10.0**power for power in range(-6, 7) for step in (1, 2, 5)]
    inside = [tick for tick in steps if low / 2 <= tick <= high * 2]
    return inside if len(inside) <= 7 else [tick for tick in inside if f"{tick:e}".startswith("1.")]


def _short(size: int) -> str:
    if size >= 1_000_000:
        return f"{size / 1e6:g} M"
    return f"{size / 1e3:g} K" if size >= 1000 else str(size)
