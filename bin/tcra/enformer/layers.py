"""Layers of the convolutional half: convolution, batch norm, attention pooling, and the blocks made of them.

Tensors are (batch, length, channels) in the trunk's computing type: float32, or bfloat16 on request (weights are cast as they are used).
Source: deepmind-research/enformer/enformer.py.
"""

from dataclasses import dataclass
from typing import Literal

import sonnet as snt
import tensorflow as tf

from tcra.enformer import constants
from tcra.enformer.variables import VariableScope

Padding = Literal["SAME", "VALID"]


@dataclass(frozen=True)
class Training:
    """How a pass in training mode runs: batch statistics, dropout by a stateless random stream.

    seed: (2,) int32 tensor; the same seed gives the same dropout. dropout: multiplies every dropout rate (0 switches it off).
    batch_statistics: batch norm by the batch, its moving averages following; False for a frozen trunk's moving averages.
    """

    seed: tf.Tensor
    dropout: float = 1.0
    batch_statistics: bool = True

    def drop(self, x: tf.Tensor, rate: float, place: int) -> tf.Tensor:
        """Inverted dropout; `place` numbers the layer, so that each draws from a stream of its own."""
        rate *= self.dropout
        if not rate:
            return x
        seed = tf.random.experimental.stateless_fold_in(self.seed, place)
        kept = tf.random.stateless_uniform(tf.shape(x), seed, alg="philox") >= rate
        return tf.where(kept, x * tf.cast(1 / (1 - rate), x.dtype), tf.zeros([], x.dtype))


def gelu(x: tf.Tensor) -> tf.Tensor:
    """x·sigmoid(1.702x), the published approximation."""
    return x * tf.sigmoid(tf.cast(constants.GELU_SLOPE, x.dtype) * x)


def matrix_product(x: tf.Tensor, w: tf.Tensor, b: tf.Tensor | None = None) -> tf.Tensor:
    """x @ w (+ b): (…, inputs) → (…, outputs). In two dimensions: only there does TensorFlow add the bias within the product."""
    y = tf.linalg.matmul(tf.reshape(x, (-1, x.shape[-1])), tf.cast(w, x.dtype))
    if b is not None:
        y += tf.cast(b, x.dtype)
    return tf.reshape(y, (-1, *x.shape[1:-1], y.shape[-1]))


class Linear(snt.Module):
    """x @ w (+ b): (…, inputs) → (…, outputs)."""

    def __init__(
        self, scope: VariableScope, inputs: int, outputs: int, bias: bool = True, initializer: str = "fan_in"
    ) -> None:
        super().__init__()
        self.b = scope.weight("b", (outputs,), "zeros") if bias else None
        self.w = scope.weight("w", (inputs, outputs), initializer)  # type: ignore[arg-type]

    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        return matrix_product(x, self.w, self.b)


class Convolution(snt.Module):
    """1-D convolution with bias, stride 1: (batch, length, inputs) → (batch, length or length − width + 1, outputs).

    w: (width, inputs, outputs). SAME pads with zeros, (width − 1)/2 on each side for the odd widths used here.
    """

    def __init__(self, scope: VariableScope, inputs: int, outputs: int, width: int) -> None:
        super().__init__()
        self.b = scope.weight("b", (outputs,), "zeros")
        self.w = scope.weight("w", (width, inputs, outputs))
        self.width = width

    def __call__(self, x: tf.Tensor, padding: Padding = "SAME") -> tf.Tensor:
        if self.width == 1:
            return matrix_product(x, self.w[0], self.b)
        return tf.nn.conv1d(x, tf.cast(self.w, x.dtype), stride=1, padding=padding) + tf.cast(self.b, x.dtype)


class MovingAverage(snt.Module):
    """Sonnet's debiased exponential moving average of a (1, 1, channels) statistic, decay 0.9."""

    def __init__(self, scope: VariableScope, channels: int) -> None:
        super().__init__()
        self.counter = scope.state("_counter", (), int)
        self.hidden = scope.state("_hidden", (1, 1, channels))
        self.average = scope.state("average", (1, 1, channels))

    def update(self, value: tf.Tensor) -> None:
        decay = constants.MOVING_AVERAGE_DECAY
        self.counter.assign_add(1)
        self.hidden.assign_sub((self.hidden - value) * (1 - decay))
        self.average.assign(self.hidden / (1 - tf.pow(decay, tf.cast(self.counter, tf.float32))))


