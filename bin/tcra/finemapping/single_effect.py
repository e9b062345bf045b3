"""One effect among many variables: the posterior when at most one of them acts (Wang et al. 2020; cTWAS, Zhao et al. 2024).

Variable j has prior π_j and, if it acts, an effect N(0, V_j) on the scale of z. With odds o_j = π_j / (1 − π_j) and
ln BF_j = ½ [z_j² V_j / (1 + V_j) − ln(1 + V_j)]: α_j = o_j BF_j / (1 + Σ o BF). The 1 stands for "none of them".
"""

from dataclasses import dataclass

import numpy as np

from tcra.common.arrays import Floats, Integers


@dataclass(frozen=True)
class SingleEffect:
    """Of n variables: alpha (n,) the posterior, mean (n,) and second (n,) the first and second moment of the effect if it acts."""

    alpha: Floats
    mean: Floats
    second: Floats


def ln_bayes_factor(z: Floats, variance: Floats) -> Floats:
    """ln BF (n,) of an effect N(0, variance) against none, from z (n,)."""
    return 0.5 * (z * z * variance / (1 + variance) - np.log1p(variance))


def single_effect(z: Floats, prior: Floats, variance: Floats) -> SingleEffect:
    """The single-effect posterior of one region. z, prior, variance (n,); prior in [0, 1)."""
    with np.errstate(divide="ignore"):
        log_weight = np.log(prior) - np.log1p(-prior) + ln_bayes_factor(z, variance)
    highest = max(float(log_weight.max(initial=-np.inf)), 0.0)  # 0 is "none of them"
    weight = np.exp(log_weight - highest)
    mean = z * variance / (1 + variance)
    return SingleEffect(weight / (np.exp(-highest) + weight.sum()), mean, variance / (1 + variance) + mean * mean)


def single_effects(z: Floats, start: Integers, prior: Floats, variance: Floats) -> tuple[SingleEffect, Floats]:
    """The same for many regions at once, and the log likelihood of each region (r,): ln(1 + Σ o BF) + Σ ln(1 − π).

    z, prior, variance (n,) with the variables of a region side by side; start (r,): where each region begins (none is empty).
    """
    size = np.diff(np.append(start, len(z)))
    with np.errstate(divide="ignore"):
        log_weight = np.log(prior) - np.log1p(-prior) + ln_bayes_factor(z, variance)
    highest = np.maximum(np.maximum.reduceat(log_weight, start), 0.0)
    weight = np.exp(log_weight - np.repeat(highest, size))
    total = np.exp(-highest) + np.add.reduceat(weight, start)
    mean = z * variance / (1 + variance)
    effect = SingleEffect(weight / np.repeat(total, size), mean, variance / (1 + variance) + mean * mean)
    return effect, highest + np.log(total) + np.add.reduceat(np.log1p(-prior), start)
