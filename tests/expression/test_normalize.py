"""Expression tables, covariates and every step of the normalisation."""

import csv
import gzip
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from tcra.errors import UserError
from tcra.expression.covariates import read_covariates
from tcra.expression.expression_table import ExpressionTable, read_expression_table, write_expression_table
from tcra.expression.normalize import (
    expression_factors,
    inverse_normal,
    normalize,
    number_of_factors,
    quantile_normalize,
    residuals,
)

SAMPLES = [f"s{i}" for i in range(12)]


def test_quantile_normalisation_by_hand() -> None:
    values = np.array([[5.0, 4, 3], [2, 1, 4], [3, 4, 6], [4, 2, 8]])  # the textbook example (Bolstad)
    expected = [[5.666667, 5.166667, 2], [2, 2, 3], [3, 5.166667, 4.666667], [4.666667, 3, 5.666667]]
    assert np.allclose(quantile_normalize(values), expected, atol=1e-5)


@given(arrays(np.float64, (7, 5), elements=st.floats(-100, 100), unique=True))
def test_all_samples_get_one_distribution(values: np.ndarray) -> None:
    normalised = quantile_normalize(values)
    assert np.allclose(np.sort(normalised, axis=0), np.sort(normalised, axis=0)[:, :1])
    assert (np.argsort(normalised, axis=0) == np.argsort(values, axis=0)).all()


@given(arrays(np.float64, (3, 20), elements=st.floats(-1e6, 1e6)))
def test_inverse_normal_is_gtexs(values: np.ndarray) -> None:
    found = inverse_normal(values)
    for row, ours in zip(values, found, strict=True):
        assert np.allclose(ours, stats.norm.ppf(stats.rankdata(row) / 21))


def test_ladder() -> None:
    sizes = [
        (149, 20_000),
        (150, 20_000),
        (249, 20_000),
        (250, 20_000),
        (349, 20_000),
        (350, 20_000),
        (800, 20_000),
        (300, 60),
    ]
    assert [number_of_factors(*size) for size in sizes] == [15, 30, 30, 45, 45, 60, 60, 6]


def test_residuals_are_least_squares() -> None:
    random = np.random.default_rng(0)
    values, covariates = random.standard_normal((4, 50)), random.standard_normal((50, 3)) * [1, 1000, 1e-3]
    covariates = np.hstack([covariates, covariates[:, :1] * 2, np.ones((50, 1))])  # collinear, constant
    design = np.hstack([np.ones((50, 1)), covariates[:, :3]])
    expected = values - (design @ np.linalg.lstsq(design, values.T, rcond=None)[0]).T
    assert np.allclose(residuals(values, covariates), expected, atol=1e-10)
    assert np.allclose(residuals(values, np.zeros((50, 0))), values - values.mean(1, keepdims=True))


def test_factors_are_principal_components() -> None:
    random = np.random.default_rng(1)
    hidden = random.standard_normal((2, 40))
    values = random.standard_normal((100, 2)) @ hidden * 5 + 0.01 * random.standard_normal((100, 40))
    factors = expression_factors(values, 2)
    centred = hidden - hidden.mean(1, keepdims=True)
    assert np.allclose(factors.T @ factors, np.eye(2), atol=1e-10)
    assert np.abs(centred - (centred @ factors) @ factors.T).max() < 0.05


def test_the_real_geuvadis_table(shared_data: Path, script: Callable, tmp_path: Path) -> None:
    folder = shared_data / "expression"
    source, table = folder / "genes.50percent.chr22.bed.gz", folder / "genes.covariates.pc50.txt.gz"
    out = tmp_path / "normal.csv.gz"
    script("normalize_expression.py", "--expression", source, "--covariates", table, "--factors", 10, "--out", out)
    raw = pd.read_csv(source, sep="\t", index_col="gene")
    found = pd.read_csv(out, index_col="gene_id")
    assert list(found.columns) == ["chr", "gene_name", *raw.columns[5:]]
    assert list(found.index) == list(raw.index)
    assert len(found) == 608 and found.shape[1] == 2 + 358

    values = raw.iloc[:, 5:].to_numpy()  # the same steps in other words
    quantiles = np.sort(values, axis=0).mean(1)
    normal = pd.DataFrame(values).rank(method="average")
    normal = normal.apply(lambda column: np.interp(column, np.arange(1, 609), quantiles))
    normal = stats.norm.ppf(normal.rank(axis=1).to_numpy() / 359)
    _, _, right = np.linalg.svd(normal - normal.mean(1, keepdims=True), full_matrices=False)
    known = pd.read_csv(table, sep=" ", index_col=0)[raw.columns[5:]].to_numpy(float)
    design = np.vstack([np.ones(358), known, right[:10]]).T
    left = normal - (design @ np.linalg.lstsq(design, normal.T, rcond=None)[0]).T
    expected = stats.norm.ppf(stats.rankdata(np.round(left, 10), axis=1) / 359)
    assert np.abs(found.iloc[:, 2:].to_numpy() - expected).max() < 1e-6
    assert json.loads((tmp_path / "normal.csv.gz.accounting.json").read_text())["counts"][0]["out"] == 608


