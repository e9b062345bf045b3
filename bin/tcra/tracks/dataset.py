"""Reading a TFRecord data set back with tf.data: ours, basenji's and the published pipeline's. The only file here that needs TensorFlow."""

from collections.abc import Sequence
from pathlib import Path

import tensorflow as tf

from tcra.errors import UserError
from tcra.tracks.dataset_statistics import Statistics
from tcra.tracks.record_shards import find_shards
from tcra.tracks.record_sizes import stored_as_index


def read_dataset(
    folder: Path,
    split: str | None = None,
    shards: Sequence[str] | None = None,
    batch_size: int | None = None,
    umap: bool = False,
) -> tf.data.Dataset:
    """Records of a data set, in order, decoded in parallel.

    folder: the folder with `statistics.json` and `tfrecords/`. split: `train`, `valid`, `test`; None for all. shards: only these
    (`train-0-3`), whatever the split. batch_size: records per batch (the last may be smaller); None for single records.
    umap: yield the unmappable bins too.

    The order is fixed: shards by the last integer in their name (splits alphabetically), records as they stand in the shard.

    Returns: a dataset of (sequence float32 (seq_length, 4) one-hot in A C G T order, target float32 (target_length, num_targets)
    [, umap bool (target_length,)]). Sequences may be stored as one-hot bool (L, 4) or as indices (L,) with 4 for N.

    Errors: UserError for a missing or empty data set, and if a shard's first record has other sizes than `statistics.json`. Damage
    further on in a shard is TensorFlow's DataLossError when it is read.
    """
    statistics = Statistics.read(folder)
    paths = find_shards(folder, split, shards)
    indexed = {stored_as_index(path, statistics, umap) for path in paths}
    if len(indexed) > 1:
        raise UserError(f"{folder}: some shards hold one-hot sequences, others indices; write them again in one format")
    as_index = indexed.pop()

    def decode(example: tf.Tensor) -> tuple[tf.Tensor, ...]:
        names = ["sequence", "target"] + ["umap"] * umap
        raw = tf.io.parse_single_example(example, {name: tf.io.FixedLenFeature([], tf.string) for name in names})
        letters = tf.io.decode_raw(raw["sequence"], tf.uint8)
        if as_index:
            sequence = tf.one_hot(letters, 4, dtype=tf.float32)  # an index of 4 (N) is outside: all zero
        else:
            sequence = tf.cast(tf.reshape(letters, [statistics.seq_length, 4]), tf.float32)
        sequence = tf.ensure_shape(sequence, [statistics.seq_length, 4])
        target = tf.cast(tf.io.decode_raw(raw["target"], tf.float16), tf.float32)
        decoded = sequence, tf.reshape(target, [statistics.target_length, statistics.num_targets])
        if not umap:
            return decoded
        mask = tf.io.decode_raw(raw["umap"], tf.uint8)
        return *decoded, tf.cast(tf.reshape(mask, [statistics.target_length]), tf.bool)

    dataset = tf.data.TFRecordDataset([str(path) for path in paths], compression_type="ZLIB")
    dataset = dataset.map(decode, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    if batch_size is not None:
        dataset = dataset.batch(batch_size)
    return dataset.prefetch(tf.data.AUTOTUNE)
