"""Choice of λ by repeated cross-validation, as the published script does with R's `cv.glmnet`, without fitting the dense tail.

R spends nine tenths of its time on the last third of the path, where the best λ almost never is. So the fit to all samples grows
until the error that it predicts for new samples has risen, then it and the folds grow together until their mean error has.
"""

from collections.abc import Iterable
from contextlib import ExitStack, closing
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tcra.common.arrays import Floats
from tcra.expression.elastic_net import PATH_LENGTH, CoefficientPath, GrowingPath

# λ before the first look at the errors. With fewer SNPs than samples the grid's steps are twice as long (down to 1e-4 of the first λ,
# not 1e-2).
FIRST_STEPS_FEW_SNPS, FIRST_STEPS_MANY_SNPS = 15, 20
STEPS_AT_ONCE = 5
STEPS_BEHIND_BEST = 5  # the paths end if the best λ is at least so far from their end …
ERROR_RISE = 1.03  # … and the error there exceeds the least by so much


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
    x: Floats,
    y: Floats,
    folds: NDArray[np.int64],
    alpha: float = 0.5,
    full_path: bool = False,
    penalty_factors: Floats | None = None,
) -> CrossValidation:
    """Fit all samples and every fold; the λ with the least mean squared error.

    x: (samples, SNPs) float64 dosages. y: (samples,) float64. folds: (samples, repeats), 1-based.
    full_path: fit all 100 λ, as R does. penalty_factors: (SNPs,), the same in every fold; None for 1 each.

    Errors: FitError.
    """
    few_snps = x.shape[1] <= x.shape[0]
    first = PATH_LENGTH if full_path else FIRST_STEPS_FEW_SNPS if few_snps else FIRST_STEPS_MANY_SNPS
    with ExitStack() as stack:
        data = _Data(x, y, alpha, folds, penalty_factors, stack)
        everyone = data.path(data.everyone)
        path = everyone.grow(first)
        while not everyone.ended and not _has_risen(_generalised_error(path, len(y))):
            path = everyone.grow(len(path.lambdas) + STEPS_AT_ONCE)
        grid = everyone.grid()
        own_grids = [_Fold(data, fold, None) for fold in data.repeats[0]]
        same_grid = [[_Fold(data, fold, grid) for fold in repeat] for repeat in data.repeats[1:]]
        while True:
            predictions = [_out_of_fold(repeat, path.lambdas, len(y)) for repeat in (own_grids, *same_grid)]
            errors = np.mean([np.mean((predicted - y[:, None]) ** 2, axis=0) for predicted in predictions], axis=0)
            if everyone.ended or _has_risen(errors):
                best = int(np.argmin(errors))
                return CrossValidation(path, best, errors, predictions[0][:, best].copy())
            path = everyone.grow(len(errors) + STEPS_AT_ONCE)


class _Copies:
    """Memory for the genotypes that the fits scale in place, kept from gene to gene: new pages cost as much as a weak gene's fit."""

    def __init__(self) -> None:
        self._numbers = np.empty(0)

    def reserve(self, size: int) -> None:
        if len(self._numbers) < size:
            self._numbers = np.empty(0)
            self._numbers = np.empty(size)

    def part(self, start: int, shape: tuple[int, int]) -> Floats:
        return self._numbers[start : start + shape[0] * shape[1]].reshape(shape)


_copies = _Copies()


@dataclass(frozen=True)
class _Training:
    """The samples of one fit: which (samples,), and the mean and SD (1/n) of each SNP among them."""

    members: NDArray[np.bool_]
    mean: Floats
    sd: Floats


