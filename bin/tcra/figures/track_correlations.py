"""How well each track is predicted, beside what one profile for all tracks would reach."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from tcra.figures.canvas import vector_figure
from tcra.figures.style import BLUE

NAMED_TRACKS = 60  # more tracks than this are drawn as a ranked curve without names


def draw_track_correlations(path: Path, tracks: pd.DataFrame, baselines: Sequence[tuple[str, str, str]]) -> None:
    """One bar per track, in the table's order (points if they are many). tracks: columns track, pearson and those of the baselines;
    baselines: column, label, colour."""
    named = len(tracks) <= NAMED_TRACKS
    places = np.arange(len(tracks)) + 1
    with vector_figure(path, (min(3 + 0.16 * len(tracks), 7.0), 3.0)) as axes:
        if named:
            axes.bar(places, tracks["pearson"], color=BLUE, width=0.75, label="tCRA model")
            axes.set_xticks(places, list(map(str, tracks["track"])), rotation=60, ha="right", parse_math=False)
        else:
            axes.plot(places, tracks["pearson"], "o", color=BLUE, label="tCRA model", markersize=2)
            axes.set_xlabel("Track, by correlation")
        for column, label, colour in baselines:
            size = 9 if named else 2
            axes.plot(places, tracks[column], "_", markersize=size, color=colour, label=label, markeredgewidth=1.8)
        axes.set_ylabel("Pearson correlation")
        axes.set_ylim(bottom=min(0.0, float(tracks["pearson"].min())))
        axes.grid(axis="y")
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0)
