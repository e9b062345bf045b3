"""Pooling runs of a bigWig into bins: the work grows with runs and bins, not with bases, and the float16 result is basenji's to the bit.

basenji rounds each base to float16 and adds bases in float32, in numpy's order. Here the sum is taken in integers (every finite
float16 is a multiple of 2^-24), which is exact; the float32 sum lies within a known error of it. Only where that error could change
the float16 result are the bin's bases added again in numpy's way.
"""

import math

import numpy as np
from numpy.typing import NDArray

from tcra.tracks.bigwig import Runs
from tcra.tracks.bin_summary import Half, finish_bins, scale_bases
from tcra.tracks.settings import TrackSettings

_UNITS = float(1 << 24)  # 2^-24 is the smallest step of float16
_EPSILON = 2.0**-24  # half a unit in the last place of float32
_BASES_AT_ONCE = 1 << 22


def pool_windows(runs: Runs, starts: NDArray[np.int64], bins: int, settings: TrackSettings) -> Half:
    """Bins of windows on one chromosome, before the whole-track clip.

    runs: all runs that touch the windows, unscaled; bases without a value count as 0. starts (n,): first base of each window after
    the crop, 0-based. Returns (n, bins) float16.

    >>> runs = Runs(np.array([10, 14]), np.array([12, 18]), np.array([3, 1], np.float16))
    >>> pool_windows(runs, np.array([10, 12]), 2, TrackSettings(bin_width_bp=4, statistic="mean")).tolist()
    [[1.5, 1.0], [0.5, 0.5]]
    """
    scaled = Runs(runs.starts, runs.ends, scale_bases(runs.values, settings))
    edges = starts[:, None] + settings.bin_width_bp * np.arange(bins + 1)
    if settings.statistic == "max":
        return finish_bins(_maxima(scaled, edges), settings)
    if settings.statistic == "median":
        return finish_bins(_medians(scaled, edges[:, :-1], settings.bin_width_bp), settings)
    sums, errors = _float_sums(scaled, edges, settings.bin_width_bp)
    result = _finish_sums(sums.astype(np.float32), settings)
    if errors is not None:
        doubtful = np.nonzero(errors > 0)
        low = _finish_sums((sums[doubtful] - errors[doubtful]).astype(np.float32), settings)
        high = _finish_sums((sums[doubtful] + errors[doubtful]).astype(np.float32), settings)
        unsure = ~((low == high) | (np.isnan(low) & np.isnan(high)))
        undecided = tuple(axis[unsure] for axis in doubtful)
        result[undecided] = _add_as_numpy(scaled, edges[:, :-1][undecided], settings)
    return result


