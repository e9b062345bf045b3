"""Variables by their published key: made from scratch with a seed, or taken from a checkpoint, one at a time.

Layers ask for each of their variables by key, so a model's list of keys is complete by construction, and loading needs no second copy.
"""

import math
import zlib
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tcra.enformer import constants

Initializer = Literal["zeros", "ones", "identity", "fan_in", "fan_in_doubled"]
VariableSource = Callable[[str, tuple[int, ...]], NDArray[Any]]


class Variables:
    """All variables of a model: published key → tf.Variable, in the order the layers were made.

    source: gives the value of a key (a checkpoint); without it values are drawn by `seed`, each key from its own stream.
    """

    def __init__(self, seed: int = 0, source: VariableSource | None = None) -> None:
        self.by_key: dict[str, tf.Variable] = {}
        self._seed = seed
        self._source = source

    def scope(self, prefix: str) -> "VariableScope":
        return VariableScope(self, prefix)

    def make(
        self, key: str, shape: tuple[int, ...], initializer: Initializer, trainable: bool, dtype: type
    ) -> tf.Variable:
        if key in self.by_key:
            raise AssertionError(f"{key} made twice")
        value: NDArray[Any]
        if self._source is not None:
            value = self._source(key, shape)
        else:
            value = initial_value(key, shape, initializer, self._seed)
        self.by_key[key] = tf.Variable(value.astype(dtype, copy=False), trainable=trainable, name=key.replace("/", "."))
        return self.by_key[key]


class VariableScope:
    """The variables under one published prefix, such as `model/_stem/_layers/0`."""

    def __init__(self, variables: Variables, prefix: str) -> None:
        self._variables = variables
        self.prefix = prefix

    def scope(self, name: str) -> "VariableScope":
        return VariableScope(self._variables, f"{self.prefix}/{name}")

    def weight(self, name: str, shape: tuple[int, ...], initializer: Initializer = "fan_in") -> tf.Variable:
        """A trainable float32 variable."""
        return self._variables.make(f"{self.prefix}/{name}", shape, initializer, True, np.float32)

    def state(self, name: str, shape: tuple[int, ...], dtype: type = np.float32) -> tf.Variable:
        """A variable that training keeps but the optimiser does not touch; starts at zero."""
        return self._variables.make(f"{self.prefix}/{name}", shape, "zeros", False, dtype)

    @property
    def number(self) -> int:
        """A number of its own for this place in the model, for random streams (31 bits)."""
        return zlib.crc32(self.prefix.encode()) & 0x7FFFFFFF


def initial_value(key: str, shape: tuple[int, ...], initializer: Initializer, seed: int) -> NDArray[np.float64]:
    """Sonnet 2's initial values as the published code chooses them.

    fan_in: truncated normal, standard deviation 1/√fan-in; fan_in_doubled: √(2/fan-in) (attention); identity: 2·I (pool logits).
    Drawn from PCG64 seeded by (seed, CRC-32 of the key): a key's values do not depend on the other variables.
    """
    if initializer == "zeros":
        return np.zeros(shape)
    if initializer == "ones":
        return np.ones(shape)
    if initializer == "identity":
        return constants.POOL_INITIAL_SCALE * np.eye(shape[0])
    random = np.random.Generator(np.random.PCG64([seed, zlib.crc32(key.encode())]))
    values = random.standard_normal(shape)
    while (outside := np.abs(values) > 2).any():
        values[outside] = random.standard_normal(int(outside.sum()))
    gain = 2.0 if initializer == "fan_in_doubled" else 1.0
    return values * math.sqrt(gain / math.prod(shape[:-1]))
