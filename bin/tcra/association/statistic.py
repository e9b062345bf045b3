"""S-PrediXcan's statistic (Barbeira et al., Nature Communications 2018) for all genes of a model at once.

Over the usable variants U of a gene, with weights w, covariance Σ and σ_l = sqrt(Σ_ll):
var_g = w'Σw;  zscore = Σ_l w_l z_l σ_l / sqrt(var_g);  effect_size = Σ_l w_l β_l σ_l² / var_g;  pvalue = 2 Φ(-|zscore|).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tcra.association.models.covariance import Covariance
from tcra.association.models.prediction_model import PredictionModel
from tcra.common.arrays import Floats, Integers
from tcra.common.pvalues import two_sided

NO_COVARIANCE = "not in the covariance"


@dataclass
class GeneTests:
    """Of each gene (g,): the statistic (NaN where there is none) and counts; of each weight row (k,): whether it was used.

    missing: (gene index, weight row, weight row) of pairs of used variants that the covariance lacks; such a gene has no statistic.
    """

    zscore: Floats
    effect_size: Floats
    pvalue: Floats
    var_g: Floats
    n_used: Integers
    n_in_gwas: Integers
    best_gwas_p: Floats
    largest_weight: Floats
    used: NDArray[np.bool_]
    missing: list[tuple[int, int, int]]
    covariance: Covariance

    def rows(self, g: int) -> Integers:
        """The used weight rows of gene g (n_used,)."""
        start = self.covariance.start
        return np.asarray(start[g] + np.flatnonzero(self.used[start[g] : start[g + 1]]))

    def matrix(self, g: int) -> Floats:
        """The covariance of gene g's used variants (n_used, n_used), symmetric; NaN where the file has none."""
        used = self.rows(g) - self.covariance.start[g]
        return self.covariance.matrix(g)[np.ix_(used, used)]

    def matrices(self, genes: Integers) -> Floats:
        """The same for k genes that use n variants each: (k, n, n)."""
        start, offset = self.covariance.start, self.covariance.offset[genes][:, None, None]
        used = np.flatnonzero(self.used)
        local = used[np.searchsorted(used, start[genes])[:, None] + np.arange(self.n_used[genes[0]])]
        local -= start[genes][:, None]
        size = (start[genes + 1] - start[genes])[:, None, None]
        return np.asarray(self.covariance.value[offset + local[:, :, None] * size + local[:, None, :]])


def associate_genes(model: PredictionModel, covariance: Covariance, z: Floats, beta: Floats) -> GeneTests:
    """Test every gene. z, beta (k,): of each weight row, for the model's effect allele; NaN z where the GWAS has nothing usable.

    Usable variants: with a z, and as RSID1 of some covariance row whose two variants both have a z.
    """
    genes, gene, weight = len(model.gene_names), model.gene, model.weight
    has_z = ~np.isnan(z)
    used = np.zeros(model.size, bool)
    var_g = np.full(genes, np.nan)
    missing: list[tuple[int, int, int]] = []
    for part, matrices, as_first in covariance.by_size():
        rows = covariance.start[part][:, None] + np.arange(matrices.shape[1])
        usable = has_z[rows] & (as_first & has_z[rows][:, None, :]).any(axis=2)
        used[rows] = usable
        var_g[part], lacking = _quadratic_forms(matrices, np.where(usable, weight[rows], 0.0), usable)
        missing += [(int(part[k]), int(rows[k, i]), int(rows[k, j])) for k, i, j in lacking]
    n_used = np.bincount(gene[used], minlength=genes)
    with np.errstate(invalid="ignore"):
        sigma = np.sqrt(covariance.variances(model))
        positive = var_g > 0
        scale = np.sqrt(np.where(positive, var_g, np.nan))
    at = np.flatnonzero(used)
    numerator = np.bincount(gene[at], weight[at] * z[at] * sigma[at], minlength=genes)
    effect = np.bincount(gene[at], weight[at] * beta[at] * sigma[at] ** 2, minlength=genes)
    zscore = numerator / scale
    return GeneTests(
        zscore=zscore,
        effect_size=effect / np.where(positive, var_g, np.nan),
        pvalue=two_sided(zscore),
        var_g=var_g,
        n_used=n_used,
        n_in_gwas=np.bincount(gene[has_z], minlength=genes),
        best_gwas_p=two_sided(_group_max(np.abs(z), gene, used, genes)),
        largest_weight=_group_max(np.abs(weight), gene, used, genes),
        used=used,
        missing=sorted(missing),
        covariance=covariance,
    )


def _quadratic_forms(
    matrices: Floats, weight: Floats, used: NDArray[np.bool_]
) -> tuple[Floats, list[tuple[int, int, int]]]:
    """w'Σw of each of k genes with n weights (k,), and the pairs (gene, i <= j) of used ones that lack a covariance.

    matrices (k, n, n); used (k, n); weight (k, n), 0 where not used. NaN for genes with nothing used or a pair missing.
    """
    both = used[:, :, None] & used[:, None, :]
    lacking = np.argwhere(both & np.isnan(matrices))
    lacking = lacking[lacking[:, 1] <= lacking[:, 2]]
    product = (np.where(both, matrices, 0.0) @ weight[:, :, None])[:, :, 0]
    form = np.where(used.any(axis=1), (product * weight).sum(axis=1), np.nan)
    return form, [(int(k), int(i), int(j)) for k, i, j in lacking]


def _group_max(values: Floats, gene: Integers, used: NDArray[np.bool_], genes: int) -> Floats:
    """The largest of the used values of each gene (g,), NaN without one.

    >>> _group_max(np.array([1.0, 3.0, 2.0]), np.array([0, 0, 1]), np.array([True, False, False]), 2).tolist()
    [1.0, nan]
    """
    highest = np.full(genes, -np.inf)
    np.maximum.at(highest, gene[used], values[used])
    return np.where(np.isinf(highest), np.nan, highest)
