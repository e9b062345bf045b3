"""Reading data sets back with tf.data: the real one of basenji's successor, ours in both formats, damaged ones."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tcra.errors import UserError
from tcra.tracks.dataset_statistics import Statistics
from tcra.tracks.record_shards import find_shards, read_features, read_shard
from tcra.tracks.write_records import compress_records, serialize_example

SIZES = Statistics(
    seq_length=24, target_length=4, num_targets=3, pool_width=4, crop_bp=4, sequences={"train": 25, "test": 2}
)


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """11 training shards of two records and one test shard; sequences one-hot; targets count the records."""
    (tmp_path / "tfrecords").mkdir()
    SIZES.write(tmp_path)
    for split, shards in (("train", 11), ("test", 1)):
        for index in range(shards):
            write_shard(tmp_path, f"{split}-0-{index}", [2 * index, 2 * index + 1], as_index=False)
    return tmp_path


def write_shard(folder: Path, name: str, numbers: list[int], as_index: bool) -> None:
    records = []
    for number in numbers:
        codes = (np.arange(24) + number) % 5
        sequence = codes.astype(np.uint8) if as_index else np.eye(5, dtype=bool)[codes][:, :4]
        target = np.full((4, 3), number, np.float16) + np.arange(3, dtype=np.float16) / 8
        umap = np.arange(4) == number % 4
        features = {"sequence": sequence.tobytes(), "target": target.tobytes(), "umap": umap.tobytes()}
        records.append(serialize_example(features))
    (folder / f"tfrecords/{name}.tfr").write_bytes(compress_records(records))


def test_reads_the_real_data_set(shared_data: Path) -> None:
    from tcra.tracks.dataset import read_dataset

    folder = shared_data / "basenji/tiny_hg38"
    found = list(read_dataset(folder).as_numpy_iterator())
    raw = [read_features(record) for path in find_shards(folder) for record in read_shard(path)]
    assert len(found) == len(raw) == 7
    for (sequence, target), features in zip(found, raw, strict=True):
        assert sequence.shape == (131_072, 4) and sequence.dtype == np.float32
        codes = np.frombuffer(features["sequence"], np.uint8)
        np.testing.assert_array_equal(sequence, np.eye(5, dtype=np.float32)[codes][:, :4])
        np.testing.assert_array_equal(
            target, np.frombuffer(features["target"], np.float16).reshape(2048, 74).astype(np.float32)
        )


def test_order_is_by_the_last_integer_and_the_same_again(dataset: Path) -> None:
    from tcra.tracks.dataset import read_dataset

    first = [int(target[0, 0]) for _, target in read_dataset(dataset, "train").as_numpy_iterator()]
    assert first == list(range(22))
    assert [int(t[0, 0]) for _, t in read_dataset(dataset, "train").as_numpy_iterator()] == first
    chosen = read_dataset(dataset, shards=["train-0-10", "train-0-2.tfr"])
    assert [int(target[0, 0]) for _, target in chosen.as_numpy_iterator()] == [4, 5, 20, 21]


@pytest.mark.parametrize("as_index", [False, True])
def test_values_batches_and_unmappable_bins(dataset: Path, as_index: bool) -> None:
    from tcra.tracks.dataset import read_dataset

    write_shard(dataset, "valid-0-0", [7, 8, 9], as_index)
    batches = list(read_dataset(dataset, "valid", batch_size=2, umap=True).as_numpy_iterator())
    assert [sequence.shape for sequence, _, _ in batches] == [(2, 24, 4), (1, 24, 4)]
    sequence, target, umap = batches[0]
    np.testing.assert_array_equal(sequence[1], np.eye(5)[(np.arange(24) + 8) % 5][:, :4])
    np.testing.assert_array_equal(target[1], np.tile([8, 8.125, 8.25], (4, 1)))
    assert umap.dtype == bool and umap[1].tolist() == [True, False, False, False]


def test_statistics_are_read_back(dataset: Path) -> None:
    assert Statistics.read(dataset) == SIZES


def _edit(dataset: Path, **changes: Any) -> None:
    path = dataset / "statistics.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:60])


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda d: (d / "statistics.json").unlink(), "has no statistics.json"),
        (lambda d: (d / "statistics.json").write_text("{"), "statistics.json is not JSON"),
        (lambda d: _edit(d, num_targets="3"), "num_targets is '3', expected a whole number"),
        (lambda d: (d / "statistics.json").write_text("[]"), "statistics.json holds no JSON object"),
        (lambda d: _edit(d, train_seqs="many"), "train_seqs is 'many', expected a whole number"),
        (lambda d: _edit(d, crop_bp=20), "need 56 bp, but seq_length is 24"),
        (lambda d: _edit(d, num_targets=2), "first target has 24 bytes, expected 16"),
        (lambda d: _edit(d, seq_length=48), "first sequence has 96 bytes, expected 192"),
        (lambda d: [p.unlink() for p in (d / "tfrecords").glob("train*")], r"no shard train-\*.tfr; its splits are: test"),
        (lambda d: (d / "tfrecords/train-0-3.tfr").write_bytes(b"12345678"), "train-0-3.tfr is not a zlib"),
        (lambda d: (d / "tfrecords/train-0-3.tfr").write_bytes(compress_records([])), "train-0-3.tfr has no records"),
        (lambda d: _cut(d / "tfrecords/train-0-3.tfr"), "train-0-3.tfr is cut short"),
        (lambda d: write_shard(d, "train-0-3", [1], as_index=True), "some shards hold one-hot sequences, others indices"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said(dataset: Path, spoil: Any, message: str) -> None:
    from tcra.tracks.dataset import read_dataset

    spoil(dataset)
    with pytest.raises(UserError, match=message):
        read_dataset(dataset, "train")


def test_missing_shard_is_named(dataset: Path) -> None:
    from tcra.tracks.dataset import read_dataset

    with pytest.raises(UserError, match=r"train-0-99\.tfr: no such shard"):
        read_dataset(dataset, shards=["train-0-99"])
