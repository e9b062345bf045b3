"""Credible sets: the fewest variables that hold 95 % of an effect, and how much alike they are."""

from dataclasses import dataclass

import numpy as np

from tcra.common.arrays import Floats, Integers
from tcra.finemapping.locus import Locus
from tcra.finemapping.susie import SusieFit

COVERAGE, LEAST_PURITY, SHADOW_R2 = 0.95, 0.5, 0.1


@dataclass(frozen=True)
class CredibleSet:
    """members: variables by falling α. purity: the smallest |r| among them. alpha: of each member. gene_share: of α, in gene models.

    shadow: the effect's mean column has r² > 0.1 with that of a stronger effect: imperfect models leave such echoes.
    reported: pure enough (|r| ≥ 0.5).
    """

    number: int
    members: Integers
    alpha: Floats
    purity: float
    gene_share: float
    shadow: bool

    @property
    def reported(self) -> bool:
        return self.purity >= LEAST_PURITY


def credible_sets(locus: Locus, fit: SusieFit, coverage: float = COVERAGE) -> list[CredibleSet]:
    """Sets of the effects whose α sum to at least `coverage`, the strongest effect first, numbered from 1."""
    strength = np.abs(fit.alpha * fit.mean).sum(axis=1)
    order = [one for one in np.argsort(-strength, kind="stable").tolist() if fit.alpha[one].sum() >= coverage]
    found: list[CredibleSet] = []
    stronger: list[Floats] = []
    for number, effect in enumerate(order, 1):
        alpha = fit.alpha[effect]
        by_alpha = np.argsort(-alpha, kind="stable")
        size = int(np.searchsorted(np.cumsum(alpha[by_alpha]), coverage)) + 1
        members = by_alpha[:size]
        column = alpha @ locus.columns  # α-weighted mean column
        column = column / max(float(np.linalg.norm(column)), 1e-300)
        shadow = any(float(column @ other) ** 2 > SHADOW_R2 for other in stronger)
        stronger.append(column)
        share = float(alpha[: locus.genes].sum() / alpha.sum())
        found.append(CredibleSet(number, members, alpha[members], _purity(locus, members), share, shadow))
    return found


def _purity(locus: Locus, members: Integers) -> float:
    """The smallest |r| among the members; of more than 1,000, among the first 1,000 (they have the largest α)."""
    columns = locus.columns[members[:1000]]
    return min(1.0, float(np.abs(columns @ columns.T).min()))
