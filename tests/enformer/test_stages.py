"""The three stages on a small data set: embeddings, training, evaluation."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tcra.enformer.checkpoint import load_model

TRAINING = ("--steps", 24, "--evaluate-every", 8, "--batch-size", 24, "--learning-rate", 2e-3)


@pytest.fixture(scope="module")
def embeddings(script, checkpoint: Path, data_set: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("embeddings") / "cache"
    script("embed_sequences.py", "--checkpoint", checkpoint, "--tfrecords", data_set, "--out", out)
    return out


@pytest.fixture(scope="module")
def model(script, checkpoint: Path, data_set: Path, embeddings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("model") / "breast"
    script(
        "train_tracks.py",
        "--checkpoint",
        checkpoint,
        "--tfrecords",
        data_set,
        "--embeddings",
        embeddings,
        *TRAINING,
        "--out",
        out,
    )
    return out


def test_a_model_folder_scores_alone(model: Path):
    record = json.loads((model / "model.json").read_text())
    assert record["tracks"] == ["T0", "T1", "T2"]
    loaded = load_model(model)
    assert loaded.sizes.tracks == 3
    history = pd.read_parquet(model / "history.parquet")
    valid = history[history["split"] == "valid"]
    assert list(valid["step"]) == [0, 8, 16, 24]
    train = history[history["split"] == "train"]
    assert train["loss"].iloc[-1] < train["loss"].iloc[0]
    assert record["training"]["best_step"] == valid.set_index("step")["loss"].idxmin()
    accounting = json.loads((model / "accounting.json").read_text())
    assert accounting["counts"] == [{"unit": "windows", "in": 36, "out": 36, "rejected": {}}]
    assert not (model / ".resume").exists()


@pytest.mark.thorough
def test_evaluation_is_the_same_with_and_without_the_cache(
    script, model: Path, data_set: Path, embeddings: Path, tmp_path: Path
):
    tables = []
    for name, options in (("cached", ("--embeddings", embeddings)), ("whole", ())):
        out = tmp_path / f"{name}.parquet"
        script("evaluate_tracks.py", "--model", model, "--tfrecords", data_set, *options, "--out", out)
        tables.append(pd.read_parquet(out))
    assert list(tables[0]["split"]) == ["valid"] * 3 + ["test"] * 3
    assert list(tables[0]["track"]) == ["T0", "T1", "T2"] * 2
    for column in ("pearson", "pearson_log1p", "loss"):
        np.testing.assert_allclose(tables[0][column], tables[1][column], atol=5e-3)  # the cache is float16
    history = pd.read_parquet(model / "history.parquet")
    best = history[history["split"] == "valid"]["loss"].min()
    assert tables[0][tables[0]["split"] == "valid"]["loss"].mean() == pytest.approx(best, rel=1e-5)
