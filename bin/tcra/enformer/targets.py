"""Targets of a data set as arrays that can be read in any order, checked once before training starts."""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tcra.common.files import atomic_path, atomic_text, checksum
from tcra.enformer.embeddings import WindowsChecksum
from tcra.enformer.shard_windows import count_windows, read_shard_windows
from tcra.errors import UserError
from tcra.tracks.dataset_statistics import Statistics
from tcra.tracks.record_shards import shard_path

READ_BATCH = 16


def open_targets(tfrecords: Path, shard: str, cache: Path) -> tuple[NDArray[np.float16], str]:
    """The targets of a shard, (windows, bins, tracks) float16, memory-mapped from `cache`, and its windows' checksum.

    The first call reads the shard, checks it and writes the array; a later one (a resumed run) finds it, unless the shard is another now.
    Errors: UserError for values that are not finite or negative, naming shard, record and track.
    """
    array, note = cache / f"{shard}.npy", cache / f"{shard}.json"
    source = checksum(shard_path(tfrecords, shard))
    if not array.is_file() or _noted(note).get("shard") != source:
        note.unlink(missing_ok=True)  # with the old note, the new array would pass for the old shard's
        _write_targets(tfrecords, shard, array, note, source)
    return np.load(array, mmap_mode="r"), _noted(note)["windows"]


def _noted(note: Path) -> dict[str, str]:
    """What was noted of an array; empty if there is no note that can be read."""
    try:
        found = json.loads(note.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and {"shard", "windows"} <= set(found) else {}


def _write_targets(tfrecords: Path, shard: str, array: Path, note: Path, source: str) -> None:
    statistics = Statistics.read(tfrecords)
    path, number = shard_path(tfrecords, shard), count_windows(tfrecords, shard)
    windows = WindowsChecksum()
    with atomic_path(array) as temporary:
        shape = (number, statistics.target_length, statistics.num_targets)
        out = np.lib.format.open_memmap(temporary, mode="w+", dtype=np.float16, shape=shape)
        for sequences, values in read_shard_windows(tfrecords, shard, READ_BATCH):
            check_targets(values, path, windows.number)
            out[windows.number : windows.number + len(values)] = values
            windows.add(sequences)
        out.flush()
        del out
    with atomic_text(note) as text:
        json.dump({"shard": source, "windows": windows.text}, text)


def check_targets(values: NDArray[np.float32], path: Path, first: int) -> None:
    """UserError unless all targets (windows, bins, tracks) are finite and not negative; `first`: record number of the first window."""
    good = np.isfinite(values) & (values >= 0)
    if not good.all():
        window, position, track = (int(i) for i in np.argwhere(~good)[0])
        raise UserError(
            f"{path} record {first + window + 1}: bin {position} of track {track} is {values[window, position, track]}, "
            "expected a finite value of at least 0; make its coverage again"
        )
