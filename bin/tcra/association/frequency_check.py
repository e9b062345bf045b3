"""Allele frequencies of the GWAS against the model's: a sign of another population, another allele or another build."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tcra.association.gwas.read_gwas import Gwas
from tcra.association.models.covariance import Covariance
from tcra.association.models.prediction_model import PredictionModel
from tcra.common.arrays import Floats

_FAR = 0.2


@dataclass
class FrequencyCheck:
    """Of each weight row (k,): the GWAS's and the model's frequency (NaN where one has none), and their distance.

    Where the model has a frequency of its effect allele, both are of that allele. Where it has none, both are minor allele
    frequencies, and the model's comes from the variance of its dosages: v = 2 q (1 - q).
    """

    gwas: Floats
    model: Floats

    @property
    def distance(self) -> Floats:
        return np.abs(self.gwas - self.model)

    def summary(self) -> dict[str, float | int]:
        """How many were compared, how many are more than 0.2 apart, and the median distance; for the accounting."""
        known = self.distance[~np.isnan(self.distance)]
        middle = round(float(np.median(known)), 6) if len(known) else 0.0
        return {"compared": len(known), "beyond_0.2": int((known > _FAR).sum()), "median_distance": middle}


def compare_frequencies(
    model: PredictionModel, covariance: Covariance, gwas: Gwas, source: NDArray[np.int64], flipped: NDArray[np.bool_]
) -> FrequencyCheck:
    """Compare for the weight rows that have a GWAS row. source (k,): index over all kept rows, -1 without; flipped (k,) bool."""
    all_rows = np.concatenate([file.frequency for file in gwas.files])
    theirs = np.full(model.size, np.nan)
    has = source >= 0
    theirs[has] = all_rows[source[has]]
    theirs = np.where(flipped, 1 - theirs, theirs)
    theirs[(theirs < 0) | (theirs > 1)] = np.nan
    if not np.isnan(model.frequency).all():
        return FrequencyCheck(theirs, model.frequency)
    variance = covariance.variances(model)
    # A dosage variance above 0.5 is sampling (or more than Hardy-Weinberg allows): the frequency is then 0.5.
    with np.errstate(invalid="ignore"):
        ours = np.where(variance > 0, (1 - np.sqrt(np.maximum(1 - 2 * variance, 0))) / 2, np.nan)
    return FrequencyCheck(np.minimum(theirs, 1 - theirs), ours)
