"""S-PrediXcan's statistic (Barbeira et al., Nature Communications 2018) for all genes of a model at once.

Over the usable variants U of a gene, with weights w, covariance Σ and σ_l = sqrt(Σ_ll):
var_g = w'Σw;  zscore = Σ_l w_l z_l σ_l / sqrt(var_g);  effect_size = Σ_l w_l β_l σ_l² / var_g;  pvalue = 2 Φ(-|zscore|).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from tcra.association.covariance import Covariance, select
from tcra.association.model import Model

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
NO_COVARIANCE = "not in the covariance"


@dataclass
class GeneTests:
    """Of each gene (g,): the statistic (NaN where there is none) and counts; of each weight row (k,): whether it was used.

    missing: (gene index, weight row, weight row) of pairs of used variants that the covariance lacks; such a gene has no statistic.
    blocks: flat upper triangles, `offset[g] + i * n + j` for local rows i <= j of gene g with n weights; NaN where not given.
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
    blocks: Floats
    offset: Integers
    start: Integers

    def rows(self, g: int) -> Integers:
        """The used weight rows of gene g (n_used,)."""
        first = self.start[g]
        return first + np.flatnonzero(self.used[first : self.start[g + 1]])

    def matrices(self, genes: Integers) -> Floats:
        """The covariances of the used variants of k genes that use n each: (k, n, n), symmetric; NaN where the file has none."""
        used = np.flatnonzero(self.used)
        first = np.searchsorted(used, self.start[genes])
        count = int(np.searchsorted(used, self.start[genes[0] + 1]) - first[0])
        local = used[first[:, None] + np.arange(count)] - self.start[genes][:, None]
        low = np.minimum(local[:, :, None], local[:, None, :])
        high = np.maximum(local[:, :, None], local[:, None, :])
        size = (self.start[genes + 1] - self.start[genes])[:, None, None]
        return self.blocks[self.offset[genes][:, None, None] + low * size + high]

    def matrix(self, g: int) -> Floats:
        """The covariance of gene g's used variants (n_used, n_used), symmetric; NaN where the file has none."""
        return self.matrices(np.array([g]))[0]


def associate_genes(model: Model, covariance: Covariance, z: Floats, beta: Floats) -> GeneTests:
    """Test every gene. z, beta (k,): of each weight row, for the model's effect allele; NaN z where the GWAS has nothing usable.

    Usable variants: with a z, and as RSID1 of some covariance row whose two variants both have a z.
    """
    genes, gene = len(model.gene_names), model.gene
    start = np.searchsorted(gene, np.arange(genes + 1))
    size = np.diff(start)
    offset = np.concatenate([[0], np.cumsum(size * size)])
    has_z = ~np.isnan(z)
    pair = has_z[covariance.first] & has_z[covariance.second]
    first, second, value = select(pair, covariance.first, covariance.second, covariance.value)
    used = np.zeros(model.size, bool)
    used[first] = True
    first, second, value = select(used[first] & used[second], first, second, value)
    low, high = np.minimum(first, second), np.maximum(first, second)
    of = gene[low]
    blocks = np.full(offset[-1], np.nan)
    blocks[offset[of] + (low - start[of]) * size[of] + (high - start[of])] = value
    diagonal = blocks[offset[gene] + (np.arange(model.size) - start[gene]) * (size[gene] + 1)]
    if np.count_nonzero(~np.isnan(blocks)) < len(low):  # a pair was repeated: its last value is the one in the blocks
        low, high, value, of = _distinct(low, high, of, blocks, offset, start, size)
    twice = np.where(low == high, 1.0, 2.0)
    weight = model.weight
    var_g: Floats = np.bincount(of, weight[low] * weight[high] * value * twice, minlength=genes).astype(np.float64)
    n_used = np.bincount(gene[used], minlength=genes)
    complete = np.bincount(of, minlength=genes) == n_used * (n_used + 1) // 2
    missing = [pair for g in np.flatnonzero(~complete) for pair in _missing_pairs(int(g), start, offset, used, blocks)]
    var_g[~complete | (n_used == 0)] = np.nan
    with np.errstate(invalid="ignore"):
        sigma = np.sqrt(diagonal)
        positive = var_g > 0
        scale = np.sqrt(np.where(positive, var_g, np.nan))
    rows = np.flatnonzero(used)
    numerator = np.bincount(gene[rows], model.weight[rows] * z[rows] * sigma[rows], minlength=genes)
    effect = np.bincount(gene[rows], model.weight[rows] * beta[rows] * diagonal[rows], minlength=genes)
    zscore = numerator / scale
    best = _group_max(np.abs(z), gene, used, genes)
    return GeneTests(
        zscore=zscore,
        effect_size=effect / np.where(positive, var_g, np.nan),
        pvalue=2 * ndtr(-np.abs(zscore)),
        var_g=var_g,
        n_used=n_used,
        n_in_gwas=np.bincount(gene[has_z], minlength=genes),
        best_gwas_p=2 * ndtr(-best),
        largest_weight=_group_max(np.abs(model.weight), gene, used, genes),
        used=used,
        missing=missing,
        blocks=blocks,
        offset=offset,
        start=start,
    )


def _distinct(
    low: Integers, high: Integers, of: Integers, blocks: Floats, offset: Integers, start: Integers, size: Integers
) -> tuple[Integers, Integers, Floats, Integers]:
    """Each unordered pair once: its rows, value and gene."""
    place = np.unique(offset[of] + (low - start[of]) * size[of] + (high - start[of]))
    of = np.searchsorted(offset, place, "right") - 1
    inside = place - offset[of]
    return start[of] + inside // size[of], start[of] + inside % size[of], blocks[place], of


def _missing_pairs(
    g: int, start: Integers, offset: Integers, used: NDArray[np.bool_], blocks: Floats
) -> list[tuple[int, int, int]]:
    size = int(start[g + 1] - start[g])
    block = blocks[offset[g] : offset[g + 1]].reshape(size, size)
    rows = np.flatnonzero(used[start[g] : start[g + 1]])
    return [(g, int(start[g] + i), int(start[g] + j)) for i in rows for j in rows if i <= j and np.isnan(block[i, j])]


def _group_max(values: Floats, gene: Integers, used: NDArray[np.bool_], genes: int) -> Floats:
    """The largest of the used values of each gene (g,), NaN without one."""
    highest = np.full(genes, -np.inf)
    np.maximum.at(highest, gene[used], values[used])
    return np.where(np.isinf(highest), np.nan, highest)