class _Data:
    """The samples of one gene, kept SNP by SNP so that a fold is taken in one pass, and its paths, which `stack` closes."""

    def __init__(
        self,
        x: Floats,
        y: Floats,
        alpha: float,
        folds: NDArray[np.int64],
        penalty_factors: Floats | None,
        stack: ExitStack,
    ) -> None:
        self.by_snp = np.ascontiguousarray(x.T)
        self._y, self._alpha, self._penalty_factors, self._stack = y, alpha, penalty_factors, stack
        self._copied = 0
        splits = [[fold != number for number in np.unique(fold)] for fold in folds.T]
        members = [np.ones(len(y), bool), *(training for repeat in splits for training in repeat)]
        weights = np.stack(members, 1).astype(np.float64)
        weights /= weights.sum(0)
        means = self.by_snp @ weights  # of all fits at once
        sds = np.sqrt(np.maximum(self.by_snp**2 @ weights - means**2, 0))
        _copies.reserve(len(self.by_snp) * sum(int(training.sum()) for training in members))
        trainings = iter([_Training(*of_one) for of_one in zip(members, means.T, sds.T, strict=True)])
        self.everyone = next(trainings)
        self.repeats = [[next(trainings) for _ in repeat] for repeat in splits]

    def path(self, training: _Training, lambdas: Floats | None = None) -> GrowingPath:
        """The path of these samples."""
        samples = np.flatnonzero(training.members)
        x = _copies.part(self._copied, (len(self.by_snp), len(samples)))
        self._copied += x.size
        np.take(self.by_snp, samples, axis=1, out=x, mode="clip")  # other modes copy twice
        path = GrowingPath(
            x.T, self._y[samples], self._alpha, training.mean, training.sd, lambdas, self._penalty_factors
        )
        return self._stack.enter_context(closing(path))


class _Fold:
    """The path of all samples but a fold's, and its predictions for that fold.

    With λ of its own, predictions are interpolated linearly in λ, and clamped at the ends of its path.
    """

    def __init__(self, data: _Data, training: _Training, lambdas: Floats | None) -> None:
        self.test = np.flatnonzero(~training.members)
        self._data, self._own_grid = data, lambdas is None
        self._path = data.path(training, lambdas)

    def predict(self, lambdas: Floats) -> Floats:
        """Out-of-fold predictions (len(test), steps) at the λ of the fit to all samples."""
        path = self._path.grow(len(lambdas))
        while self._own_grid and path.lambdas[-1] > lambdas[-1] and not self._path.ended:
            path = self._path.grow(len(path.lambdas) + 1)
        predicted = self._data.by_snp[np.ix_(path.active, self.test)].T @ path.coefficients + path.intercepts
        if self._own_grid:
            return _interpolate(path.lambdas, predicted, lambdas)
        missing = len(lambdas) - predicted.shape[1]  # not converged further on; R repeats the last
        return np.pad(predicted, ((0, 0), (0, missing)), mode="edge") if missing else predicted


def _interpolate(own: Floats, values: Floats, lambdas: Floats) -> Floats:
    """`values` (samples, len(own)) at falling `own` λ, at other falling λ."""
    place = np.interp(-lambdas, -own, np.arange(len(own)))
    left = place.astype(np.int64)
    right = np.minimum(left + 1, len(own) - 1)
    share = place - left
    return np.asarray(values[:, left] * (1 - share) + values[:, right] * share)


def _out_of_fold(folds: Iterable[_Fold], lambdas: Floats, samples: int) -> Floats:
    """Out-of-fold predictions (samples, steps)."""
    predictions = np.empty((samples, len(lambdas)))
    for fold in folds:
        predictions[fold.test] = fold.predict(lambdas)
    return predictions


def _generalised_error(path: CoefficientPath, samples: int) -> Floats:
    """Generalised cross-validation: the error of the fit, corrected for the number of SNPs in it."""
    used = np.minimum(np.count_nonzero(path.coefficients, axis=0) / samples, 1 - 1 / samples)
    return np.asarray((1 - path.explained) / (1 - used) ** 2)


def _has_risen(errors: Floats) -> bool:
    best = int(np.argmin(errors))
    return bool(len(errors) - 1 - best >= STEPS_BEHIND_BEST and errors[-1] > ERROR_RISE * errors[best])
