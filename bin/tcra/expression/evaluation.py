"""How well a gene model predicts, by the published formulas and by PredictDB's signed correlation."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tcra.common.arrays import Floats

NAN = float("nan")


@dataclass(frozen=True)
class Performance:
    """Statistics of one model. The R² of cross-validation are uncentred and ignore the sign, as published; the rho are signed.

    cv_r2_mean, cv_r2_sd: over the folds of the first repeat, 1 − Σ(y−p)²/Σy², SD with n−1. in_sample_r2: of the fit to all samples.
    pred_perf_r2, pred_perf_p: R² and slope's p of y regressed on the out-of-fold predictions.
    rho_mean: mean over folds of the correlation of y and prediction (0 where the prediction is constant). rho_z: Stouffer's sum of
    the folds' Fisher z. rho_p: two-sided.
    """

    cv_r2_mean: float = NAN
    cv_r2_sd: float = NAN
    in_sample_r2: float = NAN
    pred_perf_r2: float = NAN
    pred_perf_p: float = NAN
    rho_mean: float = NAN
    rho_z: float = NAN
    rho_p: float = NAN


def measure_performance(y: Floats, fitted: Floats, predictions: Floats, fold: NDArray[np.int64]) -> Performance:
    """y, fitted (all samples), predictions (out of fold): (samples,). fold: (samples,), the first repeat's."""
    folds = fold_performance(y, predictions, fold)
    slope_r2, slope_p = _regression(y, predictions)
    return Performance(
        cv_r2_mean=float(folds.r2.mean()),
        cv_r2_sd=float(folds.r2.std(ddof=1)),
        in_sample_r2=_uncentred_r2(y, fitted),
        pred_perf_r2=slope_r2,
        pred_perf_p=slope_p,
        rho_mean=float(folds.rho.mean()),
        rho_z=folds.z,
        rho_p=folds.p,
    )


@dataclass(frozen=True)
class FoldPerformance:
    """r2, rho: (folds,). z: Stouffer's sum of their Fisher z. p: its two-sided p."""

    r2: Floats
    rho: Floats
    z: float
    p: float


def fold_performance(y: Floats, predictions: Floats, fold: NDArray[np.int64]) -> FoldPerformance:
    """The uncentred R² and the correlation in each fold, and PredictDB's z of the correlations. All arguments: (samples,)."""
    from scipy.special import ndtr

    numbers = np.unique(fold)
    r2 = np.array([_uncentred_r2(y[fold == k], predictions[fold == k]) for k in numbers])
    rho = np.array([_correlation(y[fold == k], predictions[fold == k]) for k in numbers])
    sizes = np.array([(fold == k).sum() for k in numbers])
    telling = sizes > 3  # fewer samples have no weight; of two, the correlation is ±1 and its Fisher z infinite
    with np.errstate(divide="ignore"):
        z = float(np.sum(np.arctanh(rho[telling]) * np.sqrt(sizes[telling] - 3)) / np.sqrt(len(numbers)))
    return FoldPerformance(r2, rho, z, float(2 * ndtr(-abs(z))))


def _uncentred_r2(y: Floats, predicted: Floats) -> float:
    total = float(np.sum(y**2))
    return 1 - float(np.sum((y - predicted) ** 2)) / total if total > 0 else NAN


def _correlation(y: Floats, predicted: Floats) -> float:
    if len(y) < 2 or np.ptp(predicted) == 0 or np.ptp(y) == 0:
        return 0.0
    return float(np.clip(np.corrcoef(y, predicted)[0, 1], -1, 1))


def _regression(y: Floats, predictor: Floats) -> tuple[float, float]:
    """R² and the slope's two-sided p of y ~ predictor."""
    from scipy.special import stdtr

    if np.ptp(predictor) == 0:
        return NAN, NAN
    dx, dy = predictor - predictor.mean(), y - y.mean()
    slope = float(dx @ dy) / float(dx @ dx)
    residual = dy - slope * dx
    freedom = len(y) - 2
    unexplained, explained = float(residual @ residual), slope**2 * float(dx @ dx)
    r2 = explained / (explained + unexplained)
    if unexplained == 0:
        return r2, 0.0
    t = slope / np.sqrt(unexplained / freedom / float(dx @ dx))
    return r2, float(2 * stdtr(freedom, -abs(t)))
