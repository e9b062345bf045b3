"""A small data set and a small checkpoint for the tests of this room."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tcra.enformer.checkpoint import save_checkpoint
from tcra.enformer.enformer_model import Enformer
from tcra.enformer.sizes import Sizes, tower_widths

SIZES = Sizes(
    tracks=8, input_length=2048, target_bins=8, channels=48, heads=2, layers=1, tower=tower_widths(48, divisible_by=8)
)
TRACKS = 3
MOTIF = np.array([0, 2, 0, 3, 0, 0, 2, 2], np.int64)  # AGATAAGG


def write_data_set(
    folder: Path, sizes: Sizes = SIZES, tracks: int = TRACKS, shards: tuple[str, ...] = ("train-0-0", "train-0-1", "valid-0-0", "test-0-0"),
    windows: int = 12, seed: int = 5, change: Callable[[np.ndarray], np.ndarray] = lambda target: target,
) -> Path:  # fmt: skip
    """TFRecords whose tracks are 0 to 2 times the motif's coverage, with noise; `windows` in each shard."""
    random = np.random.default_rng(seed)
    (folder / "tfrecords").mkdir(parents=True)
    options = tf.io.TFRecordOptions(compression_type="ZLIB")
    crop = sizes.crop_tokens * sizes.bin_width
    for shard in shards:
        with tf.io.TFRecordWriter(str(folder / "tfrecords" / f"{shard}.tfr"), options) as writer:
            for _ in range(windows):
                codes = random.integers(0, 4, sizes.input_length)
                signal = np.full(sizes.input_length, 0.2)
                for start in random.integers(0, sizes.input_length - len(MOTIF), 6):
                    codes[start : start + len(MOTIF)] = MOTIF
                    signal[max(start - 100, 0) : start + 100] += 3
                bins = signal[crop : sizes.input_length - crop].reshape(sizes.target_bins, -1).mean(1)
                target = bins[:, None] * np.arange(tracks) / 2 + random.gamma(2.0, 0.1, (sizes.target_bins, tracks))
                features = {
                    "sequence": np.eye(4, dtype=bool)[codes].tobytes(),
                    "target": change(target.astype(np.float16)).tobytes(),
                }
                feature = {
                    name: tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
                    for name, value in features.items()
                }
                writer.write(tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString())
    splits = {shard.split("-")[0] for shard in shards}
    statistics = {
        "num_targets": tracks, "seq_length": sizes.input_length, "target_length": sizes.target_bins, "pool_width": sizes.bin_width,
        "crop_bp": crop, **{f"{split}_seqs": windows * sum(shard.startswith(split) for shard in shards) for split in splits},
    }  # fmt: skip
    (folder / "statistics.json").write_text(json.dumps(statistics))
    lines = ["index\tidentifier\tfile"] + [f"{i}\tT{i}\tt{i}.bw" for i in range(tracks)]
    (folder / "targets.txt").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture(scope="session")
def data_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data_set(tmp_path_factory.mktemp("data") / "set")


def settled_model(seed: int = 7, sizes: Sizes = SIZES) -> Enformer:
    """A model from scratch whose batch norms have moving averages that are not zero."""
    model = Enformer(sizes, seed=seed)
    random = np.random.default_rng(seed)
    for key, variable in model.variables_by_key.items():
        if key.endswith("moving_variance/average"):
            variable.assign(random.uniform(0.5, 1.5, variable.shape))
        elif key.endswith("moving_mean/average"):
            variable.assign(random.normal(0, 0.1, variable.shape))
        elif key.endswith("_embedding_layer/w"):
            variable.assign(random.normal(0, 0.1, variable.shape))
    return model


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prefix of a small checkpoint with 8 tracks."""
    prefix = tmp_path_factory.mktemp("checkpoint") / "variables"
    save_checkpoint(settled_model(), prefix)
    return prefix
