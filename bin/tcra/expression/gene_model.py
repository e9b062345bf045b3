"""One gene's models: one per nested SNP set, and the prior model."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from tcra.common.arrays import Floats
from tcra.expression.cross_validation import CrossValidation, cross_validate
from tcra.expression.elastic_net import FitError
from tcra.expression.evaluation import Performance, measure_performance
from tcra.expression.genotypes.record import Dosages
from tcra.expression.nested_quality import NestedFolds, NestedPerformance, nested_performance
from tcra.expression.prior import PRIOR_SET, penalty_factors
from tcra.expression.settings import PriorPowers

FEWEST_SNPS = 2

MODELLED, NO_SIGNAL, TOO_FEW_SNPS = "modelled", "no signal", "too few SNPs"
NOT_ANNOTATED, FAILED = "not in the annotation", "failed"


@dataclass(frozen=True)
class FitSettings:
    """How genes are fitted. set_sizes: rising. folds: (samples, repeats), 1-based, the same for all genes.

    prior: powers of the prior model, None for none; it is offered ranks 1 to `prior_ranks`. nested: folds of the honest quality,
    None to leave it out.
    """

    set_sizes: tuple[int, ...]
    folds: NDArray[np.int64]
    alpha: float = 0.5
    full_path: bool = False
    prior: PriorPowers | None = None
    prior_ranks: int = 0
    nested: NestedFolds | None = None

    @property
    def snp_sets(self) -> tuple[str, ...]:
        """Names of a gene's models, in the order in which they are written."""
        return (*map(str, self.set_sizes), *([PRIOR_SET] if self.prior else []))


@dataclass(frozen=True)
class GeneModel:
    """The outcome of one gene and SNP set.

    snp_set: its size, or `prior`. snps_in_window: SNPs offered. status: one of the five above; `reason` says why a fit failed.
    error, step (1-based), penalty: mean squared error, index and value of the best λ. columns, weights: the SNPs with a weight
    (columns of the window, in its order).
    covariance: (k, k) of their dosages, n−1. predicted: (samples,) expression of the fit to all samples.
    """

    snp_set: str
    snps_in_window: int
    status: str
    reason: str = ""
    error: float = float("nan")
    step: int = 0
    penalty: float = float("nan")
    performance: Performance = field(default_factory=Performance)
    nested: NestedPerformance = field(default_factory=NestedPerformance)
    columns: NDArray[np.int64] | None = None
    weights: Floats | None = None
    covariance: Floats | None = None
    predicted: Floats | None = None


def fit_gene(
    dosages: NDArray[np.generic],
    ranks: NDArray[np.int64],
    expression: Floats,
    settings: FitSettings,
    distances_bp: NDArray[np.int64] | None = None,
) -> list[GeneModel]:
    """A model for each of `settings.snp_sets`: SNPs of rank ≤ the set's size, and the prior model.

    dosages: (samples, p) of the window's SNPs. ranks: (p,), 1-based. expression: (samples,). distances_bp: (p,) from the
    transcription start, for the prior model.
    A set that has the same SNPs in this window as the set before it has the same model; it is fitted once.
    """
    models: list[GeneModel] = []
    for size in settings.set_sizes:
        columns = np.flatnonzero(ranks <= size)
        if models and len(columns) == models[-1].snps_in_window:
            models.append(replace(models[-1], snp_set=str(size)))
        else:
            models.append(_fit_set(str(size), columns, dosages, expression, settings))
    if settings.prior and distances_bp is not None:
        columns = np.flatnonzero(ranks <= settings.prior_ranks)
        factors = penalty_factors(ranks[columns], distances_bp[columns], settings.prior, settings.prior_ranks)
        models.append(_fit_set(PRIOR_SET, columns, dosages, expression, settings, factors))
    return models


def joint_covariances(dosages: Dosages, models: Sequence[GeneModel]) -> list[tuple[int, int, float]]:
    """Covariances (n−1) of all SNPs of a gene's models: what the correlation of two models' predictions needs.

    Nothing if one model has the SNPs of all others, since its own covariance says it all. dosages: (samples, p).
    Returns (column, column, covariance) of the upper triangle with its diagonal, columns of the window in rising order.
    """
    members = [frozenset(model.columns.tolist()) for model in models if model.columns is not None]
    union = frozenset[int]().union(*members)
    if union in members or not union:
        return []
    columns = sorted(union)
    covariance = np.cov(dosages[:, columns].astype(np.float64), rowvar=False, ddof=1)
    return [
        (columns[i], columns[j], float(covariance[i, j])) for i in range(len(columns)) for j in range(i, len(columns))
    ]


def _fit_set(
    snp_set: str,
    columns: NDArray[np.int64],
    dosages: NDArray[np.generic],
    y: Floats,
    settings: FitSettings,
    factors: Floats | None = None,
) -> GeneModel:
    if len(columns) < FEWEST_SNPS:
        return GeneModel(snp_set, len(columns), TOO_FEW_SNPS)
    if not np.isfinite(y).all():
        return GeneModel(snp_set, len(columns), FAILED, "the expression has missing values")
    x = dosages[:, columns].astype(np.float64)
    try:
        chosen = cross_validate(x, y, settings.folds, settings.alpha, settings.full_path, factors)
    except FitError as error:
        return GeneModel(snp_set, len(columns), FAILED, str(error))
    model = _describe(snp_set, columns, x, y, chosen, settings)
    if settings.nested is None or model.status != MODELLED:
        return model
    nested = nested_performance(x, y, settings.nested, settings.alpha, settings.full_path, factors)
    return replace(model, nested=nested)


def _describe(
    snp_set: str, columns: NDArray[np.int64], x: Floats, y: Floats, chosen: CrossValidation, settings: FitSettings
) -> GeneModel:
    best, path = chosen.best, chosen.path
    dense = path.at(best, len(columns))
    used = np.flatnonzero(dense)
    model = GeneModel(
        snp_set,
        len(columns),
        NO_SIGNAL,
        error=float(chosen.errors[best]),
        step=best + 1,
        penalty=float(path.lambdas[best]),
    )
    if not len(used):
        return model
    fitted = x[:, used] @ dense[used] + path.intercepts[best]
    return replace(
        model,
        status=MODELLED,
        performance=measure_performance(y, fitted, chosen.predictions, settings.folds[:, 0]),
        columns=columns[used],
        weights=dense[used],
        predicted=fitted,
        covariance=np.cov(x[:, used], rowvar=False, ddof=1).reshape(len(used), len(used)),
    )
