"""The cache of embeddings: what it holds, when it is refused, how it is made."""

import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tcra.enformer.augmentation import augmentation_text, parse_augmentations
from tcra.enformer.augmented_windows import augment
from tcra.enformer.devices import visible_gpus
from tcra.enformer.embed import embed_shards, gpu_commands, run_on_gpus, trunk_batch_size
from tcra.enformer.embeddings import open_embeddings, trunk_key
from tcra.enformer.shard_windows import read_shard_windows
from tcra.enformer.sizes import Sizes
from tcra.enformer.window_sources import RecordWindows
from tcra.errors import ChildFailed, UserError

from .conftest import SIZES, settled_model, write_data_set

SHARDS = ["train-0-0", "valid-0-0"]


@pytest.fixture(scope="module")
def model():
    return settled_model()


@pytest.fixture(scope="module")
def cache(model, data_set: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("cache")
    assert embed_shards(model, RecordWindows(data_set), SHARDS, out, batch=8) == 24
    return out


def test_holds_the_trunks_output(model, data_set: Path, cache: Path):
    found = open_embeddings(cache, "train-0-0", trunk_key(model))
    assert found.array.shape == found.record.shape == (12, 1, SIZES.target_bins, SIZES.channels)
    sequences = np.concatenate([batch for batch, _ in read_shard_windows(data_set, "train-0-0", 5)])
    expected = model.trunk(tf.constant(sequences)).numpy()
    np.testing.assert_allclose(found.windows(0, 12).astype(np.float32), expected, rtol=2e-3, atol=2e-3)


def test_nothing_is_made_twice(model, data_set: Path, cache: Path):
    stamp = (cache / "train-0-0.npy").stat().st_mtime_ns
    embed_shards(model, RecordWindows(data_set), SHARDS, cache)
    assert (cache / "train-0-0.npy").stat().st_mtime_ns == stamp


def test_key_is_the_trunks_alone(model):
    key = trunk_key(model)
    other = settled_model()
    other.head_bias.assign(other.head_bias + 1)
    other.final.norm.scale.assign(other.final.norm.scale * 2)
    assert trunk_key(other) == key
    other.stages[3].entry.norm.scale.assign(other.stages[3].entry.norm.scale * 1.001)
    assert trunk_key(other) != key


def test_refuses_what_was_made_otherwise(model, data_set: Path, cache: Path, tmp_path: Path):
    other = settled_model(seed=8)
    with pytest.raises(UserError, match="another checkpoint, other windows or options"):
        embed_shards(other, RecordWindows(data_set), SHARDS, cache)
    with pytest.raises(UserError, match="made by another checkpoint"):
        open_embeddings(cache, "train-0-0", trunk_key(other))
    with pytest.raises(UserError, match="no embeddings of shard test-0-0"):
        open_embeddings(cache, "test-0-0", trunk_key(model))
    changed = write_data_set(tmp_path / "set", seed=6)
    with pytest.raises(UserError, match="another checkpoint, other windows or options"):
        embed_shards(model, RecordWindows(changed), SHARDS, cache)


def test_augmented_copies(model, data_set: Path, tmp_path: Path):
    embed_shards(model, RecordWindows(data_set), ["valid-0-0"], tmp_path, parse_augmentations("rc,shift=3"), batch=4)
    found = open_embeddings(tmp_path, "valid-0-0", trunk_key(model))
    assert found.array.shape[1] == 3
    sequence = next(read_shard_windows(data_set, "valid-0-0", 1))[0]
    turned = model.trunk(tf.constant(sequence[:, ::-1, ::-1].copy())).numpy()[:, ::-1]
    np.testing.assert_allclose(found.window(0, copy=1)[np.newaxis].astype(np.float32), turned, rtol=2e-3, atol=2e-3)


def test_augmentations_of_a_sequence():
    x = np.eye(4, dtype=np.float32)[[[0, 1, 2, 3, 0]]]
    np.testing.assert_array_equal(augment(tf.constant(x), (2, False))[0, :3], x[0, 2:])
    assert not augment(tf.constant(x), (2, False))[0, 3:].numpy().any()
    np.testing.assert_array_equal(augment(tf.constant(x), (-1, False))[0, 1:], x[0, :4])
    np.testing.assert_array_equal(augment(tf.constant(x), (0, True))[0], np.eye(4)[[3, 0, 1, 2, 3]])
    assert parse_augmentations("rc, shift=-3+rc,rc") == ((0, False), (0, True), (-3, True))
    for text in ("", "rc", "shift=3,shift=-3+rc"):
        assert augmentation_text(parse_augmentations(text)) == text
    for text in ("rcc", "shift=", "shift=1.5", "+rc"):
        with pytest.raises(UserError, match="expected rc, shift=N or"):
            parse_augmentations(text)


def test_batch_by_memory():
    assert trunk_batch_size(SIZES) == 64
    assert trunk_batch_size(Sizes(tracks=1)) == 1
    assert 8 < trunk_batch_size(Sizes(tracks=1), gpu_memory=139 << 30) <= 64


def test_one_process_per_gpu():
    commands = gpu_commands(["embed"], ["a", "b", "c"], ["4", "6"])
    assert commands == [("4", ["embed", "--shards", "a,c"]), ("6", ["embed", "--shards", "b"])]
    assert len(gpu_commands(["embed"], ["a"], ["0", "1"])) == 1


@pytest.mark.parametrize(
    ("end", "status"), [("sys.exit(2)", None), ("os.kill(os.getpid(), 9)", 137), ("sys.exit(1)", 1)]
)
def test_a_gpu_that_fails_ends_the_command_as_it_ended(end: str, status: int | None):
    """The user's mistake is one; a process that the system killed has a status for which schedulers try again."""
    commands = [("0", [sys.executable, "-c", ""]), ("1", [sys.executable, "-c", f"import os, sys; {end}"])]
    with pytest.raises(UserError if status is None else ChildFailed) as stopped:
        run_on_gpus(commands)
    assert getattr(stopped.value, "status", None) == status
    run_on_gpus(commands[:1])


def test_visible_gpus_are_named_as_the_scheduler_gave_them(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["a", "b"])
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,6")
    assert visible_gpus() == ["4", "6"]
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    assert visible_gpus() == ["0", "1"]
