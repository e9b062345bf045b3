"""Choice of λ by repeated cross-validation, as the published script does with R's `cv.glmnet`, without fitting the dense tail.

R spends nine tenths of its time on the last third of the path, where the best λ almost never is. So the fit to all samples grows
until the error that it predicts for new samples has risen, then it and the folds grow together until their mean error has.
"""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tcra.common.arrays import Floats
from tcra.expression.elastic_net import PATH_LENGTH, CoefficientPath
from tcra.expression.training_fits import (
    FoldTraining,
    GeneFits,
    TrainingFit,
    gradient_shares,
    likely_at_first,
    likely_in_folds,
)

# λ before the first look at the errors. With fewer SNPs than samples the grid's steps are twice as long (down to 1e-4 of the first λ,
# not 1e-2).
FIRST_STEPS_FEW_SNPS, FIRST_STEPS_MANY_SNPS = 15, 20
STEPS_AT_ONCE = 5


@dataclass(frozen=True)
class StopRule:
    """The paths end if the best λ is at least `steps` from their end, and the error there is at least `rise` times the least."""

    steps: int
    rise: float


PUBLISHED_STOP = StopRule(5, 1.03)
ONE_REPEAT_STOP = StopRule(20, 1.05)  # the errors of one repeat, on fewer people, are less smooth


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
    stop: StopRule = PUBLISHED_STOP,
) -> CrossValidation:
    """Fit all samples and every fold; the λ with the least mean squared error.

    x: (samples, SNPs) float64 dosages. y: (samples,) float64. folds: (samples, repeats), 1-based.
    full_path: fit all 100 λ, as R does, else as far as `stop` says. penalty_factors: (SNPs,), the same in every fold; None for 1 each.

    Errors: FitError.
    """
    few_snps = x.shape[1] <= x.shape[0]
    first = PATH_LENGTH if full_path else FIRST_STEPS_FEW_SNPS if few_snps else FIRST_STEPS_MANY_SNPS
    with ExitStack() as stack:
        fits = GeneFits(x, y, alpha, folds, penalty_factors, stack)
        everyone = TrainingFit(fits, fits.everyone, None, likely_at_first(fits))
        steps = _fit_everyone(fits, everyone, first)
        grid = everyone.grid()
        likely = iter(likely_in_folds(fits, everyone, [fold for repeat in fits.repeats for fold in repeat]))
        repeats = [
            [_Fold(fits, fold, grid if number else None, next(likely)) for fold in repeat]
            for number, repeat in enumerate(fits.repeats)
        ]
        while True:
            path = everyone.grow(steps)
            predictions = [_out_of_fold(repeat, path.lambdas, len(y)) for repeat in repeats]
            if _any_restarted(fits, [everyone, *(fold for repeat in repeats for fold in repeat)]):
                continue
            errors = np.mean([np.mean((predicted - y[:, None]) ** 2, axis=0) for predicted in predictions], axis=0)
            if everyone.ended or _has_risen(errors, stop):
                best = int(np.argmin(errors))
                return CrossValidation(path, best, errors, predictions[0][:, best].copy())
            steps = len(errors) + STEPS_AT_ONCE


def _fit_everyone(fits: GeneFits, everyone: TrainingFit, first: int) -> int:
    """The fit to all samples, until the error that it predicts for new samples has risen. Returns its steps."""
    steps = first
    while True:
        path = everyone.grow(steps)
        if _any_restarted(fits, [everyone]):
            continue
        if everyone.ended or _has_risen(_generalised_error(path, len(fits.y)), PUBLISHED_STOP):
            return len(path.lambdas)
        steps = len(path.lambdas) + STEPS_AT_ONCE


def _any_restarted(fits: GeneFits, some: Sequence[TrainingFit]) -> bool:
    """Check the fits that were not given all SNPs; whether any had to begin again."""
    unchecked = [fit for fit in some if fit.unchecked]
    if not unchecked:
        return False
    shares = gradient_shares(fits, unchecked)
    return any([fit.restarted(column) for fit, column in zip(unchecked, shares.T, strict=True)])


class _Fold(TrainingFit):
    """The path of all samples but a fold's, and its predictions for that fold.

    With λ of its own, predictions are interpolated linearly in λ, and clamped at the ends of its path.
    """

    def __init__(
        self, fits: GeneFits, training: FoldTraining, lambdas: Floats | None, snps: NDArray[np.int64] | None
    ) -> None:
        super().__init__(fits, training, lambdas, snps)
        self.test = np.flatnonzero(~training.members)

    def predict(self, lambdas: Floats) -> Floats:
        """Out-of-fold predictions (len(test), steps) at the λ of the fit to all samples."""
        path = self.grow(len(lambdas))
        while self.own_grid and path.lambdas[-1] > lambdas[-1] and not self.ended:
            path = self.grow(len(path.lambdas) + 1)
        predicted = self._fits.by_snp[np.ix_(path.active, self.test)].T @ path.coefficients + path.intercepts
        if self.own_grid:
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


def _has_risen(errors: Floats, stop: StopRule) -> bool:
    best = int(np.argmin(errors))
    return bool(len(errors) - 1 - best >= stop.steps and errors[-1] > stop.rise * errors[best])
