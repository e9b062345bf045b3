"""The demo's genes: where they stand, which SNPs drive their expression, which of them drive the trait."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tcra.demo.snps import Snps

GENE_SPACING = 50_000  # bp of one gene's slot
HERITABLE_SHARE, NON_MOTIF_SHARE = 40 / 60, 0.15  # of genes; of heritable genes, those whose SNPs change no motif
TRAIT_SHARE = 0.2  # of genes: those that drive the trait, all of them motif-driven
HERITABILITY = (0.15, 0.45)
TRAIT_VARIANCE = (0.0015, 0.005)  # of the trait's variance, per gene
CAUSAL_REACH = 25_000  # bp from the transcription start
CAUSAL_MINOR_FREQUENCY = 0.1
CAUSAL_SEPARATION = 10_000  # bp between causal SNPs of different genes, so that each gene's signal is mostly its own


@dataclass
class DemoGene:
    """A gene, [start, end) bp, 0-based half-open.

    causal: rows of its chromosome's SNPs. effects: change of expression per alternate allele, before scaling to the heritability.
    """

    identifier: str
    name: str
    chrom: str
    start: int
    end: int
    strand: str
    heritability: float = 0.0
    motif_driven: bool = False
    causal: list[int] = field(default_factory=list)
    effects: list[float] = field(default_factory=list)
    trait_variance: float = 0.0
    trait_sign: int = 0

    @property
    def transcription_start(self) -> int:
        """0-based position of the first transcribed base."""
        return self.start if self.strand == "+" else self.end - 1


def place_genes(rng: np.random.Generator, lengths: dict[str, int]) -> list[DemoGene]:
    """One gene of 4–16 kb in every 50 kb."""
    genes: list[DemoGene] = []
    for chrom, length in lengths.items():
        for slot in range(length // GENE_SPACING):
            start = slot * GENE_SPACING + int(rng.integers(15_000, 30_000))
            end = start + int(rng.integers(4_000, 16_001))
            number = len(genes) + 1
            strand = "+" if rng.random() < 0.5 else "-"
            genes.append(DemoGene(f"ENSG09{number:09d}.1", f"DEMO{number:03d}", chrom, start, end, strand))
    return genes


def choose_causes(rng: np.random.Generator, genes: list[DemoGene], snps: dict[str, Snps]) -> None:
    """Make 40 of 60 genes heritable by 1–3 SNPs near their transcription start, and a fifth of all genes drive the trait (in place).

    Most heritable genes are driven by motif-changing SNPs, 15 % by SNPs that touch no motif: tCRA should miss those.
    """
    heritable = round(HERITABLE_SHARE * len(genes))
    outside = round(NON_MOTIF_SHARE * heritable)
    taken: dict[str, list[int]] = {chrom: [] for chrom in snps}
    order = [genes[i] for i in rng.permutation(len(genes))]
    driven = _make_heritable(rng, order, heritable - outside, snps, taken, motif_driven=True)
    _make_heritable(rng, [gene for gene in order if not gene.causal], outside, snps, taken, motif_driven=False)
    for gene in driven[: round(TRAIT_SHARE * len(genes))]:
        gene.trait_variance = float(rng.uniform(*TRAIT_VARIANCE))
        gene.trait_sign = int(rng.choice([-1, 1]))


def _make_heritable(
    rng: np.random.Generator,
    genes: list[DemoGene],
    number: int,
    snps: dict[str, Snps],
    taken: dict[str, list[int]],
    motif_driven: bool,
) -> list[DemoGene]:
    """Give the first `number` genes that have candidates their causal SNPs, which are added to `taken` (positions by chromosome)."""
    chosen: list[DemoGene] = []
    for gene in genes:
        candidates = _candidates(gene, snps[gene.chrom], taken[gene.chrom], motif_driven)
        if len(chosen) == number or not len(candidates):
            continue
        size = min(int(rng.integers(1, 4)), len(candidates))
        gene.motif_driven = motif_driven
        gene.causal = sorted(int(i) for i in rng.choice(candidates, size, replace=False))
        gene.effects = [float(e) for e in rng.uniform(0.5, 1, size) * rng.choice([-1, 1], size)]
        gene.heritability = float(rng.uniform(*HERITABILITY))
        taken[gene.chrom] += snps[gene.chrom].start[gene.causal].tolist()
        chosen.append(gene)
    return chosen


def genetic_values(gene: DemoGene, dosages: dict[str, NDArray[np.int8]]) -> NDArray[np.float64]:
    """(people,) float64: Σ effect × dosage of a gene over its chromosome's dosages (SNPs, people)."""
    return np.asarray(np.array(gene.effects) @ dosages[gene.chrom][gene.causal].astype(np.float64))


def _candidates(gene: DemoGene, snps: Snps, taken: list[int], motif_driven: bool) -> NDArray[np.int64]:
    """Rows of the common SNPs near a gene's start and away from other genes' causal SNPs: motif-changing ones, or those in no motif."""
    usable = np.abs(snps.start - gene.transcription_start) <= CAUSAL_REACH
    usable &= snps.minor_frequency > CAUSAL_MINOR_FREQUENCY
    if taken:
        usable &= np.abs(snps.start[:, None] - np.array(taken)).min(1) >= CAUSAL_SEPARATION
    return np.flatnonzero(usable & (snps.functional if motif_driven else np.abs(snps.change).max(1) == 0))
