"""Words in figures: which points get their names, and how a set's size is written."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def points_to_name(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    wanted: NDArray[np.bool_],
    names: Sequence[str],
    most: int = 10,
    width_share: float = 0.07,
    height_share: float = 0.06,
) -> list[int]:
    """Indices of the highest wanted points, at most `most`: each name once, and none whose text would cover another's.

    x, y, wanted, names: one per point (n,). width_share, height_share: of the plot's width and height that a name takes.

    >>> x, y = np.array([0.0, 1, 50, 100]), np.array([9.0, 9.1, 8, 1])
    >>> points_to_name(x, y, y > 5, ["A", "B", "C", "D"])
    [1, 2]
    """
    width, height = float(np.ptp(x)) * width_share if len(x) else 0.0, float(y.max(initial=0)) * height_share
    chosen: list[int] = []
    for point in np.argsort(-y, kind="stable").tolist():
        if len(chosen) == most:
            break
        clear = all(abs(x[point] - x[other]) > width or abs(y[point] - y[other]) > height for other in chosen)
        if wanted[point] and clear and names[point] not in [names[other] for other in chosen]:
            chosen.append(point)
    return chosen


def natural_order(text: str) -> list[tuple[float, str]]:
    """Sort key by which numbers within names are in order of size.

    >>> sorted(["breast_4000", "breast_400", "breast_800"], key=natural_order)
    ['breast_400', 'breast_800', 'breast_4000']
    """
    return [(float(part), "") if part.isdecimal() else (-1.0, part) for part in re.split(r"(\d+)", text)]


def size_label(size: float) -> str:
    """The size of a set as a reader says it.

    >>> [size_label(size) for size in (400, 12_345, 200_000, 1_500_000)]
    ['400', '12,345', '200 K', '1.5 M']
    """
    for unit, letter in ((1e6, "M"), (1e3, "K")):
        if size >= unit and size % (unit / 10) == 0:
            return f"{size / unit:g} {letter}"
    return f"{size:,.0f}"
