"""Gene models of one chromosome: their predicted expression in the panel, their z, and the region that each belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tcra.common.arrays import Booleans, Floats, Integers
from tcra.errors import UserError
from tcra.finemapping.gene_places import GenePlaces
from tcra.finemapping.locus import standardise
from tcra.finemapping.matched_weights import MatchedWeights
from tcra.finemapping.reference_panel import ReferencePanel
from tcra.finemapping.regions import LdRegion, region_of
from tcra.finemapping.trained_models import TrainedModels

BORDER_SHARE = 0.1  # of Σ|w σ| beyond the region, from which on a gene model lies on its border
FARTHEST_BP, ENOUGH_MODELS = 3_000_000, 5
NO_REGION = "its place is in no region"
NO_PLACE = "its place is unknown: the gene is not in --genes, and the model has no positions"
NOT_IN_PANEL = "none of its SNPs is in the panel"
NO_GWAS_ROW = "none of its SNPs in the panel has a usable GWAS row"
CONSTANT_PREDICTION = "its predicted expression does not vary in the panel"


@dataclass(frozen=True)
class LocatedModels:
    """q gene models. model (q,): their index in all models. region (q,): index of the region, −1 without one. z (q,): NaN without one.
    columns (q, n): predicted expression, standardised as in `Locus`, and its SD (q,). n_used (q,): SNPs in the panel and the GWAS.
    outside (q,): share of Σ|w σ| beyond the region; beyond (q,): the other region that holds most of it, −1 without one. reason (q,):
    why the model has no z or region, empty if it has both. weights: of each model, the rows of its SNPs in the panel and w σ for the
    panel's `alt`.
    """

    model: Integers
    region: Integers
    z: Floats
    columns: Floats
    sd: Floats
    n_used: Integers
    outside: Floats
    beyond: Integers
    reason: NDArray[np.object_]
    weights: list[tuple[Integers, Floats]]

    def of(self, region: int) -> Integers:
        """The models (indices into these arrays) of a region that have a z."""
        return np.flatnonzero((self.region == region) & (self.reason == ""))

    @property
    def at_border(self) -> Booleans:
        """Models (q,) with over a tenth of their weights beyond their region."""
        return (self.reason == "") & (self.outside > BORDER_SHARE)


@dataclass(frozen=True)
class Predicted:
    """Of q gene models: standardised expression (q, n), its SD (q,), z (q,), NaN where it does not vary, and of each the rows of its
    SNPs in the panel and w σ.
    """

    columns: Floats
    sd: Floats
    z: Floats
    weights: list[tuple[Integers, Floats]]


def predict(
    models: TrainedModels, chosen: Integers, matched: MatchedWeights, panel: ReferencePanel, z: Floats
) -> Predicted:
    """Expression and z of gene models over U, their SNPs that vary in the panel and have a z (p,): expression E = Σ w x and
    z = Σ w σ z / SD(E), with the panel's σ.

    chosen (q,): models; `matched` holds all of their weights.
    """
    expression, scores = np.zeros((len(chosen), panel.people)), np.full(len(chosen), np.nan)
    used: list[tuple[Integers, Floats]] = []
    first = np.searchsorted(matched.weight, models.start[chosen])
    for q, model in enumerate(chosen.tolist()):
        part = slice(int(first[q]), int(first[q] + models.start[model + 1] - models.start[model]))
        row = matched.row[part]
        usable = (row >= 0) & ~np.isnan(z[row]) if panel.size else np.zeros(len(row), bool)
        row, weight = row[usable], (matched.sign[part] * models.weight[matched.weight[part]])[usable]
        order = np.argsort(row, kind="stable")  # sums do not depend on the order of weights in the database
        row, weight = row[order], weight[order]
        dosages = panel.filled(row)
        sd = dosages.std(axis=1, ddof=1) if len(row) else np.zeros(0)
        varies = sd > 0
        row, weight, sd = row[varies], weight[varies], sd[varies]
        expression[q] = weight @ dosages[varies]
        scores[q] = weight @ (sd * z[row])
        used.append((row, weight * sd))
    columns, spread = standardise(expression)
    with np.errstate(divide="ignore", invalid="ignore"):
        return Predicted(columns, spread, np.where(spread > 0, scores / spread, np.nan), used)


def place_models(
    models: TrainedModels,
    chosen: Integers,
    places: GenePlaces,
    matched: MatchedWeights,
    panel: ReferencePanel,
    predicted: Predicted,
    regions: Sequence[LdRegion],
) -> LocatedModels:
    """Give each model its region: that of its TSS, else of the median position of its weights. regions: of this chromosome."""
    used = predicted.weights
    position = np.full(len(chosen), -1, np.int64)
    found = np.zeros(len(chosen), bool)
    first = np.searchsorted(matched.weight, models.start[chosen])
    for q, model in enumerate(chosen.tolist()):
        row = matched.row[first[q] : first[q] + models.start[model + 1] - models.start[model]]
        row = row[row >= 0]
        found[q] = len(row) > 0
        if places.annotated[model]:
            position[q] = places.position[model]
        elif len(row):
            position[q] = int(np.median(panel.position[row])) - 1
        else:
            position[q] = places.position[model]
    region = np.where(position >= 0, region_of(regions, position), -1)
    outside, beyond = np.full(len(chosen), np.nan), np.full(len(chosen), -1)
    for q in np.flatnonzero(region >= 0).tolist():
        row, strength = used[q][0], np.abs(used[q][1])
        if not len(row):
            continue
        home = region_of(regions, panel.position[row] - 1)
        away = home != region[q]
        outside[q] = strength[away].sum() / strength.sum() if strength.sum() > 0 else 0.0
        others = home[away & (home >= 0)]
        if len(others):
            beyond[q] = int(np.argmax(np.bincount(others, strength[away & (home >= 0)])))
    n_used = np.array([len(row) for row, _ in used], np.int64)
    reason = np.full(len(chosen), "", dtype=object)
    for why, where in (
        (NO_REGION, region < 0),
        (CONSTANT_PREDICTION, np.isnan(predicted.z)),
        (NO_GWAS_ROW, n_used == 0),
        (NOT_IN_PANEL, ~found),
        (NO_PLACE, position < 0),
    ):
        reason[where] = why
    _check_build(models, chosen, places, panel, used)
    return LocatedModels(
        chosen, region, predicted.z, predicted.columns, predicted.sd, n_used, outside, beyond, reason, used
    )


def _check_build(
    models: TrainedModels,
    chosen: Integers,
    places: GenePlaces,
    panel: ReferencePanel,
    used: list[tuple[Integers, Floats]],
) -> None:
    """UserError if most genes lie far from their SNPs: genes and panel are of different genome builds."""
    far, known = [], 0
    for q, model in enumerate(chosen.tolist()):
        row = used[q][0]
        if places.annotated[model] and len(row):
            known += 1
            distance = int(np.abs(panel.position[row] - 1 - places.position[model]).min())
            if distance > FARTHEST_BP:
                far.append((models.table["gene"].iloc[model], places.position[model] + 1, int(panel.position[row[0]])))
    if known >= ENOUGH_MODELS and 2 * len(far) > known:
        gene, start, snp = far[0]
        raise UserError(
            f"{len(far)} of {known} genes of chromosome {panel.chrom} lie over {FARTHEST_BP // 1_000_000} Mb from their SNPs in the "
            f"panel ({gene} starts at {start}, its SNP is at {snp}): --genes and --genotypes are of different genome builds; give "
            "genes of the panel's build"
        )