def test_output_is_an_input(project_data: Path, tmp_path: Path, script: Callable) -> None:
    expression = read_expression_table(project_data / "gene_models" / "expression.csv.gz")
    write_expression_table(tmp_path / "a.csv.gz", expression)
    again = read_expression_table(tmp_path / "a.csv.gz")
    assert again.gene_names == expression.gene_names and (again.values == expression.values).all()
    script("normalize_expression.py", "--expression", tmp_path / "a.csv.gz", "--out", tmp_path / "b.csv.gz")
    script("normalize_expression.py", "--expression", tmp_path / "a.csv.gz", "--out", tmp_path / "c.csv.gz")
    assert (tmp_path / "b.csv.gz").read_bytes() == (tmp_path / "c.csv.gz").read_bytes()
    assert gzip.open(tmp_path / "b.csv.gz", "rt").readline().startswith("chr,gene_id,gene_name,MADE")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    values = np.random.default_rng(3).gamma(2, 2, (30, 12))
    values[4] = 1.5
    write_expression_table(
        tmp_path / "e.csv",
        ExpressionTable(["1"] * 30, [f"G{i}" for i in range(30)], [f"N{i}" for i in range(30)], SAMPLES, values),
    )
    return tmp_path / "e.csv"


def test_constant_genes_are_counted(table: Path, script: Callable, tmp_path: Path) -> None:
    script("normalize_expression.py", "--expression", table, "--factors", 0, "--out", tmp_path / "o.csv")
    count = json.loads((tmp_path / "o.csv.accounting.json").read_text())["counts"][0]
    assert (count["in"], count["out"], count["rejected"]) == (30, 29, {"the same value in every sample": 1})


def test_genes_without_anything_left_are_counted(tmp_path: Path, script: Callable) -> None:
    """The highest gene of every sample has one rank; one that is the lowest of the women and the second of the men is its sex."""
    values = np.random.default_rng(3).gamma(2, 2, (30, 12))
    values[4] += 1000
    values[5] = [-1.0, 500.0] * 6
    (tmp_path / "c.tsv").write_text("ID\t" + "\t".join(SAMPLES) + "\nsex\t" + "\t".join(["F", "M"] * 6) + "\n")
    names = [f"G{i}" for i in range(30)]
    write_expression_table(tmp_path / "e.csv", ExpressionTable(["1"] * 30, names, names, SAMPLES, values))
    arguments = ["--expression", tmp_path / "e.csv", "--covariates", tmp_path / "c.tsv", "--factors", 0]
    script("normalize_expression.py", *arguments, "--out", tmp_path / "o.csv")
    count = json.loads((tmp_path / "o.csv.accounting.json").read_text())["counts"][0]
    reason = "one rank in every sample, or wholly explained by the covariates"
    assert (count["in"], count["out"], count["rejected"]) == (30, 28, {reason: 2})
    assert not {"G4", "G5"} & set(pd.read_csv(tmp_path / "o.csv")["gene_id"])


def test_ties_with_the_same_covariates_stay_ties() -> None:
    """Zeros of a gene differ by the rounding of their residuals alone; that must not rank them."""
    random = np.random.default_rng(0)
    values = random.gamma(1, 3, (40, 203)) * (random.random((40, 203)) < 0.5)
    batch = random.integers(0, 4, 203)
    covariates = np.stack([batch == 1, batch == 2, batch == 3, random.random(203) < 0.5], 1).astype(float)
    normal = inverse_normal(quantile_normalize(values))
    found = normalize(values, covariates, 0)
    code = covariates @ [1, 2, 4, 8]
    tied = 0
    for before, after in zip(normal, found, strict=True):
        for key in {*zip(before.tolist(), code.tolist(), strict=True)}:
            same = after[(before == key[0]) & (code == key[1])]
            assert np.ptp(same) == 0
            tied += len(same) > 1
    assert tied > 20


