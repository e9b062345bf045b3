"""The plan of windows, which all tissues share: checked, sorted by split, and cut into shards."""

import hashlib
import logging
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from tcra.common.accounting import Accounting
from tcra.common.files import atomic_text, checksum
from tcra.common.genome.fasta import Genome
from tcra.common.genome.intervals import Interval
from tcra.common.provenance import provenance
from tcra.common.table_text import write_table
from tcra.tracks.check_tracks import check_windows_on_genome
from tcra.tracks.settings import PlanOptions
from tcra.tracks.splits import Shard, count_leaks, make_shards, sort_by_split
from tcra.tracks.window_bed import count_bins, read_window_bed

log = logging.getLogger(__name__)

SHARDS_PLAN = "shards.tsv"
PLANNED_WINDOWS = "sequences.bed"
EMBEDDINGS_KEY = "key.txt"


def plan_windows(bed: Path, fasta: Path, options: PlanOptions, out: Path, checkpoint: Sequence[Path] = ()) -> None:
    """Check the windows and write `sequences.bed` (sorted by split) and `shards.tsv` (one row per shard: rows [start, end) of
    sequences.bed) into the folder `out`. checkpoint: files of the trunk's checkpoint, or its folder; with them EMBEDDINGS_KEY is written.

    Errors: UserError as in `read_window_bed`, `count_bins`, `check_windows_on_genome` and `sort_by_split`.
    """
    settings = options.settings
    found = read_window_bed(bed)
    count_bins(bed, found, settings)
    with Genome(fasta) as genome:
        check_windows_on_genome(bed, found, fasta, genome.lengths)
    windows = sort_by_split(bed, found, options.test_fold)
    warn_of_leaks(bed, windows, settings.crop_bp)
    out.mkdir(parents=True, exist_ok=True)
    write_window_plan(out, windows, options.sequences_per_shard)
    if checkpoint:
        with atomic_text(out / EMBEDDINGS_KEY) as text:
            text.write(embeddings_key(out / PLANNED_WINDOWS, fasta, checkpoint, options) + "\n")
    accounting = Accounting("PLAN_WINDOWS")
    accounting.count("windows").received(len(windows))
    accounting.count("windows").passed(len(windows))
    parameters = {
        "crop": settings.crop_bp, "width": settings.bin_width_bp, "sequences_per_shard": options.sequences_per_shard,
        "test_fold": options.test_fold,
    }  # fmt: skip
    accounting.write(out, provenance(parameters, [bed]))


def write_window_plan(out: Path, windows: Sequence[Interval], sequences_per_shard: int) -> None:
    """Write PLANNED_WINDOWS and SHARDS_PLAN of windows that are sorted by split."""
    write_table(out / SHARDS_PLAN, _shards_table(make_shards(windows, sequences_per_shard)))
    with atomic_text(out / PLANNED_WINDOWS) as text:
        text.writelines(f"{w.chrom}\t{w.start}\t{w.end}\t{w.name}\n" for w in windows)


def embeddings_key(windows: Path, fasta: Path, checkpoint: Sequence[Path], options: PlanOptions) -> str:
    """What the trunk's output on these windows depends on, as 16 hexadecimal digits: windows, genome, checkpoint and sizes.

    TRAIN compares the embeddings' own records besides; this is the name under which they are kept between runs.
    """
    sizes = (options.settings.crop_bp, options.settings.bin_width_bp, options.sequences_per_shard)
    parts = [
        checksum(windows),
        checksum(fasta),
        *sorted(f"{path.name} {checksum(path)}" for path in checkpoint),
        str(sizes),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def warn_of_leaks(bed: Path, windows: Sequence[Interval], crop_bp: int) -> None:
    """Say how many windows share bins, or DNA, with a window of another split."""
    for what, number in (("bins", count_leaks(windows, crop_bp)), ("DNA", count_leaks(windows))):
        if number:
            log.warning(
                "%s: %d of %d windows share %s with a window of another split; test correlations may be too high",
                bed, number, len(windows), what,
            )  # fmt: skip


def _shards_table(shards: Sequence[Shard]) -> pd.DataFrame:
    rows = [(shard.split, shard.index, shard.name, shard.start, shard.end) for shard in shards]
    return pd.DataFrame(rows, columns=["split", "index", "name", "start", "end"], dtype=object)
