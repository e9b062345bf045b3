"""The two-sided p of a z, and its logarithm beyond floating point: by themselves, since scipy.stats takes long to import."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import log_ndtr, ndtr

from tcra.common.arrays import Floats


def two_sided(zscore: ArrayLike) -> Floats:
    """p of z (n,): 2 Φ(-|z|)."""
    return 2 * ndtr(-np.abs(np.asarray(zscore, np.float64)))


def ln_pvalue(zscore: ArrayLike) -> Floats:
    """Natural logarithm of the two-sided p of z (n,), exact where p itself would be 0 (|z| above 37)."""
    return log_ndtr(-np.abs(np.asarray(zscore, np.float64))) + np.log(2)


def log10_pvalue(zscore: ArrayLike) -> Floats:
    """log10 of the two-sided p of z (n,): a number of at most 0."""
    return np.minimum(ln_pvalue(zscore) / np.log(10), 0.0)
