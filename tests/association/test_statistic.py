"""The statistic against its definition in plain loops, what is done about missing covariances, and z-scores from p-values."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from tcra.association.gwas.effects import compute_effects, fix_infinite
from tcra.association.models.covariance import Covariance, single_snp_covariance
from tcra.association.models.prediction_model import PredictionModel
from tcra.association.statistic import associate_genes
from tcra.common.number_cells import parse_number_cells


def make_model(genes: list[int], weights: np.ndarray) -> PredictionModel:
    size = len(genes)
    names = np.array([f"G{i}" for i in range(max(genes) + 1)], dtype=object)
    text = np.array([f"rs{i}" for i in range(size)], dtype=object)
    return PredictionModel(
        path=None, name="m", snp_set="", gene_names=names, gene=np.array(genes), snp=text, place=text, weight=weights,
        ref=np.full(size, "A", object), eff=np.full(size, "G", object), frequency=np.full(size, np.nan),
        extra=pd.DataFrame(index=names), listed=np.ones(len(names), bool), repeated=[], repeated_genes=[],
    )  # type: ignore[arg-type]  # fmt: skip


@st.composite
def cases(draw):
    sizes = draw(st.lists(st.integers(1, 6), min_size=1, max_size=5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return sizes, rng


@settings(max_examples=60, deadline=None)
@given(cases())
def test_against_the_definition(case) -> None:
    sizes, rng = case
    genes = [g for g, n in enumerate(sizes) for _ in range(n)]
    model = make_model(genes, rng.normal(size=len(genes)))
    z, beta = rng.normal(size=len(genes)), rng.normal(size=len(genes))
    z[rng.random(len(genes)) < 0.2] = np.nan
    pairs, matrices, start = [], [], 0
    for n in sizes:
        root = rng.normal(size=(n, n + 2))
        matrix = root @ root.T
        matrices.append(matrix)
        for i in range(n):
            for j in range(i, n):
                one, two = (i, j) if rng.random() < 0.7 else (j, i)  # either order, and some pairs twice
                pairs.append((start + one, start + two, matrix[i, j]))
                if rng.random() < 0.2:
                    pairs.insert(
                        int(rng.integers(0, len(pairs))), (start + i, start + j, 99.0 if i != j else matrix[i, i])
                    )
        start += n
    for i in range(len(genes)):  # every variant is there as RSID1
        pairs.append((i, i, matrices[genes[i]][i - sum(sizes[: genes[i]]), i - sum(sizes[: genes[i]])]))
    last: dict[frozenset[int], float] = {}
    for one, two, value in pairs:
        last[frozenset((one, two))] = value
    first, second, value = (np.array(column) for column in zip(*pairs, strict=True))
    covariance = Covariance.empty(model)
    for part in np.array_split(np.arange(len(pairs)), 3):  # as a file comes, in batches
        covariance.add(model.gene[first[part]], first[part], second[part], value[part].astype(float))
    tests = associate_genes(model, covariance, z, beta)
    for g in range(len(sizes)):
        used = [i for i in range(len(genes)) if genes[i] == g and not np.isnan(z[i])]
        assert tests.n_used[g] == len(used)
        w = model.weight
        var_g = sum(w[i] * w[j] * last[frozenset((i, j))] for i in used for j in used)
        if not used or var_g <= 0:
            assert np.isnan(tests.zscore[g])
            continue
        sigma = {i: np.sqrt(last[frozenset((i,))]) for i in used}
        zscore = sum(w[i] * z[i] * sigma[i] for i in used) / np.sqrt(var_g)
        np.testing.assert_allclose(tests.var_g[g], var_g, rtol=1e-8)
        np.testing.assert_allclose(tests.zscore[g], zscore, rtol=1e-8)
        np.testing.assert_allclose(
            tests.effect_size[g], sum(w[i] * beta[i] * sigma[i] ** 2 for i in used) / var_g, rtol=1e-8
        )
        np.testing.assert_allclose(tests.pvalue[g], 2 * norm.sf(abs(zscore)), rtol=1e-7)


def test_missing_pair_is_named() -> None:
    model = make_model([0, 0, 1], np.array([1.0, 2.0, 1.0]))
    tests = associate_genes(model, single_snp_covariance(model), np.ones(3), np.ones(3))
    assert np.isnan(tests.zscore[0]) and tests.zscore[1] == 1
    assert tests.missing == [(0, 0, 1)]


def test_a_negative_variance_has_no_result() -> None:
    model = make_model([0, 0], np.array([1.0, 2.0]))
    covariance = single_snp_covariance(model)
    covariance.add(np.array([0, 0]), np.array([0, 0]), np.array([0, 1]), np.array([-0.5, 0.1]))
    tests = associate_genes(model, covariance, np.ones(2), np.ones(2))
    assert tests.var_g[0] > 0 and np.isnan([tests.zscore[0], tests.effect_size[0]]).all()


@given(st.floats(1e-300, 1.0, exclude_max=True), st.sampled_from([-0.3, 0.2]))
def test_z_from_p(p: float, beta: float) -> None:
    cells = {"pvalue": pa.array([repr(p)]), "beta": pa.array([repr(beta)])}
    effects = compute_effects("f", cells, 1e-50)
    np.testing.assert_allclose(effects.z[0], norm.isf(p / 2) * np.sign(beta), rtol=1e-6, atol=1e-7)
    assert effects.z[0] == np.float64(np.float32(effects.z[0]))


def test_z_from_p_and_from_log10_p_agree() -> None:
    logs = [0.3, 5.0, 80.0, 300.0]
    by_log = compute_effects(
        "f", {"minus_log10_pvalue": pa.array(list(map(str, logs))), "beta": pa.array(["1"] * 4)}, 1e-50
    )
    by_p = compute_effects("f", {"pvalue": pa.array([repr(10**-x) for x in logs]), "beta": pa.array(["1"] * 4)}, 1e-50)
    np.testing.assert_allclose(by_log.z, by_p.z, rtol=1e-6)
    huge = compute_effects("f", {"minus_log10_pvalue": pa.array(["1500"]), "beta": pa.array(["-1"])}, 1e-50)
    assert -83.1 < huge.z[0] < -82.9  # sqrt(2 ln(10) 1500) less a little


def test_zero_p_takes_the_smallest_of_the_models_own_rows() -> None:
    cells = {"pvalue": pa.array(["0", "1e-60", "1e-70"]), "beta": pa.array(["1", "1", "1"])}
    effects = compute_effects("f", cells, 1e-50)
    for rows, smallest in (([1, 1, 0], 1e-60), ([1, 1, 1], 1e-70), ([1, 0, 0], 1e-50)):
        z = fix_infinite(effects, np.array(rows, bool), 1e-50)
        np.testing.assert_allclose(z[0], norm.isf(smallest / 2), rtol=1e-6)


@pytest.mark.parametrize(
    ("cell", "value", "bad"),
    [("1.5", 1.5, False), ("1,5e-6", 1.5e-6, False), ("NA", np.nan, False), (".", np.nan, False), ("\\N", np.nan, False),
     ("", np.nan, False), ("-", np.nan, True), ("1,000,000", np.nan, True), ("-2E3", -2000.0, False), ("1e-400", 0.0, False)],
)  # fmt: skip
def test_numbers(cell: str, value: float, bad: bool) -> None:
    values, wrong = parse_number_cells(pa.array([cell, "2"]))
    np.testing.assert_equal(values, [value, 2.0])
    assert wrong.tolist() == [bad, False]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"pvalue": "1.5", "beta": "1"}, "p is outside 0 to 1"),
        ({"pvalue": "-0.1", "beta": "1"}, "p is outside 0 to 1"),
        ({"pvalue": "x", "beta": "1"}, "pvalue is not a number"),
        ({"pvalue": "0.1", "beta": "NA"}, "sign of the effect is missing"),
        ({"pvalue": "0.1", "or": "0"}, "odds ratio is 0"),
        ({"pvalue": "0.1", "beta_sign": "up"}, "sign is not + - 1 or -1"),
        ({"beta": "1", "se": "0"}, "standard error is not above 0"),
        ({"beta": "1", "se": "-1"}, "standard error is not above 0"),
        ({"zscore": "inf"}, "z is infinite"),
        ({"zscore": "NA"}, "z is missing"),
        ({"minus_log10_pvalue": "-3", "beta": "1"}, "-log10 p is negative or infinite"),
    ],
)
def test_unusable_rows_have_a_reason(cells: dict[str, str], reason: str) -> None:
    effects = compute_effects("f", {role: pa.array([cell]) for role, cell in cells.items()}, 1e-50)
    assert effects.reason[0] == reason and np.isnan(effects.z[0])
