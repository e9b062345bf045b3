"""The coverage of one track as an HDF5 file: its name, what is in it, writing and checking it.

Dataset `targets`: float16 (windows, bins), rows in the order of the BED file. Attributes: `provenance` (JSON) and `windows`, the
checksum of the windows, by which a reader knows that its BED file is the one that the coverage was read over. basenji's files have neither.
"""

import io
from pathlib import Path
from typing import Any, NamedTuple

import deflate
import h5py
import numpy as np

from tcra.common.files import atomic_path
from tcra.common.provenance import as_json
from tcra.errors import UserError
from tcra.tracks.bin_summary import Half

_ROWS_PER_CHUNK = 256  # a TFRecord shard reads one chunk
_LEVEL = 1  # of libdeflate
_EXPONENT = 0x7C00  # all bits of a float16's exponent: inf or NaN
# What h5py raises for files that are cut short or damaged.
_UNREADABLE = (OSError, RuntimeError, KeyError, ValueError)


class CoverageShape(NamedTuple):
    """What a coverage file says of itself. windows_checksum: None where it does not say."""

    windows: int
    bins: int
    windows_checksum: str | None


def write_targets(out: Path, targets: Half, record: dict[str, Any], windows_checksum: str) -> None:
    """Write a coverage file, whole or not at all; it is built in memory, so a full disk is a plain error.

    record: the provenance. HDF5's own filters (shuffle, gzip) read the chunks, which libdeflate compresses here several times faster
    than HDF5 would.
    """
    image = io.BytesIO()
    rows = min(_ROWS_PER_CHUNK, len(targets))
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
        file.attrs["windows"] = windows_checksum
    with atomic_path(out) as temporary:
        temporary.write_bytes(image.getbuffer())


def read_coverage_shape(path: Path) -> CoverageShape:
    """Windows and bins of a coverage file, ours or basenji's.

    Errors: UserError for a file that is damaged, or holds something else.
    """
    try:
        with h5py.File(path, "r") as file:
            targets = file.get("targets")
            if not isinstance(targets, h5py.Dataset):
                raise UserError(f"{path} has no dataset 'targets'; write it again with read_coverage.py")
            shape, kind, made_over = targets.shape, targets.dtype, file.attrs.get("windows")
    except _UNREADABLE as error:
        raise _damaged(path, error) from error
    if len(shape) != 2 or kind != np.float16:
        raise UserError(f"{path}: targets is {kind} {shape}, expected float16 (windows, bins)")
    return CoverageShape(int(shape[0]), int(shape[1]), None if made_over is None else str(made_over))


def read_rows(paths: list[Path], bins: int, start: int, end: int) -> Half:
    """Rows [start, end) of all tracks: (tracks, rows, bins) float16.

    Errors: UserError for a damaged file, and for a NaN or inf, naming the first row.
    """
    targets = np.empty((len(paths), end - start, bins), np.float16)
    for block, path in zip(targets, paths, strict=True):
        try:
            with h5py.File(path, "r") as file:
                file["targets"].read_direct(block, np.s_[start:end])
        except _UNREADABLE as error:
            raise _damaged(path, error) from error
        special = (block.view(np.uint16) & _EXPONENT) == _EXPONENT
        if special.any():
            row = start + int(np.flatnonzero(special.any(axis=1))[0])
            raise UserError(f"{path}: window {row + 1} holds NaN or inf; read the track again with read_coverage.py")
    return targets


def _damaged(path: Path, error: Exception) -> UserError:
    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
    return UserError(f"{path} is damaged or cut short ({reason}); write it again with read_coverage.py")
