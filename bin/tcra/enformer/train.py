"""Transfer learning: a new head (and the final pointwise block) for a tissue's tracks, on the frozen trunk."""

import argparse
import shutil
from pathlib import Path
from typing import Any

import google_crc32c
import numpy as np
from numpy.typing import NDArray

from tcra.common.accounting import Accounting
from tcra.common.files import atomic_folder
from tcra.common.provenance import as_json, provenance
from tcra.enformer.baseline import Baseline, baseline_sizes
from tcra.enformer.checkpoint import BASELINE, checkpoint_index, load_model, save_checkpoint, write_record
from tcra.enformer.embed import embed_shards
from tcra.enformer.enformer_model import Enformer
from tcra.enformer.history import write_events, write_history
from tcra.enformer.layers import Training
from tcra.enformer.problems import CachedTail, Problem, WholeNetwork, scope_variables, shard_names
from tcra.enformer.resume import RunState
from tcra.enformer.shard_windows import check_before_loading, check_number, check_windows
from tcra.enformer.targets import open_targets
from tcra.enformer.track_names import data_set_tracks
from tcra.enformer.training_loop import Schedule, fit
from tcra.errors import UserError
from tcra.tracks.dataset_statistics import Statistics
from tcra.tracks.record_shards import find_shards

WORK_FOLDER = ".resume"


def train(arguments: argparse.Namespace, schedule: Schedule) -> None:
    """The TRAIN stage: writes the model folder; a run that was killed goes on from its last validation."""
    tfrecords, out = arguments.tfrecords, arguments.out
    statistics = Statistics.read(tfrecords)
    tracks = data_set_tracks(tfrecords, statistics.num_targets)
    model = _network(arguments, statistics)
    check_windows(statistics, model.sizes, tfrecords)
    origin = provenance(_parameters(arguments, schedule), _inputs(arguments, tfrecords))
    work = out / WORK_FOLDER
    work.mkdir(parents=True, exist_ok=True)
    problem = _problem(arguments, schedule, model, work)

    def after_validation(history: list[dict[str, Any]]) -> None:
        write_history(history, out / "history.parquet", origin)
        write_events(history, out / "tensorboard")

    cached = isinstance(problem, CachedTail)
    state = fit(
        problem, schedule, work / "state.npz", _key(origin),
        lambda seed: Training(seed, schedule.dropout, batch_statistics=not cached), after_validation,
    )  # fmt: skip
    trained = {"best_step": state.best_step, "best_valid_loss": state.best_loss, "last_step": state.step}
    _write_model(model, problem, state, out, tracks, {"training": trained, "provenance": origin})
    accounting = Accounting("TRAIN")
    windows = accounting.count("windows")
    windows.received(problem.number_train + problem.number_valid)
    windows.passed(problem.number_train + problem.number_valid)
    accounting.write(out, origin)
    shutil.rmtree(work)


def _network(arguments: argparse.Namespace, statistics: Statistics) -> Enformer | Baseline:
    tracks, length, bins = statistics.num_targets, statistics.seq_length, statistics.target_length
    if arguments.model == BASELINE:
        return Baseline(baseline_sizes(tracks, length, bins), arguments.seed)
    if arguments.checkpoint is None:
        raise UserError("--checkpoint is missing: the pretrained Enformer to start from")
    check_before_loading(statistics, arguments.checkpoint, arguments.tfrecords)
    gamma = arguments.gamma_maximum
    return load_model(arguments.checkpoint, length, bins, gamma, new_tracks=tracks, seed=arguments.seed)


def _problem(arguments: argparse.Namespace, schedule: Schedule, model: Enformer | Baseline, work: Path) -> Problem:
    """The training problem; every training and validation window is read and checked before the first step."""
    tfrecords, targets = arguments.tfrecords, work / "targets"
    shards = {split: shard_names(tfrecords, split) for split in ("train", "valid")}
    for split, names in shards.items():
        found = sum(len(open_targets(tfrecords, shard, targets)[0]) for shard in names)
        check_number(Statistics.read(tfrecords), split, found, tfrecords)
    if isinstance(model, Baseline) or arguments.trunk_mode == "published":
        if isinstance(model, Baseline):
            model.head_bias.assign(inverse_softplus(mean_target(tfrecords, targets)))
            return WholeNetwork(model, tfrecords, model.trainable_variables, schedule.batch_size, schedule.seed)
        return WholeNetwork(model, tfrecords, scope_variables(model, arguments.scope), schedule.batch_size)
    embeddings = arguments.embeddings
    if embeddings is None:
        embeddings = work / "embeddings"
        embed_shards(model, tfrecords, [*shards["train"], *shards["valid"]], embeddings)
    problem = CachedTail(model, tfrecords, embeddings, targets, arguments.scope, schedule.batch_size, schedule.seed)
    model.head_bias.assign(inverse_softplus(mean_target(tfrecords, targets)))
    return problem


def mean_target(tfrecords: Path, cache: Path) -> NDArray[np.float64]:
    """Mean coverage of each track over the training windows, (tracks,) float64."""
    arrays = [open_targets(tfrecords, shard, cache)[0] for shard in shard_names(tfrecords, "train")]
    total = sum(np.asarray(window, np.float64).sum(0) for array in arrays for window in array)
    return np.asarray(total) / sum(array.shape[0] * array.shape[1] for array in arrays)


def inverse_softplus(mean: NDArray[np.float64]) -> NDArray[np.float32]:
    """The bias whose softplus is the track's mean coverage, (tracks,) float32: training starts at the constant prediction."""
    floor = np.maximum(mean.astype(np.float64), 1e-4)
    return (floor + np.log(-np.expm1(-floor))).astype(np.float32)


def _parameters(arguments: argparse.Namespace, schedule: Schedule) -> dict[str, Any]:
    return {"scope": arguments.scope, "trunk_mode": arguments.trunk_mode, "model": arguments.model, **vars(schedule)}


def _inputs(arguments: argparse.Namespace, tfrecords: Path) -> list[Path]:
    """Files whose checksums identify a run. A checkpoint's index holds the checksum of every variable."""
    start = [checkpoint_index(arguments.checkpoint)] if arguments.model != BASELINE else []
    tables = [path for name in ("statistics.json", "targets.txt") if (path := tfrecords / name).is_file()]
    return [*start, *tables, *find_shards(tfrecords, "train"), *find_shards(tfrecords, "valid")]


def _key(origin: dict[str, Any]) -> str:
    return google_crc32c.Checksum(as_json(origin).encode()).digest().hex()


def _write_model(
    model: Enformer | Baseline, problem: Problem, state: RunState, out: Path, tracks: list[str], record: dict[str, Any]
) -> None:
    """`last/` and `variables/` (best), each whole or not at all, then model.json, which makes the folder a model."""
    for folder, arrays in (("last", state.variables), ("variables", state.best)):
        for variable, value in zip([*problem.trainable, *problem.state], arrays, strict=True):
            variable.assign(value)
        with atomic_folder(out / folder) as temporary:
            save_checkpoint(model, temporary / "variables")
    write_record(model, out, tracks, record)
