"""Windows of one TFRecord shard, batch by batch, with damage reported in one line; and whether they fit a model."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tcra.enformer.checkpoint import read_model_record
from tcra.enformer.constants import BIN_WIDTH_BP
from tcra.enformer.sizes import Sizes
from tcra.errors import UserError
from tcra.tracks.dataset import read_dataset
from tcra.tracks.dataset_statistics import Statistics
from tcra.tracks.record_shards import find_shards, read_shard, shard_path
from tcra.tracks.record_sizes import stored_as_index

Singles = NDArray[np.float32]


def count_windows(tfrecords: Path, shard: str) -> int:
    """Number of records of a shard.

    Errors: UserError if the shard is cut short.
    """
    return sum(1 for _ in read_shard(shard_path(tfrecords, shard)))


def read_shard_windows(tfrecords: Path, shard: str, batch: int) -> Iterator[tuple[Singles, Singles]]:
    """(one-hot sequences (batch, length, 4), targets (batch, bins, tracks)), float32, in order; the last batch may be smaller.

    Errors: UserError if the shard is damaged.
    """
    try:
        yield from read_dataset(tfrecords, shards=[shard], batch_size=batch).as_numpy_iterator()
    except (tf.errors.DataLossError, tf.errors.InvalidArgumentError) as error:
        reason = str(error).splitlines()[0][:150]
        raise UserError(f"{shard_path(tfrecords, shard)} is damaged ({reason}); write it again") from None


def check_data_set_sizes(statistics: Statistics, sizes: Sizes, folder: Path) -> None:
    """UserError unless the TFRecords have the model's length, bin width and bins, centred."""
    for name, found, expected in (
        ("sequences of (bp)", statistics.seq_length, sizes.input_length),
        ("bins per sequence", statistics.target_length, sizes.target_bins),
        ("bins of (bp)", statistics.pool_width, sizes.bin_width),
        ("a crop of (bp)", statistics.crop_bp, sizes.crop_tokens * sizes.bin_width),
    ):
        if found != expected:
            raise UserError(
                f"{folder}: its TFRecords have {name} {found}, but the model has {expected}; write them for this model"
            )


def check_window_number(statistics: Statistics, split: str, found: int, folder: Path) -> None:
    """UserError unless a split's shards hold as many windows as statistics.json says: a shard that is missing leaves no other trace."""
    expected = statistics.sequences.get(split, found)
    if found != expected:
        raise UserError(
            f"{folder}: its {split} shards hold {found} windows, but statistics.json says {expected} ({split}_seqs); "
            "put the missing shards there, or write them again"
        )


def check_before_loading(statistics: Statistics, model: Path, folder: Path) -> None:
    """UserError for bins that no Enformer predicts, or if a model folder's model.json names other windows than the TFRecords have.

    A bare checkpoint knows no length: it takes that of the TFRecords (`check_first_record`).
    """
    if statistics.pool_width != BIN_WIDTH_BP:
        raise UserError(
            f"{folder}: bins of {statistics.pool_width} bp, but Enformer's have {BIN_WIDTH_BP} bp; write the TFRecords again"
        )
    sizes = read_model_record(model).get("sizes", {})
    for name, found in (("input_length", statistics.seq_length), ("target_bins", statistics.target_length)):
        if sizes.get(name, found) != found:
            raise UserError(f"{folder}: its TFRecords have {name} {found}, but {model} was trained with {sizes[name]}")


def check_first_record(folder: Path, statistics: Statistics) -> None:
    """UserError if the first record of a data set is not as long as its statistics say."""
    stored_as_index(find_shards(folder)[0], statistics)
