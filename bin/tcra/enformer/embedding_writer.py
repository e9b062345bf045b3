"""Writing one shard's embeddings, a batch at a time, so that a killed process goes on where it was."""

import json
import logging
import os
import time
from pathlib import Path

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tcra.common.files import atomic_text
from tcra.enformer.embeddings import EmbeddingRecord, WindowsChecksum
from tcra.errors import UserError

SAVE_EVERY = 30.0  # seconds between notes of how many windows are on disk
log = logging.getLogger(__name__)


class ShardWriter:
    """One shard's array, written in place as a partial file with a note of how many windows are on disk; renamed when whole.

    record: what the shard's embeddings are made of, its `windows` still empty.
    """

    def __init__(self, out: Path, shard: str, record: EmbeddingRecord) -> None:
        self._out, self._shard, self._record = out, shard, record
        self._part, self._note = out / f".{shard}.npy.part", out / f".{shard}.note.json"
        self.windows = WindowsChecksum()
        self._saved = time.monotonic()
        self._done, self._done_windows = 0, ""

    def __enter__(self) -> "ShardWriter":
        if self._note.is_file() and self._part.is_file():
            note = json.loads(self._note.read_text())
            if note["of"] == self._record.as_text():
                self._done, self._done_windows = note["done"], note["windows"]
        if self._done:
            log.info("%s: %d windows are there already", self._shard, self._done)
            self._array = np.lib.format.open_memmap(self._part, mode="r+")
        else:
            self._array = np.lib.format.open_memmap(self._part, mode="w+", dtype=np.float16, shape=self._record.shape)
        return self

    def add(self, sequences: NDArray[np.float32], trunk_pass: tf.types.experimental.PolymorphicFunction) -> None:
        """The next windows of the shard, at most a batch of `trunk_pass`; those on disk from an earlier run are only checked."""
        first = self.windows.number
        self.windows.add(sequences)
        if self.windows.number <= self._done:
            if self.windows.number == self._done and self.windows.text != self._done_windows:
                raise UserError(f"{self._part} was begun with other windows; remove it and run again")
            return
        padded = np.zeros(trunk_pass.input_signature[0].shape, np.float32)
        padded[: len(sequences)] = sequences
        embedding = trunk_pass(padded).numpy()[: len(sequences)]
        if not np.isfinite(embedding).all():
            raise UserError(
                f"{self._shard}: the trunk's output for windows {first + 1} to {self.windows.number} is not finite or beyond "
                "float16; is the checkpoint sound?"
            )
        self._array[first : self.windows.number] = embedding
        if time.monotonic() - self._saved > SAVE_EVERY:
            self._save()

    def _save(self) -> None:
        self._array.flush()
        note = {"of": self._record.as_text(), "done": self.windows.number, "windows": self.windows.text}
        with atomic_text(self._note) as text:
            json.dump(note, text)
        self._saved = time.monotonic()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            if self.windows.number > self._done:
                self._save()
            return
        if self.windows.number != self._record.shape[0]:
            raise AssertionError(f"{self._shard}: {self.windows.number} windows, expected {self._record.shape[0]}")
        self._array.flush()
        with open(self._part, "rb") as handle:
            os.fsync(handle.fileno())
        os.replace(self._part, self._out / f"{self._shard}.npy")
        self._record.with_windows(self.windows.text).write(self._out, self._shard)
        self._note.unlink(missing_ok=True)
