"""q-values of a list of p-values."""

import numpy as np

from tcra.common.arrays import Floats
from tcra.common.multiple_testing import benjamini_hochberg
from tcra.expression.settings import QValueMethod


def q_values(p: Floats, method: QValueMethod = "bh") -> Floats:
    """Benjamini–Hochberg's (`bh`), or Storey's: these times the estimated share of true nulls. NaN stays NaN.

    Storey's share is min(1, (#{p > 0.5} + 1) / (0.5·m)), the estimate at λ = 0.5 (Storey 2002, Taylor and Siegmund 2004).

    >>> q_values(np.array([0.01, np.nan, 0.5])).tolist()
    [0.02, nan, 0.5]
    >>> q_values(np.array([0.01, 0.25, 0.3, 0.4]), "storey").round(12).tolist()
    [0.02, 0.2, 0.2, 0.2]
    """
    q = benjamini_hochberg(p)
    known = p[~np.isnan(p)]
    if method == "bh" or not len(known):
        return q
    return np.asarray(q * min(1.0, (int((known > 0.5).sum()) + 1) / (0.5 * len(known))))
