"""Statistics, nested sets and the growing path, without R."""

import threading
from types import ModuleType

import numpy as np
import pytest
from scipy import stats
from tcra.expression import training_fits
from tcra.expression.cross_validation import cross_validate
from tcra.expression.elastic_net import CoefficientPath, FitError, GrowingPath, PathProblem, smallest_ratio
from tcra.expression.evaluation import measure_performance
from tcra.expression.folds import draw_folds
from tcra.expression.gene_model import FAILED, MODELLED, TOO_FEW_SNPS, FitSettings, fit_gene


@pytest.fixture(scope="module")
def folds() -> np.ndarray:
    return draw_folds(200, 10, 3, 20240528)


def growing_path(x: np.ndarray, y: np.ndarray) -> GrowingPath:
    return GrowingPath(PathProblem(np.array(x, float, order="F"), y, 0.5, x.mean(0), x.std(0), snps=x.shape[1]))


def whole_path(x: np.ndarray, y: np.ndarray) -> CoefficientPath:
    return growing_path(x, y).grow(100)


@pytest.mark.parametrize("replicate", range(6))
def test_stopping_early_changes_no_result(benchmark_module: ModuleType, folds: np.ndarray, replicate: int) -> None:
    x, y = benchmark_module.simulate(200, (60, 300, 600)[replicate % 3], (0.0, 0.4)[replicate % 2], replicate)
    early, full = (cross_validate(x.astype(float), y, folds, full_path=whole) for whole in (False, True))
    assert early.best == full.best
    difference = early.path.at(early.best, x.shape[1]) - full.path.at(full.best, x.shape[1])
    assert np.abs(difference).max() < 1e-13
    assert np.abs(early.predictions - full.predictions).max() < 1e-13
    assert len(early.errors) < len(full.errors)


def test_a_path_that_grows_in_parts_is_the_path_at_once(benchmark_module: ModuleType) -> None:
    x, y = benchmark_module.simulate(120, 150, 0.4, 2)
    path = growing_path(x, y)
    for steps in (3, 4, 20, 60):
        part = path.grow(steps)
        assert len(part.lambdas) == steps
    assert not path.ended
    path.close()
    whole = whole_path(x, y)
    entered = len(part.active)
    assert (part.active == whole.active[:entered]).all()
    assert np.abs(part.coefficients - whole.coefficients[:entered, :60]).max() < 1e-14
    assert np.allclose(part.lambdas, whole.lambdas[:60], rtol=1e-14)
    assert np.allclose(part.intercepts, whole.intercepts[:60], atol=1e-14)


def test_no_thread_is_left(benchmark_module: ModuleType, folds: np.ndarray) -> None:
    before = threading.active_count()
    x, y = benchmark_module.simulate(200, 30, 0.4, 1)
    cross_validate(x.astype(float), y, folds)
    x[:] = (folds[:, :1] == 4) * (np.arange(30) % 2 + 1)  # nothing varies once fold 4 is left out
    with pytest.raises(FitError, match="no SNP varies"):
        cross_validate(x.astype(float), y, folds)
    assert threading.active_count() == before


def test_nested_sets_equal_single_ones(benchmark_module: ModuleType, folds: np.ndarray) -> None:
    x, y = benchmark_module.simulate(200, 150, 0.4, 2)
    ranks = np.random.default_rng(0).permutation(300)[:150] + 1
    sizes = (5, 60, 61, 150, 300)
    together = fit_gene(x, ranks, y, FitSettings(sizes, folds))
    for size, model in zip(sizes, together, strict=True):
        alone = fit_gene(x, ranks, y, FitSettings((size,), folds))[0]
        assert (alone.snp_set, alone.status, alone.step, alone.error) == (
            model.snp_set,
            model.status,
            model.step,
            model.error,
        )
        if model.status == MODELLED:
            assert (alone.columns == model.columns).all() and (alone.weights == model.weights).all()
            assert (ranks[model.columns] <= size).all()


