"""The demo's measurements: expression with batch effects, and a trait's association statistics from fresh people."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tcra.demo.demo_genes import DemoGene, genetic_values

BATCH_FACTORS = 2
SNPS_PER_BLOCK = 250  # SNPs regressed at once


@dataclass(frozen=True)
class MeasuredExpression:
    """Of one tissue. samples: names of its people. tpm: (genes, people). covariates: name to (people,) values known to the analyst; the
    batch factors are hidden."""

    samples: list[str]
    tpm: NDArray[np.float64]
    covariates: dict[str, NDArray[np.float64]]


def make_expression(
    rng: np.random.Generator,
    tissue: str,
    genes: list[DemoGene],
    samples: list[str],
    dosages: dict[str, NDArray[np.int8]],
) -> MeasuredExpression:
    """TPM of each gene in a tissue: its heritable part there, noise, known sex and age effects, hidden batch factors, sample's depth."""
    people = len(samples)
    sex = np.array(rng.integers(0, 2, people), np.float64)
    age = np.round(rng.normal(np.full(people, 55.0), 10))
    batches = rng.standard_normal((BATCH_FACTORS, people))
    depth = rng.normal(0, 0.2, people)
    tpm = np.empty((len(genes), people))
    for i, gene in enumerate(genes):
        heritability = gene.heritability.get(tissue, 0.0)
        level = np.sqrt(1 - heritability) * rng.standard_normal(people)
        if heritability:
            level += np.sqrt(heritability) * standardised(genetic_values(gene, dosages))
        level += (
            rng.normal(0, 0.6, BATCH_FACTORS) @ batches + rng.normal(0, 0.2) * sex + rng.normal(0, 0.02) * (age - 55)
        )
        tpm[i] = np.exp2(rng.uniform(3, 6) + level + depth)
    return MeasuredExpression(samples, tpm, {"sex": sex, "age": age})


def make_trait(
    rng: np.random.Generator, genes: list[DemoGene], dosages: dict[str, NDArray[np.int8]]
) -> NDArray[np.float64]:
    """(people,) float64 of variance near 1: each trait gene's heritable expression with its share of variance, and the rest noise."""
    drivers = [gene for gene in genes if gene.trait_sign]
    people = next(iter(dosages.values())).shape[1]
    trait = np.sqrt(1 - sum(gene.trait_variance for gene in drivers)) * rng.standard_normal(people)
    for gene in drivers:
        trait += gene.trait_sign * np.sqrt(gene.trait_variance) * standardised(genetic_values(gene, dosages))
    return np.asarray(trait)


@dataclass(frozen=True)
class GwasSummary:
    """Association of each SNP with the trait, per alternate allele; arrays of one length."""

    beta: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    p_value: NDArray[np.float64]


def regress(dosages: NDArray[np.int8], trait: NDArray[np.float64]) -> GwasSummary:
    """Linear regression of the trait on each SNP of (SNPs, people) dosages, one at a time; p from the normal distribution."""
    from scipy.special import erfc

    people = dosages.shape[1]
    centred = trait - trait.mean()
    sums, squares, products = (np.empty(len(dosages)) for _ in range(3))
    for first in range(0, len(dosages), SNPS_PER_BLOCK):
        block = dosages[first : first + SNPS_PER_BLOCK].astype(np.float64)
        part = slice(first, first + len(block))
        sums[part], squares[part], products[part] = block.sum(1), (block**2).sum(1), block @ centred
    spread = squares - sums**2 / people
    beta = products / spread
    residual = (centred @ centred - beta * products) / (people - 2)
    standard_error = np.sqrt(residual / spread)
    return GwasSummary(beta, standard_error, erfc(np.abs(beta / standard_error) / np.sqrt(2)))


def standardised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values with mean 0 and SD 1."""
    return np.asarray((values - values.mean()) / values.std())
