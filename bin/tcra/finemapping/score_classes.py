"""Classes of SNPs by their tCRA score: fifths of all variants that were scored. The prior of each class is estimated."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tcra.common.arrays import Integers
from tcra.finemapping.priors import SNP_GROUP
from tcra.finemapping.reference_panel import ReferencePanel
from tcra.variants.tables.columns import MEAN_ABS
from tcra.variants.tables.score_tables import open_scores
from tcra.variants.tables.sites import Sites, sites_of

CLASSES = 5
CLASS_NAMES = (f"{SNP_GROUP}_not_scored", *(f"{SNP_GROUP}_fifth_{number}" for number in range(1, CLASSES + 1)))


@dataclass(frozen=True)
class ScoreClasses:
    """sites, sorted by key, and the class of each, 1 (lowest fifth of the mean absolute score) to 5."""

    sites: Sites
    number: Integers

    def of(self, panel: ReferencePanel) -> Integers:
        """Class of each variant of the panel (p,): 0 where it has no score; ref and alt may be exchanged."""
        variants = sites_of(zip([panel.chrom] * panel.size, panel.position.tolist(), panel.ref, panel.alt, strict=True))
        row = self.sites.find_either_way(variants)
        return (
            np.where(row >= 0, self.number[np.maximum(row, 0)], 0)
            if len(self.number)
            else np.zeros(panel.size, np.int64)
        )


def read_score_classes(paths: Sequence[Path]) -> ScoreClasses:
    """Cut all variants of the score tables into fifths by the mean absolute score over tracks. Equal scores share a class.

    Errors: UserError of `open_scores`.
    """
    table = open_scores(paths)
    sites, score = table.sites(), table.column(MEAN_ABS)
    order = np.argsort(sites.keys, kind="stable")
    cuts = np.quantile(score.astype(np.float64), np.arange(1, CLASSES) / CLASSES)
    number = 1 + np.searchsorted(cuts, score.astype(np.float64), "right").astype(np.int64)
    return ScoreClasses(sites.take(order), number[order])
