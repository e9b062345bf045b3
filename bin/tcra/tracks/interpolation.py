"""Windows whose missing bases are interpolated: base by base, in float64, as basenji does with -i."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tcra.common.genome.intervals import Interval
from tcra.tracks.bigwig import Runs
from tcra.tracks.bin_summary import Half, finish_bins, half_quantile, scale_bases
from tcra.tracks.pool import bases
from tcra.tracks.settings import MIN_BINS_FOR_BASELINE, TrackSettings


def pool_interpolated(
    runs: Runs, window: Interval, edges: NDArray[np.int64], bins: int, settings: TrackSettings
) -> Half:
    """Bins (bins,) of one window. runs: of the whole window. edges: of its blacklisted regions (`Blacklist.within`)."""
    values: NDArray[Any] = bases(runs, np.array([window.start]), window.length, missing=np.nan)[0]
    values = interpolate_missing(values)
    if len(edges) and bins >= MIN_BINS_FOR_BASELINE:
        limit = float(np.nan_to_num(_quantile(values, settings.baseline_quantile)))
    else:
        limit = 0.0
    for start, end in (edges - window.start).reshape(-1, 2):
        values[start:end] = np.clip(values[start:end], -limit, limit)
    inner = values[settings.crop_bp : window.length - settings.crop_bp]
    pooled = _pool(scale_bases(inner, settings).reshape(bins, settings.bin_width_bp), settings)
    return finish_bins(pooled, settings)


def interpolate_missing(values: Half) -> NDArray[Any]:
    """NaN replaced linearly, with a 0 before the first base and after the last; float16 if there was none, else float64.

    >>> interpolate_missing(np.array([np.nan, 2, np.nan, 4, np.nan], np.float16)).tolist()
    [1.0, 2.0, 3.0, 4.0, 2.0]
    """
    missing = np.isnan(values)
    if not missing.any():
        return values
    padded = np.zeros(len(values) + 2)
    padded[1:-1] = values
    gaps = np.concatenate(([False], missing, [False]))
    places = np.arange(len(padded))
    padded[gaps] = np.interp(places[gaps], places[~gaps], padded[~gaps])
    return padded[1:-1]


def _quantile(values: NDArray[Any], fraction: float) -> np.floating[Any]:
    if values.dtype == np.float16:
        return np.float16(half_quantile(values, fraction))
    return np.float64(np.percentile(values, 100 * fraction))


def _pool(values: NDArray[Any], settings: TrackSettings) -> NDArray[Any]:
    with np.errstate(invalid="ignore", over="ignore"):
        pooled: NDArray[Any]
        if settings.statistic in ("sum", "sum_sqrt"):
            pooled = values.sum(axis=1, dtype=np.float32)
        elif settings.statistic == "max":
            pooled = values.max(axis=1)
        elif settings.statistic == "median":
            pooled = np.median(values, axis=1)
        else:
            pooled = values.mean(axis=1, dtype=np.float32)
        return pooled
