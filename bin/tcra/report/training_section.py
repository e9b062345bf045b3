"""Transfer learning: loss and correlation by step."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tcra.figures.training_curves import SPLIT_STYLE, draw_training
from tcra.report.page_parts import PageFigure, PageTable, Section, count, joined, number, plural
from tcra.report.read_tables import read_columns

SPLIT_NAMES = {"train": "training", "valid": "validation", "test": "test"}


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
    draw_training(figures / "training.svg", history, measures)
    for column, label in measures:
        splits = joined([SPLIT_NAMES[split] for split in SPLIT_STYLE if _line(history, split, column).size])
        section.figures.append(
            PageFigure(
                key=f"training-{column}",
                title=f"{label} by training step",
                alt=f"{label} of the {splits} windows against the training step.",
                caption=f"{label} on {splits} windows. The step with the best validation value is the model that scores.",
                traces=[_curve(history, split, column) for split in SPLIT_STYLE if _line(history, split, column).size],
                layout={"xaxis": {"title": {"text": "Training step"}}, "yaxis": {"title": {"text": label}}},
                svg="training.svg",
            )
        )
    section.tables.append(_history_table(history, [column for column, _ in measures]))
    return section


def _line(history: pd.DataFrame, split: str, column: str) -> pd.DataFrame:
    return history[(history["split"] == split) & history[column].notna()]


def _curve(history: pd.DataFrame, split: str, column: str) -> dict[str, Any]:
    line = _line(history, split, column)
    colour, dash = SPLIT_STYLE[split]
    return {
        "type": "scatter",
        "mode": "lines+markers" if len(line) < 40 else "lines",
        "name": SPLIT_NAMES[split],
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
    sentence = f"{steps}; validation loss was lowest at step {count(best['step'])} ({number(best['loss'], 4)}"
    if "pearson" in valid and np.isfinite(best["pearson"]):
        sentence += f", mean Pearson correlation {best['pearson']:.3f}"
    return sentence + ")."


def _history_table(history: pd.DataFrame, measures: list[str]) -> PageTable:
    shown = history[history["split"] != "train"]
    return PageTable(
        "Validation by step",
        ["Split", "Step", *measures],
        [[r["split"], count(r["step"]), *(number(r[m], 4) for m in measures)] for _, r in shown.iterrows()],
        frozenset(range(1, 2 + len(measures))),
        folded=True,
    )
