"""Transfer learning: loss and correlation by step, and how well each track is predicted on windows that training never saw."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tcra.report.parts import BLUE, GREY, VERMILION, Figure, Section, Table, count, number, plotly_text, plural
from tcra.report.read import read_columns
from tcra.report.vector_figures import vector_figure

SPLIT_STYLE = {"train": (BLUE, "dot"), "valid": (VERMILION, "solid"), "test": (GREY, "dash")}
LINE_STYLE = {"dot": ":", "solid": "-", "dash": "--"}
STRIP_TRACKS = 60  # more tracks than this are drawn as a ranked curve without names


def training_section(history_path: Path, figures: Path) -> Section:
    """`history_path`: columns step, split, and any of loss, pearson."""
    history = read_columns(history_path, ["split"], ["step"], also_numbers=["loss", "pearson"])
    history = history.sort_values(["split", "step"], kind="stable")
    measures = [
        (column, label)
        for column, label in (("loss", "Loss (Poisson)"), ("pearson", "Pearson correlation"))
        if column in history and history[column].notna().any()
    ]
    section = Section("training", "Transfer learning", "Training")
    if not measures:
        return section
    section.headline.append(_training_sentence(history))
    with vector_figure(figures / "training.svg", len(measures), (3.4 * len(measures), 2.7)) as axes:
        for axis, (column, label) in zip(np.atleast_1d(axes), measures, strict=True):
            for split, (colour, dash) in SPLIT_STYLE.items():
                line = history[(history["split"] == split) & history[column].notna()]
                if len(line):
                    axis.plot(line["step"], line[column], LINE_STYLE[dash], color=colour, label=split)
            axis.set(xlabel="Training step", ylabel=label)
            axis.grid(axis="y")
            axis.legend()
    for column, label in measures:
        section.figures.append(
            Figure(
                key=f"training-{column}",
                title=f"{label} by training step",
                alt=f"{label} of the training and validation windows against the training step.",
                caption=f"{label} on training and validation windows. The step with the best validation value is the model that scores.",
                traces=[_curve(history, split, column) for split in SPLIT_STYLE if (history["split"] == split).any()],
                layout={"xaxis": {"title": {"text": "Training step"}}, "yaxis": {"title": {"text": label}}},
                svg="training.svg",
            )
        )
    section.tables.append(_history_table(history, [column for column, _ in measures]))
    return section


def _curve(history: pd.DataFrame, split: str, column: str) -> dict[str, Any]:
    line = history[(history["split"] == split) & history[column].notna()]
    colour, dash = SPLIT_STYLE[split]
    return {
        "type": "scatter",
        "mode": "lines+markers" if len(line) < 40 else "lines",
        "name": {"train": "training", "valid": "validation", "test": "test"}[split],
        "x": [int(step) for step in line["step"]],
        "y": [float(f"{value:.5g}") for value in line[column]],
        "line": {"color": colour, "dash": dash, "width": 2},
    }


def _training_sentence(history: pd.DataFrame) -> str:
    steps = f"The head was trained for {plural(int(history['step'].max()), 'step')}"
    valid = history[history["split"] == "valid"]
    if "loss" not in valid or not valid["loss"].notna().any():
        return steps + "."
    best = valid.iloc[int(np.nanargmin(valid["loss"].to_numpy()))]
    said = f"{steps}; validation loss was lowest at step {count(best['step'])} ({number(best['loss'], 4)}"
    if "pearson" in valid and np.isfinite(best["pearson"]):
        said += f", mean Pearson correlation {best['pearson']:.3f}"
    return said + ")."


def _history_table(history: pd.DataFrame, measures: list[str]) -> Table:
    shown = history[history["split"] != "train"]
    return Table(
        "Validation by step",
        ["Split", "Step", *measures],
        [[r["split"], count(r["step"]), *(number(r[m], 4) for m in measures)] for _, r in shown.iterrows()],
        frozenset(range(1, 2 + len(measures))),
        folded=True,
    )


def track_section(path: Path, figures: Path) -> Section:
    """`path`: columns split, track, pearson, and mean_track_pearson (the baseline) where known."""
    table = read_columns(path, ["split", "track"], ["pearson"], also_numbers=["pearson_log1p", "mean_track_pearson"])
    split = next((s for s in ("test", "valid", "train") if (table["split"] == s).any()), None)
    section = Section("tracks", "Track correlations", "Tracks")
    if split is None:
        return section
    tracks = table[table["split"] == split].sort_values(["pearson", "track"], ascending=[False, True], kind="stable")
    values = tracks["pearson"].to_numpy()
    undefined = int(np.isnan(values).sum())
    mean = float(np.nanmean(values)) if undefined < len(values) else float("nan")
    baseline = (
        tracks["mean_track_pearson"].to_numpy() if "mean_track_pearson" in tracks else np.full(len(tracks), np.nan)
    )
    said = f"{plural(len(tracks), 'track')} {'is' if len(tracks) == 1 else 'are'} predicted on {split} windows "
    said += f"with a mean Pearson correlation of {mean:.3f} (range {np.nanmin(values):.3f} to {np.nanmax(values):.3f})"
    if np.isfinite(baseline).any():
        said += f"; the profile averaged over tracks, the baseline, reaches {np.nanmean(baseline):.3f}"
    section.headline.append(said + ".")
    section.cards.append((count(len(tracks)), "tracks learned"))
    section.cards.append((f"{mean:.3f}", f"mean correlation on {split} windows"))
    if undefined:
        section.checks.append(
            f"{plural(undefined, 'track')} had no defined correlation on {split} windows (no signal there)."
        )
    section.figures.append(_track_figure(tracks, baseline, split))
    _draw_tracks(tracks, baseline, figures / "track_correlations.svg")
    measures = [c for c in ("pearson", "pearson_log1p", "mean_track_pearson") if c in tracks]
    names = {"pearson": "Pearson R", "pearson_log1p": "R of log(1 + signal)", "mean_track_pearson": "Baseline R"}
    section.tables.append(
        Table(
            f"Every track ({split} windows)",
            ["Track", *(names[m] for m in measures)],
            [[r["track"], *("–" if np.isnan(r[m]) else f"{r[m]:.4f}" for m in measures)] for _, r in tracks.iterrows()],
            frozenset(range(1, 1 + len(measures))),
            folded=True,
        )
    )
    return section


def _track_figure(tracks: pd.DataFrame, baseline: np.ndarray, split: str) -> Figure:
    named = len(tracks) <= STRIP_TRACKS
    positions: list[Any] = [plotly_text(t) for t in tracks["track"]] if named else list(range(1, len(tracks) + 1))
    values = [None if np.isnan(v) else round(float(v), 4) for v in tracks["pearson"]]
    trace: dict[str, Any] = {
        "name": "tCRA model",
        "x": positions,
        "y": values,
        "text": [plotly_text(t) for t in tracks["track"]],
    }
    trace["hovertemplate"] = "%{text}: %{y:.3f}<extra></extra>"
    if named:
        trace |= {"type": "bar", "marker": {"color": BLUE}, "textposition": "none"}
    else:
        trace |= {"type": "scatter", "mode": "markers", "marker": {"color": BLUE, "size": 5}}
    traces = [trace]
    if np.isfinite(baseline).any():
        marker = {"color": VERMILION, "symbol": "line-ew-open" if named else "x-thin-open", "size": 16 if named else 5}
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": "mean-track baseline",
                "x": positions,
                "y": [None if np.isnan(v) else round(float(v), 4) for v in baseline],
                "marker": {**marker, "line": {"width": 3 if named else 1}},
            }
        )
    axis = {"type": "category"} if named else {"title": {"text": "Track, by correlation"}}
    return Figure(
        key="track-correlations",
        title=f"Correlation of prediction and signal, {split} windows",
        alt=f"Pearson correlation of every track on {split} windows, sorted, with the mean-track baseline.",
        caption="Pearson correlation over all bins of all held-out windows, one value a track, sorted. "
        "The baseline predicts every track by the profile averaged over all tracks: what lies above it was learned about this factor.",
        traces=traces,
        layout={
            "bargap": 0.6 if len(tracks) < 10 else 0.2,
            "xaxis": axis,
            "yaxis": {"title": {"text": "Pearson correlation"}, "rangemode": "tozero"},
        },
        svg="track_correlations.svg",
    )


def _draw_tracks(tracks: pd.DataFrame, baseline: np.ndarray, path: Path) -> None:
    named = len(tracks) <= STRIP_TRACKS
    places = np.arange(len(tracks))
    with vector_figure(path, size=(min(3 + 0.16 * len(tracks), 7.0), 3.0)) as axis:
        if named:
            axis.bar(places, tracks["pearson"], color=BLUE, width=0.75, label="tCRA model")
            axis.set_xticks(places, [str(t) for t in tracks["track"]], rotation=60, ha="right", parse_math=False)
        else:
            axis.plot(places + 1, tracks["pearson"], "o", color=BLUE, label="tCRA model", markersize=2)
            axis.set_xlabel("Track, by correlation")
        if np.isfinite(baseline).any():
            axis.plot(
                places if named else places + 1,
                baseline,
                "_",
                markersize=9 if named else 2,
                color=VERMILION,
                label="mean-track baseline",
                markeredgewidth=1.8,
            )
        axis.set_ylabel("Pearson correlation")
        axis.set_ylim(bottom=min(0.0, float(np.nanmin(tracks["pearson"]))))
        axis.grid(axis="y")
        axis.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0)
