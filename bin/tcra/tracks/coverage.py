"""One track's coverage: a bigWig and windows to an HDF5 file of bins (basenji's `basenji_data_read.py`)."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tcra.cli import progress
from tcra.common.accounting import Accounting
from tcra.common.genome.intervals import Interval
from tcra.common.provenance import provenance
from tcra.errors import UserError
from tcra.tracks.bigwig import BigWig, Runs
from tcra.tracks.bin_summary import Half, clip_track
from tcra.tracks.blacklist import Blacklist, limit_to_baseline
from tcra.tracks.coverage_file import write_targets
from tcra.tracks.interpolation import pool_interpolated
from tcra.tracks.memory import keep_freed_memory
from tcra.tracks.pool import pool_windows
from tcra.tracks.settings import TrackSettings
from tcra.tracks.window_bed import count_bins, neighbouring_groups, place, read_window_bed, windows_checksum

log = logging.getLogger(__name__)
_SPAN_BP = 1 << 22  # read at once: tens of thousands of runs, a few MB


@dataclass(frozen=True)
class CoverageInputs:
    """Files of one track. blacklist: BED file of regions to limit, if any."""

    bigwig: Path
    bed: Path
    blacklist: Path | None = None


def read_coverage(inputs: CoverageInputs, settings: TrackSettings, out: Path) -> None:
    """Read one bigWig over the windows of a BED file and write the HDF5 file (see `coverage_file`) with its accounting.

    Errors: UserError for a damaged bigWig, a missing chromosome, a window off the end, a blacklist of another genome, bins below 0
    where they are an error, and a track that comes out with NaN or all erased.
    """
    keep_freed_memory()
    windows = read_window_bed(inputs.bed)
    blacklist = Blacklist(inputs.blacklist)
    accounting = Accounting("COVERAGE")
    with BigWig(inputs.bigwig) as bigwig:
        blacklist.check(inputs.bigwig, bigwig.lengths, accounting)
        targets = track_targets(bigwig, inputs.bed, windows, settings, blacklist)
        if bigwig.overflowed:
            log.warning("%s: %d runs beyond ±65,504 count as infinite, as in basenji", bigwig.path, bigwig.overflowed)
    files = [inputs.bigwig, inputs.bed] + ([inputs.blacklist] if inputs.blacklist else [])
    record = provenance({**vars(inputs), **settings.by_flag()}, files)
    accounting.count("windows").received(len(windows))
    accounting.count("windows").passed(len(targets))
    accounting.write(out, record)
    write_targets(out, targets, record, windows_checksum(windows))  # last: where it stands, all is done


def track_targets(
    bigwig: BigWig, bed: Path, windows: Sequence[Interval], settings: TrackSettings, blacklist: Blacklist
) -> Half:
    """A finished track (windows, bins) float16, after the whole-track clip."""
    bins = count_bins(bed, windows, settings)
    present = _windows_with_coverage(bigwig, bed, windows, settings)
    targets = np.zeros((len(windows), bins), np.float16)
    special = [i for i in present if settings.interpolate or len(blacklist.within(windows[i]))]
    _read_plain(bigwig, windows, sorted(set(present) - set(special)), settings, targets)
    for index in progress(special, "windows with blacklisted or interpolated bases"):
        targets[index] = _read_special(bigwig, windows[index], bins, settings, blacklist)
    _check_for_nan(bigwig.path, bed, windows, targets)
    negative = np.flatnonzero((targets < 0).any(axis=1))
    if negative.size and settings.negative == "error":
        raise _negative(bigwig.path, bed, windows, targets, negative)
    limit = clip_track(targets, settings.track_quantile)
    _check_not_erased(bigwig.path, targets, limit, settings)
    if negative.size:
        log.warning(
            "%s: %d windows have bins below 0 (the smallest is %g); training rejects them",
            bigwig.path, negative.size, targets.min(),
        )  # fmt: skip
    return targets


def _windows_with_coverage(
    bigwig: BigWig, bed: Path, windows: Sequence[Interval], settings: TrackSettings
) -> list[int]:
    """Indices of the windows on chromosomes that the bigWig has; the others stay 0.

    Errors: UserError for a chromosome that may not be missing, for a window off its chromosome's end, and if no window is left.
    """
    present, missing = [], set()
    for index, window in enumerate(windows):
        where = f"{bed} {place(window, index + 1)}"
        if bigwig.has(window.chrom, where, settings.missing_chromosomes):
            bigwig.require(window.chrom, window.end, where)
            present.append(index)
        else:
            missing.add(window.chrom)
    if not present:
        raise UserError(f"{bigwig.path} has none of the chromosomes of {bed}; its own are {', '.join(bigwig.lengths)}")
    if missing:
        number, names = len(windows) - len(present), ", ".join(sorted(missing))
        log.warning("%s has no %s: %d windows there count as 0", bigwig.path, names, number)
    return present


def _read_runs(bigwig: BigWig, chrom: str, start: int, end: int, settings: TrackSettings) -> Runs:
    """Runs of [start, end) bp; with `negative` set to `zero`, values that the scale would bring below 0 are 0."""
    runs = bigwig.runs(chrom, start, end)
    if settings.negative == "zero":
        below = runs.values < 0 if settings.scale > 0 else runs.values > 0
        runs.values[below] = 0
    return runs


def _read_plain(
    bigwig: BigWig, windows: Sequence[Interval], indices: Sequence[int], settings: TrackSettings, targets: Half
) -> None:
    """Windows whose missing bases count as 0, many at once."""
    plain = [windows[index] for index in indices]
    inner = [Interval(w.chrom, w.start + settings.crop_bp, w.end - settings.crop_bp) for w in plain]
    groups = list(neighbouring_groups(inner, _SPAN_BP))
    for group in progress(groups, "regions"):
        starts = np.array([inner[i].start for i in group], np.int64)
        end = max(inner[i].end for i in group)
        runs = _read_runs(bigwig, inner[group[0]].chrom, int(starts[0]), end, settings)
        rows = np.array([indices[i] for i in group])
        targets[rows] = pool_windows(runs, starts, targets.shape[1], settings)


def _read_special(bigwig: BigWig, window: Interval, bins: int, settings: TrackSettings, blacklist: Blacklist) -> Half:
    """One window with blacklisted bases, or with missing bases to be interpolated: (bins,) float16."""
    runs = _read_runs(bigwig, window.chrom, window.start, window.end, settings)
    edges = blacklist.within(window)
    if settings.interpolate:
        return pool_interpolated(runs, window, edges, bins, settings)
    limited = limit_to_baseline(runs, window, edges, bins, settings)
    pooled: Half = pool_windows(limited, np.array([window.start + settings.crop_bp]), bins, settings)[0]
    return pooled


def _check_for_nan(path: Path, bed: Path, windows: Sequence[Interval], targets: Half) -> None:
    rows = np.flatnonzero(np.isnan(targets).any(axis=1))
    if rows.size:
        where = place(windows[rows[0]], int(rows[0]) + 1)
        raise UserError(
            f"{path}: bins of {bed} {where} and {rows.size - 1} more windows come out as NaN "
            "(a square root of negative values, or sums of +inf and -inf); choose another statistic or correct the track"
        )


def _negative(path: Path, bed: Path, windows: Sequence[Interval], targets: Half, rows: NDArray[np.intp]) -> UserError:
    where = place(windows[rows[0]], int(rows[0]) + 1)
    return UserError(
        f"{path}: bins of {bed} {where} and {rows.size - 1} more windows are below 0 (the smallest is {targets.min():g}), "
        "but coverage to train on is not negative; use a signal such as fold change (not its logarithm), or give --negative zero"
    )


def _check_not_erased(path: Path, targets: Half, limit: float, settings: TrackSettings) -> None:
    """A whole-track clip at ± a quantile of at most 0 would erase a track that is mostly 0 or negative; basenji does so without a word."""
    if limit <= 0 and targets.any():
        raise UserError(
            f"{path}: the {100 * settings.track_quantile:g}th percentile of all bins is {limit:g}, so limiting the track "
            f"to ± it would erase its {np.count_nonzero(targets)} bins other than 0; for a sparse track give --clip_pct 1, "
            "for a negative one a negative scale (-s)"
        )
