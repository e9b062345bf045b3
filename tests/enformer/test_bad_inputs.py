"""What a user can get wrong: one clear line each, before training starts. Through the scripts: exit status 2."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tcra.enformer.checkpoint import save_model
from tcra.enformer.embed import embed_shards
from tcra.enformer.evaluate import EvaluateInputs, evaluate_tracks
from tcra.enformer.settings import EmbedOptions, EvaluateOptions, TrainingSchedule
from tcra.enformer.window_sources import RecordWindows
from tcra.errors import UserError

from .conftest import SIZES, settled_model, write_data_set
from .test_training import train

SCHEDULE = TrainingSchedule(steps=1, batch_size=2, learning_rate=1e-3, evaluate_every=1, patience=0)


def copy(data_set: Path, out: Path, **changes: int) -> Path:
    shutil.copytree(data_set, out)
    statistics = json.loads((out / "statistics.json").read_text())
    (out / "statistics.json").write_text(json.dumps({**statistics, **changes}))
    return out


def test_other_bins_than_the_model(checkpoint: Path, data_set: Path, tmp_path: Path):
    other = copy(data_set, tmp_path / "set", pool_width=64, target_length=16)
    with pytest.raises(UserError, match="set: bins of 64 bp, but Enformer's have 128 bp"):
        train(checkpoint, other, tmp_path / "m", SCHEDULE)


def test_bins_that_are_not_centred(checkpoint: Path, data_set: Path, tmp_path: Path):
    other = copy(data_set, tmp_path / "set", crop_bp=384)
    with pytest.raises(UserError, match=r"set: its TFRecords have a crop of \(bp\) 384, but the model has 512"):
        train(checkpoint, other, tmp_path / "m", SCHEDULE)


def test_windows_of_another_length_than_a_model_folder_was_trained_on(data_set: Path, tmp_path: Path):
    wider = replace(SIZES, input_length=4096)
    save_model(settled_model(sizes=wider), tmp_path / "model", [f"t{i}" for i in range(SIZES.tracks)], {})
    with pytest.raises(UserError, match=r"TFRecords have input_length 2048, but .*model was trained with 4096"):
        train(tmp_path / "model", data_set, tmp_path / "m", SCHEDULE)


def test_shard_of_another_number_of_tracks(checkpoint: Path, data_set: Path, tmp_path: Path):
    other = copy(data_set, tmp_path / "set", num_targets=4)
    (other / "targets.txt").write_text("index\tidentifier\n" + "".join(f"{i}\tT{i}\n" for i in range(4)))
    with pytest.raises(UserError, match=r"(train|test)-0-0\.tfr: the first target has 48 bytes, expected 64"):
        train(checkpoint, other, tmp_path / "m", SCHEDULE)


def test_cut_and_damaged_shards(data_set: Path, tmp_path: Path):
    other = copy(data_set, tmp_path / "set")
    shard = other / "tfrecords" / "valid-0-0.tfr"
    shard.write_bytes(shard.read_bytes()[:-40])
    with pytest.raises(UserError, match=r"valid-0-0\.tfr is cut short"):
        embed_shards(settled_model(), RecordWindows(other), ["valid-0-0"], tmp_path / "e")
    shard.write_bytes(shard.read_bytes()[:200] + b"damage" + shard.read_bytes()[206:])
    with pytest.raises(UserError, match=r"valid-0-0\.tfr is"):
        embed_shards(settled_model(), RecordWindows(other), ["valid-0-0"], tmp_path / "e")


def test_wrong_number_of_names(checkpoint: Path, tmp_path: Path):
    other = write_data_set(tmp_path / "set", SIZES, tracks=2, windows=1, change=lambda target: np.abs(target))
    (other / "targets.txt").write_text("index\tidentifier\n0\tonly\n")
    with pytest.raises(UserError, match=r"targets\.txt names 1 tracks, but statistics\.json says 2"):
        train(checkpoint, other, tmp_path / "m", SCHEDULE)


def test_a_data_set_whose_tracks_have_no_names(checkpoint: Path, data_set: Path, tmp_path: Path):
    other = copy(data_set, tmp_path / "set")
    (other / "targets.txt").unlink()
    with pytest.raises(UserError, match=r"set has no targets\.txt, which names its tracks; copy it there"):
        train(checkpoint, other, tmp_path / "m", SCHEDULE)
    with pytest.raises(UserError, match=r"set has no targets\.txt"):
        evaluate_tracks(EvaluateInputs(checkpoint, other), EvaluateOptions(), tmp_path / "e.parquet")


@pytest.mark.parametrize("mode", ["cached", "published"])
def test_a_missing_shard(checkpoint: Path, data_set: Path, tmp_path: Path, mode: str):
    other = copy(data_set, tmp_path / "set")
    (other / "tfrecords" / "train-0-1.tfr").unlink()
    with pytest.raises(UserError, match=r"set: its train shards hold 12 windows, but statistics\.json says 24"):
        train(checkpoint, other, tmp_path / "m", SCHEDULE, trunk_mode=mode)


TEST_SPLIT = EvaluateOptions(("test",))


def test_evaluating_without_one_of_the_shards(checkpoint: Path, data_set: Path, tmp_path: Path):
    whole = write_data_set(tmp_path / "whole", tracks=8, shards=("test-0-0",))
    inputs = EvaluateInputs(checkpoint, copy(whole, tmp_path / "set", test_seqs=24))
    with pytest.raises(UserError, match=r"set: its test shards hold 12 windows, but statistics\.json says 24"):
        evaluate_tracks(inputs, TEST_SPLIT, tmp_path / "e.parquet")
    assert not (tmp_path / "e.parquet").exists()


def test_evaluating_a_checkpoint_without_names(checkpoint: Path, data_set: Path, tmp_path: Path):
    out = tmp_path / "e.parquet"
    with pytest.raises(UserError, match=r"predicts 8 tracks without names, .* --model-tracks"):
        evaluate_tracks(EvaluateInputs(checkpoint, data_set), TEST_SPLIT, out)
    inputs = EvaluateInputs(checkpoint, data_set, model_tracks=tmp_path / "names.txt")
    (tmp_path / "names.txt").write_text("\n".join(["T1", "x", "y", "z", "T0", "v", "w", "u"]))
    evaluate_tracks(inputs, TEST_SPLIT, out)
    assert list(pd.read_parquet(out)["track"]) == ["T0", "T1"]
    counts = json.loads((tmp_path / "e.parquet.accounting.json").read_text())["counts"]
    assert {"unit": "tracks", "in": 3, "out": 2, "rejected": {"the model does not predict it": 1}} in counts
    (tmp_path / "names.txt").write_text("\n".join("abcdefgh"))
    with pytest.raises(UserError, match="predicts none of the tracks"):
        evaluate_tracks(inputs, TEST_SPLIT, out)


@pytest.mark.parametrize("windows", [12, 9, 15])
def test_evaluating_with_embeddings_of_other_windows(checkpoint: Path, data_set: Path, tmp_path: Path, windows: int):
    other = write_data_set(tmp_path / "set", SIZES, tracks=8, shards=("test-0-0",), windows=windows, seed=6)
    embed_shards(settled_model(), RecordWindows(data_set), ["test-0-0"], tmp_path / "cache")
    inputs = EvaluateInputs(checkpoint, other, embeddings=tmp_path / "cache")
    with pytest.raises(
        UserError, match=r"test-0-0\.npy was made from other windows than .*set/tfrecords/test-0-0\.tfr"
    ):
        evaluate_tracks(inputs, TEST_SPLIT, tmp_path / "e.parquet")
    assert not (tmp_path / "e.parquet").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [("learning_rate", 0.0), ("learning_rate", -1e-3), ("learning_rate", np.nan), ("dropout", -1.0), ("dropout", 2.5)],
)
def test_settings_that_train_nothing(name: str, value: float):
    with pytest.raises(UserError, match=f"--{name.replace('_', '-')} is {value}, expected a number"):
        replace(SCHEDULE, **{name: value})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: EmbedOptions(batch_size=0), "--batch-size is 0, expected at least 1"),
        (lambda: EmbedOptions(precision="float16"), "precision is 'float16', expected one of float32, bfloat16"),
        (lambda: EmbedOptions(augmentations=((3, False),)), "the first copy of a window is the plain one"),
        (lambda: EvaluateOptions(()), "splits are none"),
        (lambda: EvaluateOptions(("test", "test")), "splits are test, test, expected each one once"),
        (lambda: TrainingSchedule(steps=0), "steps is 0, expected at least 1"),
        (lambda: TrainingSchedule(seed=-1), "seed is -1, expected at least 0"),
        (lambda: EvaluateOptions(gamma_maximum="none"), "--gamma-maximum is 'none'"),
    ],
)  # fmt: skip
def test_options_check_themselves(make, message: str):
    with pytest.raises(UserError, match=message):
        make()


@pytest.mark.thorough
def test_one_line_and_exit_status_2(script, data_set: Path, tmp_path: Path):
    done = script("train_tracks.py", "--tfrecords", data_set, "--out", tmp_path / "m", status=2)
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert errors == ["error: --checkpoint is missing: the pretrained Enformer to start from"]
    rate = ("--checkpoint", "x", "--learning-rate", 0)
    done = script("train_tracks.py", "--tfrecords", data_set, "--out", tmp_path / "m", *rate, status=2)
    assert done.stderr.splitlines()[-1] == "error: --learning-rate is 0.0, expected a number above 0"
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


@pytest.mark.thorough
def test_the_old_spelling_of_the_architecture_is_accepted(script, data_set: Path, tmp_path: Path):
    """--model baseline needs no checkpoint; it is no flag for a model here, and stands in no help."""
    flags = ("--model", "baseline", "--tfrecords", data_set, "--out", tmp_path / "m", "--learning-rate", 0)
    done = script("train_tracks.py", *flags, status=2)
    assert done.stderr.splitlines() == ["error: --learning-rate is 0.0, expected a number above 0"]
    done = script("train_tracks.py", *flags[2:], "--model", "enformer", "--learning-rate", 1, status=2)
    assert done.stderr.splitlines()[-1] == "error: --checkpoint is missing: the pretrained Enformer to start from"
    assert "--model" not in script("train_tracks.py", "--help").stdout


@pytest.mark.parametrize("name", ["embed_sequences.py", "train_tracks.py", "evaluate_tracks.py"])
def test_help(script, name: str):
    assert "--tfrecords" in script(name, "--help").stdout
