"""Does the panel's LD fit the z-scores? The share s of z that is noise to the panel (susieR's criterion, Zou et al. 2022)."""

import numpy as np
from scipy.optimize import minimize_scalar

from tcra.finemapping.locus import Locus

LD_MISMATCH = 0.05  # beyond this, LD is not used: at most one effect is reported
SMALLEST = 1e-8
ENOUGH_EVIDENCE = 2.0  # of log likelihood, without which s is 0 (a likelihood-ratio test at 5 %)


def panel_mismatch(locus: Locus) -> float:
    """The s in [0, 1] that makes z likeliest under N(0, (1 − s) R + s I); 0 where z is what the panel's LD expects.

    By the n × n Gram matrix: R has at most n − 1 eigenvalues above 0, and z's part outside their vectors has variance s.
    """
    value, vector = np.linalg.eigh(locus.columns.T @ locus.columns)  # the largest last
    keep = value > max(value[-1], 0) * 1e-10
    value, vector = value[keep], vector[:, keep]
    squared = (vector.T @ (locus.columns.T @ locus.z)) ** 2 / value
    rest, others = max(float(locus.z @ locus.z - squared.sum()), 0.0), locus.size - len(value)

    def minus_log_likelihood(log_s: float) -> float:
        s = np.exp(log_s)
        spread = (1 - s) * value + s
        return float(0.5 * (np.log(spread) + squared / spread).sum() + 0.5 * (others * np.log(s) + rest / s))

    # Two searches: near 0 the likelihood changes with the logarithm of s, elsewhere with s.
    low = minimize_scalar(minus_log_likelihood, bounds=(np.log(SMALLEST), np.log(0.02)), method="bounded")
    high = minimize_scalar(lambda s: minus_log_likelihood(np.log(s)), bounds=(0.01, 1.0), method="bounded")
    best, value_of_best = (float(np.exp(low.x)), low.fun) if low.fun <= high.fun else (float(high.x), high.fun)
    # Where z says nothing about s, such as with one variable, nothing speaks against the panel.
    return 0.0 if minus_log_likelihood(np.log(SMALLEST)) <= value_of_best + ENOUGH_EVIDENCE else best
