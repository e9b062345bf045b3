"""Colocalisation by approximate Bayes factors (coloc, Giambartolomei et al. 2014): is one SNP behind expression and trait?"""

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from tcra.common.arrays import Floats
from tcra.errors import UserError

P1 = P2 = 1e-4
P12 = 1e-5
SD_EFFECT_QUANTITATIVE, SD_EFFECT_CASES = 0.15, 0.2
HYPOTHESES = ("coloc_H0", "coloc_H1", "coloc_H2", "coloc_H3", "coloc_H4")


@dataclass(frozen=True)
class TraitDesign:
    """samples of the GWAS; cases: their share among the samples, None for a quantitative trait."""

    samples: float
    cases: float | None = None

    def __post_init__(self) -> None:
        if self.samples <= 0:
            raise UserError(f"--gwas_N {self.samples:g}: expected the number of samples of the GWAS")
        if self.cases is not None and not 0 < self.cases < 1:
            raise UserError(f"--case-fraction {self.cases:g}: expected the share of cases, between 0 and 1")


def colocalise(dosages: Floats, expression: Floats, trait_z: Floats, frequency: Floats, design: TraitDesign) -> Floats:
    """Posterior of H0 to H4 (5,): no cause, of expression alone, of the trait alone, two SNPs, one SNP for both.

    dosages (p, n) and expression (n,) of the people who have both; trait_z (p,), frequency (p,) of the SNPs. SNPs without variance
    are left out by the caller.
    """
    eqtl = _expression_ln_factors(dosages, expression)
    variance = 1 / (2 * design.samples * frequency * (1 - frequency))
    sd = SD_EFFECT_QUANTITATIVE
    if design.cases is not None:
        variance, sd = variance / (design.cases * (1 - design.cases)), SD_EFFECT_CASES
    trait = _ln_factor(trait_z, variance, sd)
    one, two, both = logsumexp(eqtl), logsumexp(trait), logsumexp(eqtl + trait)
    # H3: two different SNPs: all pairs without the pairs of a SNP with itself
    gap = both - (one + two)
    different = one + two + np.log1p(-np.exp(gap)) if gap < 0 else -np.inf
    terms = np.array([0.0, np.log(P1) + one, np.log(P2) + two, np.log(P1) + np.log(P2) + different, np.log(P12) + both])
    return np.exp(terms - logsumexp(terms))


def _ln_factor(z: Floats, variance: Floats, sd_effect: float) -> Floats:
    """Wakefield's ln Bayes factor (p,) from z, the variance of the estimate and the SD of true effects."""
    shrinkage = sd_effect**2 / (sd_effect**2 + variance)
    return 0.5 * (np.log1p(-shrinkage) + shrinkage * z * z)


def _expression_ln_factors(dosages: Floats, expression: Floats) -> Floats:
    """ln Bayes factors (p,) of marginal regressions of expression (n,) on each SNP (p, n)."""
    people = len(expression)
    x = dosages - dosages.mean(axis=1, keepdims=True)
    y = expression - expression.mean()
    squares = np.einsum("ij,ij->i", x, x)
    beta = x @ y / squares
    residual = y @ y - beta * beta * squares
    variance = residual / (people - 2) / squares
    return _ln_factor(beta / np.sqrt(variance), variance, SD_EFFECT_QUANTITATIVE * float(np.std(y, ddof=1)))
