"""Writing one shard: windows' DNA and all tracks' bins to a TFRecord file, with its accounting."""

import argparse
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import google_crc32c
import numpy as np
from numpy.typing import NDArray

from tcra import cli
from tcra.common.accounting import Accounting
from tcra.common.files import atomic_path
from tcra.common.genome.fasta import Genome
from tcra.common.genome.intervals import Interval
from tcra.common.provenance import provenance
from tcra.errors import UserError
from tcra.tracks.bin_summary import Half
from tcra.tracks.coverage_folder import find_coverage, read_rows
from tcra.tracks.memory import keep_freed_memory
from tcra.tracks.window_bed import read_windows
from tcra.tracks.write_records import (
    compress_records,
    encode_sequence,
    encode_target,
    limit_unmappable,
    serialize_example,
)

log = logging.getLogger(__name__)


def write_tfrecords(arguments: argparse.Namespace) -> None:
    """Write rows [start, end) of the BED file as one shard.

    arguments: of `write_tfrecords.py`.

    Errors: UserError for rows outside the BED file, coverage that is missing or does not fit, a chromosome the FASTA lacks, and an
    unmappability array of another shape.
    """
    keep_freed_memory()
    windows = read_windows(arguments.bed)
    end = len(windows) if arguments.end is None else arguments.end
    if not arguments.start < end <= len(windows):
        raise UserError(
            f"{arguments.bed} has {len(windows)} windows; rows -s {arguments.start} to -e {end} are not among them"
        )
    paths, bins = find_coverage(arguments.coverage, len(windows))
    unmappable = _read_unmappable(arguments.umap, (len(windows), bins), arguments)
    targets = read_rows(paths, bins, arguments.start, end)
    rows = range(arguments.start, end)
    rows_checksum = f"crc32c:{google_crc32c.value(targets):08x}"
    with Genome(arguments.fasta) as genome:
        examples = _examples(genome, [windows[row] for row in rows], targets, unmappable[rows], arguments)
        packed = compress_records(cli.progress(examples, "records", len(rows)))
    accounting = Accounting("TFRECORDS")
    accounting.count("windows").received(len(rows))
    accounting.count("windows").passed(len(rows))
    parameters = {name: value for name, value in vars(arguments).items() if name != "out"}
    record = provenance(parameters, [arguments.bed] + ([arguments.umap] if arguments.umap else []))
    record["inputs"]["coverage rows"] = rows_checksum  # whole files would cost each shard a read of all shards' data
    accounting.write(arguments.out, record)
    # The shard comes last: where it stands, all is done.
    with atomic_path(arguments.out) as temporary:
        temporary.write_bytes(packed)


def _examples(
    genome: Genome,
    windows: Sequence[Interval],
    targets: Half,
    unmappable: NDArray[np.bool_],
    options: argparse.Namespace,
) -> Iterator[bytes]:
    # Rows a bit longer than the bins: a power of two between tracks would make the transposed copy miss the cache.
    by_track = np.empty((targets.shape[0], targets.shape[2] + 32), np.float16)[:, : targets.shape[2]]
    for row, (window, mask) in enumerate(zip(windows, unmappable, strict=True)):
        by_track[:] = targets[:, row]
        bins = np.ascontiguousarray(by_track.T)
        if options.umap_clip < 1:
            limit_unmappable(bins, mask, options.umap_clip)
        letters = genome.sequence(window.chrom, window.start - options.extend, window.end + options.extend)
        features = {
            "sequence": encode_sequence(letters, options.sequence_format == "index"),
            "target": encode_target(bins, options.decimals),
        }
        if options.umap_tfr:
            features["umap"] = mask.tobytes()
        yield serialize_example(features)


def _read_unmappable(path: Path | None, shape: tuple[int, int], options: argparse.Namespace) -> NDArray[np.bool_]:
    """Unmappable bins (windows, bins) bool; all False without a file."""
    if path is None:
        if options.umap_tfr or options.umap_clip < 1:
            raise UserError(
                "command line: --umap_tfr and --umap_clip below 1 need the unmappable bins: give them with -u"
            )
        return np.zeros(shape, bool)
    if options.umap_clip == 1 and not options.umap_tfr:
        log.warning("-u %s changes nothing without --umap_clip below 1 or --umap_tfr", path)
    try:
        found: Any = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise UserError(f"{path} is not a numpy array file (.npy): {error}") from error
    if getattr(found, "shape", None) != shape:
        raise UserError(f"{path} has shape {getattr(found, 'shape', None)}, expected {shape} (windows, bins)")
    return np.asarray(found, dtype=bool)
