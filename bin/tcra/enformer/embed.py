"""The frozen trunk, once per window: TFRecord shards to cached embeddings. Resumable at the window, repeatable."""

import argparse
import json
import logging
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tcra.cli import UserError, progress
from tcra.common.accounting import Accounting
from tcra.common.files import atomic_text
from tcra.common.provenance import provenance
from tcra.enformer.augmentation import PLAIN, Augmentation, augment, parse_augmentations, undo_turn
from tcra.enformer.checkpoint import load_model
from tcra.enformer.devices import gpu_memory, prepare_devices
from tcra.enformer.embeddings import EmbeddingRecord, WindowsChecksum, read_record, trunk_key
from tcra.enformer.model import Enformer
from tcra.enformer.sizes import Sizes
from tcra.tracks.dataset import read_dataset
from tcra.tracks.shards import find_shards, read_records
from tcra.tracks.statistics import Statistics

CPU_BUDGET = (
    2 << 30
)  # bytes of activations a batch on a CPU; fixed, so that the result does not depend on the machine's memory
GPU_SHARE = 0.5
log = logging.getLogger("tcra")


def check_windows(statistics: Statistics, sizes: Sizes, folder: Path) -> None:
    """UserError unless the TFRecords have the model's length, bin width and bins, centred."""
    for name, found, expected in (
        ("sequences of (bp)", statistics.seq_length, sizes.input_length),
        ("bins a sequence", statistics.target_length, sizes.target_bins),
        ("bins of (bp)", statistics.pool_width, sizes.bin_width),
        ("a crop of (bp)", statistics.crop_bp, sizes.crop * sizes.bin_width),
    ):
        if found != expected:
            raise UserError(
                f"{folder}: its TFRecords have {name} {found}, but the model has {expected}; write them again for this model"
            )


