"""Group priors by expectation–maximisation: how often a gene model or a SNP acts, and how strongly (cTWAS, Zhao et al. 2024).

Each group g (the gene models of one tissue; the SNPs) has a prior π_g and an effect variance V. The E step takes one effect per region,
which needs no LD; the M step sets π_g to the mean posterior of the group and V to the mean second moment, weighted by posterior.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tcra.common.arrays import Floats, Integers
from tcra.finemapping.settings import FixedPriors, PriorOptions, VarianceStructure
from tcra.finemapping.single_effect import single_effects

log = logging.getLogger(__name__)
SNP_GROUP = "SNP"
START_VARIANCE, START_ROUNDS, MOST_ROUNDS = 50.0, 3, 50
TOLERANCE = 1e-4  # of the log likelihood
AT_MOST_ONE_EFFECT = 0.8  # regions that are less sure to have no second effect do not take part in the second run
FIXED_GENE_PRIOR, FIXED_SNP_PRIOR, FIXED_VARIANCE = 0.01, 1e-4, 40.0
LEAST_VARIABLES, LEAST_SHARED = 100, 5.0


def is_snp_group(name: str) -> bool:
    """SNP groups are called `SNP`, or `SNP_…` for classes of SNPs; all others are of gene models."""
    return name == SNP_GROUP or name.startswith(f"{SNP_GROUP}_")


def fixed_prior(fixed: FixedPriors, group: str) -> float | None:
    """What the user has fixed for a group; None is estimated."""
    return fixed.snp_prior if is_snp_group(group) else fixed.gene_prior


@dataclass(frozen=True)
class EffectData:
    """z-scores of all regions. z (n,) float64; group (n,) int64, index into `groups`; start (r,): where each region begins.

    Variables of a region stand side by side. snp_share: the share of the SNPs that are here (thinned data have fewer).
    """

    z: Floats
    group: Integers
    start: Integers
    groups: tuple[str, ...]
    snp_share: float = 1.0


@dataclass(frozen=True)
class GroupPrior:
    """prior: probability that a variable acts; variance: of its effect on z; size: variables (of all, if these were thinned).
    shared, alpha: variables that share the prior, and their posterior sum, in the regions it was estimated from.
    """

    prior: float
    variance: float
    size: int = 0
    shared: int = 0
    alpha: float = float("nan")


@dataclass(frozen=True)
class Priors:
    """Priors by group, how they came about, and the log likelihood of each round. source: `given`, `em`, `em_pooled` or `fallback`."""

    groups: dict[str, GroupPrior]
    source: str = "given"
    trace: tuple[float, ...] = ()
    warnings: tuple[str, ...] = field(default=())

    def of(self, groups: Sequence[str], group: Integers) -> tuple[Floats, Floats]:
        """Prior and variance (n,) of variables by their group's index in `groups`."""
        prior = np.array([self.groups[name].prior for name in groups])
        variance = np.array([self.groups[name].variance for name in groups])
        return prior[group], variance[group]


def fit_priors(
    data: EffectData,
    structure: VarianceStructure = PriorOptions.variance,
    fixed: FixedPriors | None = None,
    fallback: bool = True,
) -> Priors:
    """Priors of all groups. A group with under 100 variables or a posterior sum under 5 has too little data: SNP classes are merged
    with their neighbour, tissues are pooled; if that is not enough, all priors are the fixed ones, with a warning (unless not
    `fallback`: then what the EM found stands).

    The order of regions does not change the result beyond rounding.
    """
    fixed = fixed or FixedPriors()
    if fixed.complete:
        groups = {
            name: GroupPrior(fixed_prior(fixed, name) or 0.0, fixed.variance or 0.0, size)
            for name, size in zip(data.groups, _sizes(data), strict=True)
        }
        return Priors(groups)
    labels = list(range(len(data.groups)))  # which groups share a prior: those with the same label
    warnings: list[str] = []
    while True:
        found = _fit(data, np.array(labels), structure, fixed)
        short = [] if not fallback else [name for name, one in found.groups.items() if _is_short(one, fixed, name)]
        if not short:
            source = "em" if len(set(labels)) == len(labels) else "em_pooled"
            return Priors(found.groups, source, found.trace, tuple(warnings))
        merged = _merge(data.groups, labels, short)
        if merged is None:
            break
        warnings.append(f"too little data for {', '.join(short)}: merged with similar groups")
        log.warning("priors: %s", warnings[-1])
        labels = merged
    warnings.append(
        f"too little data to estimate priors ({', '.join(short)}: under {LEAST_VARIABLES} variables or posterior sum under "
        f"{LEAST_SHARED:g}); fixed priors are used: gene {FIXED_GENE_PRIOR:g}, SNP {FIXED_SNP_PRIOR:g}, variance {FIXED_VARIANCE:g}"
    )
    log.warning("%s", warnings[-1])
    return Priors(_fallback(found, fixed), "fallback", found.trace, tuple(warnings))


def _fallback(found: Priors, fixed: FixedPriors) -> dict[str, GroupPrior]:
    groups = {}
    for name, one in found.groups.items():
        usual = FIXED_SNP_PRIOR if is_snp_group(name) else FIXED_GENE_PRIOR
        given = fixed_prior(fixed, name)
        variance = FIXED_VARIANCE if fixed.variance is None else fixed.variance
        groups[name] = GroupPrior(usual if given is None else given, variance, one.size, one.shared, one.alpha)
    return groups


def _is_short(one: GroupPrior, fixed: FixedPriors, name: str) -> bool:
    return fixed_prior(fixed, name) is None and (one.shared < LEAST_VARIABLES or one.alpha < LEAST_SHARED)


