"""Publication-ready SVG figures: one look for all, the same bytes for the same data."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from tcra.common.files import atomic_path

STYLE: Any = {
    "svg.hashsalt": "tcra",  # element ids would be random otherwise
    "svg.fonttype": "none",  # text stays text: searchable, editable
    "font.family": "sans-serif",
    "font.sans-serif": ["Arial", "Helvetica", "Liberation Sans", "DejaVu Sans"],
    "font.size": 8,
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "axes.axisbelow": True,
    "grid.color": "#DDDDDD",
    "grid.linewidth": 0.5,
    "legend.frameon": False,
    "lines.linewidth": 1.3,
    "lines.markersize": 3.5,
}


@contextmanager
def vector_figure(
    path: Path, columns: int = 1, size: tuple[float, float] = (5.0, 3.2), widths: Sequence[float] | None = None
) -> Iterator[Any]:
    """Gives the axes, side by side (an array if there are several); written to `path` as SVG, atomically. `size` in inches."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=size, layout="constrained")
        yield figure.subplots(1, columns, width_ratios=widths)
        drawn = io.BytesIO()
        figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": "tcra"})
    with atomic_path(path) as temporary:
        temporary.write_bytes(drawn.getvalue())
