"""From pooled bins to a track's float16 values: square root, soft clip, clip, scale, and the whole-track clip.

Each step is written with the numpy operations and the precision of basenji's `basenji_data_read.py`, since the last bit depends on
them: commit 54e9dba (2022) for `clip-then-scale`, commit 74b8671 (2024) for `scale-then-clip`.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tcra.tracks.settings import TrackSettings

Half = NDArray[np.float16]
_LIMITS = np.finfo(np.float16)
_CODES = 1 << 16
_SIZE = np.uint16(0x7FFF)  # all bits of a float16 but the sign


def finish_bins(pooled: NDArray[Any], settings: TrackSettings) -> Half:
    """Pooled values (any shape; float32 of sums and means, float16 of maxima and medians) to float16, before the whole-track clip."""
    with np.errstate(invalid="ignore", over="ignore"):
        bins = _transform(pooled, settings)
        if settings.clip_soft is not None:
            soft, above = settings.clip_soft, bins > settings.clip_soft
            if settings.order == "clip-then-scale":
                bins[above] = soft + np.sqrt(bins[above] - soft)
            else:
                bins[above] = soft - 1 + np.sqrt(bins[above] - soft + 1)
        if settings.clip is not None:
            bins = np.clip(bins, -settings.clip, settings.clip)
        if settings.order == "clip-then-scale":
            bins = settings.scale * bins
        finished: Half = np.clip(bins, _LIMITS.min, _LIMITS.max).astype(np.float16)
        return finished


def _transform(pooled: NDArray[Any], settings: TrackSettings) -> NDArray[Any]:
    bins: NDArray[Any] = pooled.copy()
    if settings.statistic in ("sum_sqrt", "mean_sqrt"):
        bins = pooled**0.75 if settings.order == "clip-then-scale" else -1 + np.sqrt(1 + pooled)
    elif settings.statistic == "peak":
        bins = np.clip(np.sqrt(pooled * 4), 0, 1)
    return bins


def scale_bases(values: NDArray[Any], settings: TrackSettings) -> NDArray[Any]:
    """Bases (float16, or float64 where interpolated) times the scale where it comes first; else unchanged."""
    if settings.order == "clip-then-scale" or settings.scale == 1:
        return values
    with np.errstate(over="ignore"):
        return settings.scale * values


def interpolate_quantile(lower: np.float16, upper: np.float16, weight: float) -> float:
    """`lower + weight * (upper - lower)` of two neighbouring order statistics, in the precision and order of numpy's `percentile`."""
    with np.errstate(invalid="ignore", over="ignore"):
        difference = upper - lower
        if weight >= 0.5:
            return float(upper - difference * (1 - weight))
        return float(lower + difference * weight)


def quantile_ranks(count: int, fraction: float) -> tuple[int, int, float]:
    """Ranks (0-based) of the two order statistics around the quantile `fraction` of `count` values, and the upper one's weight.

    >>> quantile_ranks(5, 0.5), quantile_ranks(4, 0.5)
    ((2, 3, 0.0), (1, 2, 0.5))
    """
    # numpy divides a percentage by 100, and basenji asks it for 100 * fraction: the same two roundings.
    place = (count - 1) * (100 * fraction / 100)
    if place >= count - 1:
        return count - 1, count - 1, 0.0
    lower = int(place)
    return lower, lower + 1, place - lower


def half_quantile(values: Half, fraction: float) -> float:
    """The quantile of float16 values (any shape, no NaN), linear between order statistics: a count of the 65,536 codes, no sort.

    It also avoids `numpy.percentile`, which in numpy 2.0 to 2.3 returns NaN for more than 65,504 float16 values.

    >>> half_quantile(np.array([4, 1, 3, 2], np.float16), 0.5)
    2.5
    """
    counts = np.bincount(values.ravel().view(np.uint16), minlength=_CODES)
    codes = np.arange(_CODES, dtype=np.uint16)
    order = np.argsort(codes.view(np.float16), kind="stable")  # NaNs last, and there are none
    cumulative = np.cumsum(counts[order])
    lower, upper, weight = quantile_ranks(values.size, fraction)
    found = order[np.searchsorted(cumulative, [lower, upper], side="right")]
    first, second = codes[found].view(np.float16)
    return interpolate_quantile(first, second, weight)


def clip_track(targets: Half, fraction: float) -> float:
    """Limit a whole track in place to ± the quantile `fraction` of its bins (no NaN), if that is above 0; returns the quantile.

    >>> track = np.array([[-9, 0, 1, 2, 3]], np.float16)
    >>> clip_track(track, 0.5), track.tolist()
    (1.0, [[-1.0, 0.0, 1.0, 1.0, 1.0]])
    """
    limit = half_quantile(targets, fraction)
    if limit > 0:
        # Compared and set as integers: without its sign bit, a float16's code grows with its size.
        codes = targets.view(np.uint16)
        code = np.float16(limit).view(np.uint16)
        above = (codes & _SIZE) > code
        codes[above] = codes[above] & ~_SIZE | code
    return limit
