"""Choice of λ by repeated cross-validation, as the published script does with R's `cv.glmnet`, without fitting the dense tail.

The best λ is almost never in the last third of the path, where R spends nine tenths of its time. So the path is fitted in stages:
its first 30 λ, then 55, then all 100, until the mean error has clearly risen behind the best. Every stage uses the same λ grid,
so a longer stage gives the same numbers for the λ that both have.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tcra.expression.elastic_net import PATH_LENGTH, CoefficientPath, FitError, Floats, fit_at, fit_path, smallest_ratio

STAGES = (30, 55, PATH_LENGTH)
STEPS_BEHIND_BEST = 10  # a stage is accepted if its best λ is at least so far from its end …
ERROR_RISE = 1.01  # … and the error at its end exceeds the least by so much


@dataclass(frozen=True)
class CrossValidation:
    """The chosen λ and what it predicts.

    path: the fit to all samples. best: step of the least mean error, 0-based. errors: (steps,) mean squared error, averaged over repeats.
    predictions: (samples,) out-of-fold predictions of the first repeat at the best λ.
    """

    path: CoefficientPath
    best: int
    errors: Floats
    predictions: Floats


def cross_validate(
    x: Floats, y: Floats, folds: NDArray[np.int64], alpha: float = 0.5, full_path: bool = False
) -> CrossValidation:
    """Fit all samples and every fold; the λ with the least mean squared error.

    x: (samples, SNPs) float64 dosages. y: (samples,) float64. folds: (samples, repeats), 1-based.
    full_path: fit all 100 λ at once, as R does.

    Errors: FitError.
    """
    splits = [_splits(folds[:, repeat]) for repeat in range(folds.shape[1])]
    for steps in (PATH_LENGTH,) if full_path else STAGES:
        path = fit_path(x, y, alpha, steps)
        ended = steps == PATH_LENGTH or len(path.lambdas) < steps
        predictions = _own_paths(x, y, splits[0], alpha, path.lambdas)
        errors = [_mean_squared_error(predictions, y)]
        if not (ended or _clear_minimum(errors[0])):
            continue  # the other repeats have almost the same curve: spare their fits at this stage
        for split in splits[1:]:
            errors.append(_mean_squared_error(_at_master(x, y, split, alpha, path.lambdas), y))
        mean = np.mean(errors, axis=0)
        if ended or _clear_minimum(mean):
            best = int(np.argmin(mean))
            return CrossValidation(path, best, mean, predictions[:, best].copy())
    raise AssertionError("the last stage is always accepted")


def _splits(fold: NDArray[np.int64]) -> list[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """(training, test) masks of each fold."""
    return [(fold != number, fold == number) for number in np.unique(fold)]


def _own_paths(
    x: Floats, y: Floats, splits: list[tuple[NDArray[np.bool_], NDArray[np.bool_]]], alpha: float, lambdas: Floats
) -> Floats:
    """Out-of-fold predictions (samples, steps): each fold's own path, interpolated linearly in λ at the master λ, clamped at its ends."""
    predictions = np.empty((len(y), len(lambdas)))
    for training, test in splits:
        fold_x, fold_y = x[training], y[training]
        path = fit_path(fold_x, fold_y, alpha, _steps_to_reach(fold_x, fold_y, alpha, lambdas[-1]))
        own = path.predict(x[test])
        for row, target in zip(own, np.flatnonzero(test), strict=True):
            predictions[target] = np.interp(lambdas[::-1], path.lambdas[::-1], row[::-1])[::-1]
    return predictions


def _at_master(
    x: Floats, y: Floats, splits: list[tuple[NDArray[np.bool_], NDArray[np.bool_]]], alpha: float, lambdas: Floats
) -> Floats:
    """Out-of-fold predictions (samples, steps), the folds fitted at the master λ themselves."""
    predictions = np.empty((len(y), len(lambdas)))
    for training, test in splits:
        path = fit_at(x[training], y[training], alpha, lambdas)
        own = path.predict(x[test])
        predictions[test, : own.shape[1]] = own
        predictions[test, own.shape[1] :] = own[:, -1:]  # not converged further on; R repeats the last
    return predictions


def _steps_to_reach(x: Floats, y: Floats, alpha: float, target: float) -> int:
    """How many λ of this fold's own grid it takes to cover `target`, with one to spare."""
    centred = x - x.mean(0)
    scale = np.sqrt((centred**2).mean(0))
    varies = scale > 0
    if not varies.any():
        raise FitError("no SNP varies in the training samples of a fold")
    largest = np.abs((y - y.mean()) @ centred)[varies] / scale[varies] / len(y)
    first = float(largest.max()) / max(alpha, 1e-3)  # R's bound for ridge regression
    if target >= first:
        return 3
    step = np.log(smallest_ratio(*x.shape)) / (PATH_LENGTH - 1)
    return int(min(PATH_LENGTH, np.ceil(np.log(target / first) / step) + 2))


def _mean_squared_error(predictions: Floats, y: Floats) -> Floats:
    return np.asarray(np.mean((predictions - y[:, None]) ** 2, axis=0))


def _clear_minimum(errors: Floats) -> bool:
    best = int(np.argmin(errors))
    return bool(len(errors) - 1 - best >= STEPS_BEHIND_BEST and errors[-1] > ERROR_RISE * errors[best])
