"""How well each track is predicted: one streaming pass over a split's windows."""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import tensorflow as tf
from numpy.typing import NDArray

from tcra.cli import progress
from tcra.common.accounting import Accounting
from tcra.common.provenance import provenance
from tcra.enformer.baseline import Baseline, load_network
from tcra.enformer.checkpoint import checkpoint_index, read_record, track_names
from tcra.enformer.embed import batch_size
from tcra.enformer.embeddings import WindowsChecksum, open_embeddings, other_windows, trunk_key
from tcra.enformer.enformer_model import Enformer
from tcra.enformer.history import write_parquet
from tcra.enformer.poisson import EPSILON
from tcra.enformer.problems import EVALUATION_BATCH, shard_names
from tcra.enformer.shard_windows import check_before_loading, check_number, check_windows, read_windows, shard_path
from tcra.enformer.streaming_correlation import StreamingPearson
from tcra.enformer.targets import check_targets
from tcra.enformer.track_names import data_set_tracks, read_track_list
from tcra.errors import UserError
from tcra.tracks.dataset_statistics import Statistics

Array = NDArray[np.float32]


class TrackMeasures:
    """Sums of one split, for every track: correlation, log1p correlation, Poisson loss, and two baselines of one profile for all tracks."""

    def __init__(self, tracks: int) -> None:
        self.tracks = tracks
        self.windows = 0
        self._raw, self._log = StreamingPearson(tracks), StreamingPearson(tracks)
        self._mean_predicted, self._mean_observed = StreamingPearson(tracks), StreamingPearson(tracks)
        self._loss = np.zeros(tracks)

    def add(self, prediction: Array, target: Array) -> None:
        """More windows: prediction and target (windows, bins, tracks) of the same tracks."""
        self.windows += len(target)
        self._raw.add(target, prediction)
        self._log.add(np.log1p(target), np.log1p(prediction))
        self._loss += (prediction - target * np.log(prediction + np.float32(EPSILON))).mean(1, dtype=np.float64).sum(0)
        profile = np.broadcast_to(prediction.mean(2, keepdims=True), target.shape)
        self._mean_predicted.add(target, profile)
        if self.tracks > 1:  # the mean of the other tracks' coverage
            others = (target.sum(2, keepdims=True, dtype=np.float64) - target) / (self.tracks - 1)
            self._mean_observed.add(target, others)

    def table(self, split: str, names: Sequence[str], index: Sequence[int]) -> pd.DataFrame:
        observed = self._mean_observed.result() if self.tracks > 1 else np.full(self.tracks, np.nan)
        return pd.DataFrame({
            "split": split,
            "track": list(names),
            "index": list(index),
            "windows": self.windows,
            "pearson": self._raw.result(),
            "pearson_log1p": self._log.result(),
            "loss": self._loss / max(self.windows, 1),
            "mean_track_pearson": self._mean_predicted.result(),
            "mean_observed_pearson": observed,
        })  # fmt: skip


def evaluate(arguments: argparse.Namespace) -> None:
    """The EVALUATE stage: a row for each split and track in `arguments.out` (Parquet)."""
    tfrecords: Path = arguments.tfrecords
    statistics = Statistics.read(tfrecords)
    check_before_loading(statistics, arguments.model, tfrecords)
    model = load_network(arguments.model, statistics.seq_length, statistics.target_length, arguments.gamma_maximum)
    check_windows(statistics, model.sizes, tfrecords)
    accounting = Accounting("EVALUATE")
    names = data_set_tracks(tfrecords, statistics.num_targets)
    columns = _matching_columns(arguments, model, names, accounting)
    kept = np.array([i for i, column in enumerate(columns) if column is not None])
    chosen = np.array([column for column in columns if column is not None])
    tables = []
    for split in arguments.splits:
        measures = TrackMeasures(len(kept))
        for prediction, target in progress(
            _predictions(model, tfrecords, split, arguments.embeddings), f"{split} windows"
        ):
            measures.add(prediction[..., chosen], target[..., kept])
        check_number(statistics, split, measures.windows, tfrecords)
        accounting.count("windows").received(measures.windows)
        accounting.count("windows").passed(measures.windows)
        tables.append(measures.table(split, [names[i] for i in kept], [int(i) for i in kept]))
    origin = provenance(
        {"splits": arguments.splits}, [checkpoint_index(arguments.model), tfrecords / "statistics.json"]
    )
    write_parquet(pd.concat(tables, ignore_index=True), arguments.out, origin)
    accounting.write(arguments.out, origin)


def _matching_columns(
    arguments: argparse.Namespace, model: Enformer | Baseline, names: list[str], accounting: Accounting
) -> list[int | None]:
    """For each track of the data set the model's output column of the same id, or None (rejected)."""
    named = arguments.model_tracks is not None or "tracks" in read_record(arguments.model)
    if not named:
        if model.sizes.tracks != len(names):
            raise UserError(
                f"{arguments.model} predicts {model.sizes.tracks} tracks without names, but {arguments.tfrecords} has {len(names)}; "
                "give their ids with --model-tracks"
            )
        own = names
    else:
        own = read_track_list(arguments.model_tracks) if arguments.model_tracks else track_names(arguments.model, model)
        if len(own) != model.sizes.tracks:
            raise UserError(
                f"{arguments.model_tracks} names {len(own)} tracks, but {arguments.model} predicts {model.sizes.tracks}"
            )
    places = {name: i for i, name in enumerate(own)}
    counter = accounting.count("tracks")
    counter.received(len(names))
    for name in names:
        if name in places:
            counter.passed()
        else:
            counter.reject("the model does not predict it", name, str(arguments.tfrecords.name))
    if not counter.number_out:
        raise UserError(
            f"{arguments.model} predicts none of the tracks of {arguments.tfrecords} (its first are {', '.join(own[:3])})"
        )
    return [places.get(name) for name in names]


def _predictions(
    model: Enformer | Baseline, tfrecords: Path, split: str, embeddings: Path | None
) -> Iterator[tuple[Array, Array]]:
    """(prediction, target), each (windows, bins, tracks), of all windows of a split; from the cache if it is given.

    Errors: UserError if the cache is of another trunk or, at a shard's end at the latest, of other windows.
    """
    whole = tf.function(model, reduce_retracing=True)
    if embeddings is not None:
        if isinstance(model, Baseline):
            raise UserError(
                "--embeddings are of Enformer's trunk, but the model is a convolutional baseline; leave them out"
            )
        tail, trunk = tf.function(model.tail, reduce_retracing=True), trunk_key(model)
    for shard in shard_names(tfrecords, split):
        cached, made_of = open_embeddings(embeddings, shard, trunk) if embeddings else (None, None)
        start, windows = 0, WindowsChecksum()
        for sequences, target in read_windows(
            tfrecords, shard, EVALUATION_BATCH if embeddings else batch_size(model.sizes)
        ):
            check_targets(target, shard_path(tfrecords, shard), start)
            if cached is None:
                prediction = whole(tf.constant(sequences))
            else:
                windows.add(sequences)
                if windows.number > len(cached):
                    break
                prediction = tail(tf.constant(cached[start : start + len(target), 0], tf.float32))
            yield prediction.numpy(), target
            start += len(target)
        if embeddings is not None and made_of is not None and windows.text != made_of.windows:
            raise other_windows(embeddings, shard, tfrecords)
