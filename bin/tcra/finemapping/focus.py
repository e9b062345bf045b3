"""FOCUS: every set of up to k gene models of a region, without SNPs of their own (Mancuso et al. 2019).

Kept for comparison: it has no place for a SNP that acts without a gene.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from tcra.common.arrays import Floats, Integers

CREDIBLE, MOST_GENES, SETS_AT_ONCE = 0.9, 40, 20_000


@dataclass(frozen=True)
class FocusPosterior:
    """pip (m,) of gene models (NaN where left out for number), in_set (m,): in the 90 % credible set, and the same of the null."""

    pip: Floats
    in_set: NDArray[np.bool_]
    null: float
    null_in_set: bool


def ridged_scores(
    columns: Floats, sd: Floats, weights: list[tuple[Integers, Floats]], snp_z: Floats, ridge: float
) -> tuple[Floats, Floats]:
    """z (m,) and correlation (m, m) of gene models with a ridge on the LD of SNPs: C = W'(S + ridge I) W, z = W'z / √diag C.

    columns (m, n): predicted expression, standardised as in `Locus`, and its SD (m,). weights: of each model, its SNPs (indices into
    snp_z) and w σ.
    """
    correlation = columns @ columns.T
    np.fill_diagonal(correlation, 1.0)
    scores = np.array([float(w @ snp_z[rows]) for rows, w in weights])
    snps, code = np.unique(np.concatenate([rows for rows, _ in weights]), return_inverse=True)
    loads = np.zeros((len(weights), len(snps)))
    first = 0
    for model, (rows, w) in enumerate(weights):
        loads[model, code[first : first + len(rows)]] = w
        first += len(rows)
    covariance = correlation * np.outer(sd, sd) + ridge * loads @ loads.T
    scale = np.sqrt(np.diag(covariance))
    return scores / scale, covariance / np.outer(scale, scale)


def focus(z: Floats, correlation: Floats, prior: float, most: int = 3) -> FocusPosterior:
    """Posterior of m gene models from their z (m,) and correlation (m, m): all sets of up to `most` are weighed.

    Above 40 models only those with |z| at least the 40th are weighed.
    """
    order = np.argsort(-np.abs(z), kind="stable")
    chosen = np.sort(order[:MOST_GENES])
    number = len(chosen)
    z, correlation = z[chosen], correlation[np.ix_(chosen, chosen)]
    chi2 = float(z @ np.linalg.lstsq(correlation, z, rcond=None)[0])
    absent = number * np.log1p(-prior)
    scores, members = [np.array([absent])], [np.zeros((1, number), bool)]
    odds = np.log(prior) - np.log1p(-prior)
    for size in range(1, min(most, number) + 1):
        sets = np.array(list(combinations(range(number), size)))
        for part in np.array_split(sets, len(sets) // SETS_AT_ONCE + 1):
            scores.append(_ln_bayes_factors(z, correlation, part, chi2 / size) + absent + size * odds)
            mask = np.zeros((len(part), number), bool)
            mask[np.arange(len(part))[:, None], part] = True
            members.append(mask)
    score, member = np.concatenate(scores), np.concatenate(members)
    weight = np.exp(score - logsumexp(score))
    found = weight @ member
    null = float(weight[0])
    in_set, null_in_set = _credible_set(found, null)
    pip, whole = np.full(len(order), np.nan), np.zeros(len(order), bool)
    pip[chosen], whole[chosen] = found, in_set
    return FocusPosterior(pip, whole, null, null_in_set)


def _ln_bayes_factors(z: Floats, correlation: Floats, sets: Integers, variance: float) -> Floats:
    """ln BF (s,) of sets of k models (s, k), each with effects N(0, variance)."""
    value, vector = np.linalg.eigh(correlation[sets[:, :, None], sets[:, None, :]])
    value = np.maximum(value, 0)
    projected = np.einsum("skj,sk->sj", vector, z[sets])
    spread = 1 + variance * value
    return 0.5 * (variance / spread * projected**2 - np.log(spread)).sum(axis=1)


def _credible_set(pip: Floats, null: float) -> tuple[NDArray[np.bool_], bool]:
    """The largest PIPs, the null's among them, up to the first that makes 0.9 of their sum."""
    both = np.append(pip, null)
    order = np.argsort(-both, kind="stable")
    size = int(np.searchsorted(np.cumsum(both[order]) / both.sum(), CREDIBLE)) + 1
    inside = np.zeros(len(both), bool)
    inside[order[:size]] = True
    return inside[:-1], bool(inside[-1])