def test_covariates_are_joined_by_name_in_either_orientation(tmp_path: Path) -> None:
    values = np.arange(24.0).reshape(2, 12)
    wide = pd.DataFrame(values, index=["age", "pc1"], columns=SAMPLES)[SAMPLES[::-1]]
    wide.to_csv(tmp_path / "wide.tsv", sep="\t", index_label="ID")
    wide.T.sample(frac=1, random_state=1).to_csv(tmp_path / "long.csv", index_label="sample")
    wide.to_csv(tmp_path / "space.txt", sep=" ", index_label="SampleID")
    wide.to_csv(tmp_path / "corner.tsv", sep="\t")  # pandas leaves the first cell empty
    wide.to_csv(tmp_path / "quoted.csv", quoting=csv.QUOTE_NONNUMERIC)  # R quotes text
    for name in ("wide.tsv", "long.csv", "space.txt", "corner.tsv", "quoted.csv"):
        assert (read_covariates(tmp_path / name, SAMPLES) == values.T).all(), name


def test_categories_become_columns(tmp_path: Path) -> None:
    (tmp_path / "c.tsv").write_text("ID\t" + "\t".join(SAMPLES) + "\nsex\t" + "\t".join(["F", "M"] * 6) + "\n")
    assert read_covariates(tmp_path / "c.tsv", SAMPLES)[:, 0].tolist() == [0, 1] * 6


@pytest.mark.parametrize(("case", "expected"), [
    ("absent", r"c\.tsv lacks 1 of the 12 samples of the expression, such as s3"),
    ("missing", r"c\.tsv: covariate age has missing values"),
    ("unknown", r"c\.tsv: covariate age has missing values"),
    ("infinite", r"c\.tsv: covariate age has 'inf', expected a number"),
    ("blank", r"c\.tsv has no covariates"),
    ("short", r"c\.tsv line 2: 12 cells, but the header has 13"),
    ("text", r"c\.tsv: covariate age is neither a number nor one of few categories"),
    ("many", r"8 covariates and 0 expression PCs are more than half of the 12 samples"),
])  # fmt: skip
def test_bad_covariates(table: Path, script: Callable, tmp_path: Path, case: str, expected: str) -> None:
    path = tmp_path / "c.tsv"
    cells, names = [str(i) for i in range(12)], list(SAMPLES)
    if case == "absent":
        names[3] = "other"
    elif case == "missing":
        cells[2] = "NA"
    elif case == "unknown":
        cells = ["1", "2", "."] * 4
    elif case == "infinite":
        cells[2] = "inf"
    elif case == "short":
        cells.pop()
    elif case == "text":
        cells = [f"value{i}" for i in range(12)]
    rows = ["\t".join([f"age{i}" if i else "age", *cells]) for i in range(8 if case == "many" else 1)]
    path.write_text("\n" if case == "blank" else "\n".join(["\t".join(["ID", *names]), *rows]) + "\n")
    arguments = ["--expression", table, "--covariates", path, "--factors", 0, "--out", tmp_path / "o.csv"]
    stderr = script("normalize_expression.py", *arguments, status=2).stderr
    assert len(stderr.strip().splitlines()) == 1
    with pytest.raises(UserError, match=expected):
        raise UserError(stderr)


@pytest.mark.parametrize(("header", "samples", "extras"), [
    ("#chr\tstart\tend\tgene_id\ta\tb", ["a", "b"], 0),
    ("#Chr\tstart\tend\tgene\tlength\tstrand\ta\tb", ["a", "b"], 2),
])  # fmt: skip
def test_bed_layouts(tmp_path: Path, header: str, samples: list[str], extras: int) -> None:
    (tmp_path / "e.bed").write_text(f"{header}\nchr2\t5\t6\tG1\t" + "x\t" * extras + "1.5\t2\n")
    found = read_expression_table(tmp_path / "e.bed")
    assert (found.samples, found.gene_ids, found.chromosomes, found.values.tolist()) == (
        samples,
        ["G1"],
        ["chr2"],
        [[1.5, 2.0]],
    )
    with pytest.raises(UserError, match="no genes on chromosome 3"):
        read_expression_table(tmp_path / "e.bed", "3")


@pytest.mark.parametrize(("text", "expected"), [
    ("chr,gene_id,gene_name,a,a\n1,g,g,1,2\n", "sample a stands twice"),
    ("chr,gene_id,gene_name\n", "no sample columns"),
    ("chr,gene_id,gene_name,a,b\n1,g,g,1\n", "line 2: 4 cells, but the header has 5"),
    ("chr,gene_id,gene_name,a,b\n", "has no genes"),
])  # fmt: skip
def test_bad_tables(tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "e.csv").write_text(text)
    with pytest.raises(UserError, match=expected):
        read_expression_table(tmp_path / "e.csv")
