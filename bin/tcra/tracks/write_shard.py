"""Writing one shard: windows' DNA and all tracks' bins to a TFRecord file, with its accounting."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import google_crc32c
import numpy as np
from numpy.typing import NDArray

from tcra.cli import progress
from tcra.common.accounting import Accounting
from tcra.common.files import atomic_path
from tcra.common.genome.fasta import Genome
from tcra.common.genome.intervals import Interval
from tcra.common.provenance import provenance
from tcra.errors import UserError
from tcra.tracks.bin_summary import Half
from tcra.tracks.check_tracks import check_windows_on_genome
from tcra.tracks.coverage_file import read_rows
from tcra.tracks.coverage_folder import find_coverage
from tcra.tracks.memory import keep_freed_memory
from tcra.tracks.settings import ShardOptions
from tcra.tracks.targets_table import read_track_list
from tcra.tracks.window_bed import read_window_bed, windows_checksum
from tcra.tracks.write_records import (
    compress_records,
    encode_sequence,
    encode_target,
    limit_unmappable,
    serialize_example,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ShardInputs:
    """Files of a shard. coverage: folder of the tracks' coverage. targets: table or list of the tracks' ids in order, where the coverage
    files are named by id; None where they are numbered. umap: unmappable bins, bool array (windows, bins)."""

    fasta: Path
    bed: Path
    coverage: Path
    targets: Path | None = None
    umap: Path | None = None


def write_tfrecords(inputs: ShardInputs, options: ShardOptions, out: Path) -> None:
    """Write rows [first, end) of the BED file as one shard.

    Errors: UserError for rows outside the BED file, coverage that is missing or does not fit, a window that is not on the FASTA file's
    chromosome, and an unmappability array of another shape.
    """
    keep_freed_memory()
    windows = read_window_bed(inputs.bed)
    first, end = options.first_row, len(windows) if options.end_row is None else options.end_row
    if not first < end <= len(windows):
        raise UserError(f"{inputs.bed} has {len(windows)} windows; rows -s {first} to -e {end} are not among them")
    identifiers = read_track_list(inputs.targets) if inputs.targets else None
    paths, bins = find_coverage(inputs.coverage, inputs.bed, len(windows), windows_checksum(windows), identifiers)
    unmappable = _read_unmappable(inputs.umap, (len(windows), bins), options)
    rows = range(first, end)
    with Genome(inputs.fasta) as genome:
        chosen = [windows[row] for row in rows]
        lengths = {w.chrom: genome.lengths[genome.find(w.chrom)] for w in chosen}
        check_windows_on_genome(inputs.bed, chosen, inputs.fasta, lengths, first)
        targets = read_rows(paths, bins, first, end)
        rows_checksum = f"crc32c:{google_crc32c.value(targets):08x}"
        examples = _examples(genome, chosen, targets, unmappable[rows], options)
        packed = compress_records(progress(examples, "records", len(rows)))
    accounting = Accounting("TFRECORDS")
    accounting.count("windows").received(len(rows))
    accounting.count("windows").passed(len(rows))
    record = provenance(_parameters(inputs, options), [inputs.bed] + ([inputs.umap] if inputs.umap else []))
    record["inputs"]["coverage rows"] = rows_checksum  # whole files would cost each shard a read of all shards' data
    accounting.write(out, record)
    # The shard comes last: where it stands, all is done.
    with atomic_path(out) as temporary:
        temporary.write_bytes(packed)


def _parameters(inputs: ShardInputs, options: ShardOptions) -> dict[str, Any]:
    """Parameters of the provenance, by flag."""
    return {
        **{name: path for name, path in vars(inputs).items() if name != "targets"}, "start": options.first_row, "end": options.end_row,
        "extend": options.extend_bp, "umap_clip": options.umap_quantile, "umap_tfr": options.store_umap,
        "decimals": options.decimals, "sequence_format": options.sequence_format,
    }  # fmt: skip


def _examples(
    genome: Genome, windows: Sequence[Interval], targets: Half, unmappable: NDArray[np.bool_], options: ShardOptions
) -> Iterator[bytes]:
    # Rows a bit longer than the bins: a power of two between tracks would make the transposed copy miss the cache.
    by_track = np.empty((targets.shape[0], targets.shape[2] + 32), np.float16)[:, : targets.shape[2]]
    for row, (window, mask) in enumerate(zip(windows, unmappable, strict=True)):
        by_track[:] = targets[:, row]
        bins = np.ascontiguousarray(by_track.T)
        if options.umap_quantile < 1:
            limit_unmappable(bins, mask, options.umap_quantile)
        letters = genome.sequence(window.chrom, window.start - options.extend_bp, window.end + options.extend_bp)
        features = {
            "sequence": encode_sequence(letters, options.sequence_format == "index"),
            "target": encode_target(bins, options.decimals),
        }
        if options.store_umap:
            features["umap"] = mask.tobytes()
        yield serialize_example(features)


def _read_unmappable(path: Path | None, shape: tuple[int, int], options: ShardOptions) -> NDArray[np.bool_]:
    """Unmappable bins (windows, bins) bool; all False without a file."""
    if path is None:
        if options.uses_umap:
            raise UserError(
                "command line: --umap_tfr and --umap_clip below 1 need the unmappable bins: give them with -u"
            )
        return np.zeros(shape, bool)
    if not options.uses_umap:
        log.warning("-u %s changes nothing without --umap_clip below 1 or --umap_tfr", path)
    try:
        found: Any = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise UserError(f"{path} is not a numpy array file (.npy): {error}") from error
    if getattr(found, "shape", None) != shape:
        raise UserError(f"{path} has shape {getattr(found, 'shape', None)}, expected {shape} (windows, bins)")
    return np.asarray(found, dtype=bool)
