"""Transfer learning: a new head (and the final pointwise block) for a tissue's tracks, on the frozen trunk."""

import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import google_crc32c
import numpy as np
from numpy.typing import NDArray

from tcra.common.accounting import Accounting
from tcra.common.files import atomic_folder
from tcra.common.provenance import as_json, provenance
from tcra.enformer.baseline import ConvolutionalBaseline, baseline_sizes
from tcra.enformer.checkpoint import (
    BASELINE,
    MODEL_JSON,
    checkpoint_index,
    load_model,
    save_checkpoint,
    write_model_record,
)
from tcra.enformer.embed import embed_shards
from tcra.enformer.enformer_model import Enformer
from tcra.enformer.history import write_events, write_history
from tcra.enformer.layers import Training
from tcra.enformer.problems import CachedTail, Problem, WholeNetwork, scope_variables
from tcra.enformer.resume import RunState
from tcra.enformer.settings import TrainOptions
from tcra.enformer.shard_windows import (
    check_before_loading,
    check_data_set_sizes,
    check_first_record,
    check_window_number,
)
from tcra.enformer.targets import open_targets
from tcra.enformer.training_loop import fit
from tcra.enformer.window_sources import RecordWindows
from tcra.errors import UserError
from tcra.tracks.dataset_statistics import STATISTICS_FILE, Statistics
from tcra.tracks.record_shards import find_shards, shard_names
from tcra.tracks.targets_table import TARGETS_FILE, data_set_tracks

WORK_FOLDER = ".resume"


@dataclass(frozen=True)
class TrainInputs:
    """Files of a training. checkpoint: the pretrained Enformer; None for the baseline alone. embeddings: folder of cached embeddings of the
    checkpoint's trunk; None to make them and remove them again."""

    tfrecords: Path
    checkpoint: Path | None = None
    embeddings: Path | None = None


def train_tracks(inputs: TrainInputs, options: TrainOptions, out: Path) -> None:
    """The TRAIN stage: writes the model folder `out`; a run that was killed goes on from its last validation.

    While it runs, `out` has no model.json, so that it is no model: an older one there is replaced.
    """
    tfrecords, schedule = inputs.tfrecords, options.schedule
    statistics = Statistics.read(tfrecords)
    tracks = data_set_tracks(tfrecords, statistics.num_targets)
    model = _network(inputs, options, statistics)
    check_data_set_sizes(statistics, model.sizes, tfrecords)
    origin = provenance(_parameters(options), _files(inputs, options))
    work = out / WORK_FOLDER
    work.mkdir(parents=True, exist_ok=True)
    problem = _problem(inputs, options, model, work)
    (out / MODEL_JSON).unlink(missing_ok=True)

    def after_validation(history: list[dict[str, Any]]) -> None:
        write_history(history, out / "history.parquet", origin)
        write_events(history, out / "tensorboard")

    cached = isinstance(problem, CachedTail)
    state = fit(
        problem, schedule, work / "state.npz", _key(origin),
        lambda seed: Training(seed, schedule.dropout, batch_statistics=not cached), after_validation,
    )  # fmt: skip
    accounting = Accounting("TRAIN")
    windows = accounting.count("windows")
    windows.received(problem.number_train + problem.number_valid)
    windows.passed(problem.number_train + problem.number_valid)
    accounting.write(out, origin)
    trained = {"best_step": state.best_step, "best_valid_loss": state.best_loss, "last_step": state.step}
    _write_model(model, problem, state, out, tracks, {"training": trained, "provenance": origin})
    shutil.rmtree(work)


def _network(inputs: TrainInputs, options: TrainOptions, statistics: Statistics) -> Enformer | ConvolutionalBaseline:
    tracks, length, bins, seed = (
        statistics.num_targets, statistics.seq_length, statistics.target_length, options.schedule.seed
    )  # fmt: skip
    if options.architecture == BASELINE:
        return ConvolutionalBaseline(baseline_sizes(tracks, length, bins), seed)
    if inputs.checkpoint is None:
        raise UserError("--checkpoint is missing: the pretrained Enformer to start from")
    check_before_loading(statistics, inputs.checkpoint, inputs.tfrecords)
    check_first_record(inputs.tfrecords, statistics)
    return load_model(inputs.checkpoint, length, bins, options.gamma_maximum, new_tracks=tracks, seed=seed)