class BatchNorm(snt.Module):
    """Batch norm over batch and length with scale and offset; moving averages at inference, batch statistics in training."""

    def __init__(self, scope: VariableScope, channels: int) -> None:
        super().__init__()
        self.offset = scope.weight("offset", (channels,), "zeros")
        self.scale = scope.weight("scale", (channels,), "ones")
        self.moving_mean = MovingAverage(scope.scope("moving_mean"), channels)
        self.moving_variance = MovingAverage(scope.scope("moving_variance"), channels)

    def __call__(self, x: tf.Tensor, training: Training | None = None) -> tf.Tensor:
        if training is None or not training.batch_statistics:
            mean, variance = self.moving_mean.average, self.moving_variance.average
        else:
            mean, variance = tf.nn.moments(tf.cast(x, tf.float32), (0, 1), keepdims=True)
            self.moving_mean.update(mean)
            self.moving_variance.update(variance)
        factor = tf.math.rsqrt(variance + constants.NORM_EPSILON) * self.scale
        return x * tf.cast(factor, x.dtype) + tf.cast(self.offset - mean * factor, x.dtype)


class ConvBlock(snt.Module):
    """Batch norm, GELU, convolution (in this order): (batch, length, inputs) → (batch, length, outputs)."""

    def __init__(self, scope: VariableScope, inputs: int, outputs: int, width: int) -> None:
        super().__init__()
        self.norm = BatchNorm(scope.scope("_layers/0/_module"), inputs)
        self.convolution = Convolution(scope.scope("_layers/2"), inputs, outputs, width)

    def __call__(self, x: tf.Tensor, training: Training | None = None, padding: Padding = "SAME") -> tf.Tensor:
        return self.convolution(gelu(self.norm(x, training)), padding)


class AttentionPool(snt.Module):
    """Pooling by two with a learnt weight per channel: softmax over the pair of x @ w, as a sigmoid of the logits' difference.

    The same to rounding as the published softmax over an axis of two, with one product at half rate.
    """

    def __init__(self, scope: VariableScope, channels: int) -> None:
        super().__init__()
        self.w = scope.weight("_logit_linear/w", (channels, channels), "identity")

    def logits(self, x: tf.Tensor) -> tf.Tensor:
        """Logits of every position at full rate, (batch, length, channels); for pooling at several phases with `pool_pairs`."""
        return matrix_product(x, self.w)

    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        """(batch, length, channels) → (batch, length // 2, channels); length must be even."""
        first, second = tf.unstack(tf.reshape(x, (-1, x.shape[1] // 2, 2, x.shape[2])), axis=2)
        difference = first - second
        return second + difference * tf.sigmoid(self.logits(difference))


def pool_pairs(first: tf.Tensor, second: tf.Tensor, first_logits: tf.Tensor, second_logits: tf.Tensor) -> tf.Tensor:
    """Pool positions `first` and `second` (same shapes) with their logits: the weight of `first` is sigmoid(l1 − l2)."""
    return second + (first - second) * tf.sigmoid(first_logits - second_logits)


class Stage(snt.Module):
    """The stem or a tower block: entry convolution, residual pointwise block, pooling by two.

    entry: a bare Convolution of width 15 in the stem, a ConvBlock of width 5 in the tower. pointwise: ConvBlock of width 1.
    halo: positions that `before_pool` with VALID padding loses on each side.
    """

    def __init__(self, scope: VariableScope, inputs: int, outputs: int, stem: bool) -> None:
        super().__init__()
        width = constants.STEM_WIDTH if stem else constants.TOWER_WIDTH
        self.entry: Convolution | ConvBlock
        if stem:
            self.entry = Convolution(scope.scope("_layers/0"), inputs, outputs, width)
        else:
            self.entry = ConvBlock(scope.scope("_layers/0"), inputs, outputs, width)
        self.pointwise = ConvBlock(scope.scope("_layers/1/_module"), outputs, outputs, 1)
        self.pool = AttentionPool(scope.scope("_layers/2/_module"), outputs)
        self.halo = width // 2

    def before_pool(self, x: tf.Tensor, training: Training | None = None, padding: Padding = "SAME") -> tf.Tensor:
        """Everything but the pooling: (batch, length, inputs) → (batch, length or length − 2·halo, outputs)."""
        if isinstance(self.entry, Convolution):
            x = self.entry(x, padding)
        else:
            x = self.entry(x, training, padding)
        return x + self.pointwise(x, training)

    def __call__(self, x: tf.Tensor, training: Training | None = None, padding: Padding = "SAME") -> tf.Tensor:
        """(batch, length, inputs) → (batch, length // 2, outputs)."""
        return self.pool(self.before_pool(x, training, padding))
