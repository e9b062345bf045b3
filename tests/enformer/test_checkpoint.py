"""Reading and writing checkpoints: keys, shapes, every kind of damage."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tcra.enformer.checkpoint import (
    checkpoint_index,
    checkpoint_prefix,
    load_model,
    save_checkpoint,
    save_model,
    track_names,
)
from tcra.enformer.keys import VARIABLE_SUFFIX, canonical_key
from tcra.errors import UserError

from .conftest import SIZES, settled_model

STEM = "model/_stem/_layers/0/w"
ATTENTION = "model/_transformer/_layers/0/_layers/0/_module/_layers/1/_module/"


def values(prefix: Path) -> dict[str, np.ndarray]:
    reader = tf.train.load_checkpoint(str(prefix))
    return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}


def write(prefix: Path, tensors: dict[str, np.ndarray]) -> Path:
    tf.raw_ops.SaveV2(
        prefix=str(prefix), tensor_names=list(tensors), shape_and_slices=[""] * len(tensors),
        tensors=[tf.constant(value) for value in tensors.values()],
    )  # fmt: skip
    return prefix


def load(prefix: Path):
    return load_model(prefix, SIZES.input_length, SIZES.target_bins)


def same(a, b) -> bool:
    return all(np.array_equal(v.numpy(), b.variables_by_key[key].numpy()) for key, v in a.variables_by_key.items())


def test_what_is_written_is_read_back(checkpoint: Path):
    model = load(checkpoint)
    assert model.sizes == SIZES
    assert same(model, settled_model())


def test_the_keys_are_the_published_ones(checkpoint: Path, project_data: Path):
    lines = (project_data / "enformer" / "small_variables.tsv").read_text().splitlines()[2:]
    published = {line.split("\t")[0] for line in lines if "/_transformer/_layers/1/" not in line}  # ours has one block
    assert {name.removesuffix(VARIABLE_SUFFIX) for name in values(checkpoint)} == published


def test_float16_variables_are_widened(tmp_path: Path):
    model = settled_model()
    save_checkpoint(model, tmp_path / "half", tf.float16)
    loaded = load(tmp_path / "half")
    assert all(v.dtype in (tf.float32, tf.int64) for v in loaded.variables)
    w = model.variables_by_key[STEM].numpy()
    np.testing.assert_array_equal(loaded.variables_by_key[STEM], w.astype(np.float16).astype(np.float32))


def test_checkpoint_of_deepminds_class_saved_as_the_published_transfer_learning_does(checkpoint: Path, tmp_path: Path):
    places = {"_stem": 0, "_downres": 1, "_transformer": 2, "_final_pointwise": 4}
    tensors = {"save_counter" + VARIABLE_SUFFIX: np.int64(1), "_CHECKPOINTABLE_OBJECT_GRAPH": np.array(b"graph")}
    for name, value in values(checkpoint).items():
        key = name.replace("/_linear/", "/")
        for part, place in places.items():
            key = key.replace(f"model/{part}/", f"module/_trunk/_layers/{place}/")
        # Wrappers that DeepMind's class does not have; a Residual's _module stays.
        for wrapped in (
            "offset",
            "scale",
            "moving_mean",
            "moving_variance",
            "_logit_linear",
            "_r_",
            "_q_",
            "_k_",
            "_v_",
            "_embedding",
        ):
            key = key.replace(f"/_layers/0/_module/{wrapped}", f"/_layers/0/{wrapped}")
            key = key.replace(f"/_layers/1/_module/{wrapped}", f"/_layers/1/{wrapped}")
            key = key.replace(f"/_layers/2/_module/{wrapped}", f"/_layers/2/{wrapped}")
        tensors[key.replace("model/_heads", "module/_heads")] = value
    tensors["module/_heads/mouse/_layers/0/b" + VARIABLE_SUFFIX] = np.zeros(3, np.float32)
    assert not any(name.startswith("model/") for name in tensors)
    assert same(load(write(tmp_path / "t10ph-20", tensors)), settled_model())


def test_canonical_keys_of_both_spellings():
    ours = ATTENTION + "_q_layer/_linear/w"
    theirs = "module/_trunk/_layers/2/_layers/0/_layers/0/_module/_layers/1/_q_layer/w"
    assert canonical_key(ours + VARIABLE_SUFFIX) == canonical_key(theirs + VARIABLE_SUFFIX)
    assert canonical_key("save_counter") == "save_counter"


def test_a_new_head_is_not_read(checkpoint: Path):
    model = load_model(checkpoint, SIZES.input_length, SIZES.target_bins, new_tracks=5, seed=3)
    assert model.head.w.shape == (96, 5)
    assert not model.head_bias.numpy().any()
    again = load_model(checkpoint, SIZES.input_length, SIZES.target_bins, new_tracks=5, seed=3)
    np.testing.assert_array_equal(model.head.w, again.head.w)


def test_model_folder(tmp_path: Path):
    names = [f"track {i}" for i in range(SIZES.tracks)]
    save_model(settled_model(), tmp_path / "model", names, {"note": 1})
    model = load_model(tmp_path / "model")
    assert model.sizes == SIZES
    assert track_names(tmp_path / "model", model) == names


@pytest.mark.parametrize(
    ("key", "change", "message"),
    [
        (STEM, None, "has no variable model/_stem/_layers/0/w"),
        (
            ATTENTION + "_k_layer/_linear/w",
            None,
            r"has no variable .*_k_layer/_linear/w \(shape \[48, 128\] was expected\)",
        ),
        ("model/_final_pointwise/_layers/0/_layers/2/b", np.zeros(7, np.float32), r"has shape \[7\], expected \[96\]"),
        (ATTENTION + "_r_w_bias", np.zeros(4, np.float32), "expected 4 dimensions"),
        ("model/_downres/_layers/2/_layers/0/_layers/2/b", np.full(32, np.nan, np.float32), "not finite"),
        (
            "model/_stem/_layers/9/w",
            np.zeros(3, np.float32),
            "variables are not an Enformer's, the first model/_stem/_layers/9/w",
        ),
    ],
)
def test_a_bad_variable_is_named(checkpoint: Path, tmp_path: Path, key: str, change: np.ndarray | None, message: str):
    tensors = values(checkpoint)
    tensors.pop(key + VARIABLE_SUFFIX, None)
    if change is not None:
        tensors[key + VARIABLE_SUFFIX] = change
    with pytest.raises(UserError, match=message) as error:
        load(write(tmp_path / "bad", tensors))
    assert str(tmp_path / "bad") in str(error.value)


def test_damaged_files(checkpoint: Path, tmp_path: Path):
    for end in (".index", ".data-00000-of-00001"):
        shutil.copy(f"{checkpoint}{end}", tmp_path / f"cut{end}")
    data = tmp_path / "cut.data-00000-of-00001"
    data.write_bytes(data.read_bytes()[: data.stat().st_size // 2])
    with pytest.raises(UserError, match=r"cut\.data-.* cannot be read at model/.*cut short or damaged"):
        load(tmp_path / "cut")
    data.unlink()
    with pytest.raises(UserError, match=r"cut\.data"):
        load(tmp_path / "cut")
    (tmp_path / "cut.index").write_bytes(b"not an index")
    with pytest.raises(UserError, match=r"cut\.index cannot be read as a TensorFlow checkpoint"):
        load(tmp_path / "cut")
    with pytest.raises(UserError, match="no such checkpoint"):
        load(tmp_path / "nothing")
    (tmp_path / "folder").mkdir()
    with pytest.raises(UserError, match=r"holds neither model\.json nor a checkpoint"):
        load(tmp_path / "folder")
    (tmp_path / "folder" / "model.json").write_text("{}")
    with pytest.raises(UserError, match="has no sizes"):
        load(tmp_path / "folder")


def test_another_length_than_the_model_can_take(checkpoint: Path):
    with pytest.raises(UserError, match="multiple of 128"):
        load_model(checkpoint, 1000, 8)


@pytest.mark.parametrize("place", ["variables/variables", "model", "enformer-1.ckpt"])
def test_a_folder_with_one_checkpoint_is_that_checkpoint(checkpoint: Path, tmp_path: Path, place: str):
    """As TensorFlow Hub unpacks Enformer (saved_model.pb beside variables/), or as a copied checkpoint lies in a folder."""
    for end in ("index", "data-00000-of-00001"):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        shutil.copy(f"{checkpoint}.{end}", tmp_path / f"{place}.{end}")
    if place == "variables/variables":
        (tmp_path / "saved_model.pb").write_bytes(b"graph")
    assert checkpoint_prefix(tmp_path) == tmp_path / place
    assert checkpoint_index(tmp_path) == tmp_path / f"{place}.index"
    found = load_model(tmp_path, SIZES.input_length, SIZES.target_bins)
    assert found.sizes == load_model(checkpoint, SIZES.input_length, SIZES.target_bins).sizes


def test_a_folder_without_a_checkpoint_or_with_several(checkpoint: Path, tmp_path: Path):
    (tmp_path / "variables").mkdir()  # an older model's, whose training was begun again and stopped
    shutil.copy(f"{checkpoint}.index", tmp_path / "variables/variables.index")
    with pytest.raises(UserError, match=r"holds neither model\.json nor a checkpoint .*; give a model folder"):
        load_model(tmp_path)
    for name in ("one", "two"):
        shutil.copy(f"{checkpoint}.index", tmp_path / f"{name}.index")
    with pytest.raises(UserError, match=r"holds 2 checkpoints; give a model folder .* such as DIR/variables/variables"):
        load_model(tmp_path)
