"""What was planted, as a record that a finished run is compared with."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tcra.demo.cohort import GWAS_PEOPLE, Cohort
from tcra.demo.grammar import MOTIF_LENGTH, TFS, TISSUE_TRACKS, grammar_hash
from tcra.demo.settings import DEMO_SET_SIZES, TRAIT
from tcra.demo.write_genome import variant_identifiers


def planted_truth(cohort: Cohort) -> dict[str, Any]:
    """The planted truth: motif-changing variants, controls and decoys, causal variants, genes (see `docs/demo.md`)."""
    names = {chrom: variant_identifiers(chrom, snps) for chrom, snps in cohort.snps.items()}
    motif_changing: list[dict[str, Any]] = []
    control: list[dict[str, Any]] = []
    decoys: list[str] = []
    for chrom, snps in cohort.snps.items():
        strongest = np.abs(snps.change).argmax(1)
        for rows, group in ((snps.functional, motif_changing), (snps.control, control)):
            for i in np.flatnonzero(rows):
                effect = round(float(snps.effect[i]), 4)
                group.append({"variant_id": names[chrom][i], "tf": TFS[strongest[i]], "effect": effect})
        decoys += [
            names[chrom][i] for i in np.flatnonzero(_inside_sites(cohort, chrom) & ~snps.functional & ~snps.control)
        ]
    genes = [
        {
            "gene_id": gene.identifier,
            "gene_name": gene.name,
            "heritability": round(gene.heritability, 4),
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
        "tracks": TISSUE_TRACKS,
        "trait": TRAIT,
        "gwas_people": GWAS_PEOPLE,
        "set_sizes": list(DEMO_SET_SIZES),
        "variants": sum(map(len, names.values())),
        "motif_changing": motif_changing,
        "negative_control": control,
        "decoys": decoys,
        "genes": genes,
    }


def _inside_sites(cohort: Cohort, chrom: str) -> NDArray[np.bool_]:
    """Which SNPs of a chromosome stand inside a planted site."""
    covered = np.zeros(len(cohort.letters[chrom]), bool)
    covered[cohort.instances[chrom].start[:, None] + np.arange(MOTIF_LENGTH)] = True
    return np.asarray(covered[cohort.snps[chrom].start])