def batch_size(sizes: Sizes, gpu_memory: int | None = None) -> int:
    """Windows a batch by memory: the widest layers are the stem's (about four arrays of length × stem channels are alive)."""
    window = 4 * 4 * sizes.input_length * sizes.stem + 4 * 6 * sizes.heads * min(sizes.tokens, 256) * sizes.tokens
    budget = CPU_BUDGET if gpu_memory is None else int(GPU_SHARE * gpu_memory)
    return int(np.clip(budget // window, 1, 64))


def embed_shards(
    model: Enformer,
    tfrecords: Path,
    shards: Sequence[str],
    out: Path,
    augmentations: tuple[Augmentation, ...] = (PLAIN,),
    batch: int | None = None,
) -> int:
    """Write OUT/SHARD.npy and OUT/SHARD.json for each shard that is not there yet; returns the number of windows in all.

    augmentations: copies of each window; embeddings of a reversed copy are turned back, so that bins match the targets as they are.
    batch: windows a pass.
    """
    check_windows(Statistics.read(tfrecords), model.sizes, tfrecords)
    out.mkdir(parents=True, exist_ok=True)
    trunk = trunk_key(model)
    numbers = {shard: sum(1 for _ in read_records(tfrecords / "tfrecords" / f"{shard}.tfr")) for shard in shards}
    missing = [shard for shard in shards if not _is_whole(out, shard, trunk, augmentations, numbers[shard])]
    check_disk(out, model.sizes, sum(numbers[shard] for shard in missing) * len(augmentations))
    batch = batch or batch_size(model.sizes)

    @tf.function(input_signature=[tf.TensorSpec((batch, model.sizes.input_length, 4), tf.float32)])
    def trunk_pass(sequences: tf.Tensor) -> tf.Tensor:
        copies = [undo_turn(model.trunk(augment(sequences, copy)), copy) for copy in augmentations]
        return tf.cast(tf.stack(copies, axis=1), tf.float16)

    bar = progress(range(sum(numbers[shard] for shard in missing)), "windows embedded")
    for shard in missing:
        with _ShardWriter(
            out, shard, trunk, augmentations, (numbers[shard], *_window_shape(model.sizes, augmentations))
        ) as writer:
            for sequences in _batches(tfrecords, shard, batch):
                number = writer.windows.number
                writer.add(sequences, trunk_pass)
                for _ in range(writer.windows.number - number):
                    next(bar, None)
    return sum(numbers.values())


def _window_shape(sizes: Sizes, augmentations: tuple[Augmentation, ...]) -> tuple[int, int, int]:
    return len(augmentations), sizes.target_bins, sizes.channels


def _batches(tfrecords: Path, shard: str, batch: int) -> Iterator[NDArray[np.float32]]:
    """One-hot windows of a shard, `batch` at a time, the last batch as it comes."""
    for sequences, _ in read_dataset(tfrecords, shards=[shard], batch_size=batch):
        yield sequences.numpy()


def _is_whole(out: Path, shard: str, trunk: str, augmentations: tuple[Augmentation, ...], number: int) -> bool:
    """Whether a shard's embeddings are there already.

    Errors: UserError if they are of another checkpoint or other augmentations (nothing is overwritten).
    """
    record = read_record(out, shard)
    if record is None:
        return False
    if record.trunk != trunk or record.augmentations != augmentations:
        made = f"trunk {record.trunk}, {len(record.augmentations)} copies"
        raise UserError(
            f"{out / shard}.npy was made by another checkpoint or other augmentations ({made}); give a new --out"
        )
    return record.shape[0] == number


def check_disk(out: Path, sizes: Sizes, copies: int) -> None:
    """Say how much disk `copies` windows need; UserError if the file system of `out` has less."""
    need = copies * sizes.target_bins * sizes.channels * 2
    free = shutil.disk_usage(out).free
    log.info("embeddings of %d windows need %.2f GB of disk; %.1f GB are free", copies, need / 1e9, free / 1e9)
    if need > free:
        raise UserError(
            f"{out}: embeddings of {copies} windows need {need / 1e9:.1f} GB, but {free / 1e9:.1f} GB are free"
        )


def embed(arguments: argparse.Namespace) -> None:
    """The EMBED stage: embeddings of the named shards (all by default) in `arguments.out`."""
    try:
        augmentations = parse_augmentations(arguments.augment)
    except ValueError as error:
        raise UserError(f"--augment {error}") from None
    gpus = prepare_devices()
    statistics = Statistics.read(arguments.tfrecords)
    names = arguments.shards.split(",") if arguments.shards else None
    shards = [path.stem for path in find_shards(arguments.tfrecords, names=names)]
    computing = tf.bfloat16 if arguments.precision == "bfloat16" else tf.float32
    model = load_model(arguments.checkpoint, statistics.seq_length, statistics.target_length, computing=computing)
    batch = arguments.batch_size or batch_size(model.sizes, gpu_memory() if gpus else None)
    accounting = Accounting("EMBED")
    windows = accounting.count("windows")
    windows.received(embed_shards(model, arguments.tfrecords, shards, arguments.out, augmentations, batch))
    windows.passed(windows.number_in)
    parameters = {
        "augment": arguments.augment,
        "precision": arguments.precision,
        "trunk": trunk_key(model),
        "shards": shards,
    }
    accounting.write(arguments.out, provenance(parameters, [arguments.tfrecords / "statistics.json"]))


class _ShardWriter:
    """One shard's array, written in place as a partial file with a note of how many windows are on disk; renamed when whole."""

    def __init__(
        self, out: Path, shard: str, trunk: str, augmentations: tuple[Augmentation, ...], shape: tuple[int, ...]
    ) -> None:
        self._out, self._shard, self._trunk, self._augmentations = out, shard, trunk, augmentations
        self._part, self._note = out / f".{shard}.npy.part", out / f".{shard}.note.json"
        self._shape = shape
        self.windows = WindowsChecksum()
        self._saved = time.monotonic()

    def __enter__(self) -> "_ShardWriter":
        expected = [self._trunk, [list(copy) for copy in self._augmentations], list(self._shape)]
        self._note_head = expected
        self._done = 0
        if self._note.is_file() and self._part.is_file():
            note = json.loads(self._note.read_text())
            self._done = note["done"] if note["of"] == expected else 0
        if self._done:
            log.info("%s: %d windows are there already", self._shard, self._done)
            self._array = np.lib.format.open_memmap(self._part, mode="r+")
        else:
            self._array = np.lib.format.open_memmap(self._part, mode="w+", dtype=np.float16, shape=self._shape)
        return self

    def add(self, sequences: NDArray[np.float32], trunk_pass: tf.types.experimental.PolymorphicFunction) -> None:
        """The next windows of the shard; those on disk from an earlier run are only checked off."""
        first = self.windows.number
        self.windows.add(sequences)
        if self.windows.number <= self._done:
            return
        (batch, *rest) = trunk_pass.input_signature[0].shape
        padded = np.zeros((batch, *rest), np.float32)
        padded[: len(sequences)] = sequences
        embedding = trunk_pass(padded).numpy()[: len(sequences)]
        if not np.isfinite(embedding).all():
            raise UserError(
                f"{self._shard}: the trunk's output is not finite or beyond float16 from window {first}; is the checkpoint sound?"
            )
        self._array[first : self.windows.number] = embedding
        if time.monotonic() - self._saved > 30:
            self._save()

    def _save(self) -> None:
        self._array.flush()
        with atomic_text(self._note) as text:
            json.dump({"of": self._note_head, "done": self.windows.number}, text)
        self._saved = time.monotonic()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            if self.windows.number > self._done:
                self._save()
            return
        if self.windows.number != self._shape[0]:
            raise AssertionError(f"{self._shard}: {self.windows.number} windows, expected {self._shape[0]}")
        self._array.flush()
        with open(self._part, "rb") as handle:
            os.fsync(handle.fileno())
        os.replace(self._part, self._out / f"{self._shard}.npy")
        record = EmbeddingRecord(self._trunk, self.windows.text, self._shape, self._augmentations)
        record.write(self._out, self._shard)
        self._note.unlink(missing_ok=True)
