"""The prior model: R's results with penalty.factor, and what it is offered."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from tcra.errors import UserError
from tcra.expression.folds import draw_folds
from tcra.expression.gene_model import FitSettings, fit_gene
from tcra.expression.prior import penalty_factors
from tcra.expression.settings import ChunkOptions, PriorPowers

from .conftest import Cohort
from .test_r_parity import SEED, compare


@pytest.mark.parametrize("folder", ["score0.1_distance0.5", "score0.25_distance0.5"])
def test_the_factors_that_r_was_given(shared_data: Path, folder: str) -> None:
    table = pd.read_csv(shared_data / "prior" / folder / "expected_penalty_factors.tsv", sep="\t")
    rank_power = float(folder.split("_")[0].removeprefix("score"))
    for size, rows in table.groupby("snp_set"):
        found = penalty_factors(
            rows["rank"].to_numpy(), rows["distance"].to_numpy(), PriorPowers(rank_power, 0.5), int(size)
        )
        assert np.allclose(found, rows["factor"], rtol=1e-12, atol=0)


@pytest.mark.parametrize(("n", "p", "h2", "powers"), [
    (120, 60, 0.3, (0.1, 0.5)), (120, 60, 0.0, (0.25, 1.0)), (110, 300, 0.1, (0.0, 0.5)),
    (130, 520, 0.3, (0.1, 0.5)), (130, 520, 0.5, (1.0, 0.0)),
])  # fmt: skip
def test_rs_models_with_penalty_factors(
    ask_r: Callable[..., dict], benchmark_module: ModuleType, n: int, p: int, h2: float, powers: tuple[float, float]
) -> None:
    x, y = benchmark_module.simulate(n, p, h2, 1)
    random = np.random.default_rng(p)
    ranks, distances, folds = random.permutation(p) + 1, random.integers(0, 10**6, p), draw_folds(n, 10, 3, SEED)
    settings = FitSettings((), folds, prior=PriorPowers(*powers), prior_ranks=p)
    (ours,) = fit_gene(x, ranks, y, settings, distances)
    compare(ask_r(x, y, folds, penalty_factors(ranks, distances, PriorPowers(*powers), p)), ours)


@pytest.fixture(scope="module")
def fitted(cohort: Cohort, script: Callable, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("prior")
    script("fit_gene_models.py", *cohort.flags(), "--set-sizes", "20,50", "--prior", "0.1,0.5", "--out", out)
    return out


TABLES = {"model_summaries.tsv": "\t", "weights.tsv": "\t", "covariances.txt.gz": " "}


def tables(folder: Path) -> dict[str, pd.DataFrame]:
    return {
        name: pd.read_csv(folder / name, sep=separator, dtype=str, keep_default_na=False)
        for name, separator in TABLES.items()
    }


def test_it_comes_after_the_sets_and_is_offered_all_ranked_variants(fitted: Path, cohort: Cohort) -> None:
    summaries = pd.read_csv(fitted / "model_summaries.tsv", sep="\t", dtype={"snp_set": str})
    assert summaries["snp_set"].tolist() == ["20", "50", "prior"] * 6
    prior = summaries[summaries["snp_set"] == "prior"].set_index("gene_name")
    inside = sum(c == "1" and 0 <= p <= 210_000 for c, p in zip(cohort.chrom, cohort.position, strict=True))
    assert prior.loc["NAME0", "n_snps_in_window"] == inside  # all, not only the 50 best
    record = json.loads((fitted / "accounting.json").read_text())["parameters"]["prior"]
    assert record == {"rank": 0.1, "distance": 0.5, "ranks": 100, "rank_offset": 0.01, "distance_offset_bp": 10_000}


@pytest.mark.thorough
def test_powers_of_zero_give_the_bytes_of_the_plain_set(cohort: Cohort, script: Callable, tmp_path: Path) -> None:
    for name, more in (("cut", ["--prior-set", 50]), ("all", [])):
        script("fit_gene_models.py", *cohort.flags(), "--prior", "0,0", *more, "--out", tmp_path / name)
        same = "50" if more else "100"
        for table in tables(tmp_path / name).values():
            plain, prior = (
                table[table["snp_set"] == snp_set].drop(columns="snp_set").to_numpy().tolist()
                for snp_set in (same, "prior")
            )
            assert len(prior) and prior == plain


def test_the_sets_are_what_they_are_without_it(fitted: Path, cohort: Cohort, script: Callable, tmp_path: Path) -> None:
    script("fit_gene_models.py", *cohort.flags(), "--set-sizes", "20,50", "--out", tmp_path)
    for name, table in tables(fitted).items():
        assert table[table["snp_set"] != "prior"].to_numpy().tolist() == tables(tmp_path)[name].to_numpy().tolist()


@pytest.mark.thorough
def test_chunks_and_cores_change_nothing(fitted: Path, cohort: Cohort, script: Callable, tmp_path: Path) -> None:
    parts = []
    for number, more in enumerate((["--chrom", 1, "--cores", 2], ["--chrom", 2])):
        flags = [*cohort.flags(), "--set-sizes", "50,20", "--prior", "0.1,0.5", *more]
        script("fit_gene_models.py", *flags, "--out", tmp_path / str(number))
        parts.append(tables(tmp_path / str(number)))
    for name, whole in tables(fitted).items():
        assert pd.concat([part[name] for part in parts]).to_numpy().tolist() == whole.to_numpy().tolist()


def test_the_distance_is_from_the_strands_start(cohort: Cohort, script: Callable, tmp_path: Path) -> None:
    """With a high power of the distance a SNP at the transcription start is found, and not one at the gene's other end."""
    genes = cohort.genes.read_text().replace("100000\t110000", "100000\t300000")
    causal = f"{cohort.chrom[10]}_{cohort.position[10]}_A_G"
    found = {}
    for strand in "+-":
        (tmp_path / "g.gtf").write_text(genes.replace("\t+\t", f"\t{strand}\t"))
        flags = [*cohort.flags(), "--genes", tmp_path / "g.gtf", "--chrom", "1", "--number-of-genes", 1]
        script("fit_gene_models.py", *flags, "--prior", "0,9", "--out", tmp_path / strand)
        weights = pd.read_csv(tmp_path / strand / "weights.tsv", sep="\t", dtype={"snp_set": str})
        assert causal in set(weights.loc[weights["snp_set"] == "100", "varID"])
        found[strand] = causal in set(weights.loc[weights["snp_set"] == "prior", "varID"])
    assert found == {"+": True, "-": False}


