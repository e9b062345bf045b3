"""Enformer checkpoints with the published keys: reading (whole, checked, one variable at a time) and writing.

A checkpoint is a TensorFlow bundle `PREFIX.index`, `PREFIX.data-00000-of-00001`; the spellings of its keys are in keys.py.
A model folder is `model.json` (sizes, track ids, provenance) with `variables/variables.*`.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tcra.common.files import atomic_folder, atomic_text
from tcra.enformer import constants
from tcra.enformer.embeddings import trunk_key
from tcra.enformer.enformer_model import Enformer
from tcra.enformer.keys import VARIABLE_SUFFIX, canonical_key
from tcra.enformer.settings import GammaMaximum
from tcra.enformer.sizes import Sizes
from tcra.enformer.variables import Variables, initial_value
from tcra.errors import UserError

MODEL_JSON = "model.json"
BASELINE = "baseline"  # the architecture that model.json names for the convolutional baseline
log = logging.getLogger(__name__)


class Checkpoint:
    """One checkpoint open for reading, under the published keys.

    Errors: UserError for files that are missing, cut short or damaged, and for other models' checkpoints.
    """

    def __init__(self, prefix: Path) -> None:
        self.prefix = Path(prefix)
        if not Path(f"{prefix}.index").is_file():
            raise UserError(
                f"{prefix}: no such checkpoint ({prefix}.index is missing); give its prefix, such as model/variables/variables"
            )
        try:
            self._reader = tf.train.load_checkpoint(str(prefix))
            names = self._reader.get_variable_to_shape_map()
        except (tf.errors.OpError, ValueError, RuntimeError, IndexError) as error:
            raise UserError(f"{prefix}.index cannot be read as a TensorFlow checkpoint: {first_line(error)}") from None
        self._names = {canonical_key(name): name for name in names if name.endswith(VARIABLE_SUFFIX)}
        self.shapes = {key: tuple(names[name]) for key, name in self._names.items()}
        self.used: set[str] = set()

    def read(self, key: str, shape: tuple[int, ...]) -> NDArray[Any]:
        """The value of one variable.

        Errors: UserError if it is missing, has another shape, or the data file is cut short or damaged.
        """
        name = canonical_key(key)
        if name not in self.shapes:
            raise UserError(f"{self.prefix} has no variable {key} (shape {list(shape)} was expected)")
        if self.shapes[name] != shape:
            raise UserError(f"{self.prefix}: {key} has shape {list(self.shapes[name])}, expected {list(shape)}")
        self.used.add(name)
        try:
            value = np.asarray(self._reader.get_tensor(self._names[name]))
        except (tf.errors.OpError, ValueError, RuntimeError, IndexError) as error:
            raise UserError(
                f"{self.prefix}.data-* cannot be read at {key}: the file is cut short or damaged ({first_line(error)})"
            ) from None
        if value.dtype.kind == "f" and not np.isfinite(value).all():
            raise UserError(f"{self.prefix}: {key} holds values that are not finite")
        return value

    def unused(self) -> list[str]:
        """Keys of the model that were not read (other heads, such as mouse, aside)."""
        parts = ("model/_stem/", "model/_downres/", "model/_transformer/", "model/_final_pointwise/")
        return sorted(self._names[key] for key in self.shapes if key.startswith(parts) and key not in self.used)


def first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]


def load_model(
    path: Path,
    input_length: int | None = None,
    target_bins: int | None = None,
    gamma_maximum: GammaMaximum | None = None,
    computing: tf.DType = tf.float32,
    new_tracks: int | None = None,
    seed: int = 0,
) -> Enformer:
    """A model from our model folder (with model.json) or from any TensorFlow checkpoint prefix with the published keys.

    Sizes are read off the shapes. input_length (bp) and target_bins: those of model.json unless given; for a bare checkpoint the
    published ones (196,608 and 896) unless given. float16 variables are widened to float32.
    new_tracks: replace the head by a new one for so many tracks, drawn with `seed`; the checkpoint's head is then not read.
    Memory: one copy of the model, and one variable more while it is read.

    Errors: UserError naming the file and the variable: not a checkpoint, a variable missing, left over or of a wrong shape,
    a data file cut short.
    """
    record = read_model_record(path)
    if record.get("architecture") == BASELINE:
        raise UserError(f"{path} is a convolutional baseline, not an Enformer; only evaluate_tracks.py reads it")
    prefix = checkpoint_prefix(path)
    sizes = record.get("sizes", {})
    checkpoint = Checkpoint(prefix)
    found = Sizes.from_shapes(
        checkpoint.shapes,
        input_length or sizes.get("input_length", constants.INPUT_LENGTH_BP),
        target_bins or sizes.get("target_bins", constants.TARGET_BINS),
        where=str(prefix),
    )

    def source(key: str, shape: tuple[int, ...]) -> NDArray[Any]:
        if new_tracks and key.startswith("model/_heads/"):
            return initial_value(key, shape, "zeros" if key.endswith("/b") else "fan_in", seed)
        return checkpoint.read(key, shape)

    if new_tracks:
        found = replace(found, tracks=new_tracks)
    gamma: GammaMaximum = gamma_maximum or record.get("gamma_maximum", "per-feature")
    model = Enformer(found, variables=Variables(source=source), gamma_maximum=gamma, computing=computing)
    if left := checkpoint.unused():
        raise UserError(
            f"{prefix}: {len(left)} variables are not an Enformer's, the first {left[0]}; expected the published architecture"
        )
    return model


def read_model_record(folder: Path) -> dict[str, Any]:
    """The model.json of a model folder, or an empty dictionary for a checkpoint.

    Errors: UserError for a folder that holds neither, and for a model.json that cannot be read.
    """
    path = Path(folder) / MODEL_JSON
    if not path.is_file():
        checkpoint_prefix(folder)
        return {}
    try:
        record = json.loads(path.read_text())
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is not JSON ({error}); copy or train the model again") from None
    if not isinstance(record, dict) or not isinstance(record.get("sizes"), dict):
        raise UserError(f"{path} has no sizes; expected the model.json that train_tracks.py writes")
    return record


def checkpoint_prefix(path: Path) -> Path:
    """The prefix of a checkpoint's files: of a model folder, of a SavedModel's folder (such as TensorFlow Hub's), of a folder that holds
    just one checkpoint, or the prefix itself.

    Errors: UserError for a folder that holds no checkpoint, or several.
    """
    folder = Path(path)
    if not folder.is_dir():
        return folder
    # Without either file beside it, `variables/` may be what a training that is not done has left of an older model.
    if any((folder / name).is_file() for name in (MODEL_JSON, "saved_model.pb")):
        return folder / "variables" / "variables"
    found = sorted(folder.glob("*.index"))
    if len(found) == 1:
        return found[0].with_suffix("")
    what = f"{len(found)} checkpoints" if found else f"neither {MODEL_JSON} nor a checkpoint (*.index)"
    raise UserError(
        f"{folder} holds {what}; give a model folder of train_tracks.py, or a checkpoint's prefix, such as DIR/variables/variables"
    )


def checkpoint_index(path: Path) -> Path:
    """The index file of a checkpoint; it holds the checksum of every variable."""
    return Path(f"{checkpoint_prefix(path)}.index")


def track_names(path: Path, model: "KeyedModel") -> list[str]:
    """Track ids of a model: those of its model.json, else `track_0`, `track_1`, …"""
    names = read_model_record(path).get("tracks")
    if names is None:
        return [f"track_{i}" for i in range(model.sizes.tracks)]
    if len(names) != model.sizes.tracks:
        raise UserError(f"{Path(path) / MODEL_JSON} names {len(names)} tracks, but the head has {model.sizes.tracks}")
    return [str(name) for name in names]


class KeyedModel(Protocol):
    """What has sizes and variables by key: an Enformer, or the convolutional baseline."""

    sizes: Sizes

    @property
    def variables_by_key(self) -> dict[str, tf.Variable]: ...


def save_checkpoint(model: KeyedModel, prefix: Path, dtype: tf.DType = tf.float32) -> None:
    """Write every variable under its published key to the bundle `prefix` (one data file); float32, or float16 to be small.

    For a place where a killed writer may leave a torn checkpoint, write into an atomic_folder, as save_model does.
    """
    prefix = Path(prefix)
    prefix.parent.mkdir(parents=True, exist_ok=True)
    variables = model.variables_by_key
    tensors = [v.read_value() if v.dtype == tf.int64 else tf.cast(v, dtype) for v in variables.values()]
    tf.raw_ops.SaveV2(
        prefix=str(prefix),
        tensor_names=[key + VARIABLE_SUFFIX for key in variables],
        shape_and_slices=[""] * len(variables),
        tensors=tensors,
    )


def save_model(model: KeyedModel, folder: Path, tracks: list[str], record: Mapping[str, Any]) -> None:
    """Write a model folder, whole or not at all: model.json (sizes, tracks, `record`) and variables/."""
    with atomic_folder(Path(folder)) as temporary:
        save_checkpoint(model, temporary / "variables" / "variables")
        write_model_record(model, temporary, tracks, record)


def write_model_record(model: KeyedModel, folder: Path, tracks: list[str], record: Mapping[str, Any]) -> None:
    """Write model.json into `folder`, atomically. `trunk`: models with the same one are scored in one pass."""
    kind: dict[str, Any] = {"architecture": BASELINE}
    if isinstance(model, Enformer):
        kind = {"gamma_maximum": model.gamma_maximum, "trunk": trunk_key(model)}
    content = {"sizes": asdict(model.sizes), "tracks": tracks, **kind, **record}
    with atomic_text(folder / MODEL_JSON) as text:
        json.dump(content, text, indent=1, sort_keys=True)
        text.write("\n")
