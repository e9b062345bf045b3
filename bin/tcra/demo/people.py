"""Made-up people: haplotypes with linkage disequilibrium that decays with distance."""

import numpy as np
from numpy.typing import NDArray

from tcra.demo.snps import Snps

LD_LENGTH = 6000.0  # bp over which the correlation falls to 1/e


def haplotypes(rng: np.random.Generator, snps: Snps, people: int) -> NDArray[np.int8]:
    """(SNPs, 2 · people) int8, 1 = alternate allele: a Gaussian copula, autoregressive along the chromosome, ρ = exp(−distance / 6 kb)."""
    from scipy.special import ndtri

    thresholds = ndtri(snps.frequency).astype(np.float32)
    distance = np.diff(snps.start, prepend=snps.start[:1])
    rho = np.exp(-distance / LD_LENGTH).astype(np.float32)
    rho[0] = 0
    alleles = np.empty((len(snps.start), 2 * people), np.int8)
    latent = np.zeros(2 * people, np.float32)
    for i in range(len(alleles)):
        fresh = rng.standard_normal(2 * people, np.float32)
        latent = rho[i] * latent + np.sqrt(1 - rho[i] ** 2) * fresh
        alleles[i] = latent < thresholds[i]
    return alleles


def dosages(alleles: NDArray[np.int8]) -> NDArray[np.int8]:
    """(SNPs, people) int8 0/1/2: alternate alleles per person, from (SNPs, 2 · people) haplotypes."""
    return alleles[:, 0::2] + alleles[:, 1::2]
