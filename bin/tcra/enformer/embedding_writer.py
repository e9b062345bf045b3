"""Writing one shard's embeddings, a batch at a time, so that a stopped process goes on where it was."""

import errno
import json
import logging
import os
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tcra.common.files import atomic_text
from tcra.enformer.embeddings import (
    EmbeddingRecord,
    WindowsChecksum,
    embedding_paths,
    is_trunk_output,
    output_checksums,
)
from tcra.errors import UserError

SAVE_EVERY = 30.0  # seconds between notes of how many windows are on disk
Mapped = np.memmap[Any, np.dtype[np.float16]]
log = logging.getLogger(__name__)


class Done(NamedTuple):
    """Windows whose outputs are in the array: their number, the checksum of their DNA, the checksums of their outputs."""

    number: int
    windows: str
    checksums: tuple[int, ...]


class ShardWriter:
    """One shard's array, written in place as a partial file with a note of the windows that are on disk; renamed when whole.

    A window counts as done only after its output is in the file, and the note is written only after the file is synced. The note holds
    the checksums of the outputs: a process that goes on takes them over if all of them are still right, and begins anew if not.
    record: what the shard's embeddings are made of, its `windows` still empty.
    """

    def __init__(self, out: Path, shard: str, record: EmbeddingRecord) -> None:
        self._out, self._shard, self._record = out, shard, record
        self._array_path, self._record_path = embedding_paths(out, shard)
        self._part, self._note = out / f".{shard}.npy.part", out / f".{shard}.note.json"
        self._seen = WindowsChecksum()  # windows handed in, whether embedded or not
        self._saved_at = time.monotonic()
        # Windows whose outputs are in the array: set in one step, so that an interruption leaves no half of it.
        self._done = Done(0, "", ())
        self._earlier = self._done  # what an earlier run had done

    def __enter__(self) -> "ShardWriter":
        kept = self._kept_array()
        if kept is None:
            self._note.unlink(missing_ok=True)
            kept = np.lib.format.open_memmap(self._part, mode="w+", dtype=np.float16, shape=self._record.shape)
            _reserve(self._part)
        self._array: Mapped = kept
        return self

    def _kept_array(self) -> "Mapped | None":
        """The array of an earlier run of the same, with `_earlier` set; None if there is none to go on with."""
        try:
            note = json.loads(self._note.read_text())
            same = note["of"] == self._record.as_text()
            done = Done(int(note["number"]), str(note["windows"]), tuple(int(c) for c in note["checksums"]))
            array = np.lib.format.open_memmap(self._part, mode="r+")
        except (OSError, ValueError, KeyError, TypeError):
            return None
        if not same or array.shape != self._record.shape or array.dtype != np.float16:
            return None
        if output_checksums(array[: done.number]) != done.checksums:
            log.warning(
                "%s differs from its note, as after a crash; shard %s is embedded anew", self._part, self._shard
            )
            return None
        self._earlier = self._done = done
        log.info("%s: %d windows are there already", self._shard, done.number)
        return array

    def add(self, sequences: NDArray[np.float32], trunk_pass: tf.types.experimental.PolymorphicFunction) -> None:
        """The next windows of the shard, at most a batch of `trunk_pass`; those on disk from an earlier run are only checked."""
        first = self._seen.number
        known = min(max(self._earlier.number - first, 0), len(sequences))
        self._seen.add(sequences[:known])
        if known and self._seen.number == self._earlier.number and self._seen.text != self._earlier.windows:
            raise UserError(f"{self._part} was begun with other windows; remove it and run again")
        if known == len(sequences):
            return
        padded = np.zeros(trunk_pass.input_signature[0].shape, np.float32)
        padded[: len(sequences)] = sequences
        outputs = trunk_pass(padded).numpy()[known : len(sequences)]
        first += known
        for number, output in enumerate(outputs, first + 1):
            if not is_trunk_output(output):
                raise UserError(
                    f"{self._shard}: the trunk's output for window {number} is not finite, beyond float16, or all zero; is the "
                    "checkpoint sound?"
                )
        self._array[first : first + len(outputs)] = outputs
        self._seen.add(sequences[known:])
        checksums = self._done.checksums + output_checksums(outputs)
        self._done = Done(self._seen.number, self._seen.text, checksums)
        if time.monotonic() - self._saved_at > SAVE_EVERY:
            self._save()

    def _save(self) -> None:
        """Sync the array, then note what is in it."""
        done = self._done
        self._array.flush()
        note = {"of": self._record.as_text(), **done._asdict()}
        with atomic_text(self._note) as text:
            json.dump(note, text)
        self._saved_at = time.monotonic()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        done = self._done
        if kind is not None:
            if done.number > self._earlier.number:
                self._save()
            return
        if done.number != self._record.shape[0]:
            raise AssertionError(f"{self._shard}: {done.number} windows, expected {self._record.shape[0]}")
        self._array.flush()
        with open(self._part, "rb") as handle:
            os.fsync(handle.fileno())
        self._record_path.unlink(missing_ok=True)  # one that was left alone would pass for the new array's
        os.replace(self._part, self._array_path)
        self._record.of_windows(done.windows, done.checksums).write(self._out, self._shard)
        self._note.unlink(missing_ok=True)


def _reserve(path: Path) -> None:
    """Take the whole file's place on disk, where the system can: a disk that fills up while a mapped file is written ends the process."""
    if not hasattr(os, "posix_fallocate"):
        return
    with open(path, "r+b") as handle:
        try:
            os.posix_fallocate(handle.fileno(), 0, os.fstat(handle.fileno()).st_size)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise OSError(error.errno, error.strerror, str(path)) from None
