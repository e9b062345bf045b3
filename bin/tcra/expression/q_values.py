"""q-values of a list of p-values."""

import numpy as np

from tcra.common.arrays import Floats


def q_values(p: Floats, storey: bool = False) -> Floats:
    """Benjamini–Hochberg q-values; with `storey` times the estimated share of true nulls. NaN stays NaN.

    Storey's share is min(1, (#{p > 0.5} + 1) / (0.5·m)), the estimate at λ = 0.5 (Storey 2002, Taylor and Siegmund 2004).
    """
    q = np.full(len(p), np.nan)
    known = np.flatnonzero(~np.isnan(p))
    m = len(known)
    if m == 0:
        return q
    order = known[np.argsort(p[known], kind="stable")]
    share = min(1.0, (int((p[known] > 0.5).sum()) + 1) / (0.5 * m)) if storey else 1.0
    scaled = share * p[order] * m / np.arange(1, m + 1)
    q[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1)
    return q
