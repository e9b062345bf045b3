"""Made-up weights for every variable of the published Enformer, the same on any machine, and the DNA that goes with them.

The expected outputs in tests/data/enformer were made by DeepMind's code with these weights: they depend on a variable's key and shape
alone, so that no checkpoint need be stored.
"""

import csv
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SUFFIX = "/.ATTRIBUTES/VARIABLE_VALUE"


def values(key: str, shape: tuple[int, ...]) -> NDArray:
    """The weights of one variable, float32 (int64 for counters)."""
    random = np.random.RandomState(zlib.crc32(key.encode()))
    name = key.rsplit("/", 1)[-1]
    if name == "_counter":
        return np.array(1, np.int64)
    if "moving_variance" in key or name == "scale":
        spread = 0.5 if "moving_variance" in key else 0.3
        return random.uniform(1 - spread, 1 + spread, shape).astype(np.float32)
    normal = random.standard_normal(shape)
    if name in ("average", "_hidden"):
        return (0.2 * normal).astype(np.float32)
    if name in ("offset", "b", "_r_w_bias", "_r_r_bias"):
        return (0.1 * normal).astype(np.float32)
    if "_logit_linear" in key:  # attention pooling starts near twice the identity
        return (2 * np.eye(*shape) + 0.02 * normal).astype(np.float32)
    return (normal / np.sqrt(int(np.prod(shape[:-1])))).astype(np.float32)


def sequence(length: int, seed: int) -> NDArray[np.int64]:
    """Letter codes 0 to 3 (A, C, G, T) of a made-up sequence, shape (length,)."""
    return np.random.RandomState(seed).randint(0, 4, length)


def write_checkpoint(table: Path, prefix: Path, tracks: int | None = None) -> Path:
    """A TensorFlow checkpoint of the variables in `table` (columns key and shape), with `tracks` in the head if given."""
    import tensorflow as tf

    with table.open() as lines:
        rows = list(csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t"))
    shapes = {row["key"]: tuple(int(n) for n in row["shape"].split(",") if n) for row in rows}
    if tracks is not None:
        shapes = {k: (*s[:-1], tracks) if k.startswith("model/_heads/human") else s for k, s in shapes.items()}
    tf.raw_ops.SaveV2(
        prefix=str(prefix), tensor_names=[key + SUFFIX for key in shapes], shape_and_slices=[""] * len(shapes),
        tensors=[tf.constant(values(key, shape)) for key, shape in shapes.items()],
    )  # fmt: skip
    return prefix
