"""φ in closed form against the simulation that defines it, and its way into the database."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from tcra.expression.polygenicity import REACH_BP, Predictor, phi_sums

from .conftest import Cohort


def test_the_closed_form_is_the_mean_of_the_simulation(benchmark_module: ModuleType) -> None:
    """Traits of Σ dosage · β with β ~ N(0, 1) over the whole genome: the mean r² of predicted expression and trait, less chance."""
    n, p, traits = 300, 1_500, 4_000
    x, _ = benchmark_module.simulate(n, p, 0.0, 1)
    random = np.random.default_rng(2)
    expressions = [x[:, i : i + 40].astype(float) @ random.standard_normal(40) for i in (100, 700, 1_300)]
    predictors = [Predictor("G", "1", 1_000.0, expression) for expression in expressions]
    found = phi_sums(((position, x[:, position]) for position in range(p)), predictors)
    centred = x - x.mean(0)
    assert found.snps == p and found.variance == pytest.approx((centred**2).mean(0).sum())

    trait = centred @ random.standard_normal((p, traits))
    trait /= np.sqrt((trait**2).sum(0))
    for expression, numerator in zip(expressions, found.sums, strict=True):
        e = (expression - expression.mean()) / np.linalg.norm(expression - expression.mean())
        r2 = (e @ trait) ** 2
        # The trait's own r² holds what chance adds to each SNP's; it is taken off from both sides alike.
        all_r2 = (e @ (centred / np.linalg.norm(centred, axis=0))) ** 2
        chance = (((1 - all_r2) / (n - 2)) * centred.var(0)).sum() / found.variance
        error = 4 * r2.std() / np.sqrt(traits)
        assert abs(r2.mean() - chance - numerator / found.variance) < error + 0.05 * r2.mean()


def test_snps_beyond_the_reach_count_in_the_denominator_alone() -> None:
    random = np.random.default_rng(1)
    x = random.binomial(2, 0.3, (100, 4)).astype(np.int8)
    positions = [1, 1_000, REACH_BP + 1_000, REACH_BP + 1_002]
    predictor = Predictor("G", "1", 1_001.0, x[:, 1].astype(float))
    found = phi_sums(zip(positions, x.T, strict=True), [predictor])
    r2 = np.array([np.corrcoef(x[:, 1], x[:, j])[0, 1] ** 2 for j in range(4)])
    terms = (r2 - (1 - r2) / 98) * x.var(0)
    assert found.sums[0] == pytest.approx(terms[:3].sum())
    assert found.variance == pytest.approx(x.var(0).sum())


@pytest.fixture(scope="module")
def chunks(cohort: Cohort, script: Callable, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("phi")
    flags = [*cohort.flags(), "--set-sizes", "50,100", "--quality", "published", "--phi"]
    for chrom in "12":
        script("fit_gene_models.py", *flags, "--chrom", chrom, "--out", folder / chrom)
    return [folder / "1", folder / "2"]


def phi_in(database: Path) -> dict[str, float]:
    with closing(sqlite3.connect(database)) as connection:
        return dict(connection.execute("SELECT gene, phi FROM extra").fetchall())


def test_the_database_divides_by_the_genome(
    chunks: list[Path], cohort: Cohort, script: Callable, tmp_path: Path
) -> None:
    script("build_model_db.py", "--chunks", *chunks, "--name", "m", "--out", tmp_path)
    sums = pd.concat([pd.read_csv(chunk / "phi_sums.tsv", sep="\t") for chunk in chunks])
    frequency = cohort.dosages.mean(0) / 2
    usable = (frequency >= 0.05) & (frequency <= 0.95)
    variance = cohort.dosages[:, usable].var(0).sum()
    found = phi_in(tmp_path / "m_100.db")
    assert found
    for gene, phi in found.items():
        numerator = sums.loc[(sums["gene_id"] == gene) & (sums["snp_set"] == 100), "phi_sum"].iloc[0]
        assert phi == pytest.approx(max(0, numerator / variance), rel=1e-9)


@pytest.mark.thorough
def test_half_a_genome_has_no_phi_unless_its_variance_is_given(
    chunks: list[Path], script: Callable, tmp_path: Path
) -> None:
    done = script("build_model_db.py", "--chunks", chunks[0], "--name", "m", "--out", tmp_path / "a")
    assert "no chunk has genes of chromosome 2" in done.stderr
    assert set(phi_in(tmp_path / "a" / "m_100.db").values()) == {None}
    flags = ["--genome-variance", 100, "--name", "m", "--out", tmp_path / "b"]
    script("build_model_db.py", "--chunks", chunks[0], *flags)
    sums = pd.read_csv(chunks[0] / "phi_sums.tsv", sep="\t").query("snp_set == 100").set_index("gene_id")["phi_sum"]
    for gene, phi in phi_in(tmp_path / "b" / "m_100.db").items():
        assert phi == pytest.approx(max(0, sums[gene] / 100))
