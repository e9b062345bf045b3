"""Variant scores: how mean |tCRA| is distributed, and where the SNP sets cut it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tcra.figures.score_histogram import draw_score_histogram
from tcra.figures.style import BLUE, VERMILION
from tcra.report.page_parts import PageFigure, PageTable, Section, count, number, percent, plural, set_label
from tcra.report.read_tables import read_columns

BINS_PER_DECADE = 20
LOWEST_DECADES = 6  # below the largest score: what is smaller is counted in the first bar


@dataclass(frozen=True)
class RankingMeasure:
    """What variants are ranked by: its column, and how the page names and explains it."""

    column: str
    name: str
    axis: str
    how: str


BY_MEAN = RankingMeasure("mean_abs", "mean |tCRA|", "Mean |tCRA| over tracks", "mean of its absolute value over tracks")
BY_OTHER_SUMMARY = RankingMeasure(
    "value", "ranking value", "Ranking value", "ranking value: its absolute value over tracks, by the parameter rank_by"
)


def score_section(ranking_path: Path, set_sizes: list[int], figures: Path) -> Section:
    """`ranking_path`: column mean_abs, or value where variants are ranked by another summary of |tCRA| (≥ 0). `set_sizes`: sizes of
    the nested SNP sets by rank."""
    table = read_columns(ranking_path, [], ["mean_abs"], also_numbers=["value"])
    by = BY_OTHER_SUMMARY if "value" in table else BY_MEAN
    scores = np.sort(table[by.column].to_numpy())[::-1]
    scores = scores[np.isfinite(scores)]
    section = Section("scores", "Variant scores", "Scores")
    section.cards.append((count(len(scores)), "variants scored"))
    if not len(scores):
        return section
    sizes = sorted(size for size in set_sizes if size <= len(scores))
    cuts = [(size, float(scores[size - 1])) for size in sizes]
    sentence = f"{plural(len(scores), 'variant')} {'was' if len(scores) == 1 else 'were'} scored; the median of their {by.name} "
    sentence += f"is {number(float(np.median(scores)))}, the largest {number(float(scores[0]))}"
    if cuts:
        sentence += (
            f"; {plural(len(cuts), 'SNP set')} by rank, from {set_label(sizes[0])} to {set_label(sizes[-1])} variants"
        )
    section.headline.append(sentence + ".")
    too_large = [size for size in set_sizes if size > len(scores)]
    if too_large:
        section.checks.append(
            f"SNP sets larger than the {count(len(scores))} scored variants hold all of them: {', '.join(map(set_label, too_large))}."
        )
    if scores[0] <= 0:
        section.checks.append("Every score is 0: the model does not respond to any variant.")
        return section
    edges, heights, below = log_histogram(scores)
    section.figures.append(_figure(by, edges, heights, cuts, below))
    draw_score_histogram(figures / "score_distribution.svg", edges, heights, cuts, by.axis)
    if cuts:
        section.tables.append(
            PageTable(
                "SNP sets",
                ["SNP set", "Variants", "Share of all", f"Smallest {by.name}"],
                [[set_label(size), count(size), percent(size / len(scores)), number(cut)] for size, cut in cuts],
                frozenset({1, 2, 3}),
            )
        )
    return section


def log_histogram(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """Edges (bins + 1) and heights (bins) on a log axis, and how many scores lie below the first edge (counted in the first bar)."""
    positive = scores[scores > 0]
    top = float(positive.max())
    low = max(float(positive.min()), top * 10.0**-LOWEST_DECADES)
    first = np.floor(np.log10(low) * BINS_PER_DECADE) / BINS_PER_DECADE
    last = np.ceil(np.log10(top) * BINS_PER_DECADE + 1e-9) / BINS_PER_DECADE
    edges = 10.0 ** np.linspace(first, last, max(round((last - first) * BINS_PER_DECADE), 1) + 1)
    places = np.clip(np.searchsorted(edges, scores, side="right") - 1, 0, len(edges) - 2)
    below = int((scores < edges[0]).sum())
    return edges, np.bincount(places, minlength=len(edges) - 1), below


def _figure(
    by: RankingMeasure, edges: np.ndarray, heights: np.ndarray, cuts: list[tuple[int, float]], below: int
) -> PageFigure:
    centres = np.sqrt(edges[1:] * edges[:-1])
    shapes, notes = [], []
    for size, cut in cuts:
        if cut > 0:
            shapes.append({"type": "line", "x0": cut, "x1": cut, "y0": 0, "y1": 1, "yref": "paper",
                           "line": {"color": VERMILION, "width": 1.5, "dash": "dash"}})  # fmt: skip
            notes.append({"x": float(np.log10(cut)), "y": 1, "yref": "paper", "text": f"top {set_label(size)}", "showarrow": False,
                          "textangle": -90, "xanchor": "right", "yanchor": "top", "font": {"color": VERMILION, "size": 12}})  # fmt: skip
    tail = f" The first bar also holds {count(below)} smaller scores." if below else ""
    return PageFigure(
        key="score-distribution",
        title=f"Distribution of {by.name}",
        alt=f"Histogram of the variants' {by.name} on a logarithmic axis, with the cut-offs of the SNP sets.",
        caption="tCRA of a variant and track: prediction with the alternate allele − prediction with the reference allele, "
        "over the two central bins; "
        f"{by.how}. Dashed lines: the smallest score in each SNP set (set K holds ranks 1 to K).{tail}",
        traces=[
            {
                "type": "bar",
                "name": "variants",
                "x": [float(f"{c:.7g}") for c in centres],
                "y": [int(h) for h in heights],
                "width": [float(f"{w:.7g}") for w in np.diff(edges)],
                "marker": {"color": BLUE},
                "hovertemplate": "%{y:,} variants near %{x:.3g}<extra></extra>",
            }
        ],
        layout={
            "xaxis": {
                "type": "log",
                "title": {"text": by.axis},
                "exponentformat": "power",
                "dtick": 1,
            },
            "yaxis": {"title": {"text": "Variants"}},
            "bargap": 0,
            "shapes": shapes,
            "annotations": notes,
        },
        svg="score_distribution.svg",
    )
