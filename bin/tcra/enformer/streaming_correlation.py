"""Pearson correlation of every track over all bins of all windows, in one streaming pass with memory of a few numbers per track."""

import numpy as np
from numpy.typing import NDArray

from tcra.common.arrays import Floats


class StreamingPearson:
    """Sums for the Pearson correlation of pairs of columns. Values are added as (…, tracks); float64 throughout.

    >>> pearson = StreamingPearson(tracks=2)
    >>> pearson.add(np.array([[1.0, 1.0], [2.0, 2.0]]), np.array([[2.0, 5.0], [4.0, 4.0]]))
    >>> pearson.add(np.array([[3.0, 3.0]]), np.array([[6.0, 3.0]]))
    >>> pearson.result().round(6).tolist()
    [1.0, -1.0]
    """

    def __init__(self, tracks: int) -> None:
        self.number = 0
        self._sums = np.zeros((5, tracks))
        self._origin: tuple[Floats, Floats] | None = None

    def add(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> None:
        """More pairs: x and y of the same shape (…, tracks)."""
        a = x.reshape(-1, x.shape[-1]).astype(np.float64)
        b = y.reshape(-1, y.shape[-1]).astype(np.float64)
        if self._origin is None:  # sums about a value near the mean lose no digits
            self._origin = a.mean(0), b.mean(0)
        a -= self._origin[0]
        b -= self._origin[1]
        self.number += len(a)
        self._sums += np.stack([a.sum(0), b.sum(0), (a * a).sum(0), (b * b).sum(0), (a * b).sum(0)])

    def result(self) -> Floats:
        """Correlation of each track, (tracks,) float64; NaN where either side does not vary."""
        a, b, aa, bb, ab = self._sums
        n = max(self.number, 1)
        variance = (aa - a * a / n) * (bb - b * b / n)
        flat = (aa - a * a / n <= 1e-12 * aa) | (bb - b * b / n <= 1e-12 * bb)
        with np.errstate(invalid="ignore", divide="ignore"):
            r = (ab - a * b / n) / np.sqrt(variance)
        return np.where(flat, np.nan, np.clip(r, -1, 1))
