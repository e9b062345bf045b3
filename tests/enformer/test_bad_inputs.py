"""What a user can get wrong: one clear line each, before training starts. Through the scripts: exit status 2."""

import argparse
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tcra.enformer.checkpoint import save_model
from tcra.enformer.embed import embed_shards
from tcra.enformer.evaluate import evaluate
from tcra.enformer.train import train
from tcra.enformer.training_loop import Schedule
from tcra.errors import UserError

from .conftest import SIZES, settled_model, write_data_set
from .test_training import options

SCHEDULE = Schedule(steps=1, batch_size=2, learning_rate=1e-3, evaluate_every=1, patience=0)


def copy(data_set: Path, out: Path, **changes: int) -> Path:
    shutil.copytree(data_set, out)
    statistics = json.loads((out / "statistics.json").read_text())
    (out / "statistics.json").write_text(json.dumps({**statistics, **changes}))
    return out


def test_other_bins_than_the_model(checkpoint: Path, data_set: Path, tmp_path: Path):
    other = copy(data_set, tmp_path / "set", pool_width=64, target_length=16)
    with pytest.raises(UserError, match="set: bins of 64 bp, but Enformer's have 128 bp"):
        train(options(checkpoint, other, tmp_path / "m"), SCHEDULE)


def test_bins_that_are_not_centred(checkpoint: Path, data_set: Path, tmp_path: Path):
    other = copy(data_set, tmp_path / "set", crop_bp=384)
    with pytest.raises(UserError, match=r"set: its TFRecords have a crop of \(bp\) 384, but the model has 512"):
        train(options(checkpoint, other, tmp_path / "m"), SCHEDULE)


def test_windows_of_another_length_than_a_model_folder_was_trained_on(data_set: Path, tmp_path: Path):
    wider = replace(SIZES, input_length=4096)
    save_model(settled_model(sizes=wider), tmp_path / "model", [f"t{i}" for i in range(SIZES.tracks)], {})
    with pytest.raises(UserError, match=r"TFRecords have input_length 2048, but .*model was trained with 4096"):
        train(options(tmp_path / "model", data_set, tmp_path / "m"), SCHEDULE)


def test_shard_of_another_number_of_tracks(checkpoint: Path, data_set: Path, tmp_path: Path):
    other = copy(data_set, tmp_path / "set", num_targets=4)
    (other / "targets.txt").unlink()
    with pytest.raises(UserError, match=r"train-0-0\.tfr: the first target has 48 bytes, expected 64"):
        train(options(checkpoint, other, tmp_path / "m"), SCHEDULE)


def test_cut_and_damaged_shards(data_set: Path, tmp_path: Path):
    other = copy(data_set, tmp_path / "set")
    shard = other / "tfrecords" / "valid-0-0.tfr"
    shard.write_bytes(shard.read_bytes()[:-40])
    with pytest.raises(UserError, match=r"valid-0-0\.tfr is cut short"):
        embed_shards(settled_model(), other, ["valid-0-0"], tmp_path / "e")
    shard.write_bytes(shard.read_bytes()[:200] + b"damage" + shard.read_bytes()[206:])
    with pytest.raises(UserError, match=r"valid-0-0\.tfr is"):
        embed_shards(settled_model(), other, ["valid-0-0"], tmp_path / "e")


def test_wrong_number_of_names(checkpoint: Path, tmp_path: Path):
    other = write_data_set(tmp_path / "set", SIZES, tracks=2, windows=1, change=lambda target: np.abs(target))
    (other / "targets.txt").write_text("index\tidentifier\n0\tonly\n")
    with pytest.raises(UserError, match=r"targets\.txt names 1 tracks, but statistics\.json says 2"):
        train(options(checkpoint, other, tmp_path / "m"), SCHEDULE)


@pytest.mark.parametrize("mode", ["cached", "published"])
def test_a_missing_shard(checkpoint: Path, data_set: Path, tmp_path: Path, mode: str):
    other = copy(data_set, tmp_path / "set")
    (other / "tfrecords" / "train-0-1.tfr").unlink()
    with pytest.raises(UserError, match=r"set: its train shards hold 12 windows, but statistics\.json says 24"):
        train(options(checkpoint, other, tmp_path / "m", trunk_mode=mode), SCHEDULE)


