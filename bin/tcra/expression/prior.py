"""The prior model's penalties: softer for SNPs of a high rank and near the transcription start.

Source: measured on real expression (docs/gene_models.md); PUMICE and EpiXcan penalise by annotation in the same way.
"""

import numpy as np
from numpy.typing import NDArray

from tcra.common.arrays import Floats
from tcra.expression.settings import PriorPowers

PRIOR_SET = "prior"  # the model's name among the SNP sets
RANK_OFFSET = 0.01  # keep the best rank and the nearest SNP from being free
DISTANCE_OFFSET_BP, DISTANCE_UNIT_BP = 10_000, 1_000_000


def penalty_factors(
    ranks: NDArray[np.int64], distances_bp: NDArray[np.int64], powers: PriorPowers, largest_rank: int
) -> Floats:
    """glmnet's `penalty.factor` of each SNP (p,): (rank / N + 0.01)^A · ((distance + 10 kb) / 1 Mb)^B.

    ranks: (p,), from 1 (the best) to N = `largest_rank`. distances_bp: (p,), at least 0, from the transcription start. glmnet rescales
    the factors to a mean of 1.

    >>> penalty_factors(np.array([1, 100]), np.array([0, 990_000]), PriorPowers(rank=0.5, distance=1.0), 100).round(4).tolist()
    [0.0014, 1.005]
    >>> penalty_factors(np.array([1, 100]), np.array([0, 990_000]), PriorPowers(rank=0.0, distance=0.0), 100).tolist()
    [1.0, 1.0]
    """
    by_rank = (ranks / largest_rank + RANK_OFFSET) ** powers.rank
    by_distance = ((distances_bp + DISTANCE_OFFSET_BP) / DISTANCE_UNIT_BP) ** powers.distance
    return np.asarray(by_rank * by_distance, np.float64)
