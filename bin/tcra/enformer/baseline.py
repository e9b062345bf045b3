"""A convolutional network without pretraining or attention, to show what transfer learning gains.

Enformer's stem and tower, smaller, trained afresh. A bin's view is the tower's: 259 bp beyond it on each side (Enformer's reaches
about 100 kb).
"""

from pathlib import Path

import sonnet as snt
import tensorflow as tf

from tcra.enformer import constants
from tcra.enformer.checkpoint import BASELINE, Checkpoint, load_model, read_model_record
from tcra.enformer.enformer_model import Enformer
from tcra.enformer.layers import ConvBlock, Linear, Stage, Training, gelu
from tcra.enformer.settings import GammaMaximum
from tcra.enformer.sizes import Sizes, tower_widths
from tcra.enformer.variables import Variables


def baseline_sizes(tracks: int, input_length: int, target_bins: int) -> Sizes:
    """Sizes of the baseline for a data set: the tower's rule at 256 channels. Layers, heads and keys have no meaning here."""
    channels = constants.BASELINE_CHANNELS
    tower = tower_widths(channels, divisible_by=8)
    return Sizes(tracks, input_length, target_bins, channels, heads=1, layers=1, tower=tower, position_features=6)


class ConvolutionalBaseline(snt.Module):
    """Stem, tower, crop, pointwise, head: one-hot (batch, input length, 4) → coverage (batch, target bins, tracks) ≥ 0."""

    def __init__(self, sizes: Sizes, seed: int = 0, variables: Variables | None = None) -> None:
        super().__init__()
        self.sizes = sizes
        self._variables = variables or Variables(seed)
        widths = (4, sizes.stem, *sizes.tower)
        self.stages = [
            Stage(self._variables.scope(f"baseline/tower/{i}"), widths[i], widths[i + 1], stem=i == 0)
            for i in range(len(widths) - 1)
        ]
        self.final = ConvBlock(self._variables.scope("baseline/final"), sizes.channels, sizes.features, 1)
        self.head = Linear(self._variables.scope("baseline/head"), sizes.features, sizes.tracks)

    @property
    def variables_by_key(self) -> dict[str, tf.Variable]:
        return self._variables.by_key

    @property
    def head_bias(self) -> tf.Variable:
        """The head's b, (tracks,)."""
        return self.variables_by_key["baseline/head/b"]

    def __call__(self, x: tf.Tensor, training: Training | None = None) -> tf.Tensor:
        for stage in self.stages:
            x = stage(x, training)
        x = self.final(x[:, self.sizes.crop_tokens : self.sizes.tokens - self.sizes.crop_tokens], training)
        if training is not None:
            x = training.drop(x, constants.FINAL_DROPOUT, 1)
        return tf.math.softplus(self.head(gelu(x)))


def load_network(
    path: Path, input_length: int, target_bins: int, gamma_maximum: GammaMaximum | None = None
) -> Enformer | ConvolutionalBaseline:
    """A model folder of either kind, or an Enformer checkpoint prefix; see `checkpoint.load_model`."""
    record = read_model_record(path)
    if record.get("architecture") != BASELINE:
        return load_model(path, input_length, target_bins, gamma_maximum)
    checkpoint = Checkpoint(Path(path) / "variables" / "variables")
    sizes = baseline_sizes(len(record["tracks"]), input_length, target_bins)
    return ConvolutionalBaseline(sizes, variables=Variables(source=checkpoint.read))
