"""The variables of one region: gene models and SNPs as columns of one matrix, and their z-scores."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tcra.common.arrays import Floats, Integers


@dataclass(frozen=True)
class Locus:
    """The first `genes` of the p variables are gene models, the others SNPs.

    columns (p, n) float64: a variable per row over n people, centred and divided by its SD × √(n − 1), so that columns columns' is the
    matrix of correlations R. It is never formed: R b is columns (columns' b). z (p,) float64. group (p,) int64: the prior's group.
    """

    columns: Floats
    z: Floats
    group: Integers
    genes: int

    @property
    def size(self) -> int:
        return len(self.z)

    def correlations(self, rows: NDArray[np.int64] | slice) -> Floats:
        """R between the chosen variables and all (k, p)."""
        return self.columns[rows] @ self.columns.T


def standardise(values: Floats) -> tuple[Floats, Floats]:
    """Rows (p, n) centred and divided by their SD × √(n − 1), and the SDs (p,), n − 1 in their denominator.

    A row without variance becomes zeros, and has an SD of 0.
    """
    centred = values - values.mean(axis=1, keepdims=True)
    norm = np.sqrt(np.einsum("ij,ij->i", centred, centred))
    constant = norm <= 1e-9 * np.sqrt(values.shape[1]) * np.maximum(np.abs(values).max(axis=1, initial=0), 1e-300)
    norm[constant] = 0
    centred /= np.where(norm > 0, norm, 1)[:, None]
    centred[constant] = 0
    return centred, norm / np.sqrt(max(values.shape[1] - 1, 1))