def _merge(groups: tuple[str, ...], labels: list[int], short: Sequence[str]) -> list[int] | None:
    """Labels with some groups merged, or None if nothing is left to merge: all tissues together, or a class of SNPs with the next."""
    genes = {labels[i] for i, name in enumerate(groups) if not is_snp_group(name)}
    if any(not is_snp_group(name) for name in short) and len(genes) > 1:
        return [labels[i] if is_snp_group(name) else min(genes) for i, name in enumerate(groups)]
    classes = sorted({labels[i] for i, name in enumerate(groups) if is_snp_group(name)})
    wanting = sorted({labels[i] for i, name in enumerate(groups) if name in short and is_snp_group(name)})
    if not wanting or len(classes) < 2:
        return None
    place = classes.index(wanting[0])
    other = classes[place + 1] if place + 1 < len(classes) else classes[place - 1]
    return [min(wanting[0], other) if label in (wanting[0], other) else label for label in labels]


def _sizes(data: EffectData) -> list[int]:
    counts = np.bincount(data.group, minlength=len(data.groups))
    return [
        round(count / data.snp_share) if is_snp_group(name) else int(count)
        for name, count in zip(data.groups, counts, strict=True)
    ]


def _fit(data: EffectData, labels: Integers, structure: VarianceStructure, fixed: FixedPriors) -> Priors:
    """EM from the uniform prior, three rounds, then to convergence in the regions that have at most one effect."""
    _, label = np.unique(labels, return_inverse=True)
    em = Maximisation(data.groups, label, structure, fixed, data.snp_share)
    group = label[data.group]  # index of the shared prior of each variable
    size = np.diff(np.append(data.start, len(data.z)))
    uniform = np.minimum(np.repeat(1 / size, size), 0.5)  # a region may have one variable
    pi, v = np.zeros(em.number), np.full(em.number, START_VARIANCE)
    prior, variance = uniform, np.full(len(data.z), START_VARIANCE)
    for _ in range(START_ROUNDS):
        effect, _ = single_effects(data.z, data.start, prior, variance)
        pi, v = em.step(effect.alpha, effect.second, group, v)
        prior, variance = pi[group], v[group]
    keep = _at_most_one_effect(data.start, prior)
    if not keep.any():
        keep = np.ones(len(data.start), bool)
    rows = np.repeat(keep, size)
    z, group, start = data.z[rows], group[rows], np.concatenate(([0], np.cumsum(size[keep])[:-1]))
    trace: list[float] = []
    while len(trace) < MOST_ROUNDS and (len(trace) < 2 or abs(trace[-1] - trace[-2]) >= TOLERANCE):
        effect, likelihood = single_effects(z, start, pi[group], v[group])
        pi, v = em.step(effect.alpha, effect.second, group, v)
        trace.append(float(likelihood.sum()))
    alpha = np.bincount(group, effect.alpha, minlength=em.number)
    counts, sizes = np.bincount(label[data.group], minlength=em.number), _sizes(data)
    result = {}
    for i, name in enumerate(data.groups):
        share = data.snp_share if is_snp_group(name) else 1.0
        at = label[i]
        result[name] = GroupPrior(float(pi[at] * share), float(v[at]), sizes[i], int(counts[at]), float(alpha[at]))
    return Priors(result, "em", tuple(trace))


class Maximisation:
    """The M step: priors and variances of the groups from posteriors.

    groups: names (k,); label (k,): which groups share a prior, 0 to `number` - 1. Priors that are fixed stay as they are.
    """

    def __init__(
        self,
        groups: Sequence[str],
        label: Integers,
        structure: VarianceStructure,
        fixed: FixedPriors,
        snp_share: float = 1.0,
    ) -> None:
        self.number = int(label.max()) + 1
        self._variance = fixed.variance
        self._given = np.full(self.number, np.nan)
        self._shares = np.arange(self.number) if structure == "independent" else np.zeros(self.number, np.int64)
        for i, name in enumerate(groups):
            if (value := fixed_prior(fixed, name)) is not None:
                self._given[label[i]] = value / (snp_share if is_snp_group(name) else 1)
            if structure == "shared_type":
                self._shares[label[i]] = int(is_snp_group(name))

    def step(self, alpha: Floats, second: Floats, group: Integers, before: Floats) -> tuple[Floats, Floats]:
        """Priors and variances (number,) from posterior and second moment (n,) of variables and their shared group (n,).

        before (number,): variances that stand where a group has no posterior at all.
        """
        count = np.bincount(group, minlength=self.number)
        total = np.bincount(group, alpha, minlength=self.number)
        moment = np.bincount(group, alpha * second, minlength=self.number)
        prior = np.where(np.isnan(self._given), total / np.maximum(count, 1), self._given)
        top, bottom = np.bincount(self._shares, moment)[self._shares], np.bincount(self._shares, total)[self._shares]
        variance = np.where(bottom > 0, top / np.where(bottom > 0, bottom, 1), before)
        return prior, variance if self._variance is None else np.full(self.number, self._variance)


def _at_most_one_effect(start: Integers, prior: Floats) -> NDArray[np.bool_]:
    """Regions (r,) whose prior says that they have at most one effect: Π(1 − π) (1 + Σ π/(1 − π)) > 0.8."""
    none = np.exp(np.add.reduceat(np.log1p(-prior), start))
    return none * (1 + np.add.reduceat(prior / (1 - prior), start)) > AT_MOST_ONE_EFFECT
