"""What is trained: the tail on cached embeddings, or the whole network on sequences as published. One interface for the training loop."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tcra.enformer.baseline import ConvolutionalBaseline
from tcra.enformer.embeddings import ShardEmbeddings, open_embeddings, other_windows, trunk_key
from tcra.enformer.enformer_model import Enformer
from tcra.enformer.layers import Training
from tcra.enformer.settings import TrainingScope
from tcra.enformer.shard_windows import read_shard_windows
from tcra.enformer.targets import open_targets
from tcra.errors import UserError
from tcra.tracks.dataset import read_dataset
from tcra.tracks.dataset_statistics import Statistics
from tcra.tracks.record_shards import shard_names

TrainingBatch = tuple[NDArray[np.generic], NDArray[np.generic]]
EVALUATION_BATCH = 16
SHUFFLE_BYTES = 1 << 29


class Problem(ABC):
    """A training problem: its variables, its batches by step number, its validation windows."""

    trainable: Sequence[tf.Variable]
    state: Sequence[tf.Variable] = ()  # not trained, but changed by training
    number_train: int
    number_valid: int

    @abstractmethod
    def batches(self, first_step: int) -> Iterator[TrainingBatch]:
        """(input, target) of steps first_step, first_step + 1, … without end; a function of the step alone."""

    @abstractmethod
    def validation(self) -> Iterator[TrainingBatch]:
        """All validation windows, in order."""

    @abstractmethod
    def predict(self, inputs: tf.Tensor, training: Training | None) -> tf.Tensor:
        """Predicted coverage (batch, bins, tracks)."""


def scope_variables(model: Enformer, scope: TrainingScope) -> list[tf.Variable]:
    """What is trained: the head's w and b; with `head+pointwise` also the final block's batch-norm offset and scale and its convolution
    ("t10ph" of the published transfer learning)."""
    head = [model.head.w, model.head_bias]
    if scope == "head":
        return head
    final = model.final
    return [*head, final.norm.offset, final.norm.scale, final.convolution.w, final.convolution.b]


def shuffled_positions(number: int, batch: int, first_step: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """Window numbers of each step from `first_step` on: one permutation of 0 … number−1 after another, cut into batches.

    Each pass's permutation is drawn from (seed, pass), so any step can be reached without the ones before.
    """
    position = first_step * batch
    while True:
        parts: list[NDArray[np.int64]] = []
        missing = batch
        while missing:
            epoch, offset = divmod(position, number)
            order = np.random.Generator(np.random.PCG64([seed, epoch])).permutation(number)
            part = order[offset : offset + missing]
            parts.append(part)
            missing -= len(part)
            position += len(part)
        yield np.concatenate(parts)


class CachedTail(Problem):
    """The tail (final pointwise block and head) on cached embeddings of the frozen trunk.

    TrainingBatch norm of the final block keeps its pretrained moving averages; dropout is on in training.
    """

    def __init__(
        self,
        model: Enformer,
        tfrecords: Path,
        embeddings: Path,
        targets: Path,
        scope: TrainingScope,
        batch: int,
        seed: int,
    ) -> None:
        self.model, self.batch, self.seed = model, batch, seed
        self.trainable = scope_variables(model, scope)
        targets.mkdir(parents=True, exist_ok=True)
        trunk = trunk_key(model)
        self._train = [
            _open_pair(tfrecords, shard, embeddings, targets, trunk) for shard in shard_names(tfrecords, "train")
        ]
        self._valid = [
            _open_pair(tfrecords, shard, embeddings, targets, trunk) for shard in shard_names(tfrecords, "valid")
        ]
        copies = {embedding.array.shape[1] for embedding, _ in self._train}
        if len(copies) > 1:
            raise UserError(
                f"{embeddings}: training shards have {sorted(copies)} copies of a window; embed all with the same --augment"
            )
        self.number_train = sum(len(target) for _, target in self._train)
        self.number_valid = sum(len(target) for _, target in self._valid)
        self._starts = np.cumsum([0] + [len(target) for _, target in self._train])

    def batches(self, first_step: int) -> Iterator[TrainingBatch]:
        step = first_step
        for windows in shuffled_positions(self.number_train, self.batch, first_step, self.seed):
            shards = np.searchsorted(self._starts, windows, side="right") - 1
            copies = self._copies(step)
            pairs = zip(shards, windows - self._starts[shards], copies, strict=True)
            inputs, targets = zip(
                *((self._train[s][0].window(row, copy), self._train[s][1][row]) for s, row, copy in pairs), strict=True
            )
            yield np.stack(inputs), np.stack(targets)
            step += 1

    def _copies(self, step: int) -> NDArray[np.int64]:
        """Which augmented copy of each window of a step is used."""
        number = self._train[0][0].array.shape[1]
        if number == 1:
            return np.zeros(self.batch, np.int64)
        return np.random.Generator(np.random.PCG64([self.seed, step, 1])).integers(0, number, self.batch)

    def validation(self) -> Iterator[TrainingBatch]:
        for embedding, target in self._valid:
            for start in range(0, len(target), EVALUATION_BATCH):
                end = start + EVALUATION_BATCH
                yield embedding.windows(start, end), target[start:end]

    def predict(self, inputs: tf.Tensor, training: Training | None) -> tf.Tensor:
        return self.model.tail(inputs, training)


def _open_pair(
    tfrecords: Path, shard: str, embeddings: Path, targets: Path, trunk: str
) -> tuple[ShardEmbeddings, NDArray[np.float16]]:
    embedding = open_embeddings(embeddings, shard, trunk)
    target, windows = open_targets(tfrecords, shard, targets)
    if embedding.record.windows != windows or len(embedding) != len(target):
        raise other_windows(embeddings, shard, tfrecords)
    return embedding, target


class WholeNetwork(Problem):
    """A whole network on sequences, with batch statistics and dropout at every step; validation with the moving averages.

    As published, with Enformer: windows in the data set's order (`shuffle` off), the trunk's gradient not used, and all moving
    averages of the frozen trunk drift. For the baseline: everything is trained, windows are shuffled through a buffer.
    """

    def __init__(
        self,
        model: Enformer | ConvolutionalBaseline,
        tfrecords: Path,
        trainable: Sequence[tf.Variable],
        batch: int,
        shuffle: int | None = None,
    ) -> None:
        self.model, self.tfrecords, self.batch, self.shuffle = model, tfrecords, batch, shuffle
        self.trainable = trainable
        self.state = [v for v in model.variables_by_key.values() if not v.trainable]
        statistics = Statistics.read(tfrecords).sequences
        self.number_train, self.number_valid = statistics.get("train", 0), statistics.get("valid", 0)

    def batches(self, first_step: int) -> Iterator[TrainingBatch]:
        dataset = read_dataset(self.tfrecords, "train")
        if self.shuffle is not None:
            dataset = dataset.shuffle(self._buffer(), seed=self.shuffle, reshuffle_each_iteration=True)
        yield from dataset.repeat().skip(first_step * self.batch).batch(self.batch).as_numpy_iterator()

    def _buffer(self) -> int:
        sizes = self.model.sizes
        window = 4 * (4 * sizes.input_length + sizes.tracks * sizes.target_bins)
        return max(min(self.number_train, SHUFFLE_BYTES // window), 1)

    def validation(self) -> Iterator[TrainingBatch]:
        for shard in shard_names(self.tfrecords, "valid"):
            yield from read_shard_windows(self.tfrecords, shard, self.batch)

    def predict(self, inputs: tf.Tensor, training: Training | None) -> tf.Tensor:
        return self.model(inputs, training)
