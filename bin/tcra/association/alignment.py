"""GWAS rows to model variants: the same alleles, the sign of the model's effect allele, the last good row of each variant."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tcra.association.gwas.effects import fix_infinite
from tcra.association.gwas.read_gwas import Gwas
from tcra.common.arrays import Floats
from tcra.common.genome.one_hot import reverse_complement
from tcra.common.gwas.gwas_row_rules import REPLACED_BY_LATER_ROW

NOT_IN_GWAS = "not in the GWAS"

ALLELES_DIFFER = "alleles differ from the model's"
ALLELES_OF_OTHER_STRAND = "alleles are the other strand's (--resolve-strand keeps them)"
FREQUENCY_DIFFERS = "allele frequency differs from the model's"


@dataclass
class Aligned:
    """Of each weight row of a model (k,): z and beta for the model's effect allele (NaN where there is none), the GWAS row that
    they came from (`source`, index over all kept rows, -1 without one), whether it was flipped, and why there is none (`reason`).

    row_reason (n,): why each kept GWAS row gave nothing to this model, empty where it did.
    other_allele (k,): the weight's own alleles are not in the GWAS; z and beta are those of another allele of the site (see `align`).
    conflicting (k,): several rows with other z have the weight's variant; the last was used.
    """

    z: NDArray[np.float64]
    beta: NDArray[np.float64]
    source: NDArray[np.int64]
    flipped: NDArray[np.bool_]
    reason: NDArray[np.object_]
    row_reason: NDArray[np.object_]
    other_allele: NDArray[np.bool_]
    conflicting: NDArray[np.bool_]

    @property
    def conflicts(self) -> int:
        """Number of weights whose variant is in several rows with other z."""
        return int(np.count_nonzero(self.conflicting))


def align(
    gwas: Gwas,
    code: NDArray[np.int64],
    ref: NDArray[np.object_],
    eff: NDArray[np.object_],
    pvalue_fix: float,
    resolve_strand: bool = False,
    weights: int | None = None,
) -> Aligned:
    """Join the kept rows to the weights of one model by variant and alleles.

    code (k,) int64, ref, eff (k,): the model's variants (index into the ids that the GWAS was read with) and upper-case alleles;
    the first `weights` of them are its weights (all unless given), the rest alleles that its sites have besides.
    A row matches if its two alleles are the weight's; z and beta change sign if its effect allele is the weight's `ref`.
    Strand complements match only with `resolve_strand`, and only where the alleles are not each other's complement.

    A site with several alternate alleles can be in two genes with one id and different alleles. The gene whose alleles the GWAS
    does not have takes the z and beta of the one whose alleles it has, as S-PrediXcan does (it looks results up by id alone), and is
    marked in `other_allele`. Only an id that the same two alleles name in both orders gets its sign from each gene's own alleles.
    """
    size = len(code)
    order = np.argsort(code, kind="stable")
    sorted_code = code[order]
    z, beta = np.full(size, np.nan), np.full(size, np.nan)
    source, flipped = np.full(size, -1), np.zeros(size, bool)
    reason = np.full(size, NOT_IN_GWAS, dtype=object)
    row_reasons, offset = [], 0
    conflicting = np.zeros(size, bool)
    for file in gwas.files:
        low = np.searchsorted(sorted_code, file.code, "left")
        count = np.searchsorted(sorted_code, file.code, "right") - low
        all_z = fix_infinite(file.effects, count > 0, pvalue_fix)
        row = np.repeat(np.arange(len(file.code)), count)
        within = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
        weight = order[np.repeat(low, count) + within]
        direction, why = _compare(
            file.effect_allele[row], file.other_allele[row], ref[weight], eff[weight], resolve_strand
        )
        bad = file.effects.reason[row] != ""
        why[bad & (direction != 0)] = file.effects.reason[row][bad & (direction != 0)]
        unset = source[weight] < 0
        failed = why != ""
        reason[weight[failed & unset]] = why[failed & unset]
        good = ~failed
        # Of repeated indices numpy keeps the last assignment: the last good row of a variant counts, as in the reference.
        ours = all_z[row[good]] * direction[good]
        before = z[weight[good]]
        conflicting[weight[good][~np.isnan(before) & (before != ours)]] = True
        z[weight[good]] = ours
        conflicting[weight[good][z[weight[good]] != ours]] = True
        beta[weight[good]] = file.effects.beta[row[good]] * direction[good]
        source[weight[good]] = row[good] + offset
        flipped[weight[good]] = direction[good] < 0
        row_reason = np.full(len(file.code), "not a variant of this model", dtype=object)
        row_reason[row] = why
        row_reason[row[good]] = REPLACED_BY_LATER_ROW
        row_reasons.append(row_reason)
        offset += len(file.code)
    other_allele = _take_from_site(code, z, beta, source, flipped, reason)[:weights]
    z, beta, source = z[:weights], beta[:weights], source[:weights]
    flipped, reason = flipped[:weights], reason[:weights]
    reason[source >= 0] = ""
    row_reason = np.concatenate(row_reasons)
    row_reason[source[source >= 0]] = ""
    return Aligned(z, beta, source, flipped, reason, row_reason, other_allele, conflicting[:weights])


def _take_from_site(
    code: NDArray[np.int64],
    z: Floats,
    beta: Floats,
    source: NDArray[np.int64],
    flipped: NDArray[np.bool_],
    reason: NDArray[np.object_],
) -> NDArray[np.bool_]:
    """Fill weights (k,) whose alleles the GWAS does not have from a weight of the same id that has its row; True where filled."""
    lacking = np.flatnonzero((source < 0) & np.isin(reason, (ALLELES_DIFFER, ALLELES_OF_OTHER_STRAND)))
    filled = np.zeros(len(code), bool)
    if not len(lacking):
        return filled
    has = np.flatnonzero((source >= 0) & np.isin(code, code[lacking]))
    giver = dict(zip(code[has].tolist(), has.tolist(), strict=True))
    for weight in lacking.tolist():
        other = giver.get(int(code[weight]))
        if other is not None:
            z[weight], beta[weight], source[weight], flipped[weight] = (
                z[other],
                beta[other],
                source[other],
                flipped[other],
            )
            filled[weight] = True
    return filled


def drop(aligned: Aligned, where: NDArray[np.bool_], reason: str) -> Aligned:
    """The same without some weight rows (k,) bool; a GWAS row that no weight is left for gets the reason too."""
    where = where & (aligned.source >= 0)
    z, source, why = aligned.z.copy(), aligned.source.copy(), aligned.reason.copy()
    row_reason = aligned.row_reason.copy()
    row_reason[source[where]] = reason
    z[where], source[where], why[where] = np.nan, -1, reason
    row_reason[source[source >= 0]] = ""
    return replace(aligned, z=z, source=source, reason=why, row_reason=row_reason)


def _compare(
    effect: NDArray[np.object_],
    other: NDArray[np.object_],
    ref: NDArray[np.object_],
    eff: NDArray[np.object_],
    resolve_strand: bool,
) -> tuple[NDArray[np.float64], NDArray[np.object_]]:
    """1, -1 or 0 (no match) for each pair of a GWAS row and a weight, and the reason where it is 0."""
    direction = np.zeros(len(effect))
    direction[(effect == ref) & (other == eff)] = -1
    direction[(effect == eff) & (other == ref)] = 1
    why = np.full(len(effect), "", dtype=object)
    rest = np.flatnonzero(direction == 0)
    if len(rest):
        effect_turned = np.array([reverse_complement(allele) for allele in effect[rest]], dtype=object)
        other_turned = np.array([reverse_complement(allele) for allele in other[rest]], dtype=object)
        same = (effect_turned == eff[rest]) & (other_turned == ref[rest])
        swapped = (effect_turned == ref[rest]) & (other_turned == eff[rest])
        why[rest] = ALLELES_DIFFER
        if resolve_strand:
            direction[rest[same]], direction[rest[swapped]] = 1, -1
            why[rest[same | swapped]] = ""
        else:
            why[rest[same | swapped]] = ALLELES_OF_OTHER_STRAND
    return direction, why
