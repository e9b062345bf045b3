"""The transformer half: attention with relative positions, and its block. Tensors are (batch, tokens, channels).

Source: deepmind-research/enformer/attention_module.py. Relative-position keys do not depend on the input and are passed in.
"""

import sonnet as snt
import tensorflow as tf

from tcra.enformer import constants
from tcra.enformer.layers import Linear, Training
from tcra.enformer.sizes import Sizes
from tcra.enformer.variables import VariableScope

QUERY_BLOCK = 256  # rows of the attention matrix computed at once at inference: less memory and less copying
TokenRange = tuple[int, int]


class LayerNorm(snt.Module):
    """Layer norm over channels with scale and offset."""

    def __init__(self, scope: VariableScope, channels: int) -> None:
        super().__init__()
        self.offset = scope.weight("offset", (channels,), "zeros")
        self.scale = scope.weight("scale", (channels,), "ones")

    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        wide = tf.cast(x, tf.float32)
        centred = wide - tf.reduce_mean(wide, -1, keepdims=True)
        variance = tf.reduce_mean(tf.square(centred), -1, keepdims=True)
        normed = centred * tf.math.rsqrt(variance + constants.NORM_EPSILON)
        return tf.cast(normed * self.scale + self.offset, x.dtype)


class Attention(snt.Module):
    """Multi-head attention with relative positions (Transformer-XL): softmax(((q + u)·k + shift((q + v)·r)))·values."""

    def __init__(self, scope: VariableScope, sizes: Sizes) -> None:
        super().__init__()
        self.heads, self.key_size = sizes.heads, sizes.key_size
        keys, channels = sizes.heads * sizes.key_size, sizes.channels
        bias_shape = (1, sizes.heads, 1, sizes.key_size)
        self.r_r_bias = scope.weight("_r_r_bias", bias_shape, "fan_in_doubled")
        self.r_w_bias = scope.weight("_r_w_bias", bias_shape, "fan_in_doubled")
        self.embedding = Linear(scope.scope("_embedding_layer"), channels, channels, initializer="zeros")
        self.k = Linear(scope.scope("_k_layer/_linear"), channels, keys, False, "fan_in_doubled")
        self.q = Linear(scope.scope("_q_layer/_linear"), channels, keys, False, "fan_in_doubled")
        self.r_k = Linear(scope.scope("_r_k_layer/_linear"), sizes.position_features, keys, False, "fan_in_doubled")
        self.v = Linear(scope.scope("_v_layer/_linear"), channels, channels, False, "fan_in_doubled")
        self.place = scope.number

    def relative_keys(self, features: tf.Tensor, training: Training | None = None) -> tf.Tensor:
        """Keys of the relative positions: (2·tokens − 1, position features) → (1, heads, 2·tokens − 1, key size)."""
        if training is not None:
            features = training.drop(features, constants.POSITION_DROPOUT, self.place)
        return self._split(self.r_k(features[tf.newaxis]))

    def __call__(
        self,
        x: tf.Tensor,
        relative_keys: tf.Tensor,
        training: Training | None = None,
        rows: TokenRange | None = None,
    ) -> tf.Tensor:
        """(batch, tokens, channels) → (batch, rows, channels); `rows` [first, end) of the queries, all by default."""
        tokens = x.shape[1]
        first, end = rows or (0, tokens)
        query = self._split(self.q(x[:, first:end]) * tf.cast(self.key_size**-0.5, x.dtype))
        if training is None and 2 * self.heads * (end - first) < self.k.w.shape[1] + self.v.w.shape[1]:
            return self.embedding(self._attend_to_all(query, x, relative_keys, (first, end)))
        key, value = self._split(self.k(x)), self._split(self.v(x))
        step = end - first if training is not None else QUERY_BLOCK
        parts = []
        for start in range(first, end, step):
            stop = min(start + step, end)
            part = query[:, :, start - first : stop - first]
            weights = tf.nn.softmax(self._logits(part, key, relative_keys, (start, stop)))
            if training is not None:
                weights = training.drop(weights, constants.ATTENTION_DROPOUT, self.place + 1)
            parts.append(tf.linalg.matmul(tf.cast(weights, x.dtype), value))
        return self.embedding(self._merge(tf.concat(parts, axis=2) if len(parts) > 1 else parts[0]))

    def _attend_to_all(self, query: tf.Tensor, x: tf.Tensor, relative_keys: tf.Tensor, rows: TokenRange) -> tf.Tensor:
        """Attention of few queries (batch, heads, rows, key size) to all of x; (batch, rows, channels), before the last linear layer.

        Products are taken in another order, so that no token's key or value is made: ((q + u)·kᵀ)·xᵀ and (weights·x)·v.
        """
        channels = x.shape[2]
        k = tf.reshape(tf.cast(self.k.w, x.dtype), (channels, self.heads, -1))
        v = tf.reshape(tf.cast(self.v.w, x.dtype), (channels, self.heads, -1))
        asked = tf.einsum("bhnk,chk->bhnc", query + tf.cast(self.r_w_bias, x.dtype), k)
        content = tf.einsum("bhnc,btc->bhnt", asked, x)
        weights = tf.nn.softmax(tf.cast(content + self._relative_logits(query, relative_keys, rows), tf.float32))
        seen = tf.einsum("bhnt,btc->bhnc", tf.cast(weights, x.dtype), x)
        return self._merge(tf.einsum("bhnc,chv->bhnv", seen, v))

    def _logits(self, query: tf.Tensor, key: tf.Tensor, relative_keys: tf.Tensor, rows: TokenRange) -> tf.Tensor:
        """Float32 logits (batch, heads, rows, tokens)."""
        content = tf.linalg.matmul(query + tf.cast(self.r_w_bias, query.dtype), key, transpose_b=True)
        return tf.cast(content + self._relative_logits(query, relative_keys, rows), tf.float32)

    def _relative_logits(self, query: tf.Tensor, relative_keys: tf.Tensor, rows: TokenRange) -> tf.Tensor:
        """(batch, heads, rows, tokens). Queries [a, b) meet only relative positions [T − b, 2T − 1 − a)."""
        tokens = (relative_keys.shape[2] + 1) // 2
        first, end = rows
        nearby = tf.cast(relative_keys[:, :, tokens - end : 2 * tokens - 1 - first], query.dtype)
        return relative_shift(tf.linalg.matmul(query + tf.cast(self.r_r_bias, query.dtype), nearby, transpose_b=True))

    def _merge(self, x: tf.Tensor) -> tf.Tensor:
        """(batch, heads, positions, size) → (batch, positions, heads·size)."""
        return tf.reshape(tf.transpose(x, (0, 2, 1, 3)), (-1, x.shape[2], self.heads * x.shape[3]))

    def _split(self, x: tf.Tensor) -> tf.Tensor:
        """(batch, positions, heads·size) → (batch, heads, positions, size)."""
        parted = tf.reshape(x, (-1, x.shape[1], self.heads, x.shape[2] // self.heads))
        return tf.transpose(parted, (0, 2, 1, 3))


def relative_shift(x: tf.Tensor) -> tf.Tensor:
    """Row i of n moved left by n − 1 − i: (…, n, tokens + n − 1) → (…, n, tokens), out[i, j] = x[i, n − 1 − i + j].

    In memory that element is number (n − 1) + i·(tokens + n − 2) + j: from the (n − 1)-th on, rows one shorter.
    """
    _, heads, rows, columns = x.shape
    if rows == 1:
        return x
    flat = tf.reshape(x, (-1, heads, rows * columns))[:, :, rows - 1 : rows * columns - 1]
    return tf.reshape(flat, (-1, heads, rows, columns - 1))[..., : columns - rows + 1]


class TransformerBlock(snt.Module):
    """Residual attention, then a residual MLP: layer norm, linear to 2·channels, ReLU, linear back; dropout 0.4 in training.

    attention_norm, attention; mlp_norm, mlp_in, mlp_out.
    """

    def __init__(self, scope: VariableScope, sizes: Sizes) -> None:
        super().__init__()
        attention, mlp = scope.scope("_layers/0/_module"), scope.scope("_layers/1/_module")
        self.attention_norm = LayerNorm(attention.scope("_layers/0/_module"), sizes.channels)
        self.attention = Attention(attention.scope("_layers/1/_module"), sizes)
        self.mlp_norm = LayerNorm(mlp.scope("_layers/0"), sizes.channels)
        self.mlp_in = Linear(mlp.scope("_layers/1"), sizes.channels, 2 * sizes.channels)
        self.mlp_out = Linear(mlp.scope("_layers/4"), 2 * sizes.channels, sizes.channels)
        self.place = scope.number

    def __call__(
        self,
        x: tf.Tensor,
        relative_keys: tf.Tensor,
        training: Training | None = None,
        rows: TokenRange | None = None,
    ) -> tf.Tensor:
        """(batch, tokens, channels) → (batch, rows, channels). With `rows` [first, end) only those tokens leave the block:
        keys and values are of all tokens, queries and MLP of the rows alone."""
        first, end = rows or (0, x.shape[1])
        attended = self.attention(self.attention_norm(x), relative_keys, training, rows)
        attended = self._drop(attended, training, 0)
        x = x[:, first:end] + attended
        hidden = tf.nn.relu(self._drop(self.mlp_in(self.mlp_norm(x)), training, 1))
        return x + self._drop(self.mlp_out(hidden), training, 2)

    def _drop(self, x: tf.Tensor, training: Training | None, number: int) -> tf.Tensor:
        return x if training is None else training.drop(x, constants.DROPOUT, self.place + number)
