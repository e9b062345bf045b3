"""The fits of one gene: all samples, and all but each fold, each over the SNPs that can matter to it.

With many SNPs nine tenths of the work is to look at SNPs that never come near a model: glmnet computes the gradient of each SNP after
each λ, and takes up those above the strong rule's threshold (Tibshirani et al. 2012). Here a fit is given the SNPs that are likely to
be taken up. Afterwards the gradients of all SNPs at all its λ, one matrix product, show whether it lacked one; then it is done again
with that one. SNPs that are never taken up change no number of a fit, so the result is that of all SNPs, to the last bit.
"""

from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tcra.common.arrays import Floats
from tcra.expression.elastic_net import (
    PATH_LENGTH,
    CoefficientPath,
    GrowingPath,
    PathProblem,
    padding_columns,
    smallest_ratio,
)

SCREEN_FROM = 2_000  # SNPs; with fewer, the check costs what it saves
LEAST_ALPHA = 0.1  # the ridge keeps every SNP in the model
FIRST_SNPS = 200
# Shares of the gradient at which glmnet takes a SNP into the model. A fit is done again with all SNPs above AGAIN if it lacked one.
AGAIN, LIKELY = 0.7, 0.6
EVERY_STEP = 4  # λ between two looks at the gradients where it is only guessed what a fold takes up
MOST_RESTARTS = 4
COLUMNS_AT_ONCE = 256


class _Copies:
    """Memory for the genotypes that the fits scale in place, kept from gene to gene: new pages cost as much as a weak gene's fit."""

    def __init__(self) -> None:
        self._numbers = np.empty(0)
        self._used = 0

    def reserve(self, size: int) -> None:
        self._used = 0
        if len(self._numbers) < size:
            self._numbers = np.empty(0)
            self._numbers = np.empty(size)

    def part(self, shape: tuple[int, int]) -> Floats:
        start, self._used = self._used, self._used + shape[0] * shape[1]
        return self._numbers[start : self._used].reshape(shape) if self._used <= len(self._numbers) else np.empty(shape)


_copies = _Copies()


@dataclass(frozen=True)
class FoldTraining:
    """The samples of one fit: which (samples,), and the mean and SD (1/n) of each SNP among them."""

    members: NDArray[np.bool_]
    mean: Floats
    sd: Floats


