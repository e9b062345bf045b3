"""How well each track is predicted on windows that training never saw, beside what one profile for all tracks would reach."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tcra.figures.style import BLUE, ORANGE, VERMILION
from tcra.figures.track_correlations import NAMED_TRACKS, draw_track_correlations
from tcra.report.page_parts import PageFigure, PageTable, Section, count, plotly_text, plural
from tcra.report.read_tables import read_columns


@dataclass(frozen=True)
class ProfileBaseline:
    """One profile for all tracks, as a column of the table."""

    column: str
    label: str
    colour: str


PROFILE_BASELINES = (
    ProfileBaseline("mean_track_pearson", "predictions averaged over tracks", VERMILION),
    ProfileBaseline("mean_observed_pearson", "signal of the other tracks averaged", ORANGE),
)
MEASURES = {
    "pearson": "Pearson R",
    "pearson_log1p": "R of log(1 + signal)",
    "mean_track_pearson": "R of the mean prediction",
    "mean_observed_pearson": "R of the other tracks' mean",
}


def track_section(path: Path, figures: Path) -> Section:
    """`path`: columns split, track, pearson; pearson_log1p and the baselines where known. The test split, else valid, else train."""
    also = [name for name in MEASURES if name != "pearson"]
    table = read_columns(path, ["split", "track"], ["pearson"], also_numbers=also)
    split = next((s for s in ("test", "valid", "train") if (table["split"] == s).any()), None)
    section = Section("tracks", "Track correlations", "Tracks")
    if split is None:
        return section
    tracks = table[table["split"] == split].sort_values(["pearson", "track"], ascending=[False, True], kind="stable")
    section.cards.append((count(len(tracks)), "tracks learned"))
    undefined = int(tracks["pearson"].isna().sum())
    if undefined:
        section.checks.append(
            f"{plural(undefined, 'track')} had no defined correlation on {split} windows (no signal there)."
        )
    if undefined == len(tracks):
        return section
    section.cards.append((f"{tracks['pearson'].mean():.3f}", f"mean correlation on {split} windows"))
    baselines = [one for one in PROFILE_BASELINES if one.column in tracks and tracks[one.column].notna().any()]
    section.headline.append(_sentence(tracks, baselines, split))
    section.figures.append(_figure(tracks, baselines, split))
    marks = [(one.column, one.label, one.colour) for one in baselines]
    draw_track_correlations(figures / "track_correlations.svg", tracks, marks)
    measures = [name for name in MEASURES if name in tracks]
    rows = [[row["track"], *(_text(row[name]) for name in measures)] for _, row in tracks.iterrows()]
    header = ["Track", *(MEASURES[name] for name in measures)]
    section.tables.append(
        PageTable(f"Every track ({split} windows)", header, rows, frozenset(range(1, len(header))), folded=True)
    )
    return section


def _text(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.4f}"


def _sentence(tracks: pd.DataFrame, baselines: list[ProfileBaseline], split: str) -> str:
    values = tracks["pearson"]
    sentence = f"{plural(len(tracks), 'track')} {'is' if len(tracks) == 1 else 'are'} predicted on {split} windows "
    sentence += (
        f"with a mean Pearson correlation of {values.mean():.3f} (range {values.min():.3f} to {values.max():.3f})"
    )
    for one in baselines[:1]:
        sentence += f"; one profile for all tracks, the {one.label}, reaches {tracks[one.column].mean():.3f}"
    return sentence + "."


def _rounded(values: pd.Series) -> list[float | None]:
    return [None if np.isnan(value) else round(float(value), 4) for value in values]


def _figure(tracks: pd.DataFrame, baselines: list[ProfileBaseline], split: str) -> PageFigure:
    named = len(tracks) <= NAMED_TRACKS
    names = [plotly_text(track) for track in tracks["track"]]
    places: list[Any] = names if named else list(range(1, len(tracks) + 1))
    model: dict[str, Any] = {"name": "tCRA model", "x": places, "y": _rounded(tracks["pearson"]), "text": names}
    if named:
        model |= {"type": "bar", "marker": {"color": BLUE}, "textposition": "none"}
    else:
        model |= {"type": "scatter", "mode": "markers", "marker": {"color": BLUE, "size": 5}}
    traces = [model]
    for one in baselines:
        mark: dict[str, Any] = {
            "color": one.colour,
            "symbol": "line-ew-open" if named else "x-thin-open",
            "size": 18 if named else 5,
        }
        mark |= {"line": {"width": 3 if named else 1}}
        traces.append({"type": "scatter", "mode": "markers", "name": one.label, "x": places, "y": _rounded(tracks[one.column]),
                       "text": names, "marker": mark})  # fmt: skip
    for trace in traces:
        trace["hovertemplate"] = "%{text}: %{y:.3f}"
    return PageFigure(
        key="track-correlations",
        title=f"Correlation of prediction and signal, {split} windows",
        alt=f"Pearson correlation of every track on {split} windows, sorted, with one-profile baselines.",
        caption="Pearson correlation over all bins of the windows, one value per track, sorted. "
        "The baselines use one profile for all tracks: what lies above them was learned about this factor.",
        traces=traces,
        layout={
            "bargap": 0.6 if len(tracks) < 10 else 0.2,
            "xaxis": {"type": "category"} if named else {"title": {"text": "Track, by correlation"}},
            "yaxis": {"title": {"text": "Pearson correlation"}, "rangemode": "tozero"},
        },
        svg="track_correlations.svg",
    )
