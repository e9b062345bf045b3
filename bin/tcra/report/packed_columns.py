"""Columns of numbers as a browser can unpack them: one stretch of bytes per column, with a list of what is where."""

from collections.abc import Mapping
from typing import Any

import numpy as np

KINDS = {
    "uint8": "Uint8Array",
    "uint16": "Uint16Array",
    "uint32": "Uint32Array",
    "float32": "Float32Array",
    "float64": "Float64Array",
}


def pack_columns(columns: Mapping[str, np.ndarray]) -> tuple[list[dict[str, Any]], bytes]:
    """What is where (name, kind of JavaScript's array, length, in order), and the bytes of all columns.

    columns: (n,) each of a type of KINDS. The bytes of a column are ordered by their place in a number (all first bytes, then all
    second bytes …): the equal ones are then neighbours, and gzip finds them.

    >>> pack_columns({"n": np.array([1, 2, 258], np.uint16)})
    ([{'name': 'n', 'kind': 'Uint16Array', 'length': 3}], b'\\x01\\x02\\x02\\x00\\x00\\x01')
    """
    listed, parts = [], []
    for name, values in columns.items():
        little = np.ascontiguousarray(values, values.dtype.newbyteorder("<"))
        listed.append({"name": name, "kind": KINDS[values.dtype.name], "length": len(values)})
        parts.append(
            np.ascontiguousarray(little.view(np.uint8).reshape(len(values), values.dtype.itemsize).T).tobytes()
        )
    return listed, b"".join(parts)


def smallest_unsigned(values: np.ndarray) -> np.ndarray:
    """Whole numbers of at least 0 (n,) in the narrowest type that holds them."""
    return values.astype(np.min_scalar_type(int(values.max(initial=0))))
