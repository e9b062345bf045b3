"""Several effects per region: the sum of single effects (SuSiE, Wang et al. 2020), over gene models and SNPs, from z-scores and LD.

Effect l is a single effect on what the others leave: r = z − R Σ_{k≠l} α_k μ_k. Priors are fixed; the matrix R is never formed.
"""

from dataclasses import dataclass

import numpy as np

from tcra.common.arrays import Floats
from tcra.finemapping.locus import Locus
from tcra.finemapping.single_effect import single_effect

MOST_ROUNDS_OF_EFFECTS = 200
LEAST_EFFECT = 0.5  # an effect whose α sum to no more than this is taken out
NEGLIGIBLE = 1e-10


@dataclass(frozen=True)
class SusieFit:
    """alpha, mean (l, p): posterior of each effect, and its mean if it is that variable's. rounds: until convergence."""

    alpha: Floats
    mean: Floats
    converged: bool
    rounds: int

    @property
    def pip(self) -> Floats:
        """Probability (p,) that any effect is the variable's: 1 − Π_l (1 − α_l)."""
        return inclusion_probability(self.alpha)

    @property
    def posterior_mean(self) -> Floats:
        """Σ_l α_l μ_l (p,), on the scale of z."""
        return np.asarray((self.alpha * self.mean).sum(axis=0))


def inclusion_probability(alpha: Floats) -> Floats:
    """1 − Π_l (1 − α_l) over the first axis, exact for small α."""
    with np.errstate(divide="ignore"):
        return -np.expm1(np.log1p(-np.minimum(alpha, 1)).sum(axis=0))


def fit_susie(
    locus: Locus,
    prior: Floats,
    variance: Floats,
    effects: int = 5,
    tolerance: float = 1e-6,
    keep_all: bool = False,
    ridge: float = 0.0,
) -> SusieFit:
    """Fit `effects` effects until no α changes by more than `tolerance` (at most 200 rounds).

    prior, variance (p,). keep_all: keep effects that find nothing; otherwise those whose α sum to at most 0.5 are taken out and the
    rest is fitted again (one stays at least). ridge r: R becomes (1 − r) R + r I.
    """
    z, size = locus.z, locus.size
    number = min(effects, size)
    alpha, mean = np.zeros((number, size)), np.zeros((number, size))
    rounds = 0
    converged = False
    while True:
        converged, more = _iterate(locus, prior, variance, alpha, mean, tolerance, ridge)
        rounds += more
        strength = alpha.sum(axis=1)
        weak = strength <= LEAST_EFFECT
        if keep_all or len(alpha) == 1 or not weak.any():
            return SusieFit(alpha, mean, converged, rounds)
        weak[int(np.argmax(strength))] = False
        alpha, mean = alpha[~weak], mean[~weak]
        if len(alpha) == 1:  # nothing is left to subtract: exact
            one = single_effect(z, prior, variance)
            return SusieFit(one.alpha[None, :], one.mean[None, :], True, rounds)


def _iterate(
    locus: Locus, prior: Floats, variance: Floats, alpha: Floats, mean: Floats, tolerance: float, ridge: float
) -> tuple[bool, int]:
    """Update alpha and mean (l, p) in place, effect by effect; whether they converged, and after how many rounds."""
    fitted = [_times_correlation(locus, one, ridge) for one in alpha * mean]
    total = np.sum(fitted, axis=0)
    for turn in range(1, MOST_ROUNDS_OF_EFFECTS + 1):
        change = 0.0
        for number in range(len(alpha)):
            total -= fitted[number]
            effect = single_effect(locus.z - total, prior, variance)
            change = max(change, float(np.abs(effect.alpha - alpha[number]).max()))
            alpha[number], mean[number] = effect.alpha, effect.mean
            fitted[number] = _times_correlation(locus, effect.alpha * effect.mean, ridge)
            total += fitted[number]
        if change <= tolerance:
            return True, turn
        total = np.sum(fitted, axis=0)  # rounding does not add up
    return False, MOST_ROUNDS_OF_EFFECTS


def _times_correlation(locus: Locus, weights: Floats, ridge: float) -> Floats:
    """R b (p,) for b = weights (p,), by the variables that weigh anything."""
    used = np.flatnonzero(np.abs(weights) > NEGLIGIBLE)
    if not len(used):
        return np.zeros(locus.size)
    product = locus.columns @ (weights[used] @ locus.columns[used])
    return (1 - ridge) * product + ridge * weights if ridge else product
