"""Training: order of windows, resume, scopes, the published mode, the baseline, several tissues."""

import json
import shutil
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from tcra.enformer import training_loop
from tcra.enformer.augmentation import parse_augmentations
from tcra.enformer.baseline import ConvolutionalBaseline, load_network
from tcra.enformer.checkpoint import load_model
from tcra.enformer.embed import embed_shards
from tcra.enformer.enformer_model import Enformer
from tcra.enformer.problems import CachedTail, shuffled_positions
from tcra.enformer.settings import TrainingSchedule, TrainOptions
from tcra.enformer.targets import open_targets
from tcra.enformer.train import TrainInputs, inverse_softplus, train_tracks
from tcra.enformer.window_sources import RecordWindows
from tcra.errors import UserError

from .conftest import SIZES, settled_model, write_data_set

SCHEDULE = TrainingSchedule(steps=12, batch_size=8, learning_rate=2e-3, evaluate_every=4, patience=0)
FILES = ("variables/variables.index", "variables/variables.data-00000-of-00001", "last/variables.index",
         "last/variables.data-00000-of-00001", "history.parquet", "model.json", "tensorboard/train/events.out.tfevents.0.tcra",
         "tensorboard/valid/events.out.tfevents.0.tcra")  # fmt: skip


def train(
    checkpoint: Path | None, data_set: Path, out: Path, schedule: TrainingSchedule = SCHEDULE, embeddings: Path | None = None, **options
) -> None:  # fmt: skip
    """A training with this schedule and the other options' defaults, unless given."""
    train_tracks(TrainInputs(data_set, checkpoint, embeddings), TrainOptions(schedule, **options), out)


