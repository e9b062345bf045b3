"""Statistics, nested sets and the staged path, without R."""

from types import ModuleType

import numpy as np
import pytest
from scipy import stats
from tcra.expression.cross_validation import cross_validate
from tcra.expression.elastic_net import FitError, fit_path, smallest_ratio
from tcra.expression.evaluation import evaluate
from tcra.expression.folds import draw_folds
from tcra.expression.gene_model import FAILED, MODELLED, TOO_FEW_SNPS, Settings, fit_gene


@pytest.fixture(scope="module")
def folds() -> np.ndarray:
    return draw_folds(200, 10, 3, 20240528)


@pytest.mark.parametrize("replicate", range(6))
def test_stages_change_no_result(benchmark_module: ModuleType, folds: np.ndarray, replicate: int) -> None:
    x, y = benchmark_module.simulate(200, (60, 300, 600)[replicate % 3], (0.0, 0.4)[replicate % 2], replicate)
    staged, full = (cross_validate(x.astype(float), y, folds, full_path=whole) for whole in (False, True))
    assert staged.best == full.best
    assert (staged.path.at(staged.best, x.shape[1]) == full.path.at(full.best, x.shape[1])).all()
    assert np.abs(staged.predictions - full.predictions).max() < 1e-13
    assert len(staged.errors) < len(full.errors)


def test_nested_sets_equal_single_ones(benchmark_module: ModuleType, folds: np.ndarray) -> None:
    x, y = benchmark_module.simulate(200, 150, 0.4, 2)
    ranks = np.random.default_rng(0).permutation(300)[:150] + 1
    sizes = (5, 60, 61, 150, 300)
    together = fit_gene(x, ranks, y, Settings(sizes, folds))
    for size, model in zip(sizes, together, strict=True):
        alone = fit_gene(x, ranks, y, Settings((size,), folds))[0]
        assert (alone.set_size, alone.status, alone.step, alone.error) == (
            model.set_size,
            model.status,
            model.step,
            model.error,
        )
        if model.status == MODELLED:
            assert (alone.columns == model.columns).all() and (alone.weights == model.weights).all()
            assert (ranks[model.columns] <= size).all()


def test_covariance_is_that_of_the_raw_dosages(benchmark_module: ModuleType, folds: np.ndarray) -> None:
    x, y = benchmark_module.simulate(200, 50, 0.5, 4)
    model = fit_gene(x, np.arange(1, 51), y, Settings((50,), folds))[0]
    assert model.columns is not None and model.covariance is not None
    assert np.abs(model.covariance - np.cov(x[:, model.columns].astype(float).T)).max() < 1e-12


def test_outcomes(benchmark_module: ModuleType, folds: np.ndarray) -> None:
    x, y = benchmark_module.simulate(200, 10, 0.5, 4)
    settings = Settings((1, 10), folds)
    ranks = np.arange(1, 11)
    assert [m.status for m in fit_gene(x, ranks, y, settings)] == [TOO_FEW_SNPS, MODELLED]
    gap = y.copy()
    gap[3] = np.nan
    assert fit_gene(x, ranks, gap, settings)[1].reason == "the expression has missing values"
    constant = fit_gene(x, ranks, np.ones(200), settings)[1]
    assert (constant.status, constant.reason) == (FAILED, "the expression is constant")
    assert fit_gene(np.ones((200, 10), np.int8), ranks, y, settings)[1].status == FAILED


def test_statistics_against_scipy() -> None:
    random = np.random.default_rng(1)
    y = random.standard_normal(90)
    predictions = 0.4 * y + random.standard_normal(90)
    fold = np.repeat(np.arange(1, 10), 10)
    found = evaluate(y, 0.5 * y, predictions, fold)
    line = stats.linregress(predictions, y)
    assert found.pred_perf_r2 == pytest.approx(line.rvalue**2, rel=1e-12)
    assert found.pred_perf_p == pytest.approx(line.pvalue, rel=1e-9)
    rho = [stats.pearsonr(y[fold == k], predictions[fold == k]).statistic for k in range(1, 10)]
    z = np.sum(np.arctanh(rho) * np.sqrt(7)) / 3
    assert found.rho_mean == pytest.approx(np.mean(rho))
    assert found.rho_z == pytest.approx(z)
    assert found.rho_p == pytest.approx(2 * stats.norm.sf(abs(z)))
    assert found.in_sample_r2 == pytest.approx(0.75)


def test_a_model_that_predicts_the_opposite_is_not_good() -> None:
    random = np.random.default_rng(2)
    y = random.standard_normal(100)
    found = evaluate(y, y, -y + random.standard_normal(100), np.repeat(np.arange(10), 10))
    assert found.pred_perf_r2 > 0.2  # the published R² does not see the sign
    assert found.rho_mean < -0.3


def test_constant_predictions() -> None:
    y = np.random.default_rng(3).standard_normal(100)
    found = evaluate(y, y, np.zeros(100), np.repeat(np.arange(10), 10))
    assert np.isnan(found.pred_perf_r2) and np.isnan(found.pred_perf_p)
    assert found.rho_mean == 0 and found.rho_p == 1


def test_the_grid_is_rs(benchmark_module: ModuleType) -> None:
    x, y = benchmark_module.simulate(100, 40, 0.9, 1)
    path = fit_path(np.asfortranarray(x, float), y, 0.5)
    centred = (x - x.mean(0)) / x.std(0)
    assert path.lambdas[0] == pytest.approx(np.abs(centred.T @ (y - y.mean())).max() / (100 * 0.5), rel=1e-9)
    ratios = path.lambdas[1:] / path.lambdas[:-1]
    assert np.allclose(ratios, smallest_ratio(100, 40) ** (1 / 99), rtol=1e-9)


def test_what_glmnet_refuses() -> None:
    with pytest.raises(FitError, match="no SNP varies"):
        fit_path(np.ones((50, 3), order="F"), np.random.default_rng(0).standard_normal(50), 0.5)
