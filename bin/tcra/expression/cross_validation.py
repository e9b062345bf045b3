"""Choice of λ by repeated cross-validation, as the published script does with R's `cv.glmnet`, without fitting the dense tail.

The best λ is almost never in the last third of the path, where R spends nine tenths of its time. So the path is fitted in stages,
until the mean error has clearly risen behind the best. Every stage uses the same λ grid, so a longer stage gives the same numbers
for the λ that both have.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tcra.expression.elastic_net import PATH_LENGTH, CoefficientPath, FitError, Floats, fit_at, fit_path, smallest_ratio

# λ in each stage. With fewer SNPs than samples the grid's steps are twice as long (down to 1e-4 of the first λ, not 1e-2).
STAGES_FEW_SNPS = (20, 30, 40, 55, 75, PATH_LENGTH)
STAGES_MANY_SNPS = (30, 55, 65, 80, PATH_LENGTH)
STEPS_BEHIND_BEST = 10  # a stage is accepted if its best λ is at least so far from its end …
FEWEST_STEPS = 3  # R's first λ is extrapolated from the second and third
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
    data = _Data(x, y, alpha)
    stages = STAGES_MANY_SNPS if x.shape[0] < x.shape[1] else STAGES_FEW_SNPS
    for steps in (PATH_LENGTH,) if full_path else stages:
        path = fit_path(data.take(np.arange(len(y))), y, alpha, steps)
        ended = steps == PATH_LENGTH or len(path.lambdas) < steps
        predictions = _own_paths(data, folds[:, 0], path.lambdas)
        errors = [_mean_squared_error(predictions, y)]
        if not (ended or _clear_minimum(errors[0])):
            continue  # the other repeats have almost the same curve: spare their fits at this stage
        for repeat in range(1, folds.shape[1]):
            errors.append(_mean_squared_error(_at_master(data, folds[:, repeat], path.lambdas), y))
        mean = np.mean(errors, axis=0)
        if ended or _clear_minimum(mean):
            best = int(np.argmin(mean))
            return CrossValidation(path, best, mean, predictions[:, best].copy())
    raise AssertionError("the last stage is always accepted")


class _Data:
    """The samples of one gene, kept SNP by SNP so that a fold is taken in one pass, and its sums for the first λ of a fold."""

    def __init__(self, x: Floats, y: Floats, alpha: float) -> None:
        self.by_snp = np.ascontiguousarray(x.T)
        self.x, self.y, self.alpha = x, y, max(alpha, 1e-3)  # R's bound for ridge regression, in λmax only
        self.lasso = alpha
        self.sums, self.squares, self.products = self._moments(self.by_snp, y)

    def take(self, samples: NDArray[np.int64]) -> Floats:
        """(samples, SNPs) in Fortran order, a copy that the solver may scale."""
        return np.take(self.by_snp, samples, axis=1).T

    def steps_to_reach(self, test: NDArray[np.int64], target: float) -> int:
        """How many λ of its own grid a fold needs to cover `target`, with one to spare; `test` are the samples left out."""
        left_out = self.by_snp[:, test]
        sums, squares, products = self._moments(left_out, self.y[test])
        n = len(self.y) - len(test)
        mean = (self.sums - sums) / n
        variance = (self.squares - squares) / n - mean**2
        covariance = (self.products - products) / n - mean * (self.y.sum() - self.y[test].sum()) / n
        varies = variance > 1e-12
        if not varies.any():
            raise FitError("no SNP varies in the training samples of a fold")
        first = float((np.abs(covariance[varies]) / np.sqrt(variance[varies])).max()) / self.alpha
        if target >= first:
            return FEWEST_STEPS
        step = np.log(smallest_ratio(n, len(self.by_snp))) / (PATH_LENGTH - 1)
        return int(min(PATH_LENGTH, max(FEWEST_STEPS, np.ceil(np.log(target / first) / step) + 2)))

    @staticmethod
    def _moments(by_snp: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
        return by_snp.sum(1), np.einsum("ij,ij->i", by_snp, by_snp), by_snp @ y


def _own_paths(data: _Data, fold: NDArray[np.int64], lambdas: Floats) -> Floats:
    """Out-of-fold predictions (samples, steps): each fold's own path, interpolated linearly in λ at the master λ, clamped at its ends."""
    predictions = np.empty((len(fold), len(lambdas)))
    rising = lambdas[::-1]
    for training, test in _splits(fold):
        steps = data.steps_to_reach(test, lambdas[-1])
        path = fit_path(data.take(training), data.y[training], data.lasso, steps)
        own = path.predict(data.x[test])
        for target, row in zip(test.tolist(), own, strict=True):
            predictions[target] = np.interp(rising, path.lambdas[::-1], row[::-1])[::-1]
    return predictions


def _at_master(data: _Data, fold: NDArray[np.int64], lambdas: Floats) -> Floats:
    """Out-of-fold predictions (samples, steps), the folds fitted at the master λ themselves."""
    predictions = np.empty((len(fold), len(lambdas)))
    for training, test in _splits(fold):
        own = fit_at(data.take(training), data.y[training], data.lasso, lambdas).predict(data.x[test])
        predictions[test, : own.shape[1]] = own
        predictions[test, own.shape[1] :] = own[:, -1:]  # not converged further on; R repeats the last
    return predictions


def _splits(fold: NDArray[np.int64]) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """(training, test) samples of each fold."""
    return [(np.flatnonzero(fold != number), np.flatnonzero(fold == number)) for number in np.unique(fold)]


def _mean_squared_error(predictions: Floats, y: Floats) -> Floats:
    return np.asarray(np.mean((predictions - y[:, None]) ** 2, axis=0))


def _clear_minimum(errors: Floats) -> bool:
    best = int(np.argmin(errors))
    return bool(len(errors) - 1 - best >= STEPS_BEHIND_BEST and errors[-1] > ERROR_RISE * errors[best])