class GeneFits:
    """The data of one gene, SNP by SNP so that a fold is taken in one pass, and its fits, whose threads `stack` ends.

    by_snp: (SNPs, samples). everyone: the samples of the fit to all. repeats: those of each fold of each repeat.
    """

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
        self.y, self.alpha, self.stack = y, alpha, stack
        snps = len(self.by_snp)
        self.factors = None if penalty_factors is None else penalty_factors * (snps / penalty_factors.sum())
        self.screened = snps >= SCREEN_FROM and alpha >= LEAST_ALPHA
        splits = [[fold != number for number in np.unique(fold)] for fold in folds.T]
        members = [np.ones(len(y), bool), *(training for repeat in splits for training in repeat)]
        chosen = np.stack(members, 1).astype(np.float64)
        sizes = chosen.sum(0)
        means = self.by_snp @ chosen / sizes  # of all fits at once; sums of whole dosages are exact in any order
        sds = np.sqrt(np.maximum(self.by_snp**2 @ chosen / sizes - means**2, 0))
        _copies.reserve((snps // 3 if self.screened else snps) * int(sizes.sum()))
        trainings = iter([FoldTraining(*of_one) for of_one in zip(members, means.T, sds.T, strict=True)])
        self.everyone = next(trainings)
        self.repeats = [[next(trainings) for _ in repeat] for repeat in splits]


class TrainingFit:
    """The path of one training set. snps: columns of the gene that it is given, None for all."""

    def __init__(
        self, fits: GeneFits, training: FoldTraining, lambdas: Floats | None, snps: NDArray[np.int64] | None
    ) -> None:
        self.training, self.own_grid = training, lambdas is None
        self._fits, self._lambdas, self._snps, self._restarts = fits, lambdas, snps, 0
        self._checked = 0  # steps
        self._path = self._begin()

    @property
    def ended(self) -> bool:
        return self._path.ended

    def grow(self, steps: int) -> CoefficientPath:
        """The first `steps` λ, or fewer if the path has ended. Errors: FitError."""
        return self._path.grow(steps)

    def grid(self) -> Floats:
        return self._path.grid()

    @property
    def unchecked(self) -> bool:
        """Whether the path has steps for which it is not known that they lack no SNP."""
        return self._snps is not None and self._path.fitted > self._checked

    def restarted(self, shares: Floats) -> bool:
        """Begin again from the first λ if the fit lacked a SNP that the core would have taken up; in the end with all SNPs.

        shares: (SNPs,) the largest gradients of `gradient_shares`.
        """
        steps = self._path.fitted
        given = np.zeros(len(shares), bool)
        given[self._snps] = True
        samples, snps = int(self.training.members.sum()), len(shares)
        # The strong rule's threshold for the next λ, relative to this λ's; of folds at the λ of all samples, by those λ.
        step = min(smallest_ratio(samples, snps), smallest_ratio(len(self._fits.y), snps)) ** (1 / (PATH_LENGTH - 1))
        if not (shares[~given] > 2 * step - 1 - 1e-9).any():
            self._checked = steps
            return False
        self._path.close()
        self._restarts += 1
        self._snps = np.flatnonzero(given | (shares > AGAIN)) if self._restarts < MOST_RESTARTS else None
        self._path, self._checked = self._begin(), 0
        return True

    def residuals(self, all_steps: bool = False) -> tuple[Floats, Floats]:
        """(samples, steps) at each λ that is unchecked (or at all), 0 for the other samples; and these λ. Before the first λ stands
        the fit without any SNP."""
        fits, path, members = self._fits, self._path.grow(self._path.fitted), self.training.members
        first = 0 if all_steps else self._checked
        fitted = fits.by_snp[path.active].T @ path.coefficients[:, first:] + path.intercepts[first:]
        lambdas = path.lambdas[first:]
        if first == 0:
            fitted = np.hstack([np.full((len(fits.y), 1), fits.y[members].mean()), fitted])
            lambdas = np.concatenate([lambdas[:1], lambdas])
        residuals = fits.y[:, None] - fitted
        residuals[~members] = 0
        return residuals, lambdas

    def _begin(self) -> GrowingPath:
        fits, samples = self._fits, np.flatnonzero(self.training.members)
        snps = len(fits.by_snp)
        rows = fits.by_snp if self._snps is None else fits.by_snp[self._snps]
        padding = 0 if self._snps is None or fits.factors is None else padding_columns(fits.factors[self._snps])
        x = _copies.part((len(rows) + padding, len(samples)))
        np.take(rows, samples, axis=1, out=x[: len(rows)], mode="clip")  # other modes copy twice
        x[len(rows) :] = 0
        problem = PathProblem(
            x.T, fits.y[samples], fits.alpha, self.training.mean, self.training.sd, self._lambdas, fits.factors, snps, self._snps
        )  # fmt: skip
        return fits.stack.enter_context(closing(GrowingPath(problem)))


def likely_at_first(fits: GeneFits) -> NDArray[np.int64] | None:
    """The SNPs to begin the fit to all samples with: those of the largest marginal gradients. None for all."""
    if not fits.screened:
        return None
    share = _shares(fits, np.abs(fits.by_snp @ (fits.y - fits.y.mean())), fits.everyone)
    return np.sort(np.argpartition(share, -FIRST_SNPS)[-FIRST_SNPS:])


def likely_in_folds(
    fits: GeneFits, everyone: TrainingFit, folds: Sequence[FoldTraining]
) -> list[NDArray[np.int64]] | list[None]:
    """The SNPs that each fold is likely to take up: those of a large gradient among its samples at the fit to all samples."""
    if not fits.screened:
        return [None] * len(folds)
    residuals, lambdas = everyone.residuals(all_steps=True)
    some = np.unique([*range(0, len(lambdas), EVERY_STEP), len(lambdas) - 1])
    residuals, lambdas = residuals[:, some], lambdas[some]
    parts = []
    for fold in folds:
        inside = np.where(fold.members[:, None], residuals - residuals[fold.members].mean(0), 0)
        parts.append(inside / (fits.alpha * lambdas * fold.members.sum()))
    return [np.flatnonzero(shares > LIKELY) for shares in _largest_gradients(fits, parts, folds).T]


def gradient_shares(fits: GeneFits, some: Sequence[TrainingFit]) -> Floats:
    """The largest gradient of each SNP at the unchecked λ of each path, as a share of that which takes it into the model: (SNPs, fits)."""
    parts = []
    for fit in some:
        residuals, lambdas = fit.residuals()
        parts.append(residuals / (fits.alpha * lambdas * fit.training.members.sum()))
    return _largest_gradients(fits, parts, [fit.training for fit in some])


def _largest_gradients(fits: GeneFits, parts: Sequence[Floats], trainings: Sequence[FoldTraining]) -> Floats:
    """(SNPs, trainings): the largest over the columns of each part (samples, k) of the product with the standardised SNPs."""
    largest = np.empty((len(fits.by_snp), len(parts)))
    start = 0
    while start < len(parts):
        end, width = start, 0
        while end < len(parts) and width < COLUMNS_AT_ONCE:
            width += parts[end].shape[1]
            end += 1
        gradients = fits.by_snp @ np.hstack(parts[start:end])
        np.abs(gradients, out=gradients)
        edges = np.cumsum([0, *(part.shape[1] for part in parts[start:end])])
        largest[:, start:end] = np.maximum.reduceat(gradients, edges[:-1], axis=1)
        start = end
    return np.stack([_shares(fits, column, training) for column, training in zip(largest.T, trainings, strict=True)], 1)


def _shares(fits: GeneFits, gradient: Floats, training: FoldTraining) -> Floats:
    """Gradients of the raw dosages for those of standardised and weighted SNPs; 0 for SNPs that do not vary."""
    scale = training.sd * (1.0 if fits.factors is None else fits.factors)
    return np.divide(gradient, scale, out=np.zeros_like(gradient), where=training.sd > 1e-9)