class _Cumulative:
    """Sums of a per-run value over [first base, edge) for many edges: one search, then any number of values."""

    def __init__(self, runs: Runs, edges: NDArray[np.int64]) -> None:
        # A run of no length stands before the first one, for the edges that come before it.
        self._starts = np.concatenate(([0], runs.starts))
        self._lengths = np.concatenate(([0], runs.ends - runs.starts))
        self._run = np.searchsorted(runs.starts, edges, side="right")
        self._reached = np.minimum(edges, np.concatenate(([0], runs.ends)).take(self._run))

    def bin_sums(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        """Sum of value × bases in each bin: (n, bins). Integers wrap around on the way, and the differences are right all the same."""
        padded = np.concatenate(([0], values))
        # The sum up to a base in run r is that of all runs before r, plus value × (base - start of r).
        constant = np.cumsum(padded * self._lengths)
        constant -= padded * (self._lengths + self._starts)
        at_edges = padded.take(self._run)
        at_edges *= self._reached
        at_edges += constant.take(self._run)
        return at_edges[:, 1:] - at_edges[:, :-1]


def _float_sums(
    runs: Runs, edges: NDArray[np.int64], width: int
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """Each bin's sum (n, bins), and how far at most numpy's float32 sum is from it; None where they are equal everywhere."""
    finite = np.isfinite(runs.values)
    values = runs.values if finite.all() else np.where(finite, runs.values, np.float16(0))
    units = (values.astype(np.float64) * _UNITS).astype(np.int64)
    cumulative = _Cumulative(runs, edges)
    exact = cumulative.bin_sums(units)
    absolute = exact if not (units < 0).any() else cumulative.bin_sums(np.abs(units))
    # Sums of multiples of one step, below 2^24 steps, are exact in float32 in any order.
    joined = int(np.bitwise_or.reduce(units)) if units.size else 0
    step = joined & -joined
    sums = exact.astype(np.float64) / _UNITS
    inexact = absolute >= step * (1 << 24) if step else np.zeros(exact.shape, bool)
    if not finite.all():
        up = cumulative.bin_sums((runs.values == np.inf).astype(np.int64)) > 0
        down = cumulative.bin_sums((runs.values == -np.inf).astype(np.int64)) > 0
        sums[up], sums[down], sums[up & down] = np.inf, -np.inf, np.nan
        inexact &= ~(up | down)
    if not inexact.any():
        return sums, None
    errors: NDArray[np.float64] = np.where(inexact, absolute * (_sum_depth(width) * _EPSILON / _UNITS), 0.0)
    return sums, errors


def _sum_depth(width: int) -> int:
    """At most this many roundings stand between one base and numpy's pairwise float32 sum of `width` bases (and 4 to spare)."""
    in_block = min(width, 128)
    return in_block // 8 + 3 + in_block % 8 + math.ceil(math.log2(max(width / 128, 1))) + math.ceil(width / 8192) + 4


def _finish_sums(sums: NDArray[np.float32], settings: TrackSettings) -> Half:
    averaged = settings.statistic in ("mean", "mean_sqrt", "peak")
    return finish_bins(sums / np.float32(settings.bin_width_bp) if averaged else sums, settings)


def _add_as_numpy(runs: Runs, starts: NDArray[np.int64], settings: TrackSettings) -> Half:
    """The same bins, base by base: starts (k,) to (k,) float16."""
    sums = np.empty(len(starts), np.float32)
    for part in _batches(len(starts), settings.bin_width_bp):
        with np.errstate(invalid="ignore"):
            sums[part] = bases(runs, starts[part], settings.bin_width_bp).sum(axis=1, dtype=np.float32)
    return _finish_sums(sums, settings)


def _medians(runs: Runs, starts: NDArray[np.int64], width: int) -> Half:
    flat = starts.ravel()
    found = np.empty(flat.size, np.float16)
    for part in _batches(flat.size, width):
        with np.errstate(invalid="ignore", over="ignore"):
            found[part] = np.median(bases(runs, flat[part], width), axis=1)
    return found.reshape(starts.shape)


def _maxima(runs: Runs, edges: NDArray[np.int64]) -> Half:
    """Largest base of each bin; a base without a value is 0."""
    width = edges[0, 1] - edges[0, 0]
    covered = _Cumulative(runs, edges).bin_sums(np.ones(len(runs.values), np.int64))
    first = np.searchsorted(runs.ends, edges[:, :-1], side="right").ravel()
    last = np.searchsorted(runs.starts, edges[:, 1:], side="left").ravel()
    padded = np.append(runs.values, np.float16(-np.inf))
    bounds = np.stack([first, np.minimum(np.maximum(last, first), len(runs.values))], axis=1).ravel()
    largest = np.maximum.reduceat(padded, bounds)[::2].copy()
    largest[last <= first] = -np.inf
    largest = largest.reshape(covered.shape)
    return np.where(covered < width, np.maximum(largest, np.float16(0)), largest)


def bases(runs: Runs, starts: NDArray[np.int64], width: int, missing: float = 0.0) -> Half:
    """Values base by base of [start, start + width) for each of starts (k,): (k, width) float16.

    >>> bases(Runs(np.array([2]), np.array([4]), np.array([7], np.float16)), np.array([1]), 4).tolist()
    [[0.0, 7.0, 7.0, 0.0]]
    """
    if not len(runs.starts):
        return np.full((len(starts), width), missing, np.float16)
    places = starts[:, None] + np.arange(width)
    run = np.searchsorted(runs.starts, places, side="right") - 1
    inside = (run >= 0) & (places < runs.ends[run])
    return np.where(inside, runs.values[run], np.float16(missing))


def _batches(count: int, width: int) -> list[slice]:
    size = max(1, _BASES_AT_ONCE // width)
    return [slice(first, first + size) for first in range(0, count, size)]
