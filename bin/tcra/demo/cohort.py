"""Put the made-up cohort together from one seed: genome, SNPs, people, genes, measurements."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tcra.demo.demo_genes import DemoGene, choose_causes, place_genes
from tcra.demo.measurements import GwasSummary, MeasuredExpression, make_expression, make_trait, regress
from tcra.demo.people import dosages, haplotypes
from tcra.demo.sequence import Instances, plant_enhancers, random_letters
from tcra.demo.snps import SnpNumbers, Snps, make_snps

LENGTHS = {"chr1": 1_500_000, "chr2": 1_500_000}
ENHANCER_SPACING = 2_500
SNPS, STRONG_SITE_SNPS, SITE_SNPS = 4_000, 535, 265  # in all; in strong planted sites; in planted sites of any strength
GENOTYPED = 400  # people with genotypes
MEASURED = {"epithelium": (0, 300), "stroma": (190, 390)}  # [first, end) of these, with expression: 110 in both tissues
MEASURED_ONLY = 5  # people per tissue with expression but no genotypes, as in real studies
GWAS_PEOPLE = 10_000


@dataclass(frozen=True)
class Cohort:
    """Everything that is made. Per-chromosome dictionaries have one order; `summary` runs over all SNPs in that order.

    haplotypes: (SNPs, 2 · people) int8 of the genotyped. expression: by tissue.
    """

    seed: int
    letters: dict[str, NDArray[np.uint8]]
    instances: dict[str, Instances]
    snps: dict[str, Snps]
    genes: list[DemoGene]
    haplotypes: dict[str, NDArray[np.int8]]
    genotype_samples: list[str]
    expression: dict[str, MeasuredExpression]
    summary: GwasSummary


def make_cohort(seed: int) -> Cohort:
    """The cohort of a seed. Each part draws from a stream of its own, so a change in one leaves the others' draws alone."""

    def stream(part: int) -> np.random.Generator:
        return np.random.default_rng([seed, part])

    letters, instances, snps = {}, {}, {}
    for i, (chrom, length) in enumerate(LENGTHS.items()):
        rng = stream(10 + i)
        letters[chrom] = random_letters(rng, length)
        instances[chrom] = plant_enhancers(rng, letters[chrom], ENHANCER_SPACING)
        numbers = SnpNumbers(*(_share(total, i) for total in (SNPS, STRONG_SITE_SNPS, SITE_SNPS)))
        snps[chrom] = make_snps(rng, letters[chrom], instances[chrom], numbers)

    genes = place_genes(stream(20), LENGTHS)
    choose_causes(stream(21), genes, snps)

    everyone = GENOTYPED + MEASURED_ONLY * len(MEASURED)
    phased = {chrom: haplotypes(stream(30 + i), snps[chrom], everyone) for i, chrom in enumerate(LENGTHS)}
    names = [f"P{i + 1:03d}" for i in range(everyone)]
    expression = {}
    for i, (tissue, (first, end)) in enumerate(MEASURED.items()):
        without = range(GENOTYPED + i * MEASURED_ONLY, GENOTYPED + (i + 1) * MEASURED_ONLY)
        people = [*range(first, end), *without]
        own = {chrom: dosages(alleles)[:, people] for chrom, alleles in phased.items()}
        expression[tissue] = make_expression(stream(40 + i), tissue, genes, [names[p] for p in people], own)

    gwas_dosages = {c: dosages(haplotypes(stream(50 + i), snps[c], GWAS_PEOPLE)) for i, c in enumerate(LENGTHS)}
    trait = make_trait(stream(60), genes, gwas_dosages)
    return Cohort(
        seed=seed, letters=letters, instances=instances, snps=snps, genes=genes,
        haplotypes={c: h[:, : 2 * GENOTYPED] for c, h in phased.items()},
        genotype_samples=names[:GENOTYPED], expression=expression,
        summary=regress(np.concatenate(list(gwas_dosages.values())), trait),
    )  # fmt: skip


def _share(total: int, part: int) -> int:
    """`total` things shared over the chromosomes in order."""
    parts = len(LENGTHS)
    return total * (part + 1) // parts - total * part // parts