def test_evaluating_without_one_of_the_shards(checkpoint: Path, data_set: Path, tmp_path: Path):
    arguments = argparse.Namespace(
        model=checkpoint, model_tracks=None, splits=["test"], embeddings=None, out=tmp_path / "e.parquet", gamma_maximum=None,
        tfrecords=copy(write_data_set(tmp_path / "whole", tracks=8, shards=("test-0-0",)), tmp_path / "set", test_seqs=24),
    )  # fmt: skip
    with pytest.raises(UserError, match=r"set: its test shards hold 12 windows, but statistics\.json says 24"):
        evaluate(arguments)
    assert not arguments.out.exists()


def test_evaluating_a_checkpoint_without_names(checkpoint: Path, data_set: Path, tmp_path: Path):
    arguments = argparse.Namespace(
        model=checkpoint, model_tracks=None, tfrecords=data_set, embeddings=None, splits=["test"], out=tmp_path / "e.parquet",
        gamma_maximum=None,
    )  # fmt: skip
    with pytest.raises(UserError, match=r"predicts 8 tracks without names, .* --model-tracks"):
        evaluate(arguments)
    arguments.model_tracks = tmp_path / "names.txt"
    arguments.model_tracks.write_text("\n".join(["T1", "x", "y", "z", "T0", "v", "w", "u"]))
    evaluate(arguments)
    assert list(pd.read_parquet(arguments.out)["track"]) == ["T0", "T1"]
    counts = json.loads((tmp_path / "e.parquet.accounting.json").read_text())["counts"]
    assert {"unit": "tracks", "in": 3, "out": 2, "rejected": {"the model does not predict it": 1}} in counts
    arguments.model_tracks.write_text("\n".join("abcdefgh"))
    with pytest.raises(UserError, match="predicts none of the tracks"):
        evaluate(arguments)


@pytest.mark.parametrize("windows", [12, 9, 15])
def test_evaluating_with_embeddings_of_other_windows(checkpoint: Path, data_set: Path, tmp_path: Path, windows: int):
    other = write_data_set(tmp_path / "set", SIZES, tracks=8, shards=("test-0-0",), windows=windows, seed=6)
    embed_shards(settled_model(), data_set, ["test-0-0"], tmp_path / "cache")
    arguments = argparse.Namespace(
        model=checkpoint, model_tracks=None, tfrecords=other, embeddings=tmp_path / "cache", splits=["test"],
        out=tmp_path / "e.parquet", gamma_maximum=None,
    )  # fmt: skip
    with pytest.raises(
        UserError, match=r"test-0-0\.npy was made from other windows than .*set/tfrecords/test-0-0\.tfr"
    ):
        evaluate(arguments)
    assert not arguments.out.exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [("learning_rate", 0.0), ("learning_rate", -1e-3), ("learning_rate", np.nan), ("dropout", -1.0), ("dropout", 2.5)],
)
def test_settings_that_train_nothing(name: str, value: float):
    with pytest.raises(ValueError, match=f"{name.replace('_', ' ')} is {value}, expected a number"):
        replace(SCHEDULE, **{name: value})


def test_one_line_and_exit_status_2(script, data_set: Path, tmp_path: Path):
    done = script("train_tracks.py", "--tfrecords", data_set, "--out", tmp_path / "m", status=2)
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert errors == ["error: --checkpoint is missing: the pretrained Enformer to start from"]
    rate = ("--checkpoint", "x", "--learning-rate", 0)
    done = script("train_tracks.py", "--tfrecords", data_set, "--out", tmp_path / "m", *rate, status=2)
    assert done.stderr.splitlines()[-1] == "error: command line: learning rate is 0.0, expected a number above 0"
    done = script(
        "embed_sequences.py",
        "--checkpoint",
        "x",
        "--tfrecords",
        data_set,
        "--augment",
        "flip",
        "--out",
        tmp_path / "e",
        status=2,
    )
    assert "error: --augment 'flip': expected rc, shift=N or shift=N+rc" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("name", ["embed_sequences.py", "train_tracks.py", "evaluate_tracks.py"])
def test_help(script, name: str):
    assert "--tfrecords" in script(name, "--help").stdout
