"""The one way to write a figure: SVG, with the same bytes for the same data."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from tcra.common.files import atomic_path
from tcra.figures.style import FIGURE_STYLE


@contextmanager
def vector_figure(
    path: Path,
    size: tuple[float, float],
    rows: int = 1,
    columns: int = 1,
    widths: Sequence[float] | None = None,
    share_x: bool = False,
) -> Iterator[Any]:
    """Gives the axes: one, or an array (rows, columns) without dimensions of 1; the figure is then written to `path`, atomically.

    size: width and height in inches. widths: relative widths of the columns. share_x: one x axis for all rows.
    """
    with matplotlib.rc_context(FIGURE_STYLE):
        figure = Figure(figsize=size, layout="constrained")
        yield figure.subplots(rows, columns, sharex=share_x, width_ratios=widths)
        drawn = io.BytesIO()
        figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": "tcra"})
    with atomic_path(path) as temporary:
        temporary.write_bytes(drawn.getvalue())
