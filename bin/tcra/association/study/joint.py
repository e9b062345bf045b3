"""Joint tests of a gene over several models: ACAT, and z'C⁻¹z with the correlation of its predicted expressions (S-MultiXcan's test)."""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln
from scipy.stats import chi2

from tcra.common.arrays import Floats

LARGEST_CONDITION_NUMBER = 30.0


@dataclass(frozen=True)
class JointTest:
    """statistic ~ χ² with `dof` degrees of freedom under the null; ln_p its natural logarithm of p."""

    statistic: float
    dof: int
    ln_p: float


def joint_test(zscore: Floats, correlation: Floats, condition: float = LARGEST_CONDITION_NUMBER) -> JointTest:
    """Test k z-scores (k,) that correlate as (k, k): z'C⁺z over the eigenvectors whose eigenvalue is above the largest / condition.

    This is S-MultiXcan's test (Barbeira et al., PLoS Genetics 2019), with its default condition number of 30: directions in which the
    models are nearly the same are left out, and cost no degree of freedom.

    >>> test = joint_test(np.array([2.0, 1.0]), np.eye(2))
    >>> round(test.statistic, 12), test.dof, round(float(np.exp(test.ln_p)), 6)
    (5.0, 2, 0.082085)
    """
    values, vectors = np.linalg.eigh(correlation)
    keep = values > values[-1] / condition
    projected = vectors[:, keep].T @ zscore
    statistic = float(np.sum(projected**2 / values[keep]))
    dof = int(keep.sum())
    return JointTest(statistic, dof, chi2_ln_sf(statistic, dof))


def chi2_ln_sf(statistic: float, dof: int) -> float:
    """ln of the upper tail of χ², also where the tail itself is below 1e-300 (continued fraction of the incomplete gamma function).

    >>> round(float(np.exp(chi2_ln_sf(3.841459, 1))), 6), round(chi2_ln_sf(4000.0, 2), 6)
    (0.05, -2000.0)
    """
    tail = float(chi2.sf(statistic, dof))
    if tail > 1e-290:
        return float(np.log(tail))
    a, x = dof / 2, statistic / 2
    # Lentz's method, as in Numerical Recipes' gcf; at x >> a it ends after a few steps.
    b, c = x + 1 - a, 1e300
    d = 1 / b
    h = d
    for i in range(1, 500):
        an = -i * (i - a)
        b += 2
        d = 1 / (an * d + b)
        c = b + an / c
        h *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return float(-x + a * np.log(x) - gammaln(a) + np.log(h))
