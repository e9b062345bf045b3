"""Everything of one chromosome that fine-mapping needs: regions, their gene models with z-scores, and their SNPs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tcra.common.arrays import Booleans, Floats, Integers
from tcra.errors import UserError
from tcra.finemapping.gene_places import GenePlaces
from tcra.finemapping.located_models import LocatedModels, place_models, predict
from tcra.finemapping.locus import Locus, standardise
from tcra.finemapping.matched_weights import MatchedWeights, match_weights, names_and_ids
from tcra.finemapping.panel_gwas import PanelGwas, read_panel_gwas
from tcra.finemapping.reference_panel import PanelFiles, ReferencePanel
from tcra.finemapping.regions import LdRegion, merge_neighbours, merge_spans, region_of, split_region, window_regions
from tcra.finemapping.score_classes import ScoreClasses
from tcra.finemapping.settings import FinemapInputs, FinemapOptions
from tcra.finemapping.trained_models import TrainedModels

AROUND_BP = 3_000_000  # weights lie within so far of their region
TOO_RARE, CONSTANT, OUTSIDE = "minor allele too rare in the panel", "does not vary in the panel", "only in gene models"


@dataclass(frozen=True)
class ChromosomeData:
    """names (p,): how the panel's variants are called in the tables. reason (p,): why a variant of the panel is no SNP variable, empty
    where it is one. snp_class (p,): class of the SNP, 0 unless scores are given.
    """

    panel: ReferencePanel
    gwas: PanelGwas
    names: NDArray[np.object_]
    regions: list[LdRegion]
    models: LocatedModels
    matched: MatchedWeights
    reason: NDArray[np.object_]
    snp_class: Integers

    @property
    def mapped(self) -> list[int]:
        """Regions (indices) with a gene model that has a z."""
        return np.unique(self.models.region[self.models.reason == ""]).tolist()

    def snp_rows(self, region: int) -> Integers:
        """The SNP variables of a region: rows of the panel."""
        one = self.regions[region]
        low, high = np.searchsorted(self.panel.position - 1, [one.start, one.end])
        return low + np.flatnonzero(self.reason[low:high] == "")

    def z_scores(self, region: int) -> Floats:
        """z (p,) of the variables of a region: gene models, then SNPs."""
        return np.concatenate((self.models.z[self.models.of(region)], self.gwas.z[self.snp_rows(region)]))

    def groups(self, region: int, tissue: Integers, tissues: int) -> Integers:
        """Prior groups (p,) of the same. tissue (m,): number of the tissue of every model; classes of SNPs follow the `tissues`."""
        own = tissue[self.models.model[self.models.of(region)]]
        return np.concatenate((own, tissues + self.snp_class[self.snp_rows(region)]))

    def locus(self, region: int, tissue: Integers, tissues: int) -> Locus:
        """The variables of a region with their columns."""
        models = self.models.of(region)
        columns, _ = standardise(self.panel.filled(self.snp_rows(region)))
        columns = np.concatenate((self.models.columns[models], columns))
        return Locus(columns, self.z_scores(region), self.groups(region, tissue, tissues), len(models))


def load_chromosome(
    chrom: str,
    models: TrainedModels,
    places: GenePlaces,
    regions: Sequence[LdRegion] | None,
    files: PanelFiles,
    scores: ScoreClasses | None,
    inputs: FinemapInputs,
    options: FinemapOptions,
) -> ChromosomeData:
    """Read the panel and the GWAS of a chromosome, and give every gene model its z and its region.

    regions: of the whole genome; None for windows around the genes. The GWAS is read once per chromosome.

    Errors: UserError for files that do not fit together.
    """
    chosen = np.flatnonzero(models.chosen & ((places.chrom == chrom) | (places.chrom == "")))
    blocks = _blocks(chrom, chosen, places, regions, options)
    inside = [(one.start, one.end) for one in blocks]
    weight = np.concatenate([np.zeros(0, np.int64), *(np.arange(*models.start[[one, one + 1]]) for one in chosen)])
    wanted = set(models.position[weight][models.chrom[weight] == chrom].tolist())
    around = merge_spans((max(0, start - AROUND_BP), end + AROUND_BP) for start, end in inside)
    panel = files.read(chrom, around, inside, wanted, set(models.snp[weight].tolist()))
    matched = match_weights(models, weight, panel)
    if matched.elsewhere and regions is None and not places.annotated[chosen].any():
        raise UserError(
            "the panel is of another genome build than the models: give --genes or --regions of the panel's build"
        )
    names, ids = names_and_ids(panel, models, matched)
    gwas = read_panel_gwas(inputs.gwas, [panel], [ids], options.settings, options.matching)
    predicted = predict(models, chosen, matched, panel, gwas.z)
    reason = _snp_reasons(panel, gwas, options)
    if regions is None:
        places_here = np.sort(places.position[chosen][places.position[chosen] >= 0])
        snps = panel.position[reason == ""] - 1
        blocks = [part for one in blocks for part in split_region(one, places_here, snps, options.most_variables)]
    located = place_models(models, chosen, places, matched, panel, predicted, blocks)
    if options.merge_borders and (located.at_border & (located.beyond >= 0)).any():
        pairs = np.column_stack((located.region, located.beyond))[located.at_border & (located.beyond >= 0)]
        blocks = merge_neighbours(blocks, [(int(one), int(other)) for one, other in pairs])
        located = place_models(models, chosen, places, matched, panel, predicted, blocks)
    reason[(reason == "") & (region_of(blocks, panel.position - 1) < 0)] = OUTSIDE
    snp_class = scores.of(panel) if scores is not None else np.zeros(panel.size, np.int64)
    return ChromosomeData(panel, gwas, names, blocks, located, matched, reason, snp_class)


def _blocks(
    chrom: str, chosen: Integers, places: GenePlaces, regions: Sequence[LdRegion] | None, options: FinemapOptions
) -> list[LdRegion]:
    if regions is not None:
        return [one for one in regions if one.chrom == chrom]
    known = chosen[(places.chrom[chosen] == chrom) & (places.position[chosen] >= 0)]
    return window_regions(chrom, places.position[known].tolist(), options.window_bp)


def _snp_reasons(panel: ReferencePanel, gwas: PanelGwas, options: FinemapOptions) -> NDArray[np.object_]:
    minor = np.minimum(panel.frequency, 1 - panel.frequency)
    reason = gwas.reason.copy()
    with np.errstate(invalid="ignore"):
        reason[(reason == "") & ~(minor >= options.maf)] = TOO_RARE
    reason[(reason == "") & ~_varies(panel)] = CONSTANT
    return reason


def _varies(panel: ReferencePanel, rows_at_once: int = 20_000) -> Booleans:
    """Variants (p,) with two different known dosages."""
    parts = []
    for first in range(0, panel.size, rows_at_once):
        rows = np.arange(first, min(first + rows_at_once, panel.size))
        values = panel.filled(rows)
        parts.append(values.max(axis=1) > values.min(axis=1))
    return np.concatenate(parts) if parts else np.zeros(0, bool)
