"""Enformer in Sonnet 2: sequence to track coverage; inference equals DeepMind's code (deepmind-research/enformer).

Attributes, for code that reuses the model piecewise (variant scoring):
    stages              [stem, tower block 0 … 5]: layers.Stage with .entry, .pointwise, .pool, .halo, .before_pool(x, padding=…)
    blocks              transformer blocks: attention.TransformerBlock, called (x, relative_keys, rows=(first, end))
    position_features   (2·tokens − 1, features) float32 constant; relative_keys() gives every layer's keys, input-independent
    final               layers.ConvBlock of width 1: the final pointwise block
    head                layers.Linear to the tracks
    variables_by_key    published key → tf.Variable
Steps: tower → tokens; transform → tokens; crop → embedding (what is cached); tail → prediction.
"""

from collections.abc import Sequence

import sonnet as snt
import tensorflow as tf

from tcra.enformer import constants
from tcra.enformer.attention import TokenRange, TransformerBlock
from tcra.enformer.layers import ConvBlock, Linear, Padding, Stage, Training, gelu
from tcra.enformer.positions import position_features
from tcra.enformer.settings import GammaMaximum
from tcra.enformer.sizes import Sizes
from tcra.enformer.variables import Variables


class Enformer(snt.Module):
    """The model. Input one-hot (batch, input length, 4) in A C G T order; output (batch, target bins, tracks) float32, ≥ 0.

    sizes: see Sizes. variables: where values come from; by default drawn with `seed`.
    computing: type of the trunk's arithmetic, float32 or bfloat16 (softmax, norms' statistics and the head stay float32).
    """

    def __init__(
        self,
        sizes: Sizes,
        seed: int = 0,
        variables: Variables | None = None,
        gamma_maximum: GammaMaximum = "per-feature",
        computing: tf.DType = tf.float32,
    ) -> None:
        super().__init__()
        self.sizes = sizes
        self.computing = computing
        self.gamma_maximum: GammaMaximum = gamma_maximum
        variables = variables or Variables(seed)
        widths = (4, sizes.stem, *sizes.tower)
        self.head = Linear(variables.scope("model/_heads/human/_layers/0"), sizes.features, sizes.tracks)
        self.stages = [Stage(variables.scope("model/_stem"), widths[0], widths[1], stem=True)]
        for i in range(len(sizes.tower)):
            scope = variables.scope(f"model/_downres/_layers/{i}")
            self.stages.append(Stage(scope, widths[i + 1], widths[i + 2], stem=False))
        self.blocks = [
            TransformerBlock(variables.scope(f"model/_transformer/_layers/{i}"), sizes) for i in range(sizes.layers)
        ]
        final = variables.scope("model/_final_pointwise/_layers/0")
        self.final = ConvBlock(final, sizes.channels, sizes.features, 1)
        self._final_place = final.number
        self._variables = variables
        self.position_features = tf.constant(position_features(sizes.tokens, sizes.position_features, gamma_maximum))

    @property
    def variables_by_key(self) -> dict[str, tf.Variable]:
        """Every variable by its published key, without TensorFlow's `/.ATTRIBUTES/VARIABLE_VALUE`."""
        return self._variables.by_key

    @property
    def head_bias(self) -> tf.Variable:
        """The head's b, (tracks,)."""
        return self.variables_by_key["model/_heads/human/_layers/0/b"]

    def tower(self, x: tf.Tensor, training: Training | None = None, padding: Padding = "SAME") -> tf.Tensor:
        """Stem and tower: one-hot (batch, length, 4) → tokens (batch, length / 128, channels)."""
        x = tf.cast(x, self.computing)
        for stage in self.stages:
            x = stage(x, training, padding)
        return x

    def relative_keys(self, training: Training | None = None) -> list[tf.Tensor]:
        """Each layer's keys of the relative positions, (1, heads, 2·tokens − 1, key size) float32; without `training` a constant."""
        return [block.attention.relative_keys(self.position_features, training) for block in self.blocks]

    def transform(
        self,
        x: tf.Tensor,
        relative_keys: Sequence[tf.Tensor] | None = None,
        training: Training | None = None,
        rows: TokenRange | None = None,
    ) -> tf.Tensor:
        """All transformer blocks: (batch, tokens, channels) → the same, or only tokens `rows` [first, end) of the last block."""
        keys = relative_keys or self.relative_keys(training)
        for block, key in zip(self.blocks[:-1], keys[:-1], strict=True):
            x = block(x, key, training)
        return self.blocks[-1](x, keys[-1], training, rows)

    def crop(self, x: tf.Tensor) -> tf.Tensor:
        """Tokens of the target bins: (batch, tokens, channels) → (batch, target bins, channels)."""
        return x[:, self.sizes.crop_tokens : self.sizes.tokens - self.sizes.crop_tokens]

    def trunk(self, x: tf.Tensor, training: Training | None = None) -> tf.Tensor:
        """The embedding that is cached: one-hot (batch, input length, 4) → (batch, target bins, channels) float32."""
        return tf.cast(self.crop(self.transform(self.tower(x, training), training=training)), tf.float32)

    def features(self, embedding: tf.Tensor, training: Training | None = None) -> tf.Tensor:
        """The final pointwise block and GELU: (batch, bins, channels) → (batch, bins, 2·channels); any number of bins."""
        x = self.final(tf.cast(embedding, tf.float32), training)
        if training is not None:
            x = training.drop(x, constants.FINAL_DROPOUT, self._final_place)
        return gelu(x)

    def tail(self, embedding: tf.Tensor, training: Training | None = None) -> tf.Tensor:
        """Final pointwise block, head, softplus: (batch, bins, channels) → (batch, bins, tracks); any number of bins."""
        return tf.math.softplus(self.head(self.features(embedding, training)))

    def __call__(self, x: tf.Tensor, training: Training | None = None) -> tf.Tensor:
        """One-hot (batch, input length, 4) → predicted coverage (batch, target bins, tracks) float32."""
        return self.tail(self.trunk(x, training), training)