def _problem(
    inputs: TrainInputs, options: TrainOptions, model: Enformer | ConvolutionalBaseline, work: Path
) -> Problem:
    """The training problem; every training and validation window is read and checked before the first step."""
    tfrecords, targets, schedule = inputs.tfrecords, work / "targets", options.schedule
    shards = {split: shard_names(tfrecords, split) for split in ("train", "valid")}
    for split, names in shards.items():
        found = sum(len(open_targets(tfrecords, shard, targets)[0]) for shard in names)
        check_window_number(Statistics.read(tfrecords), split, found, tfrecords)
    if isinstance(model, ConvolutionalBaseline):
        model.head_bias.assign(inverse_softplus(mean_target(tfrecords, targets)))
        return WholeNetwork(model, tfrecords, model.trainable_variables, schedule.batch_size, schedule.seed)
    if options.trunk_mode == "published":
        return WholeNetwork(model, tfrecords, scope_variables(model, options.scope), schedule.batch_size)
    embeddings = inputs.embeddings
    if embeddings is None:
        embeddings = work / "embeddings"
        embed_shards(model, RecordWindows(tfrecords), [*shards["train"], *shards["valid"]], embeddings)
    problem = CachedTail(model, tfrecords, embeddings, targets, options.scope, schedule.batch_size, schedule.seed)
    model.head_bias.assign(inverse_softplus(mean_target(tfrecords, targets)))
    return problem


def mean_target(tfrecords: Path, cache: Path) -> NDArray[np.float64]:
    """Mean coverage of each track over the training windows, (tracks,) float64."""
    arrays = [open_targets(tfrecords, shard, cache)[0] for shard in shard_names(tfrecords, "train")]
    total = np.zeros(arrays[0].shape[2])
    for array in arrays:
        for window in array:
            total += np.asarray(window, np.float64).sum(0)
    total /= sum(array.shape[0] * array.shape[1] for array in arrays)
    return total


def inverse_softplus(mean: NDArray[np.float64]) -> NDArray[np.float32]:
    """The bias whose softplus is the track's mean coverage, (tracks,) float32: training starts at the constant prediction.

    A mean below 1e-4 counts as 1e-4, whose bias is finite.
    """
    floor = np.maximum(mean.astype(np.float64), 1e-4)
    return (floor + np.log(-np.expm1(-floor))).astype(np.float32)


def _parameters(options: TrainOptions) -> dict[str, Any]:
    return {
        "scope": options.scope,
        "trunk_mode": options.trunk_mode,
        "model": options.architecture,
        **asdict(options.schedule),
    }


def _files(inputs: TrainInputs, options: TrainOptions) -> list[Path]:
    """Files whose checksums identify a run. A checkpoint's index holds the checksum of every variable."""
    tfrecords, checkpoint = inputs.tfrecords, inputs.checkpoint
    start = [checkpoint_index(checkpoint)] if checkpoint is not None and options.architecture != BASELINE else []
    tables = [tfrecords / STATISTICS_FILE, tfrecords / TARGETS_FILE]
    return [*start, *tables, *find_shards(tfrecords, "train"), *find_shards(tfrecords, "valid")]


def _key(origin: dict[str, Any]) -> str:
    return f"{google_crc32c.value(as_json(origin).encode()):08x}"


def _write_model(
    model: Enformer | ConvolutionalBaseline,
    problem: Problem,
    state: RunState,
    out: Path,
    tracks: list[str],
    record: dict[str, Any],
) -> None:
    """`last/` and `variables/` (best), each whole or not at all, then model.json, which makes the folder a model."""
    for folder, arrays in (("last", state.variables), ("variables", state.best)):
        for variable, value in zip([*problem.trainable, *problem.state], arrays, strict=True):
            variable.assign(value)
        with atomic_folder(out / folder) as temporary:
            save_checkpoint(model, temporary / "variables")
    write_model_record(model, out, tracks, record)
