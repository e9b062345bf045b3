"""Which points of a dense plot to keep, so that it looks the same and the page stays small."""

import numpy as np

GRID_X, GRID_Y = 500, 60


def manhattan_points(x: np.ndarray, y: np.ndarray, budget: int) -> np.ndarray:
    """Indices (ascending) of at most about `budget` points: the highest half of the budget all stay, of the rest one a grid cell.

    x: position along the genome; y: −log10 p; both float64, shape (points,), finite. The same input gives the same points.
    """
    if len(x) <= budget:
        return np.arange(len(x))
    order = np.lexsort((x, -y))
    top, rest = order[: budget // 2], order[budget // 2 :]
    span = float(np.ptp(x)) or 1.0
    height = float(y[rest].max()) or 1.0
    columns = np.minimum((x[rest] - x.min()) / span * GRID_X, GRID_X - 1).astype(np.int64)
    levels = np.minimum(y[rest] / height * GRID_Y, GRID_Y - 1).astype(np.int64)
    _, first = np.unique(columns * GRID_Y + levels, return_index=True)
    kept = rest[first]
    if len(kept) > budget - len(top):
        kept = kept[np.linspace(0, len(kept) - 1, budget - len(top)).astype(np.int64)]
    return np.unique(np.concatenate([top, kept]))


def qq_ranks(number: int, budget: int) -> np.ndarray:
    """Ranks (0-based, ascending; 0 is the smallest p) that draw a QQ plot of `number` p-values: the first ones all, then evenly in log."""
    if number <= budget:
        return np.arange(number)
    whole = budget // 3
    spread = np.geomspace(whole + 1, number, budget - whole)
    return np.unique(np.concatenate([np.arange(whole), spread.astype(np.int64) - 1]))
