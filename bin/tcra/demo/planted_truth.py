"""What was planted, as a record that a finished run is compared with."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tcra.demo.cohort import GWAS_PEOPLE, MEASURED, Cohort
from tcra.demo.grammar import DEMO_TISSUES, TISSUE_TRACKS, grammar_hash
from tcra.demo.settings import DEMO_SET_SIZES, TRAIT
from tcra.demo.snps import SLIGHT_CHANGE, Snps
from tcra.demo.write_genome import variant_identifiers

SnpRule = Callable[[Snps], NDArray[np.bool_]]


def planted_truth(cohort: Cohort) -> dict[str, Any]:
    """The planted truth: what variants do in each tissue, controls, causal variants, genes (see `docs/demo.md`)."""
    names = {chrom: variant_identifiers(chrom, snps) for chrom, snps in cohort.snps.items()}

    def chosen(rule: SnpRule) -> list[str]:
        """The variants of all chromosomes that a rule picks."""
        return [names[chrom][i] for chrom, snps in cohort.snps.items() for i in np.flatnonzero(rule(snps))]

    genes = [
        {
            "gene_id": gene.identifier,
            "gene_name": gene.name,
            "heritability": {tissue: round(value, 4) for tissue, value in gene.heritability.items()},
            "motif_driven": gene.motif_driven,
            "causal": [
                {"variant_id": names[gene.chrom][i], "effect": round(effect, 4)}
                for i, effect in zip(gene.causal, gene.effects, strict=True)
            ],
            "trait_variance": round(gene.trait_variance, 6),
            "trait_sign": gene.trait_sign,
        }
        for gene in cohort.genes
    ]
    return {
        "seed": cohort.seed,
        "grammar": grammar_hash(),
        "tissues": {tissue: _planted_in(cohort, tissue, chosen) for tissue in DEMO_TISSUES},
        "trait": TRAIT,
        "gwas_people": GWAS_PEOPLE,
        "set_sizes": list(DEMO_SET_SIZES),
        "variants": sum(map(len, names.values())),
        "negative_control": chosen(lambda snps: snps.control),
        "genes": genes,
    }


def _planted_in(cohort: Cohort, tissue: str, chosen: Callable[[SnpRule], list[str]]) -> dict[str, Any]:
    """What is planted for a tissue.

    motif_changing: variants with their mean effect over its tracks. elsewhere: those that change a motif of another tissue and none of
    this one. faint, decoys: those inside planted sites that change the motif of a track, but too little to count, and those that change
    none.
    """
    effects = np.concatenate([snps.effect(tissue)[snps.functional(tissue)] for snps in cohort.snps.values()])
    changing = chosen(lambda snps: snps.functional(tissue))
    first, end = MEASURED[tissue]
    return {
        "tracks": TISSUE_TRACKS[tissue],
        "people": end - first,
        "motif_changing": [
            {"variant_id": name, "effect": round(float(effect), 4)}
            for name, effect in zip(changing, effects, strict=True)
        ],
        "elsewhere": chosen(lambda snps: _shown_elsewhere(snps, tissue) & (snps.largest(tissue) < SLIGHT_CHANGE)),
        "faint": chosen(lambda snps: snps.in_site & (snps.largest(tissue) >= SLIGHT_CHANGE) & ~snps.functional(tissue)),
        "decoys": chosen(lambda snps: snps.in_site & (snps.largest(tissue) < SLIGHT_CHANGE)),
    }


def _shown_elsewhere(snps: Snps, tissue: str) -> NDArray[np.bool_]:
    return np.asarray(np.logical_or.reduce([snps.functional(other) for other in DEMO_TISSUES if other != tissue]))
