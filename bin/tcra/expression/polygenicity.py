"""How much a polygenic trait inflates a gene's test: the numerator of φ, in closed form (Liang et al., AJHG 2026, define φ by simulation).

With effects β ~ N(0, 1) per dosage on all SNPs of the genome, E[r²] of a predicted expression E and the trait is
Σ_j r_j² σ_j² / Σ_genome σ_j², r_j the correlation of E with SNP j. The numerator takes SNPs within 5 Mb of the model; the chance part of
r_j² among n people, (1 − r_j²)/(n − 2), is taken off.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from tcra.common.arrays import Floats
from tcra.expression.genotypes.record import Dosages

REACH_BP = 5_000_000
SNPS_AT_ONCE = 1_000


@dataclass(frozen=True)
class Predictor:
    """A model's predicted expression (samples,) and the median position of its weights on the chromosome."""

    gene_id: str
    snp_set: str
    position: float
    expression: Floats


@dataclass(frozen=True)
class PhiSums:
    """sums: the numerators, in the order of the predictors. snps, variance: number of SNPs of the chromosome and Σσ² of their dosages."""

    sums: Floats
    snps: int
    variance: float


def phi_sums(snps_of_chromosome: Iterable[tuple[int, Dosages]], predictors: Sequence[Predictor]) -> PhiSums:
    """The numerators of φ of all models of a chromosome, its SNPs read once.

    snps_of_chromosome: 1-based position, rising, and dosages of the same samples as the predictors'. SNPs all vary.
    """
    sums, snps, variance = np.zeros(len(predictors)), 0, 0.0
    centres = np.array([predictor.position for predictor in predictors])
    standardised = np.stack([_standardised(p.expression) for p in predictors]) if predictors else np.zeros((0, 0))
    block: list[tuple[int, Floats]] = []

    def add_block() -> None:
        nonlocal snps, variance
        positions = np.array([position for position, _ in block])
        dosages = np.stack([dosages for _, dosages in block], 1)
        weights = dosages.var(axis=0)
        snps, variance = snps + len(block), variance + float(weights.sum())
        near = np.flatnonzero((centres >= positions[0] - REACH_BP) & (centres <= positions[-1] + REACH_BP))
        if not len(near):
            return
        n = len(dosages)
        r2 = (standardised[near] @ ((dosages - dosages.mean(axis=0)) / np.sqrt(weights)) / n) ** 2
        inside = np.abs(centres[near][:, None] - positions) <= REACH_BP
        sums[near] += ((r2 - (1 - r2) / (n - 2)) * weights * inside).sum(axis=1)

    for position, dosages in snps_of_chromosome:
        block.append((position, dosages.astype(np.float64)))
        if len(block) == SNPS_AT_ONCE:
            add_block()
            block.clear()
    if block:
        add_block()
    return PhiSums(sums, snps, variance)


def _standardised(values: Floats) -> Floats:
    sd = values.std()
    return np.asarray((values - values.mean()) / sd) if sd > 0 else np.zeros_like(values)