@pytest.fixture(scope="module")
def cache(data_set: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("cache")
    embed_shards(settled_model(), RecordWindows(data_set), ["train-0-0", "train-0-1", "valid-0-0"], out)
    return out


@pytest.fixture(scope="module")
def undisturbed(checkpoint: Path, data_set: Path, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("undisturbed") / "model"
    train(checkpoint, data_set, out, embeddings=cache)
    return out


def test_every_pass_has_every_window_once_and_any_step_can_be_reached():
    steps = list(islice(shuffled_positions(10, 4, 0, seed=3), 10))
    flat = np.concatenate(steps)
    for epoch in range(4):
        assert sorted(flat[10 * epoch : 10 * epoch + 10]) == list(range(10))
    assert (flat[:10] != flat[10:20]).any()
    np.testing.assert_array_equal(np.stack(list(islice(shuffled_positions(10, 4, 6, seed=3), 4))), np.stack(steps[6:]))
    assert len(next(shuffled_positions(3, 8, 0, seed=1))) == 8


class Killed(BaseException):
    pass


@pytest.mark.parametrize("validation", [0, 1, 2])
def test_killed_and_run_again_gives_the_same_bytes(
    checkpoint: Path, data_set: Path, cache: Path, undisturbed: Path, tmp_path: Path, monkeypatch, validation: int
):
    """Killed right after the state of one validation was written, and also in the middle of the steps that follow."""
    calls = []
    save = training_loop.RunState.save

    def save_and_die(self, path, key):
        save(self, path, key)
        calls.append(self.step)
        if len(calls) > validation:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(training_loop.RunState, "save", save_and_die)
        with pytest.raises(Killed):
            train(checkpoint, data_set, tmp_path / "model", embeddings=cache)
    assert not (tmp_path / "model" / "model.json").exists()
    train(checkpoint, data_set, tmp_path / "model", embeddings=cache)
    for name in FILES:
        assert (tmp_path / "model" / name).read_bytes() == (undisturbed / name).read_bytes(), name


def test_a_state_of_other_settings_is_not_used(
    checkpoint: Path, data_set: Path, cache: Path, undisturbed: Path, tmp_path: Path, monkeypatch
):
    with monkeypatch.context() as patch:
        patch.setattr(training_loop.RunState, "save", lambda self, path, key: (_save(self, path, key), _raise(Killed)))
        with pytest.raises(Killed):
            train(checkpoint, data_set, tmp_path / "m", embeddings=cache, schedule=TrainingSchedule(12, 8, 0.1, 4, 0))
    train(checkpoint, data_set, tmp_path / "m", embeddings=cache)
    assert (tmp_path / "m" / FILES[1]).read_bytes() == (undisturbed / FILES[1]).read_bytes()


_save = training_loop.RunState.save


def _raise(error: type[BaseException]) -> None:
    raise error


def test_the_tail_is_trained_and_the_trunk_is_not_touched(checkpoint: Path, undisturbed: Path):
    start = load_model(checkpoint, SIZES.input_length, SIZES.target_bins)
    last = load_model(undisturbed / "last" / "variables", SIZES.input_length, SIZES.target_bins)
    final = "model/_final_pointwise/_layers/0/"
    trained = {
        final + name for name in ("_layers/0/_module/offset", "_layers/0/_module/scale", "_layers/2/w", "_layers/2/b")
    }
    for key, variable in last.variables_by_key.items():
        if not key.startswith("model/_heads/"):
            same = np.array_equal(variable, start.variables_by_key[key])
            assert same != (key in trained), key


def predict_tail(model: Enformer, inputs: np.ndarray) -> tf.Tensor:
    return model.tail(tf.constant(inputs, tf.float32))


def test_the_best_and_the_last_variables_are_kept(undisturbed: Path, data_set: Path, cache: Path, tmp_path: Path):
    history = pd.read_parquet(undisturbed / "history.parquet")
    losses = history[history["split"] == "valid"].set_index("step")["loss"]
    record = json.loads((undisturbed / "model.json").read_text())["training"]
    assert record == {"best_step": int(losses.idxmin()), "best_valid_loss": losses.min(), "last_step": 12}
    for prefix, step in ((undisturbed, losses.idxmin()), (undisturbed / "last" / "variables", 12)):
        model = load_model(prefix, SIZES.input_length, SIZES.target_bins)
        problem = CachedTail(model, data_set, cache, tmp_path, "head", 8, 1)
        loss, _ = training_loop.validate(problem, partial(predict_tail, model))
        assert loss == pytest.approx(losses[step], rel=1e-5)


def test_scope_head_leaves_the_pointwise_block(checkpoint: Path, data_set: Path, cache: Path, tmp_path: Path):
    train(checkpoint, data_set, tmp_path / "m", embeddings=cache, scope="head")
    start, model = load_model(checkpoint, SIZES.input_length, SIZES.target_bins), load_model(tmp_path / "m")
    np.testing.assert_array_equal(model.final.convolution.w, start.final.convolution.w)


def test_early_stopping(checkpoint: Path, data_set: Path, cache: Path, tmp_path: Path):
    schedule = TrainingSchedule(steps=400, batch_size=24, learning_rate=0.02, evaluate_every=4, patience=3)
    train(checkpoint, data_set, tmp_path / "m", embeddings=cache, schedule=schedule)
    history = pd.read_parquet(tmp_path / "m" / "history.parquet")
    valid = history[history["split"] == "valid"]
    best = valid["step"].iloc[int(valid["loss"].argmin())]
    assert valid["step"].iloc[-1] == best + 12 < 400


def test_a_loss_that_is_not_finite_is_reported(checkpoint: Path, data_set: Path, cache: Path, tmp_path: Path):
    with pytest.raises(UserError, match=r"training loss is .* give a smaller --learning-rate"):
        train(checkpoint, data_set, tmp_path / "m", embeddings=cache, schedule=TrainingSchedule(8, 8, 1e30, 8, 0))


PUBLISHED = TrainingSchedule(steps=4, batch_size=8, learning_rate=1e-3, evaluate_every=2, patience=0)


@pytest.fixture(scope="module")
def published(checkpoint: Path, data_set: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("published") / "model"
    train(checkpoint, data_set, out, trunk_mode="published", schedule=PUBLISHED)
    return out


@pytest.mark.thorough
def test_published_mode_moves_all_averages_of_the_trunk(checkpoint: Path, published: Path):
    start = load_model(checkpoint, SIZES.input_length, SIZES.target_bins)
    model = load_model(published / "last" / "variables", SIZES.input_length, SIZES.target_bins)
    for key, variable in model.variables_by_key.items():
        same = key.startswith("model/_heads") or np.array_equal(variable, start.variables_by_key[key])
        drifts = key.endswith(("_counter", "_hidden", "average"))
        assert not same if drifts else same or key.startswith("model/_final_pointwise"), key


@pytest.mark.slow
def test_published_mode_resumes_too(checkpoint: Path, data_set: Path, published: Path, tmp_path: Path, monkeypatch):
    count = []

    def save_and_die(self, path, key):
        _save(self, path, key)
        count.append(1)
        if len(count) == 2:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(training_loop.RunState, "save", save_and_die)
        with pytest.raises(Killed):
            train(checkpoint, data_set, tmp_path / "m", trunk_mode="published", schedule=PUBLISHED)
    train(checkpoint, data_set, tmp_path / "m", trunk_mode="published", schedule=PUBLISHED)
    for name in FILES:
        assert (tmp_path / "m" / name).read_bytes() == (published / name).read_bytes(), name


def test_several_tissues_share_one_cache(checkpoint: Path, cache: Path, tmp_path: Path):
    other = write_data_set(tmp_path / "other", tracks=3, change=lambda target: target[::-1] * np.float16(2))
    train(checkpoint, other, tmp_path / "m", embeddings=cache)
    assert load_model(tmp_path / "m").sizes.tracks == 3
    shifted = write_data_set(tmp_path / "shifted", seed=9)
    with pytest.raises(UserError, match="was made from other windows"):
        train(checkpoint, shifted, tmp_path / "n", embeddings=cache)


@pytest.mark.thorough
def test_augmented_copies_are_drawn_in_training(checkpoint: Path, data_set: Path, cache: Path, tmp_path: Path):
    model = load_model(checkpoint, SIZES.input_length, SIZES.target_bins, new_tracks=3)
    shards = ["train-0-0", "train-0-1", "valid-0-0"]
    embed_shards(model, RecordWindows(data_set), shards, tmp_path / "e", parse_augmentations("rc"))
    problem = CachedTail(model, data_set, tmp_path / "e", tmp_path / "t", "head", 24, 1)
    plain = CachedTail(model, data_set, cache, tmp_path / "t", "head", 24, 1)
    (copies, targets), (originals, expected) = next(problem.batches(0)), next(plain.batches(0))
    np.testing.assert_array_equal(targets, expected)
    same = sum(np.array_equal(copy, original) for copy, original in zip(copies, originals, strict=True))
    assert 4 < same < 20
    np.testing.assert_array_equal(next(iter(problem.validation()))[0], next(iter(plain.validation()))[0])
    embed_shards(model, RecordWindows(data_set), ["train-0-1", "valid-0-0"], tmp_path / "mixed")
    for name in ("train-0-0.npy", "train-0-0.json"):
        shutil.copy(tmp_path / "e" / name, tmp_path / "mixed" / name)
    with pytest.raises(UserError, match="copies of a window"):
        CachedTail(model, data_set, tmp_path / "mixed", tmp_path / "t", "head", 8, 1)


@pytest.mark.slow
def test_baseline(data_set: Path, tmp_path: Path):
    schedule = TrainingSchedule(steps=3, batch_size=4, learning_rate=1e-3, evaluate_every=3, patience=0)
    train(None, data_set, tmp_path / "m", architecture="baseline", schedule=schedule)
    network = load_network(tmp_path / "m", SIZES.input_length, SIZES.target_bins)
    assert isinstance(network, ConvolutionalBaseline)
    x = tf.zeros((1, SIZES.input_length, 4))
    assert network(x).shape == (1, SIZES.target_bins, 3)
    with pytest.raises(UserError, match="is a convolutional baseline"):
        load_model(tmp_path / "m")


@pytest.mark.parametrize("value", [np.nan, np.inf, -1.0])
def test_targets_are_checked_before_training(checkpoint: Path, tmp_path: Path, value: float):
    def spoil(target: np.ndarray) -> np.ndarray:
        target[2, 1] = value
        return target

    bad = write_data_set(tmp_path / "set", windows=2, change=spoil)
    with pytest.raises(UserError, match=rf"train-0-0\.tfr record 1: bin 2 of track 1 is {value}"):
        train(checkpoint, bad, tmp_path / "m")
    assert not (tmp_path / "m" / "history.parquet").exists()


def test_a_state_left_behind_does_not_keep_the_targets_of_other_coverage(
    checkpoint: Path, data_set: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A run is killed, the coverage is made again over the same windows, and the same command is run: it trains on the new targets."""
    changed = write_data_set(tmp_path / "set", change=lambda target: 4 * target)
    train(checkpoint, changed, tmp_path / "clean", embeddings=cache)
    with monkeypatch.context() as patch:
        patch.setattr("tcra.enformer.train.fit", lambda *_: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            train(checkpoint, data_set, tmp_path / "m", embeddings=cache)
    train(checkpoint, changed, tmp_path / "m", embeddings=cache)
    for name in FILES:
        assert (tmp_path / "m" / name).read_bytes() == (tmp_path / "clean" / name).read_bytes()


def test_a_training_that_replaces_a_model_is_none_until_it_is_done(
    checkpoint: Path, data_set: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A folder with model.json holds one model, whole: not the old one's record beside the new one's variables or history."""
    train(checkpoint, data_set, tmp_path / "m", embeddings=cache)
    for place in ("tcra.enformer.train.save_checkpoint", "tcra.enformer.train.fit"):
        with monkeypatch.context() as patch:
            patch.setattr(place, lambda *_: _raise(Killed()))
            with pytest.raises(Killed):
                train(checkpoint, data_set, tmp_path / "m", embeddings=cache, schedule=replace(SCHEDULE, steps=4))
        assert not (tmp_path / "m" / "model.json").exists()
    train(checkpoint, data_set, tmp_path / "m", embeddings=cache, schedule=replace(SCHEDULE, steps=4))
    assert json.loads((tmp_path / "m" / "model.json").read_text())["training"]["last_step"] == 4


def test_targets_whose_note_is_lost_are_read_again(data_set: Path, tmp_path: Path):
    first, windows = open_targets(data_set, "valid-0-0", tmp_path)
    for spoil in (lambda: (tmp_path / "valid-0-0.npy").unlink(), lambda: (tmp_path / "valid-0-0.json").write_text("{")):
        spoil()
        again, same = open_targets(data_set, "valid-0-0", tmp_path)
        np.testing.assert_array_equal(again, first)
        assert same == windows


def test_inverse_softplus():
    mean = np.array([0.0, 0.01, 1.0, 40.0])
    np.testing.assert_allclose(np.log1p(np.exp(inverse_softplus(mean))), [1e-4, 0.01, 1, 40], rtol=1e-3)
