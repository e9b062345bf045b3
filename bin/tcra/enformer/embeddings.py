"""The cache of the frozen trunk's output: one array file per TFRecord shard, keyed by checkpoint and windows.

DIR/SHARD.npy   float16 (windows, copies, target bins, channels), NumPy format, in the shard's order; one copy unless augmented
DIR/SHARD.json  what it was made of, and a checksum of each window's output; written last, so its presence means whole
"""

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import google_crc32c
import numpy as np
from numpy.typing import NDArray

from tcra.common.files import atomic_text
from tcra.enformer.augmentation import PLAIN, Augmentation
from tcra.enformer.enformer_model import Enformer
from tcra.errors import UserError
from tcra.tracks.record_shards import shard_path

Halves = NDArray[np.float16]


@dataclass(frozen=True)
class EmbeddingRecord:
    """What one shard's embeddings were made of.

    trunk: key of the trunk (see `trunk_key`). windows: checksum of the one-hot DNA. shape: of the array.
    augmentations: the copies of each window, the plain one first. precision: the trunk's arithmetic.
    checksums: CRC-32C of each copy of each window's output, in the array's order; empty in caches of versions that did not write them.
    """

    trunk: str
    windows: str
    shape: tuple[int, ...]
    augmentations: tuple[Augmentation, ...] = (PLAIN,)
    precision: str = "float32"
    checksums: tuple[int, ...] = field(default=(), compare=False)

    def of_windows(self, windows: str, checksums: tuple[int, ...] = ()) -> "EmbeddingRecord":
        """The same of known windows."""
        return replace(self, windows=windows, checksums=checksums)

    def as_text(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    def write(self, folder: Path, shard: str) -> None:
        with atomic_text(embedding_paths(folder, shard)[1]) as text:
            json.dump(asdict(self), text, indent=1, sort_keys=True)
            text.write("\n")


def embedding_paths(folder: Path, shard: str) -> tuple[Path, Path]:
    """The array file of a shard and its record."""
    return Path(folder) / f"{shard}.npy", Path(folder) / f"{shard}.json"


def read_embedding_record(folder: Path, shard: str) -> EmbeddingRecord | None:
    """The record of a shard's embeddings, or None if they are not there or not whole.

    Errors: UserError if the record cannot be read.
    """
    array, path = embedding_paths(folder, shard)
    if not path.is_file() or not array.is_file():
        return None
    try:
        found = json.loads(path.read_text())
        augmentations = tuple((int(shift), bool(reverse)) for shift, reverse in found["augmentations"])
        checksums = tuple(int(checksum) for checksum in found.get("checksums", ()))
        record = EmbeddingRecord(
            found["trunk"], found["windows"], tuple(found["shape"]), augmentations, found["precision"], checksums
        )
        if checksums and len(checksums) != record.shape[0] * record.shape[1]:
            raise ValueError(f"{len(checksums)} checksums of {record.shape[0]} windows in {record.shape[1]} copies")
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise UserError(
            f"{path} is no record of embeddings ({error}); remove it and run embed_sequences.py again"
        ) from None
    return record


@dataclass(frozen=True)
class ShardEmbeddings:
    """The embeddings of one shard, open for reading: `array` memory-mapped, float16 (windows, copies, bins, channels).

    A window is checked whenever it is read: against its checksum, or, in a cache without, for output that is all zero or not finite.
    """

    path: Path
    array: Halves
    record: EmbeddingRecord

    def __len__(self) -> int:
        return len(self.array)

    def window(self, number: int, copy: int = 0) -> Halves:
        """One copy of one window, (bins, channels), checked. Errors: UserError if it is not what the trunk gave."""
        found: Halves = self.array[number, copy]
        stored = self.record.checksums
        if stored:
            right = output_checksums(found[np.newaxis, np.newaxis]) == (stored[number * self.array.shape[1] + copy],)
        else:
            right = is_trunk_output(found[np.newaxis])
        if not right:
            raise self._damaged(number)
        return found

    def windows(self, first: int, end: int) -> Halves:
        """The plain copies of windows [first, end), (windows, bins, channels), checked."""
        return np.stack([self.window(number) for number in range(first, min(end, len(self)))])

    def check_sample(self) -> None:
        """UserError if the first or last bin of a window's plain copy is all zero, as the array is before it is written: at once, before
        hours of work, and with little reading."""
        for bin_ in (0, -1):
            empty = np.flatnonzero(~self.array[:, 0, bin_].any(axis=1))
            if empty.size:
                raise self._damaged(int(empty[0]))

    def _damaged(self, number: int) -> UserError:
        return UserError(
            f"{self.path}: the embedding of window {number + 1} is damaged or was never written; remove the file and run "
            "embed_sequences.py again"
        )


def open_embeddings(folder: Path, shard: str, trunk: str) -> ShardEmbeddings:
    """The embeddings of a shard.

    Errors: UserError if they are missing, made by another trunk, cut short, or not written in part.
    """
    record = read_embedding_record(folder, shard)
    path, _ = embedding_paths(folder, shard)
    if record is None:
        raise UserError(f"{folder} has no embeddings of shard {shard}; run embed_sequences.py on it first")
    if record.trunk != trunk:
        raise UserError(
            f"{path} was made by another checkpoint (trunk {record.trunk}, expected {trunk}); "
            "give the checkpoint it was made with, or run embed_sequences.py into a new folder"
        )
    try:
        array = np.load(path, mmap_mode="r")
    except (ValueError, EOFError) as error:
        raise UserError(f"{path} cannot be read ({error}); remove it and run embed_sequences.py again") from None
    if array.shape != record.shape or array.dtype != np.float16:
        raise UserError(
            f"{path} holds {array.dtype} {array.shape}, expected float16 {record.shape}; remove it and embed again"
        )
    embeddings = ShardEmbeddings(path, array, record)
    embeddings.check_sample()
    return embeddings


def output_checksums(outputs: Halves) -> tuple[int, ...]:
    """CRC-32C of each copy of each window of (windows, copies, bins, channels), in this order."""
    return tuple(int(google_crc32c.value(np.ascontiguousarray(copy))) for window in outputs for copy in window)


def is_trunk_output(output: Halves) -> bool:
    """Whether a window's output (copies, bins, channels) can be the trunk's: finite, and no copy all zero."""
    return bool(np.isfinite(output).all() and output.any(axis=(1, 2)).all())


def other_windows(folder: Path, shard: str, tfrecords: Path) -> UserError:
    """The error for embeddings of other windows than the shard holds."""
    return UserError(
        f"{embedding_paths(folder, shard)[0]} was made from other windows than {shard_path(tfrecords, shard)} holds; "
        "run embed_sequences.py on these TFRecords into a new folder"
    )


def trunk_key(model: Enformer) -> str:
    """A checksum over everything the trunk's output depends on but its arithmetic: weights, sizes, position features.

    The final pointwise block and the head stand behind the cache and do not enter, so models trained on it keep its key.
    """
    total = google_crc32c.Checksum()
    for key, variable in sorted(model.variables_by_key.items()):
        counts = key.endswith(("_counter", "_hidden")) or key.startswith(("model/_heads/", "model/_final_pointwise/"))
        if not counts:
            total.update(variable.numpy().tobytes())
    sizes = model.sizes
    rest = [sizes.input_length, sizes.target_bins, model.gamma_maximum]
    total.update(json.dumps(rest).encode())
    return f"crc32c:{total.digest().hex()}"


class WindowsChecksum:
    """Checksum of one-hot windows, batch by batch; the same however they are stored or batched."""

    def __init__(self) -> None:
        self._total = google_crc32c.Checksum()
        self.number = 0

    def add(self, sequences: NDArray[np.float32]) -> None:
        """sequences: one-hot (batch, length, 4)."""
        self._total.update(np.packbits(sequences.astype(bool)).tobytes())
        self.number += len(sequences)

    @property
    def text(self) -> str:
        return f"crc32c:{self._total.digest().hex()}"
