"""Which variant of the panel each weight of a gene model is: by position and alleles, or by id and alleles."""

import logging
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tcra.common.arrays import Booleans, Floats, Integers
from tcra.errors import UserError
from tcra.finemapping.reference_panel import ReferencePanel
from tcra.finemapping.trained_models import TrainedModels

log = logging.getLogger(__name__)
ENOUGH_TO_JUDGE = 20


@dataclass(frozen=True)
class MatchedWeights:
    """Of some weights (k,), given by `weight`, their index in the models: row (k,) int64 of the panel, -1 without one; sign (k,): −1
    where the panel counts the other allele. elsewhere: the panel has their ids at other positions than the models say.
    """

    weight: Integers
    row: Integers
    sign: Floats
    elsewhere: bool


def match_weights(models: TrainedModels, weight: Integers, panel: ReferencePanel) -> MatchedWeights:
    """Find weights in the panel, by either order of their alleles. A weight's id is used before its position where the two disagree for
    most weights: then the panel is of another genome build than the models, and positions are the panel's.

    Errors: UserError if positions agree but alleles do not: the panel is of another build, and has no ids of the models.
    """
    place: dict[tuple[int, str, str], int] = {}
    name: dict[tuple[str, str, str], int] = {}
    sites: set[int] = set()
    for number, (position, ref, alt, text) in enumerate(
        zip(panel.position.tolist(), panel.ref, panel.alt, panel.name, strict=True)
    ):
        place[position, ref, alt] = number
        sites.add(position)
        if text:
            name.setdefault((text, ref, alt), number)
    size = len(weight)
    by_place, place_sign = np.full(size, -1), np.ones(size)
    by_name, name_sign = np.full(size, -1), np.ones(size)
    shared = np.zeros(size, bool)
    for k, at in enumerate(weight.tolist()):
        ref, eff, snp = models.ref[at], models.eff[at], models.snp[at]
        position = int(models.position[at]) if models.chrom[at] == panel.chrom else 0
        shared[k] = position in sites
        for sign, alleles in ((1.0, (ref, eff)), (-1.0, (eff, ref))):
            if by_place[k] < 0 and (found := place.get((position, *alleles))) is not None:
                by_place[k], place_sign[k] = found, sign
            if by_name[k] < 0 and (found := name.get((snp, *alleles))) is not None:
                by_name[k], name_sign[k] = found, sign
    known = (by_name >= 0) & (models.position[weight] > 0)
    other = known & (panel.position[np.maximum(by_name, 0)] != models.position[weight]) if panel.size else known
    elsewhere = bool(2 * other.sum() > known.sum() and known.any())
    if elsewhere:
        first = int(np.flatnonzero(other)[0])
        log.warning(
            "the panel has %d of %d SNPs of the models at other positions (%s: %d, model %d): it is of another genome build; SNPs are "
            "matched by id, and positions, regions and genes must be of the panel's build",
            other.sum(), known.sum(), models.snp[weight[first]], panel.position[by_name[first]], models.position[weight[first]],
        )  # fmt: skip
        by_place[:] = -1
    elif (wrong := _alleles_differ(shared, by_place, by_name)).any():
        first = int(np.flatnonzero(wrong)[0])
        raise UserError(
            f"the panel and the models share {int(shared.sum())} positions on chromosome {panel.chrom}, but at {int(wrong.sum())} of "
            f"them alleles differ (such as {panel.chrom}:{models.position[weight[first]]}): the panel is of another genome build; give "
            "genotypes of the models' build, or with the models' ids as variant ids"
        )
    row = np.where(by_place >= 0, by_place, by_name)
    return MatchedWeights(weight, row, np.where(by_place >= 0, place_sign, name_sign), elsewhere)


def _alleles_differ(shared: Booleans, by_place: Integers, by_name: Integers) -> Booleans:
    """The weights (k,) whose position the panel has with other alleles; nothing if that may be chance."""
    wrong = shared & (by_place < 0) & (by_name < 0)
    return wrong if shared.sum() >= ENOUGH_TO_JUDGE and 2 * wrong.sum() > shared.sum() else np.zeros(len(shared), bool)


def names_and_ids(
    panel: ReferencePanel, models: TrainedModels, matched: MatchedWeights
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """What variants of the panel are called (p,), and the ids (p,) that the GWAS is searched for: the panel's, else the models';
    a variant without one is called `chrom_position_ref_alt`, and has no id (None).
    """
    ids = panel.name.copy()
    found = matched.row >= 0
    for row, weight in zip(matched.row[found].tolist(), matched.weight[found].tolist(), strict=True):
        if not ids[row]:
            ids[row] = models.snp[weight]
    names = ids.copy()
    for row in np.flatnonzero(names == "").tolist():
        names[row] = f"{panel.chrom}_{panel.position[row]}_{panel.ref[row]}_{panel.alt[row]}"
        ids[row] = None
    return names, ids