def test_covariance_is_that_of_the_raw_dosages(benchmark_module: ModuleType, folds: np.ndarray) -> None:
    x, y = benchmark_module.simulate(200, 50, 0.5, 4)
    model = fit_gene(x, np.arange(1, 51), y, FitSettings((50,), folds))[0]
    assert model.columns is not None and model.covariance is not None
    assert np.abs(model.covariance - np.cov(x[:, model.columns].astype(float).T)).max() < 1e-12


def test_outcomes(benchmark_module: ModuleType, folds: np.ndarray) -> None:
    x, y = benchmark_module.simulate(200, 10, 0.5, 4)
    settings = FitSettings((1, 10), folds)
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
    found = measure_performance(y, 0.5 * y, predictions, fold)
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
    found = measure_performance(y, y, -y + random.standard_normal(100), np.repeat(np.arange(10), 10))
    assert found.pred_perf_r2 > 0.2  # the published R² does not see the sign
    assert found.rho_mean < -0.3


def test_constant_predictions() -> None:
    y = np.random.default_rng(3).standard_normal(100)
    found = measure_performance(y, y, np.zeros(100), np.repeat(np.arange(10), 10))
    assert np.isnan(found.pred_perf_r2) and np.isnan(found.pred_perf_p)
    assert found.rho_mean == 0 and found.rho_p == 1


def test_the_grid_is_rs(benchmark_module: ModuleType) -> None:
    x, y = benchmark_module.simulate(100, 40, 0.9, 1)
    path = whole_path(x, y)
    centred = (x - x.mean(0)) / x.std(0)
    assert path.lambdas[0] == pytest.approx(np.abs(centred.T @ (y - y.mean())).max() / (100 * 0.5), rel=1e-9)
    ratios = path.lambdas[1:] / path.lambdas[:-1]
    assert np.allclose(ratios, smallest_ratio(100, 40) ** (1 / 99), rtol=1e-9)


def test_what_glmnet_refuses() -> None:
    with pytest.raises(FitError, match="no SNP varies"):
        whole_path(np.ones((50, 3)), np.random.default_rng(0).standard_normal(50))


def test_folds_of_a_few_samples_leave_the_signed_p_a_number() -> None:
    random = np.random.default_rng(4)
    fold = np.array([1] * 2 + [2] * 3 + [3] * 1 + [4] * 40)
    y = random.standard_normal(len(fold))
    predictions = y + random.standard_normal(len(fold))
    found = measure_performance(y, predictions, predictions, fold)
    z = np.arctanh(np.corrcoef(y[fold == 4], predictions[fold == 4])[0, 1]) * np.sqrt(37) / np.sqrt(4)
    assert found.rho_z == pytest.approx(z)
    assert found.rho_p == pytest.approx(2 * stats.norm.sf(abs(z)))


@pytest.mark.parametrize(("h2", "factors"), [(0.0, False), (0.4, False), (0.4, True)])
def test_looking_at_likely_snps_alone_changes_no_result(
    benchmark_module: ModuleType, monkeypatch: pytest.MonkeyPatch, h2: float, factors: bool
) -> None:
    x, y = benchmark_module.simulate(150, 700, h2, 5)
    folds, random = draw_folds(150, 10, 2, 1), np.random.default_rng(0)
    weights = random.uniform(0.2, 3, 700) if factors else None
    found, restarts = {}, []
    began_again = training_fits.TrainingFit.restarted
    monkeypatch.setattr(
        training_fits.TrainingFit, "restarted", lambda *a: restarts.append(began_again(*a)) or restarts[-1]
    )
    for screen_from in (10_000, 600):
        monkeypatch.setattr(training_fits, "SCREEN_FROM", screen_from)
        found[screen_from] = cross_validate(x.astype(float), y, folds, penalty_factors=weights)
    whole, likely = found.values()
    tolerance = 1e-12 if factors else 0  # the core rescales the factors of some SNPs to the last bit only
    assert restarts  # the fits were checked
    assert likely.best == whole.best and (likely.path.active == whole.path.active).all()
    assert np.abs(likely.path.coefficients - whole.path.coefficients).max() <= tolerance
    assert np.abs(likely.predictions - whole.predictions).max() <= tolerance
