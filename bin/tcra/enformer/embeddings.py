"""The cache of the frozen trunk's output: one array file per TFRecord shard, keyed by checkpoint and windows.

DIR/SHARD.npy   float16 (windows, copies, target bins, channels), NumPy format, in the shard's order; one copy unless augmented
DIR/SHARD.json  what it was made of: the trunk's key, the windows' checksum, the augmentations; written last, so its presence means whole
"""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import google_crc32c
import numpy as np
from numpy.typing import NDArray

from tcra.common.files import atomic_text
from tcra.enformer.augmentation import PLAIN, Augmentation
from tcra.enformer.enformer_model import Enformer
from tcra.errors import UserError


@dataclass(frozen=True)
class EmbeddingRecord:
    """What one shard's embeddings were made of.

    trunk: key of the trunk (see `trunk_key`). windows: checksum of the one-hot DNA. shape: of the array.
    augmentations: the copies of each window, the plain one first. precision: the trunk's arithmetic.
    """

    trunk: str
    windows: str
    shape: tuple[int, ...]
    augmentations: tuple[Augmentation, ...] = (PLAIN,)
    precision: str = "float32"

    def with_windows(self, windows: str) -> "EmbeddingRecord":
        return replace(self, windows=windows)

    def as_text(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    def write(self, folder: Path, shard: str) -> None:
        with atomic_text(folder / f"{shard}.json") as text:
            json.dump(asdict(self), text, indent=1, sort_keys=True)
            text.write("\n")


def read_record(folder: Path, shard: str) -> EmbeddingRecord | None:
    """The record of a shard's embeddings, or None if they are not there or not whole.

    Errors: UserError if the record cannot be read.
    """
    path = Path(folder) / f"{shard}.json"
    if not path.is_file() or not (Path(folder) / f"{shard}.npy").is_file():
        return None
    try:
        found = json.loads(path.read_text())
        augmentations = tuple((int(shift), bool(reverse)) for shift, reverse in found["augmentations"])
        return EmbeddingRecord(
            found["trunk"], found["windows"], tuple(found["shape"]), augmentations, found["precision"]
        )
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{path} is no record of embeddings ({error}); remove it and run embed_sequences.py again"
        ) from None


def open_embeddings(folder: Path, shard: str, trunk: str) -> tuple[NDArray[np.float16], EmbeddingRecord]:
    """The embeddings of a shard (memory-mapped, (windows, copies, bins, channels)) and their record.

    Errors: UserError if they are missing, made by another trunk, or cut short.
    """
    record = read_record(folder, shard)
    path = Path(folder) / f"{shard}.npy"
    if record is None:
        raise UserError(f"{folder} has no embeddings of shard {shard}; run embed_sequences.py on it first")
    if record.trunk != trunk:
        raise UserError(
            f"{path} was made by another checkpoint (trunk {record.trunk}, expected {trunk}); "
            "give the checkpoint it was made with, or run embed_sequences.py into a new folder"
        )
    try:
        array = np.load(path, mmap_mode="r")
    except ValueError as error:
        raise UserError(f"{path} cannot be read ({error}); remove it and run embed_sequences.py again") from None
    if array.shape != record.shape or array.dtype != np.float16:
        raise UserError(
            f"{path} holds {array.dtype} {array.shape}, expected float16 {record.shape}; remove it and embed again"
        )
    return array, record


def other_windows(folder: Path, shard: str, tfrecords: Path) -> UserError:
    """The error for embeddings of other windows than the shard holds."""
    return UserError(
        f"{folder / shard}.npy was made from other windows than {tfrecords / 'tfrecords' / shard}.tfr holds; "
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
