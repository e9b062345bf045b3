"""The demo's genes: where they stand, which SNPs drive their expression in which tissue, which of them drive the trait."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tcra.demo.grammar import DEMO_TISSUES
from tcra.demo.snps import Snps

GENE_SPACING = 50_000  # bp of one gene's slot
CAUSAL_REACH = 25_000  # bp from the transcription start
CAUSAL_MINOR_FREQUENCY = 0.1
CAUSAL_SEPARATION = 10_000  # bp between causal SNPs of different genes, so that each gene's signal is mostly its own


@dataclass(frozen=True)
class GeneKind:
    """Genes of one kind: in which tissues SNPs drive their expression, by changing a motif or not, and how strongly.

    number: of 60 genes. trait_genes: of these, those that drive the trait. heritability: range, drawn for each tissue.
    trait_variance: range of the share of the trait's variance that a trait gene explains.
    """

    tissues: tuple[str, ...]
    motif_driven: bool
    number: int
    trait_genes: int
    heritability: tuple[float, float] = (0.15, 0.45)
    trait_variance: tuple[float, float] = (0.0015, 0.005)


# The shared genes are the hard ones: weak in each tissue and weak for the trait, so that it takes both tissues to find them.
GENE_KINDS = (
    *(GeneKind((tissue,), motif_driven=True, number=12, trait_genes=6) for tissue in DEMO_TISSUES),
    GeneKind(DEMO_TISSUES, True, 14, 8, heritability=(0.01, 0.12), trait_variance=(0.0008, 0.002)),
    GeneKind(DEMO_TISSUES, motif_driven=False, number=6, trait_genes=0),
)


@dataclass
class DemoGene:
    """A gene, [start, end) bp, 0-based half-open.

    causal: rows of its chromosome's SNPs. effects: change of expression per alternate allele, before scaling to the heritability.
    heritability: by tissue; a tissue in which no SNP drives the gene is not in it.
    """

    identifier: str
    name: str
    chrom: str
    start: int
    end: int
    strand: str
    heritability: dict[str, float] = field(default_factory=dict)
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
    """Make genes of each kind heritable by 1–3 SNPs near their transcription start, and some of them drive the trait (in place).

    A gene that no SNP near it suits is passed over: where too few are left, a kind has fewer genes.
    """
    taken: dict[str, list[int]] = {chrom: [] for chrom in snps}
    order = [genes[i] for i in rng.permutation(len(genes))]
    for kind in GENE_KINDS:
        chosen = _make_heritable(rng, [gene for gene in order if not gene.causal], kind, snps, taken)
        for gene in chosen[: kind.trait_genes]:
            gene.trait_variance = float(rng.uniform(*kind.trait_variance))
            gene.trait_sign = int(rng.choice([-1, 1]))


def _make_heritable(
    rng: np.random.Generator, genes: list[DemoGene], kind: GeneKind, snps: dict[str, Snps], taken: dict[str, list[int]]
) -> list[DemoGene]:
    """Give the first genes that have candidates their causal SNPs, which are added to `taken` (positions by chromosome)."""
    chosen: list[DemoGene] = []
    for gene in genes:
        candidates = _candidates(gene, kind, snps[gene.chrom], taken[gene.chrom])
        if len(chosen) == kind.number or not len(candidates):
            continue
        size = min(int(rng.integers(1, 4)), len(candidates))
        gene.motif_driven = kind.motif_driven
        gene.causal = sorted(int(i) for i in rng.choice(candidates, size, replace=False))
        gene.effects = [float(e) for e in rng.uniform(0.5, 1, size) * rng.choice([-1, 1], size)]
        gene.heritability = {tissue: float(rng.uniform(*kind.heritability)) for tissue in kind.tissues}
        taken[gene.chrom] += snps[gene.chrom].start[gene.causal].tolist()
        chosen.append(gene)
    return chosen


def genetic_values(gene: DemoGene, dosages: dict[str, NDArray[np.int8]]) -> NDArray[np.float64]:
    """(people,) float64: Σ effect × dosage of a gene over its chromosome's dosages (SNPs, people)."""
    return np.asarray(np.array(gene.effects) @ dosages[gene.chrom][gene.causal].astype(np.float64))


def _candidates(gene: DemoGene, kind: GeneKind, snps: Snps, taken: list[int]) -> NDArray[np.int64]:
    """Rows of the common SNPs near a gene's start and away from other genes' causal SNPs that suit the kind: they change a motif in
    its tissues and none in the others, or they change no motif at all."""
    usable = np.abs(snps.start - gene.transcription_start) <= CAUSAL_REACH
    usable &= snps.minor_frequency > CAUSAL_MINOR_FREQUENCY
    if taken:
        usable &= np.abs(snps.start[:, None] - np.array(taken)).min(1) >= CAUSAL_SEPARATION
    if not kind.motif_driven:
        return np.flatnonzero(usable & (np.abs(snps.change).max(1) == 0))
    for tissue in DEMO_TISSUES:
        usable &= snps.functional(tissue) == (tissue in kind.tissues)
    return np.flatnonzero(usable)
