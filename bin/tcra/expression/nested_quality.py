"""Honest quality: nested cross-validation, whose outer folds are never seen by the choice of λ.

As PredictDB's current pipeline has it: five outer folds; in each, λ is chosen by a cross-validation of ten folds on the other people.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tcra.common.arrays import Floats
from tcra.expression.cross_validation import ONE_REPEAT_STOP, cross_validate
from tcra.expression.elastic_net import FitError
from tcra.expression.evaluation import NAN, fold_performance
from tcra.expression.folds import RRandom

OUTER_FOLDS, INNER_FOLDS = 5, 10


@dataclass(frozen=True)
class NestedFolds:
    """outer: (samples,) fold of each sample, 1-based. inner: for each outer fold, the folds of the other samples, in their order."""

    outer: NDArray[np.int64]
    inner: tuple[NDArray[np.int64], ...]


@dataclass(frozen=True)
class NestedPerformance:
    """Means over the outer folds: r2 of 1 − Σ(y−p)²/Σy², rho of the correlation (0 where the prediction is constant). z: Stouffer's sum
    of the folds' Fisher z. p: two-sided."""

    r2: float = NAN
    rho: float = NAN
    z: float = NAN
    p: float = NAN


def draw_nested_folds(samples: int, seed: int) -> NestedFolds:
    """Balanced folds, as R's `set.seed(seed)` and then `sample(rep(1:k, ceiling(n / k))[1:n])` draw them: first the outer ones, then the
    inner ones of each; the same for all genes."""
    random = RRandom(seed)
    outer = random.permutation(_balanced(samples, OUTER_FOLDS))
    sizes = [int((outer != fold).sum()) for fold in range(1, OUTER_FOLDS + 1)]
    return NestedFolds(outer, tuple(random.permutation(_balanced(size, INNER_FOLDS)) for size in sizes))


def nested_performance(
    x: Floats,
    y: Floats,
    folds: NestedFolds,
    alpha: float = 0.5,
    full_path: bool = False,
    penalty_factors: Floats | None = None,
) -> NestedPerformance:
    """x: (samples, SNPs) float64 dosages. y: (samples,). penalty_factors: (SNPs,).

    Where the other people's data cannot be fitted, the prediction is their mean.
    """
    predictions = np.empty(len(y))
    for number, inner in enumerate(folds.inner, 1):
        test = folds.outer == number
        try:
            chosen = cross_validate(
                x[~test], y[~test], inner[:, None], alpha, full_path, penalty_factors, ONE_REPEAT_STOP
            )
        except FitError:
            predictions[test] = y[~test].mean()
            continue
        weights = chosen.path.coefficients[:, chosen.best]
        predictions[test] = x[np.ix_(test, chosen.path.active)] @ weights + chosen.path.intercepts[chosen.best]
    found = fold_performance(y, predictions, folds.outer)
    return NestedPerformance(float(found.r2.mean()), float(found.rho.mean()), found.z, found.p)


def _balanced(samples: int, folds: int) -> NDArray[np.int64]:
    return np.resize(np.arange(1, folds + 1), samples)
