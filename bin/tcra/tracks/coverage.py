"""One track's coverage: a bigWig and windows to an HDF5 file of bins (basenji's `basenji_data_read.py`)."""

import argparse
import io
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import deflate
import h5py
import numpy as np

from tcra import cli
from tcra.common.accounting import Accounting
from tcra.common.files import atomic_path
from tcra.common.genome.intervals import Interval
from tcra.common.provenance import as_json, provenance
from tcra.errors import UserError
from tcra.tracks.bigwig import BigWig
from tcra.tracks.bin_summary import Half, clip_track
from tcra.tracks.blacklist import Blacklist, calm
from tcra.tracks.interpolation import pool_interpolated
from tcra.tracks.memory import keep_freed_memory
from tcra.tracks.pool import pool_windows
from tcra.tracks.settings import Settings
from tcra.tracks.window_bed import count_bins, neighbouring_groups, place, read_windows

log = logging.getLogger(__name__)
_SPAN = 1 << 22  # bp read at once: tens of thousands of runs, a few MB
_ROWS_A_CHUNK = 256  # a TFRecord shard reads one chunk
_LEVEL = 1  # of libdeflate


def read_coverage(arguments: argparse.Namespace) -> None:
    """Read one bigWig over the windows of a BED file and write the HDF5 file with its accounting.

    arguments: of `read_coverage.py`. The HDF5 dataset `targets` is float16 (windows, bins), rows in the BED's order; attribute
    `provenance` is JSON.

    Errors: UserError for a damaged bigWig, a missing chromosome, a window off the end, settings that cannot be, and a track that
    comes out with NaN or all erased.
    """
    keep_freed_memory()
    settings = settings_of(arguments)
    windows = read_windows(arguments.bed)
    with BigWig(arguments.bigwig) as bigwig:
        targets = track_targets(bigwig, arguments.bed, windows, settings, Blacklist(arguments.blacklist))
        if bigwig.overflowed:
            log.warning("%s: %d runs beyond ±65,504 count as infinite, as in basenji", bigwig.path, bigwig.overflowed)
    inputs = [arguments.bigwig, arguments.bed] + ([arguments.blacklist] if arguments.blacklist else [])
    record = provenance({name: value for name, value in vars(arguments).items() if name != "out"}, inputs)
    accounting = Accounting("COVERAGE")
    accounting.count("windows").received(len(windows))
    accounting.count("windows").passed(len(targets))
    accounting.write(arguments.out, record)
    write_targets(arguments.out, targets, record)  # last: where it stands, all is done


def settings_of(arguments: argparse.Namespace) -> Settings:
    """Settings from the command line.

    Errors: UserError that names the flag's value.
    """
    try:
        return Settings(
            crop=arguments.crop, width=arguments.width, statistic=arguments.statistic, clip=arguments.clip,
            clip_soft=arguments.clip_soft, scale=arguments.scale, order=arguments.order,
            clip_fraction=arguments.clip_pct, interpolate=arguments.interpolate, baseline_fraction=arguments.black_pct,
        )  # fmt: skip
    except ValueError as error:
        raise UserError(f"command line: {error}") from None


def track_targets(
    bigwig: BigWig, bed: Path, windows: Sequence[Interval], settings: Settings, blacklist: Blacklist
) -> Half:
    """A finished track (windows, bins) float16, after the whole-track clip."""
    bins = count_bins(bed, windows, settings)
    for number, window in enumerate(windows, 1):
        bigwig.require(window.chrom, window.end, f"{bed} {place(window, number)}")
    targets = np.empty((len(windows), bins), np.float16)
    special = [index for index, window in enumerate(windows) if settings.interpolate or len(blacklist.within(window))]
    _read_plain(bigwig, windows, sorted(set(range(len(windows))) - set(special)), settings, targets)
    for index in cli.progress(special, "windows with blacklisted or interpolated bases"):
        targets[index] = _read_special(bigwig, windows[index], bins, settings, blacklist)
    _refuse_nan(bigwig.path, bed, windows, targets)
    limit = clip_track(targets, settings.track_quantile)
    _refuse_erased(bigwig.path, targets, limit, settings)
    return targets


def _read_plain(
    bigwig: BigWig, windows: Sequence[Interval], indices: Sequence[int], settings: Settings, targets: Half
) -> None:
    """Windows whose missing bases count as 0, many at once."""
    plain = [windows[index] for index in indices]
    inner = [Interval(w.chrom, w.start + settings.crop, w.end - settings.crop) for w in plain]
    groups = list(neighbouring_groups(inner, _SPAN))
    for group in cli.progress(groups, "regions"):
        starts = np.array([inner[i].start for i in group], np.int64)
        runs = bigwig.runs(inner[group[0]].chrom, int(starts[0]), max(inner[i].end for i in group))
        rows = np.array([indices[i] for i in group])
        targets[rows] = pool_windows(runs, starts, targets.shape[1], settings)


def _read_special(bigwig: BigWig, window: Interval, bins: int, settings: Settings, blacklist: Blacklist) -> Half:
    runs = bigwig.runs(window.chrom, window.start, window.end)
    edges = blacklist.within(window)
    if settings.interpolate:
        return pool_interpolated(runs, window, edges, bins, settings)
    calmed = calm(runs, window, edges, bins, settings)
    return pool_windows(calmed, np.array([window.start + settings.crop]), bins, settings)[0]


def _refuse_nan(path: Path, bed: Path, windows: Sequence[Interval], targets: Half) -> None:
    rows = np.flatnonzero(np.isnan(targets).any(axis=1))
    if rows.size:
        where = place(windows[rows[0]], int(rows[0]) + 1)
        raise UserError(
            f"{path}: bins of {bed} {where} and {rows.size - 1} more windows come out as NaN "
            "(a square root of negative values, or sums of +inf and -inf); choose another statistic or mend the track"
        )


def _refuse_erased(path: Path, targets: Half, limit: float, settings: Settings) -> None:
    """A whole-track clip at ± a quantile of at most 0 would erase a track that is mostly 0 or negative; basenji does so without a word."""
    if limit <= 0 and targets.any():
        raise UserError(
            f"{path}: the {100 * settings.track_quantile:g}th percentile of all bins is {limit:g}, so limiting the track "
            f"to ± it would erase its {np.count_nonzero(targets)} bins other than 0; for a sparse track give --clip_pct 1, "
            "for a negative one a negative scale (-s)"
        )


def write_targets(out: Path, targets: Half, record: dict[str, Any]) -> None:
    """Write dataset `targets` and attribute `provenance`, atomically; the file is built in memory, so a full disk is a plain error.

    HDF5's own filters (shuffle, gzip) read the chunks, which libdeflate compresses here several times faster than HDF5 would.
    """
    image = io.BytesIO()
    rows = min(_ROWS_A_CHUNK, len(targets))
    with h5py.File(image, "w") as file:
        dataset = file.create_dataset(
            "targets", targets.shape, np.float16, chunks=(rows, targets.shape[1]), compression="gzip", shuffle=True
        )
        for first in range(0, len(targets), rows):
            chunk = np.zeros((rows, targets.shape[1]), "<f2")
            chunk[: len(targets) - first] = targets[first : first + rows]
            shuffled = chunk.view(np.uint8).reshape(-1, 2).T.tobytes()
            dataset.id.write_direct_chunk((first, 0), bytes(deflate.zlib_compress(shuffled, _LEVEL)))
        file.attrs["provenance"] = as_json(record)
    with atomic_path(out) as temporary:
        temporary.write_bytes(image.getbuffer())
