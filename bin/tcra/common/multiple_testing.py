"""Many tests: Bonferroni, Benjamini–Hochberg, genomic inflation, ACAT."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logsumexp
from scipy.stats import chi2, false_discovery_control

from tcra.common.arrays import Floats


def bonferroni(pvalue: ArrayLike) -> Floats:
    """p times the number of tests, at most 1 (n,). A NaN is no test and stays NaN.

    >>> bonferroni([0.01, 0.04, np.nan, 0.6]).tolist()
    [0.03, 0.12, nan, 1.0]
    """
    p = np.asarray(pvalue, np.float64)
    return np.asarray(np.minimum(p * np.isfinite(p).sum(), 1.0))


def benjamini_hochberg(pvalue: ArrayLike) -> Floats:
    """The false discovery rate at which each test would be called (n,), Benjamini & Hochberg 1995. A NaN is no test and stays NaN.

    >>> benjamini_hochberg([0.01, 0.04, np.nan, 0.03]).round(12).tolist()
    [0.03, 0.04, nan, 0.04]
    """
    p = np.asarray(pvalue, np.float64)
    rate, tested = np.full(len(p), np.nan), np.isfinite(p)
    if tested.any():
        rate[tested] = false_discovery_control(p[tested], method="bh")
    return rate


def inflation(zscore: ArrayLike) -> float:
    """Genomic inflation λ: the median of z² over its median under the null (0.4549), Devlin & Roeder 1999. NaN without tests.

    >>> round(inflation([-0.6745, 0.6745, np.nan]), 3)
    1.0
    """
    z = np.asarray(zscore, np.float64)
    z = z[np.isfinite(z)]
    return float(np.median(z**2) / chi2.ppf(0.5, 1)) if len(z) else float("nan")


def acat_ln(ln_p: Floats) -> float:
    """Cauchy combination of p-values under any dependence (ACAT, Liu & Xie 2020): ln of the combined p, from ln p (k,).

    Exact in logarithms, so that p below 1e-308 combine too. NaN are left out; NaN without any.
    A p of 1 counts as 1 - 1/k, as the method's authors do.

    >>> round(float(np.exp(acat_ln(np.log([0.01, 0.2, 0.7])))), 4), round(acat_ln(np.array([-2000.0, -1.0])), 3)
    (0.0293, -1999.307)
    """
    ln_p = ln_p[~np.isnan(ln_p)]
    if not len(ln_p):
        return float("nan")
    if len(ln_p) == 1:
        return float(ln_p[0])
    small = ln_p < np.log(1e-15)
    p = np.exp(ln_p[~small])
    p = np.where(p >= 1, 1 - 1 / len(ln_p), p)
    # tan((0.5 - p) π) of the paper is cot(p π), which keeps the digits of a small p.
    body = np.sum(1 / np.tan(p * np.pi))
    if not small.any():
        statistic = body / len(ln_p)
        return float(np.log(np.arctan2(1.0, statistic) / np.pi))  # arctan2 keeps the digits of small p
    # For p this small cot(p π) is 1 / (p π); the rest of the sum cannot matter unless it is as large.
    ln_sum = logsumexp(-ln_p[small] - np.log(np.pi))
    if body > 0:
        ln_sum = np.logaddexp(ln_sum, np.log(body))
    return float(-(ln_sum - np.log(len(ln_p))) - np.log(np.pi))
