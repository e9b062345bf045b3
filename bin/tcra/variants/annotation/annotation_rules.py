"""From a track's scores on a chromosome to an annotation column."""

import numpy as np
from numpy.typing import NDArray

from tcra.variants.annotation.settings import Rule


def annotate(
    scores: NDArray[np.float32], rule: Rule, fraction: float = 0.05
) -> NDArray[np.uint8] | NDArray[np.float32]:
    """Annotation of each variant of one chromosome from one track's scores (n,): (n,) uint8 of 0 and 1, or float32.

    mean: 1 where |score| is at least the mean of |score| over the chromosome (the published rule).
    fraction: 1 where |score| is among the highest `fraction` of the chromosome; ties at the edge are all 1.
    quantitative: |score| itself. A score that is no finite number gets 0 and is left out of the mean and the fraction.

    >>> annotate(np.array([-3, 1, 0.5], np.float32), "mean").tolist()
    [1, 0, 0]
    """
    size = np.abs(scores)
    known = np.isfinite(size)
    if rule == "quantitative":
        sizes: NDArray[np.float32] = np.where(known, size, 0).astype(np.float32)
        return sizes
    if not known.any():
        return np.zeros(len(size), np.uint8)
    if rule == "mean":
        edge = size[known].mean(dtype=np.float64)
    else:
        top = max(1, round(fraction * int(known.sum())))
        edge = np.partition(size[known], -top)[-top]
    with np.errstate(invalid="ignore"):
        chosen: NDArray[np.uint8] = (known & (size >= edge)).astype(np.uint8)
    return chosen
