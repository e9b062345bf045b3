"""Joint and conditional tests (GCTA-COJO's and FUSION's idea): which gene models are needed to explain a region's signal."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from tcra.common.arrays import Floats
from tcra.finemapping.locus import Locus

SAME_R2, LEAST_VARIANCE, MASKING_CHI2 = 0.9, 0.01, 1.96**2


@dataclass(frozen=True)
class ConditionalTest:
    """kept: gene models of the joint model, in order of selection. joint_z (m,): a kept model's z in the joint model, another's z
    given the kept ones; NaN where too little variance is left. kind (m,): `joint`, `conditional` or `copy` (r² > 0.9 to a kept one).
    masked (m,): the conditional χ² exceeds the marginal one by more than 1.96². snp_z (p − m,): the SNPs' z given the kept models.
    """

    kept: tuple[int, ...]
    joint_z: Floats
    kind: NDArray[np.object_]
    masked: NDArray[np.bool_]
    snp_z: Floats


@dataclass(frozen=True)
class LeadSnp:
    """The SNP with the largest |z|, index among the p − m SNPs. share: of its χ² that the kept models explain; shares (m,): that each
    model alone explains. NaN where a model is the same signal (r² > 0.9); negative where conditioning makes the SNP stronger.
    """

    snp: int
    share: float
    shares: Floats
    same_signal: NDArray[np.bool_]


def threshold(tests: int, level: float = 0.05) -> float:
    """|z| beyond which a test of `tests` is significant at `level`, two-sided, Bonferroni."""
    return float(-ndtri(level / 2 / max(tests, 1)))


def conditional_test(locus: Locus, least_z: float, min_r2: float = 0.0) -> ConditionalTest:
    """Forward selection of gene models while the largest conditional |z| is at least `least_z`.

    min_r2: squared correlations between gene models below it count as 0 (FUSION: 0.05).
    """
    z, number = locus.z[: locus.genes], locus.genes
    correlation = _thresholded(locus.columns[:number] @ locus.columns[:number].T, min_r2)
    np.fill_diagonal(correlation, 1.0)
    kept: list[int] = []
    conditional = z.copy()
    available = np.ones(number, bool)
    while available.any():
        strength = np.where(available & ~np.isnan(conditional), np.abs(conditional), -1.0)
        best = int(np.argmax(strength))
        if strength[best] < least_z:
            break
        kept.append(best)
        available &= correlation[best] ** 2 <= SAME_R2
        conditional = _given(z, z[kept], correlation[:, kept], correlation[np.ix_(kept, kept)])
    kind = np.full(number, "conditional", dtype=object)
    joint_z = conditional
    if kept:
        kind[(correlation[kept] ** 2 > SAME_R2).any(axis=0)] = "copy"
        kind[kept] = "joint"
        inverse = np.linalg.inv(correlation[np.ix_(kept, kept)])
        joint_z = conditional.copy()
        joint_z[kept] = inverse @ z[kept] / np.sqrt(np.diag(inverse))
        joint_z[kind == "copy"] = np.nan
    with np.errstate(invalid="ignore"):
        masked = (kind == "conditional") & (joint_z**2 - z**2 > MASKING_CHI2)
    snp_z = locus.z[number:].copy()
    if kept:
        to_snps = locus.columns[number:] @ locus.columns[kept].T
        snp_z = _given(snp_z, z[kept], to_snps, correlation[np.ix_(kept, kept)])
    return ConditionalTest(tuple(kept), joint_z, kind, masked, snp_z)


def lead_snp(locus: Locus, kept: tuple[int, ...], min_r2: float = 0.0) -> LeadSnp | None:
    """How much of the strongest SNP the gene models explain; None without SNPs."""
    number = locus.genes
    if locus.size == number:
        return None
    snp = int(np.argmax(np.abs(locus.z[number:])))
    z = float(locus.z[number + snp])
    r = locus.columns[:number] @ locus.columns[number + snp]
    same = r**2 > SAME_R2
    with np.errstate(divide="ignore", invalid="ignore"):
        alone = (z - r * locus.z[:number]) / np.sqrt(1 - r**2)
        shares = np.where(same, np.nan, 1 - alone**2 / z**2)
    share = float("nan")
    if kept and not same[list(kept)].any():
        chosen = list(kept)
        between = _thresholded(locus.columns[chosen] @ locus.columns[chosen].T, min_r2)
        np.fill_diagonal(between, 1.0)
        given = _given(np.array([z]), locus.z[chosen], r[None, chosen], between)[0]
        share = float(1 - given**2 / z**2)
    return LeadSnp(snp, share, shares, same)


def _given(z: Floats, kept_z: Floats, to_kept: Floats, between: Floats) -> Floats:
    """z (k,) given the kept models' z: NaN where less than 0.01 of the variance is left. to_kept (k, q), between (q, q)."""
    solved = np.linalg.solve(between, np.column_stack([kept_z, to_kept.T]))
    variance = 1 - np.einsum("kq,qk->k", to_kept, solved[:, 1:])
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(variance < LEAST_VARIANCE, np.nan, (z - to_kept @ solved[:, 0]) / np.sqrt(variance))


def _thresholded(correlation: Floats, min_r2: float) -> Floats:
    return np.where(correlation**2 < min_r2, 0.0, correlation) if min_r2 else correlation
