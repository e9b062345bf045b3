"""The plan of a TFRecord data set: the preflight, then the tables that coverage and shards are made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from tcra.common.accounting import Accounting
from tcra.common.genome.fasta import Genome
from tcra.common.provenance import provenance
from tcra.common.table_text import write_table
from tcra.tracks.check_tracks import check_tracks, check_windows_on_genome
from tcra.tracks.coverage_folder import coverage_name
from tcra.tracks.dataset_statistics import STATISTICS_FILE, Statistics
from tcra.tracks.plan_windows import warn_of_leaks, write_window_plan
from tcra.tracks.settings import PlanOptions
from tcra.tracks.splits import sort_by_split, split_sizes
from tcra.tracks.targets_table import write_targets_table
from tcra.tracks.track_table import TRACK_COLUMNS, Track, cell_text, read_tracks
from tcra.tracks.window_bed import count_bins, read_window_bed

TRACKS_PLAN = "tracks.tsv"
# Columns of TRACKS_PLAN: who a track is, then its settings, each named as a long flag of read_coverage.py; an empty cell is not given.
TRACK_IDENTITY = ("index", "id", "bigwig", "coverage", "description")
TRACK_SETTINGS = ("crop", "width", *TRACK_COLUMNS)


@dataclass(frozen=True)
class PlanInputs:
    """Files of a plan. tracks: the tracks table. bigwigs: each row's file, where they do not lie as the table says."""

    tracks: Path
    bed: Path
    fasta: Path
    bigwigs: Sequence[Path] | None = None


def plan_tracks(inputs: PlanInputs, options: PlanOptions, out: Path) -> None:
    """Check everything that can be checked before the work, and write the plan into the folder `out`.

    Files: `tracks.tsv` (one row per track, see TRACK_IDENTITY and TRACK_SETTINGS), `sequences.bed` (windows sorted by split),
    `shards.tsv` (one row per shard: rows [start, end) of sequences.bed), `targets.txt` and, last, `statistics.json` (as basenji's).

    Errors: UserError as in `check_windows_on_genome`, `check_tracks`, `read_tracks` and `sort_by_split`.
    """
    defaults = options.settings
    tracks = read_tracks(inputs.tracks, defaults, inputs.bigwigs)
    found = read_window_bed(inputs.bed)
    bins = count_bins(inputs.bed, found, defaults)
    with Genome(inputs.fasta) as genome:
        check_windows_on_genome(inputs.bed, found, inputs.fasta, genome.lengths)
        check_tracks(inputs.tracks, tracks, found, inputs.fasta, genome.lengths)
    windows = sort_by_split(inputs.bed, found, options.test_fold)
    warn_of_leaks(inputs.bed, windows, defaults.crop_bp)
    out.mkdir(parents=True, exist_ok=True)
    (out / STATISTICS_FILE).unlink(missing_ok=True)  # written last: an older plan is none while this one replaces it
    write_table(out / TRACKS_PLAN, _tracks_table(tracks), missing="")
    write_targets_table(out, tracks)
    write_window_plan(out, windows, options.sequences_per_shard)
    accounting = Accounting("PLAN")
    for unit, number in (("tracks", len(tracks)), ("windows", len(windows))):
        accounting.count(unit).received(number)
        accounting.count(unit).passed(number)
    files = {"tracks": inputs.tracks, "bed": inputs.bed, "fasta": inputs.fasta}
    settings = {flag: value for flag, value in defaults.by_flag().items() if flag in TRACK_SETTINGS}
    parameters = {
        **files,
        **settings,
        "sequences_per_shard": options.sequences_per_shard,
        "test_fold": options.test_fold,
    }
    accounting.write(out, provenance(parameters, [inputs.tracks, inputs.bed]))
    sizes = split_sizes(windows)
    Statistics(windows[0].length, bins, len(tracks), defaults.bin_width_bp, defaults.crop_bp, sizes).write(out)


def _tracks_table(tracks: Sequence[Track]) -> pd.DataFrame:
    rows = []
    for index, track in enumerate(tracks):
        identity = (index, track.identifier, track.bigwig, coverage_name(track.identifier), track.description)
        settings = track.settings.by_flag()
        rows.append([*identity, *(cell_text(settings[flag]) for flag in TRACK_SETTINGS)])
    return pd.DataFrame(rows, columns=[*TRACK_IDENTITY, *TRACK_SETTINGS], dtype=object)
