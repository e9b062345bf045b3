"""The plan of a TFRecord data set: the preflight, then the tables that coverage and shards are made from."""

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from tcra.common.accounting import Accounting
from tcra.common.files import atomic_text
from tcra.common.genome.fasta import Genome
from tcra.common.genome.intervals import Interval
from tcra.common.provenance import provenance
from tcra.common.table_text import write_table
from tcra.errors import UserError
from tcra.tracks.check_tracks import check_tracks, check_windows
from tcra.tracks.dataset_statistics import Statistics
from tcra.tracks.settings import Settings
from tcra.tracks.splits import Shard, count_leaks, make_shards, sort_by_split, split_sizes
from tcra.tracks.track_table import Track, read_tracks
from tcra.tracks.window_bed import count_bins, read_windows

log = logging.getLogger(__name__)


def plan_tracks(arguments: argparse.Namespace) -> None:
    """Check everything that can be checked before the work, and write the plan into `arguments.out`.

    Files: `tracks.tsv` (a row a track: settings, and `flags` for read_coverage.py), `sequences.bed` (windows sorted by split),
    `shards.tsv` (a row a shard: rows [start, end) of sequences.bed), `targets.txt` and `statistics.json` (as basenji's).

    Errors: UserError as in `check_windows`, `check_tracks`, `read_tracks` and `sort_by_split`.
    """
    try:
        defaults = Settings(
            crop=arguments.crop, width=arguments.width, statistic=arguments.statistic, clip=arguments.clip,
            clip_soft=arguments.clip_soft, scale=arguments.scale, order=arguments.order,
            clip_fraction=arguments.clip_pct,
        )  # fmt: skip
    except ValueError as error:
        raise UserError(f"command line: {error}") from None
    tracks = read_tracks(arguments.tracks, defaults, arguments.bigwigs)
    found = read_windows(arguments.bed)
    bins = count_bins(arguments.bed, found, defaults)
    with Genome(arguments.fasta) as genome:
        check_windows(arguments.bed, found, arguments.fasta, genome.lengths)
        check_tracks(arguments.tracks, tracks, found, arguments.fasta, genome.lengths)
    windows = sort_by_split(arguments.bed, found)
    _warn_of_leaks(arguments.bed, windows, arguments.crop)
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    write_table(out / "tracks.tsv", _tracks_table(tracks), missing="")
    write_table(out / "targets.txt", _targets_table(tracks), missing="")
    write_table(out / "shards.tsv", _shards_table(make_shards(windows, arguments.sequences_per_shard)))
    with atomic_text(out / "sequences.bed") as text:
        text.writelines(f"{w.chrom}\t{w.start}\t{w.end}\t{w.name}\n" for w in windows)
    accounting = Accounting("PLAN")
    for unit, number in (("tracks", len(tracks)), ("windows", len(windows))):
        accounting.count(unit).received(number)
        accounting.count(unit).passed(number)
    parameters = {name: value for name, value in vars(arguments).items() if name not in ("out", "bigwigs")}
    accounting.write(out, provenance(parameters, [arguments.tracks, arguments.bed]))
    length = windows[0].length
    Statistics(length, bins, len(tracks), arguments.width, arguments.crop, split_sizes(windows)).write(out)


def _warn_of_leaks(bed: Path, windows: Sequence[Interval], crop: int) -> None:
    for what, number in (("bins", count_leaks(windows, crop)), ("DNA", count_leaks(windows))):
        if number:
            log.warning(
                "%s: %d of %d windows share %s with a window of another split; test correlations may be too high",
                bed, number, len(windows), what,
            )  # fmt: skip


def _tracks_table(tracks: Sequence[Track]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "index": index,
                "id": track.identifier,
                "bigwig": track.bigwig,
                "statistic": track.settings.statistic,
                "clip": _number(track.settings.clip),
                "clip_soft": _number(track.settings.clip_soft),
                "clip_pct": _number(track.settings.clip_fraction),
                "scale": _number(track.settings.scale),
                "order": track.settings.order,
                "crop": track.settings.crop,
                "width": track.settings.width,
                "flags": coverage_flags(track.settings),
                "description": track.description,
            }
            for index, track in enumerate(tracks)
        ],
        dtype=object,
    )


def coverage_flags(settings: Settings) -> str:
    """Flags of `read_coverage.py` for these settings."""
    flags = [f"--crop {settings.crop}", f"-w {settings.width}", f"-u {settings.statistic}"]
    valued = (
        ("-c", settings.clip), ("--clip_soft", settings.clip_soft), ("--clip_pct", settings.clip_fraction), ("-s", settings.scale),
    )  # fmt: skip
    for flag, value in valued:
        if value is not None:
            flags.append(f"{flag} {_number(value)}")
    return " ".join([*flags, f"--order {settings.order}"])


def _targets_table(tracks: Sequence[Track]) -> pd.DataFrame:
    """basenji's table; its first column has no name."""
    return pd.DataFrame(
        [
            {
                "": index,
                "identifier": track.identifier,
                "file": track.bigwig,
                "clip": _number(track.settings.clip),
                "clip_soft": _number(track.settings.clip_soft),
                "scale": _number(track.settings.scale),
                "sum_stat": track.settings.statistic,
                "description": track.description,
            }
            for index, track in enumerate(tracks)
        ],
        dtype=object,
    )


def _shards_table(shards: Sequence[Shard]) -> pd.DataFrame:
    rows = [(shard.split, shard.index, shard.name, shard.start, shard.end) for shard in shards]
    return pd.DataFrame(rows, columns=["split", "index", "name", "start", "end"], dtype=object)


def _number(value: float | None) -> str:
    """Shortest text: 32, 0.5, or nothing."""
    return "" if value is None else f"{int(value)}" if value == int(value) else repr(float(value))
