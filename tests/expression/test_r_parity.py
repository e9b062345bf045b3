"""The same models as R's own glmnet, gene by gene."""

from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest
from numpy.typing import NDArray
from tcra.expression.folds import draw_folds
from tcra.expression.gene_model import FAILED, MODELLED, NO_SIGNAL, FitSettings, GeneModel, fit_gene

SEED = 20240528


def compare(theirs: dict, ours: GeneModel) -> None:
    """λ and SNPs the same, weights within 1e-8, statistics within 1e-6 relative."""
    assert ours.step == theirs["step"]
    assert ours.penalty == pytest.approx(theirs["lambda"], rel=1e-6)
    assert ours.error == pytest.approx(theirs["error"], rel=1e-6)
    weights = (
        {}
        if ours.columns is None or ours.weights is None
        else dict(zip(ours.columns.tolist(), ours.weights.tolist(), strict=True))
    )
    assert weights.keys() == theirs["weights"].keys()
    assert all(abs(weights[column] - theirs["weights"][column]) < 1e-8 for column in weights)
    assert ours.status == (MODELLED if weights else NO_SIGNAL)
    for name in ("cv_r2_mean", "cv_r2_sd", "in_sample_r2", "pred_perf_r2", "pred_perf_p"):
        assert getattr(ours.performance, name) == pytest.approx(theirs[name], rel=1e-6, abs=1e-300, nan_ok=True), name


def fit(x: NDArray, y: NDArray, folds: NDArray, full_path: bool = False) -> GeneModel:
    return fit_gene(x, np.arange(1, x.shape[1] + 1), y, FitSettings((x.shape[1],), folds, full_path=full_path))[0]


@pytest.mark.thorough
@pytest.mark.parametrize("genes", [range(20), pytest.param(range(20, 120), marks=pytest.mark.slow)], ids=len)
def test_simulated_genes(ask_r: Callable[..., dict], benchmark_module: ModuleType, genes: range) -> None:
    random = np.random.default_rng([11, genes.start])
    for replicate in genes:
        n, p = int(random.integers(100, 140)), int(random.integers(2, 60))
        x, y = benchmark_module.simulate(n, p, float(random.choice([0, 0.02, 0.1, 0.3, 0.6])), replicate)
        folds = draw_folds(n, 10, 3, SEED)
        compare(ask_r(x, y, folds), fit(x, y, folds))


@pytest.mark.parametrize(("n", "p", "h2"), [
    (120, 499, 0.3), (120, 500, 0.3), (120, 501, 0.05),  # R's switch from the covariance to the naive update
    (110, 100, 0.2), (101, 100, 0.2), (100, 100, 0.2),  # n > p, n > p but not in the folds, n = p: R's switch of the last λ
    (150, 2, 0.0), (150, 2, 0.5), (200, 300, 0.0), (120, 60, 0.95),
])  # fmt: skip
@pytest.mark.thorough
def test_neighbours_of_rs_switches(
    ask_r: Callable[..., dict], benchmark_module: ModuleType, n: int, p: int, h2: float
) -> None:
    x, y = benchmark_module.simulate(n, p, h2, 1)
    folds = draw_folds(n, 10, 3, SEED)
    theirs = ask_r(x, y, folds)
    compare(theirs, fit(x, y, folds))
    compare(theirs, fit(x, y, folds, full_path=True))


def test_snps_that_are_constant_in_a_fold(ask_r: Callable[..., dict], benchmark_module: ModuleType) -> None:
    x, y = benchmark_module.simulate(130, 40, 0.4, 3)
    folds = draw_folds(130, 10, 3, SEED)
    x[:, 5] = folds[:, 0] == 4  # varies in fold 4 alone: constant when fold 4 is left out
    x[:, 6] = 1  # constant everywhere
    x[:, 7] = 2 * (folds[:, 1] == 9)
    compare(ask_r(x, y, folds), fit(x, y, folds))


@pytest.mark.parametrize("p", [30, 520])
def test_perfectly_collinear_snps(ask_r: Callable[..., dict], benchmark_module: ModuleType, p: int) -> None:
    x, y = benchmark_module.simulate(120, p, 0.5, 6)
    strongest = int(np.argmax(np.abs((x - x.mean(0)).T @ y)))
    x[:, [1, p - 2]], x[:, p - 1] = x[:, [strongest]], 2 - x[:, strongest]
    folds = draw_folds(120, 10, 3, SEED)
    compare(ask_r(x, y, folds), fit(x, y, folds))


def test_a_fold_without_any_varying_snp() -> None:
    folds = draw_folds(130, 10, 3, SEED)
    x = np.stack([folds[:, 0] == 4, folds[:, 0] == 4], 1).astype(np.int8)
    model = fit(x, np.random.default_rng(0).standard_normal(130), folds)
    assert model.status == FAILED
    assert "varies" in model.reason


def test_other_folds_and_one_repeat(ask_r: Callable[..., dict], benchmark_module: ModuleType) -> None:
    x, y = benchmark_module.simulate(140, 80, 0.3, 5)
    for folds in (draw_folds(140, 5, 1, 3), draw_folds(140, 4, 2, 9)):
        compare(ask_r(x, y, folds), fit(x, y, folds))