def test_it_has_a_database_that_says_how_it_was_made(fitted: Path, script: Callable, tmp_path: Path) -> None:
    script("build_model_db.py", "--chunks", fitted, "--name", "blood", "--keep-all", "--out", tmp_path)
    with closing(sqlite3.connect(tmp_path / "blood_prior.db")) as database:
        genes = [row[0] for row in database.execute("SELECT gene FROM extra")]
        ((snp_set, parameters),) = database.execute("SELECT snp_set, parameters FROM construction").fetchall()
    assert "ENSG00000000000.1" in genes
    assert snp_set == "prior" and json.loads(parameters)["prior"]["distance"] == 0.5
    summaries = pd.read_csv(tmp_path / "model_summaries.tsv", sep="\t", dtype={"snp_set": str})
    assert summaries["snp_set"].tolist() == ["20", "50", "prior"] * 6


@pytest.mark.parametrize(("text", "expected"), [
    ("a,b", "expected the powers of rank and distance"), ("0.1", "expected the powers"), ("1,2,3", "expected the powers"),
    ("-1,0.5", "power -1; expected two numbers of at least 0"), ("0.1,inf", "power inf"), ("nan,1", "power nan"),
])  # fmt: skip
def test_powers_that_are_refused(text: str, expected: str) -> None:
    with pytest.raises(UserError, match=expected):
        PriorPowers.parse(text)


def test_an_empty_text_is_no_prior_and_a_prior_set_needs_one() -> None:
    assert PriorPowers.parse(" ") is None
    with pytest.raises(UserError, match="--prior-set 5 is for the prior model"):
        ChunkOptions(set_sizes=(5,), prior_set=5)
