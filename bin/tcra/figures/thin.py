"""Which points of a dense plot to draw, so that it looks the same and the file stays small."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

GRID_COLUMNS, GRID_ROWS = 500, 60


def strong_or_spread(
    x: ArrayLike, y: ArrayLike, strong: float, x_step: float, y_step: float, chrom: ArrayLike | None = None
) -> NDArray[np.bool_]:
    """The one rule for thinning points: all with y ≥ `strong` stay, and of the others the first in each cell of a grid.

    x: position; y: −log10 p; chrom: where x starts anew on every chromosome; all (n,). x_step, y_step: size of a cell.
    Returns which points stay (n,). Points thinned in parts, and then once more together, are those thinned at once.

    >>> strong_or_spread([1, 2, 9, 2], [0.1, 0.12, 0.1, 8.0], strong=4, x_step=5, y_step=0.1).tolist()
    [True, False, True, True]
    """
    height = np.asarray(y, np.float64)
    cells = pd.DataFrame({"x": np.asarray(x) // x_step, "y": (height / y_step).round()})
    if chrom is not None:
        cells["chrom"] = np.asarray(chrom)
    kept = height >= strong
    weak = np.flatnonzero(~kept)
    kept[weak[~cells.iloc[weak].duplicated().to_numpy()]] = True
    return kept


def manhattan_points(x: NDArray[np.float64], y: NDArray[np.float64], budget: int) -> NDArray[np.int64]:
    """Which of the points (n,) to draw, as ascending indices: all if there are at most `budget`, else not more than `budget`.

    The highest half of the budget stays; of the others, the highest in each cell of a grid over the plot.
    x: position along the genome; y: −log10 p; both (n,), finite. The same points are chosen whatever their order.
    """
    if len(x) <= budget:
        return np.arange(len(x))
    order = np.lexsort((x, -y))
    top, rest = order[: budget // 2], order[budget // 2 :]
    width, height = float(np.ptp(x)) or 1.0, float(y[rest].max()) or 1.0
    spread = strong_or_spread(x[rest] - x.min(), y[rest], np.inf, width / GRID_COLUMNS, height / GRID_ROWS)
    kept = rest[spread]
    if len(kept) > budget - len(top):
        kept = kept[np.linspace(0, len(kept) - 1, budget - len(top)).astype(np.int64)]
    return np.unique(np.concatenate([top, kept]))


def qq_ranks(number: int, budget: int) -> NDArray[np.int64]:
    """Ranks to draw in a QQ plot of `number` p-values (0-based, ascending; 0 is the smallest p): the first third of the budget
    all, then evenly in log rank to the last.

    >>> qq_ranks(5, 10).tolist()
    [0, 1, 2, 3, 4]
    >>> qq_ranks(1000, 6).tolist()
    [0, 1, 2, 19, 143, 999]
    """
    if number <= budget:
        return np.arange(number)
    whole = budget // 3
    spread = np.geomspace(whole + 1, number, budget - whole)
    return np.unique(np.concatenate([np.arange(whole), spread.astype(np.int64) - 1]))
