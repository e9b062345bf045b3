"""How well each track is predicted: one streaming pass over a split's windows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import tensorflow as tf

from tcra.cli import progress
from tcra.common.accounting import Accounting
from tcra.common.provenance import provenance
from tcra.enformer import constants
from tcra.enformer.baseline import ConvolutionalBaseline, load_network
from tcra.enformer.checkpoint import checkpoint_index, read_model_record, track_names
from tcra.enformer.embed import trunk_batch_size
from tcra.enformer.embeddings import WindowsChecksum, open_embeddings, other_windows, trunk_key
from tcra.enformer.enformer_model import Enformer
from tcra.enformer.history import write_parquet
from tcra.enformer.problems import EVALUATION_BATCH
from tcra.enformer.settings import EvaluateOptions
from tcra.enformer.shard_windows import (
    Singles,
    check_before_loading,
    check_data_set_sizes,
    check_first_record,
    check_window_number,
    read_shard_windows,
)
from tcra.enformer.streaming_correlation import StreamingPearson
from tcra.enformer.targets import check_targets
from tcra.errors import UserError
from tcra.tracks.dataset_statistics import STATISTICS_FILE, Statistics
from tcra.tracks.record_shards import shard_names, shard_path
from tcra.tracks.targets_table import data_set_tracks, read_track_list


class TrackMeasures:
    """Sums of one split, for every track: correlation, log1p correlation, Poisson loss, and two baselines of one profile for all tracks."""

    def __init__(self, tracks: int) -> None:
        self.tracks = tracks
        self.windows = 0
        self._raw, self._log = StreamingPearson(tracks), StreamingPearson(tracks)
        self._mean_predicted, self._mean_observed = StreamingPearson(tracks), StreamingPearson(tracks)
        self._loss = np.zeros(tracks)

    def add(self, prediction: Singles, target: Singles) -> None:
        """More windows: prediction and target (windows, bins, tracks) of the same tracks."""
        self.windows += len(target)
        self._raw.add(target, prediction)
        self._log.add(np.log1p(target), np.log1p(prediction))
        self._loss += (
            (prediction - target * np.log(prediction + np.float32(constants.LOSS_EPSILON)))
            .mean(1, dtype=np.float64)
            .sum(0)
        )
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


@dataclass(frozen=True)
class EvaluateInputs:
    """Files of an evaluation. model: model folder, or a checkpoint prefix. model_tracks: ids of a checkpoint's tracks, where it names none.
    embeddings: folder of cached embeddings; None runs the whole network."""

    model: Path
    tfrecords: Path
    embeddings: Path | None = None
    model_tracks: Path | None = None


def evaluate_tracks(inputs: EvaluateInputs, options: EvaluateOptions, out: Path) -> None:
    """The EVALUATE stage: one row per split and track in `out` (Parquet)."""
    tfrecords = inputs.tfrecords
    statistics = Statistics.read(tfrecords)
    check_before_loading(statistics, inputs.model, tfrecords)
    check_first_record(tfrecords, statistics)
    names = data_set_tracks(tfrecords, statistics.num_targets)
    model = load_network(inputs.model, statistics.seq_length, statistics.target_length, options.gamma_maximum)
    check_data_set_sizes(statistics, model.sizes, tfrecords)
    accounting = Accounting("EVALUATE")
    columns = _matching_columns(inputs, model, names, accounting)
    kept = np.array([i for i, column in enumerate(columns) if column is not None])
    chosen = np.array([column for column in columns if column is not None])
    tables = []
    for split in options.splits:
        measures = TrackMeasures(len(kept))
        predictions = _predictions(model, tfrecords, split, inputs.embeddings)
        for prediction, target in progress(predictions, f"{split} windows"):
            measures.add(prediction[..., chosen], target[..., kept])
        check_window_number(statistics, split, measures.windows, tfrecords)
        accounting.count("windows").received(measures.windows)
        accounting.count("windows").passed(measures.windows)
        tables.append(measures.table(split, [names[i] for i in kept], [int(i) for i in kept]))
    origin = provenance({"splits": options.splits}, [checkpoint_index(inputs.model), tfrecords / STATISTICS_FILE])
    accounting.write(out, origin)
    write_parquet(pd.concat(tables, ignore_index=True), out, origin)  # last: where it stands, all is done


def _matching_columns(
    inputs: EvaluateInputs, model: Enformer | ConvolutionalBaseline, names: list[str], accounting: Accounting
) -> list[int | None]:
    """For each track of the data set the model's output column of the same id, or None (rejected)."""
    if inputs.model_tracks is not None:
        own = read_track_list(inputs.model_tracks)
        if len(own) != model.sizes.tracks:
            raise UserError(
                f"{inputs.model_tracks} names {len(own)} tracks, but {inputs.model} predicts {model.sizes.tracks}"
            )
    elif "tracks" in read_model_record(inputs.model):
        own = track_names(inputs.model, model)
    elif model.sizes.tracks == len(names):
        own = names
    else:
        raise UserError(
            f"{inputs.model} predicts {model.sizes.tracks} tracks without names, but {inputs.tfrecords} has {len(names)}; "
            "give their ids with --model-tracks"
        )
    places = {name: i for i, name in enumerate(own)}
    counter = accounting.count("tracks")
    counter.received(len(names))
    for name in names:
        if name in places:
            counter.passed()
        else:
            counter.reject("the model does not predict it", name, str(inputs.tfrecords.name))
    if not counter.number_out:
        raise UserError(
            f"{inputs.model} predicts none of the tracks of {inputs.tfrecords} (its first are {', '.join(own[:3])})"
        )
    return [places.get(name) for name in names]


def _predictions(
    model: Enformer | ConvolutionalBaseline, tfrecords: Path, split: str, embeddings: Path | None
) -> Iterator[tuple[Singles, Singles]]:
    """(prediction, target), each (windows, bins, tracks), of all windows of a split; from the cache if it is given.

    Errors: UserError if the cache is of another trunk or, at a shard's end at the latest, of other windows.
    """
    whole = tf.function(model, reduce_retracing=True)
    if embeddings is not None:
        if isinstance(model, ConvolutionalBaseline):
            raise UserError(
                "--embeddings are of Enformer's trunk, but the model is a convolutional baseline; leave them out"
            )
        tail, trunk = tf.function(model.tail, reduce_retracing=True), trunk_key(model)
    for shard in shard_names(tfrecords, split):
        cached = open_embeddings(embeddings, shard, trunk) if embeddings else None
        start, windows = 0, WindowsChecksum()
        for sequences, target in read_shard_windows(
            tfrecords, shard, EVALUATION_BATCH if embeddings else trunk_batch_size(model.sizes)
        ):
            check_targets(target, shard_path(tfrecords, shard), start)
            if cached is None:
                prediction = whole(tf.constant(sequences))
            else:
                windows.add(sequences)
                if windows.number > len(cached):
                    break
                prediction = tail(tf.constant(cached.windows(start, start + len(target)), tf.float32))
            yield prediction.numpy(), target
            start += len(target)
        if embeddings is not None and cached is not None and windows.text != cached.record.windows:
            raise other_windows(embeddings, shard, tfrecords)
