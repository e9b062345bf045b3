"""Blacklisted regions: their bases are limited to the window's baseline before pooling."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tcra.common.accounting import Accounting
from tcra.common.genome.chromosomes import plain_name
from tcra.common.genome.intervals import Interval, read_bed
from tcra.errors import UserError
from tcra.tracks.bigwig import Runs
from tcra.tracks.bin_summary import interpolate_quantile, quantile_ranks
from tcra.tracks.settings import MIN_BINS_FOR_BASELINE, TrackSettings

_MARGIN_BP = 20  # added on each side of a region, as in basenji
_LAST_BP = 1 << 40  # beyond any chromosome; larger numbers do not fit 64 bits


class Blacklist:
    """Regions to limit, under any chromosome naming, widened by 20 bp on each side and merged."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._listed = read_bed(path) if path is not None else []
        self._regions: dict[str, tuple[NDArray[np.int64], NDArray[np.int64]]] = {}
        by_chromosome: dict[str, list[tuple[int, int]]] = {}
        for region in self._listed:
            widened = min(max(0, region.start - _MARGIN_BP), _LAST_BP), min(region.end + _MARGIN_BP, _LAST_BP)
            by_chromosome.setdefault(plain_name(region.chrom), []).append(widened)
        for chrom, regions in by_chromosome.items():
            self._regions[chrom] = _merge(sorted(regions))

    def check(self, track: Path, lengths: Mapping[str, int], accounting: Accounting) -> None:
        """Count the regions on chromosomes of the track. `lengths`: its chromosomes, in bp.

        Errors: UserError if the two share no chromosome, or a region starts beyond its chromosome's end.
        """
        if self._path is None:
            return
        by_plain_name = {plain_name(name): length for name, length in lengths.items()}
        counter = accounting.count("blacklisted regions")
        counter.received(len(self._listed))
        for region in self._listed:
            length = by_plain_name.get(plain_name(region.chrom))
            where = f"{region.chrom}:{region.start}-{region.end}"
            if length is None:
                counter.reject("the track has no such chromosome", where, self._path.name)
            elif region.start >= length:
                raise UserError(
                    f"{self._path}: {where} starts beyond {region.chrom}, which has {length} bp in {track}; "
                    "are they of one genome build?"
                )
            else:
                counter.passed()
        if not counter.number_out:
            first, own = self._listed[0].chrom, ", ".join(list(lengths)[:5])
            raise UserError(
                f"{self._path}: none of its chromosomes (the first is {first}) is in {track}, which has {own}; is it for this genome?"
            )

    def within(self, window: Interval) -> NDArray[np.int64]:
        """Edges (2 × regions,) of the regions inside the window, cut to it: start, end, start, end, … in bp of the chromosome."""
        regions = self._regions.get(plain_name(window.chrom)) if self._regions else None
        if regions is None:
            return np.empty(0, np.int64)
        starts, ends = regions
        first, last = (
            np.searchsorted(ends, window.start, side="right"),
            np.searchsorted(starts, window.end, side="left"),
        )
        edges = np.stack([starts[first:last], ends[first:last]], axis=1).ravel()
        return np.clip(edges, window.start, window.end)


def _merge(regions: list[tuple[int, int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Starts and ends of sorted regions, those that overlap or touch as one."""
    merged: list[list[int]] = []
    for start, end in regions:
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    table = np.array(merged, np.int64)
    return table[:, 0], table[:, 1]


def limit_to_baseline(
    runs: Runs, window: Interval, edges: NDArray[np.int64], bins: int, settings: TrackSettings
) -> Runs:
    """The window's runs with blacklisted bases limited to ± its baseline: the quantile of its bases, 0 if any has no value.

    runs: those of the whole, uncropped window. edges: of `Blacklist.within`.
    """
    limit = baseline(runs, window.length, bins, settings)
    cuts = np.union1d(runs.starts, edges)
    run = np.searchsorted(runs.starts, cuts, side="right") - 1
    known = run >= 0
    cuts, run = cuts[known], run[known]
    ends = np.minimum(np.append(cuts[1:], window.end), runs.ends[run]) if len(cuts) else cuts
    kept = cuts < ends
    cuts, ends, values = cuts[kept], ends[kept], runs.values[run[kept]]
    listed = np.searchsorted(edges, cuts, side="right") % 2 == 1
    values[listed] = np.clip(values[listed], np.float16(-limit), np.float16(limit))
    return Runs(cuts, ends, values)


def baseline(runs: Runs, length: int, bins: int, settings: TrackSettings) -> float:
    """The quantile of a window's bases; 0 for windows of fewer than 8 bins, and where any base has no value."""
    lengths = runs.ends - runs.starts
    if bins < MIN_BINS_FOR_BASELINE or lengths.sum() < length:
        return 0.0
    order = np.argsort(runs.values, kind="stable")
    cumulative = np.cumsum(lengths[order])
    lower, upper, weight = quantile_ranks(length, settings.baseline_quantile)
    first, second = runs.values[order[np.searchsorted(cumulative, [lower, upper], side="right")]]
    return float(np.nan_to_num(np.float16(interpolate_quantile(first, second, weight))))
