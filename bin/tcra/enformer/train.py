"""Transfer learning: a new head (and the final pointwise block) for a tissue's tracks, on the frozen trunk."""

import argparse
import shutil
from pathlib import Path
from typing import Any

import google_crc32c
import numpy as np

from tcra.common.accounting import Accounting
from tcra.common.files import atomic_folder
from tcra.common.provenance import as_json, provenance
from tcra.enformer.checkpoint import load_model, read_record, save_checkpoint, write_record
from tcra.enformer.devices import prepare_devices
from tcra.enformer.embed import check_windows, embed_shards
from tcra.enformer.embeddings import trunk_key
from tcra.enformer.fit import Schedule, fit
from tcra.enformer.history import write_events, write_history
from tcra.enformer.layers import Training
from tcra.enformer.model import Enformer
from tcra.enformer.problems import CachedTail, Problem, WholeNetwork, scope_variables, shard_names
from tcra.enformer.resume import RunState
from tcra.enformer.tracks import data_set_tracks
from tcra.tracks.shards import find_shards
from tcra.tracks.statistics import Statistics

WORK_FOLDER = ".resume"


def train(arguments: argparse.Namespace, schedule: Schedule) -> None:
    """The TRAIN stage: writes the model folder; a run that was killed goes on from its last validation."""
    prepare_devices()
    tfrecords, out = arguments.tfrecords, arguments.out
    statistics = Statistics.read(tfrecords)
    tracks = data_set_tracks(tfrecords, statistics.num_targets)
    for split in ("train", "valid"):
        find_shards(tfrecords, split)
    model = load_model(
        arguments.checkpoint,
        statistics.seq_length,
        statistics.target_length,
        new_tracks=statistics.num_targets,
        seed=arguments.seed,
    )
    check_windows(statistics, model.sizes, tfrecords)
    origin = provenance(_parameters(arguments, schedule), _inputs(arguments.checkpoint, tfrecords))
    work = out / WORK_FOLDER
    work.mkdir(parents=True, exist_ok=True)
    problem = _problem(arguments, schedule, model, tfrecords, work)

    def after_validation(history: list[dict[str, Any]]) -> None:
        write_history(history, out / "history.parquet", origin)
        write_events(history, out / "tensorboard")

    cached = arguments.trunk_mode == "cached"
    state = fit(
        problem, schedule, work / "state.npz", _key(origin),
        lambda seed: Training(seed, schedule.dropout, batch_statistics=not cached), after_validation,
    )  # fmt: skip
    trained = {
        "best_step": state.best_step,
        "best_valid_loss": state.best_loss,
        "last_step": state.step,
        "trunk": trunk_key(model),
    }
    _write_model(model, problem, state, out, tracks, {"training": trained, "provenance": origin})
    accounting = Accounting("TRAIN")
    windows = accounting.count("windows")
    windows.received(problem.number_train + problem.number_valid)
    windows.passed(problem.number_train + problem.number_valid)
    accounting.write(out, origin)
    shutil.rmtree(work)


def _problem(
    arguments: argparse.Namespace, schedule: Schedule, model: Enformer, tfrecords: Path, work: Path
) -> Problem:
    if arguments.trunk_mode == "published":
        return WholeNetwork(model, tfrecords, scope_variables(model, arguments.scope), schedule.batch_size)
    embeddings = arguments.embeddings
    if embeddings is None:
        embeddings = work / "embeddings"
        embed_shards(model, tfrecords, [*shard_names(tfrecords, "train"), *shard_names(tfrecords, "valid")], embeddings)
    problem = CachedTail(
        model, tfrecords, embeddings, work / "targets", arguments.scope, schedule.batch_size, schedule.seed
    )
    model.head_bias.assign(inverse_softplus(problem.mean_target()))
    return problem


def inverse_softplus(mean: np.ndarray) -> np.ndarray:
    """The bias whose softplus is the track's mean coverage, (tracks,) float32: training starts at the constant prediction."""
    floor = np.maximum(mean.astype(np.float64), 1e-4)
    return (floor + np.log(-np.expm1(-floor))).astype(np.float32)


def _parameters(arguments: argparse.Namespace, schedule: Schedule) -> dict[str, Any]:
    return {"scope": arguments.scope, "trunk_mode": arguments.trunk_mode, **vars(schedule)}


def _inputs(checkpoint: Path, tfrecords: Path) -> list[Path]:
    """Files whose checksums identify a run. A checkpoint's index holds the checksum of every variable."""
    index = checkpoint / "variables" / "variables.index" if read_record(checkpoint) else Path(f"{checkpoint}.index")
    tables = [path for name in ("statistics.json", "targets.txt") if (path := tfrecords / name).is_file()]
    return [index, *tables, *find_shards(tfrecords, "train"), *find_shards(tfrecords, "valid")]


def _key(origin: dict[str, Any]) -> str:
    return google_crc32c.Checksum(as_json(origin).encode()).digest().hex()


def _write_model(
    model: Enformer, problem: Problem, state: RunState, out: Path, tracks: list[str], record: dict[str, Any]
) -> None:
    """`last/` and `variables/` (best), each whole or not at all, then model.json, which makes the folder a model."""
    for folder, arrays in (("last", state.variables), ("variables", state.best)):
        for variable, value in zip([*problem.trainable, *problem.state], arrays, strict=True):
            variable.assign(value)
        with atomic_folder(out / folder) as temporary:
            save_checkpoint(model, temporary / "variables")
    write_record(model, out, tracks, record)
