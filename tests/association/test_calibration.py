"""Type-1 error of every test under null GWAS with real linkage disequilibrium, power on planted genes, and phi's correction."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.stats import binom, norm
from tcra.association.model_correlation import correlate
from tcra.association.models.covariance import Covariance, read_covariance
from tcra.association.models.prediction_model import PredictionModel, read_model
from tcra.association.result_tables import calibrate
from tcra.association.statistic import GeneTests, associate_genes
from tcra.association.study.omnibus import omnibus
from tcra.common.multiple_testing import benjamini_hochberg

from ..others_data import OthersData

COPIES = int(
    os.environ.get("TCRA_NULL_DRAWS", "3000")
)  # of each of three real genes; a tenth for each of 40 made-up ones
LEVELS = (0.05, 0.01, 0.001)
Floats = NDArray[np.float64]


class NullStudy:
    """A model, its genes copied, and null z-scores of each copy drawn from the covariance of its SNPs.

    Three SNP sets: the first third of a gene's SNPs, two thirds, and all. Three "tissues": all SNPs with weights shuffled.
    """

    def __init__(self, database: Path, covariance: Path, copies: int, seed: int) -> None:
        self.base = read_model(database)
        self.covariance = read_covariance(covariance, self.base)
        self.genes, self.copies, self.rng = len(self.base.gene_names), copies, np.random.default_rng(seed)
        tests = associate_genes(self.base, self.covariance, np.ones(self.base.size), np.ones(self.base.size))
        self.matrices = [tests.matrix(g) for g in range(self.genes)]
        self.start = tests.covariance.start

    def null_z(self, mean: list[Floats] | None = None) -> list[Floats]:
        """For each gene (copies, n): draws from N(mean, R) with R the correlation of its SNPs."""
        drawn = []
        for g, matrix in enumerate(self.matrices):
            deviation = np.sqrt(np.diag(matrix))
            values, vectors = np.linalg.eigh(matrix / np.outer(deviation, deviation))
            root = vectors * np.sqrt(np.maximum(values, 0))
            z = self.rng.normal(size=(self.copies, len(values))) @ root.T
            drawn.append(z if mean is None else z + mean[g])
        return drawn

    def test(
        self, z: list[Floats], weight: Floats, keep: NDArray[np.bool_]
    ) -> tuple[Floats, tuple[PredictionModel, GeneTests]]:
        """z-scores (genes, copies) through the package, all copies as genes of one model; and the model of one copy, tested."""
        blocks, names = [], []
        zs, first, second, values, gene_of = [], [], [], [], []
        size = 0
        for g in range(self.genes):
            rows = np.flatnonzero(keep[self.start[g] : self.start[g + 1]])
            i, j = np.triu_indices(len(rows))
            block = self.matrices[g][np.ix_(rows, rows)][i, j]
            for c in range(self.copies):
                first.append(i + size)
                second.append(j + size)
                values.append(block)
                zs.append(z[g][c, rows])
                blocks.append(weight[self.start[g] + rows])
                gene_of.append(np.full(len(rows), len(names)))
                names.append(f"{g}.{c}")
                size += len(rows)
        text = np.full(size, "", object)
        model = PredictionModel(
            path=self.base.path, name="copies", snp_set="", gene_names=np.array(names, object), gene=np.concatenate(gene_of),
            snp=text, place=text, weight=np.concatenate(blocks), ref=text, eff=text, frequency=np.full(size, np.nan),
            extra=pd.DataFrame(index=names), listed=np.ones(len(names), bool), repeated=[], repeated_genes=[],
        )  # fmt: skip
        covariance, one = Covariance.empty(model), np.concatenate(first)
        covariance.add(model.gene[one], one, np.concatenate(second), np.concatenate(values))
        flat = np.concatenate(zs)
        tests = associate_genes(model, covariance, flat, flat)
        return tests.zscore.reshape(self.genes, self.copies), self._single(weight, keep)

    def _single(self, weight: Floats, keep: NDArray[np.bool_]) -> tuple[PredictionModel, GeneTests]:
        z = np.where(keep, 1.0, np.nan)
        model = PredictionModel(**{**vars(self.base), "weight": weight})
        return model, associate_genes(model, self.covariance, z, z)

    def table(self, zscores: dict[str, Floats]) -> pd.DataFrame:
        """As COMBINE has it: one row for each model, gene and copy."""
        parts = []
        for model, z in zscores.items():
            names = [f"{g}.{c}" for g in range(self.genes) for c in range(self.copies)]
            flat = z.ravel()
            parts.append(
                pd.DataFrame({"trait": "t", "model": model, "tissue": "x", "snp_set": model, "gene": names, "gene_name": names,
                              "zscore": flat, "pvalue": 2 * norm.sf(np.abs(flat))})
            )  # fmt: skip
        return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module", params=["made up", "GTEx Whole Blood"])
def null(request: pytest.FixtureRequest, project_data: Path, shared_data: OthersData) -> NullStudy:
    if request.param == "made up":
        folder = project_data / "association" / "tissues"
        return NullStudy(folder / "Breast.db", folder / "Breast.txt.gz", COPIES // 10, seed=8)
    folder = shared_data / "association" / "gtex"
    return NullStudy(folder / "TW_Whole_Blood.db", folder / "TW_Whole_Blood.cov.txt.gz", COPIES, seed=8)


def within(p: Floats, level: float) -> bool:
    """Whether the number of p below the level is within the central 99.99 % of a binomial with that rate."""
    low, high = binom.ppf([5e-5, 1 - 5e-5], len(p), level)
    return bool(low <= (p < level).sum() <= high)


def joint_study(null: NullStudy, kind: str) -> pd.DataFrame:
    z, sizes = null.null_z(), np.diff(null.start)
    place = np.concatenate([np.arange(n) / n for n in sizes])
    shuffle = np.random.default_rng(1)
    zscores, singles = {}, []
    for k in range(3):
        keep = place < (k + 1) / 3 if kind == "sets" else np.ones(len(place), bool)
        weight = null.base.weight
        if kind == "tissues" and k:
            weight = np.concatenate(
                [shuffle.permutation(weight[a:b]) for a, b in zip(null.start[:-1], null.start[1:], strict=True)]
            )
        zscores[f"m{k}"], single = null.test(z, weight, keep)
        single[0].name = f"m{k}"
        singles.append(single)
    known = correlate(singles, "height")
    assert known["correlation"].notna().all()
    correlations = {}
    for g, name in enumerate(null.base.gene_names):
        pairs = {}
        for one, two, value in known.loc[known["gene"] == name, ["model_1", "model_2", "correlation"]].to_numpy():
            pairs[one, two] = pairs[two, one] = value
        for c in range(null.copies):
            correlations["t", f"{g}.{c}"] = pairs
    return omnibus(null.table(zscores), "tissue", "snp_set", correlations)


def test_type_1_error_of_the_gene_test(null: NullStudy) -> None:
    zscore, _ = null.test(null.null_z(), null.base.weight, np.ones(null.base.size, bool))
    p = 2 * norm.sf(np.abs(zscore.ravel()))
    for level in LEVELS:
        print(f"gene test at {level}: {(p < level).mean():.5f}")
        assert within(p, level), (level, (p < level).mean())
    assert abs(np.median(zscore**2) / 0.4549 - 1) < 0.04  # λ


@pytest.mark.thorough
@pytest.mark.parametrize("kind", ["sets", "tissues"])
def test_type_1_error_of_the_joint_tests(kind: str, null: NullStudy) -> None:
    table = joint_study(null, kind)
    for level in LEVELS:
        joint, acat = table["joint_pvalue"].to_numpy(float), table["acat_pvalue"].to_numpy(float)
        print(f"joint test and ACAT over {kind} at {level}: {(joint < level).mean():.5f} {(acat < level).mean():.5f}")
        assert within(joint, level), ("joint", level, (joint < level).mean())
        # ACAT is exact in the far tail only; elsewhere, with strong correlation, a little off to either side.
        low, high = binom.ppf([5e-5, 1 - 5e-5], len(acat), [0.75 * level, 1.25 * level])
        assert low <= (acat < level).sum() <= high, ("acat", level, (acat < level).mean())


def test_power_on_planted_genes(null: NullStudy) -> None:
    """A tenth of the genes act on the trait: the expected z of a SNP is its correlation with the gene, times 6."""
    planted = null.copies // 10
    mean = []
    for g, matrix in enumerate(null.matrices):
        weight = null.base.weight[null.start[g] : null.start[g + 1]]
        correlation = matrix @ weight / np.sqrt(np.diag(matrix) * (weight @ matrix @ weight))
        shift = np.zeros((null.copies, len(weight)))
        shift[:planted] = 6 * correlation
        mean.append(shift)
    zscore, _ = null.test(null.null_z(mean), null.base.weight, np.ones(null.base.size, bool))
    np.testing.assert_allclose(zscore[:, :planted].mean(), 6, atol=0.1)
    found = benjamini_hochberg(2 * norm.sf(np.abs(zscore.ravel()))).reshape(zscore.shape) <= 0.05
    power = found[:, :planted].mean()
    false = found[:, planted:].sum() / found.sum()
    assert power > 0.97 and 0.02 < false < 0.07, (power, false)


def test_phi_corrects_polygenic_inflation(null: NullStudy) -> None:
    """Where z² is inflated by 1 + phi N h2, the calibrated test has its level again, and the plain one has not."""
    names, n, h2 = [f"G{i}" for i in range(20_000)], 200_000, 0.4
    phi = np.random.default_rng(3).uniform(0, 2e-5, len(names))
    zscore = np.random.default_rng(4).normal(size=len(names)) * np.sqrt(1 + phi * n * h2)
    table = pd.DataFrame({"gene": names, "zscore": zscore, "pvalue": 2 * norm.sf(np.abs(zscore))})
    model = PredictionModel(**{**vars(null.base), "extra": pd.DataFrame({"phi": phi}, index=names)})
    calibrated = calibrate(table, model, h2, n)
    for level in LEVELS:
        assert within(calibrated["pvalue"].to_numpy(float), level)
        assert not within(table["pvalue"].to_numpy(float), level)
