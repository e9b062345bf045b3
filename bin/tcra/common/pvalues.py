"""The two-sided p of a z, and its logarithm beyond floating point (scipy.special only: scipy.stats takes long to import)."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import log_ndtr, ndtr

from tcra.common.arrays import Floats


def two_sided(zscore: ArrayLike) -> Floats:
    """p of z (n,), float64: 2 Φ(-|z|).

    >>> two_sided([1.959963984540054, -1.959963984540054, 0.0]).round(12).tolist()
    [0.05, 0.05, 1.0]
    """
    return np.asarray(2 * ndtr(-np.abs(np.asarray(zscore, np.float64))))


def ln_pvalue(zscore: ArrayLike) -> Floats:
    """Natural logarithm of the two-sided p of z (n,), exact where p itself would be 0 (|z| above 37).

    >>> np.exp(ln_pvalue([1.959963984540054])).round(12).tolist(), ln_pvalue([-40.0]).round(3).tolist()
    ([0.05], [-803.915])
    """
    return np.asarray(log_ndtr(-np.abs(np.asarray(zscore, np.float64))) + np.log(2))


def minus_log10_pvalue(zscore: ArrayLike) -> Floats:
    """-log10 of the two-sided p of z (n,): a number of at least 0, however small the p.

    >>> minus_log10_pvalue([0.0, 1.959963984540054, 40.0]).round(3).tolist()
    [0.0, 1.301, 349.136]
    """
    return np.asarray(np.abs(np.minimum(ln_pvalue(zscore) / np.log(10), 0.0)))  # abs: no -0.0
