"""The elastic-net path exactly as R's glmnet fits it, by glmnet's own C++ core (`glmstar`, which imports as `glmnet`).

R's solution is not fully converged, so only the same update order reproduces it; other solvers of the same problem differ by up
to 0.19 in the tail of a path. The core is called directly: `import glmnet` takes two seconds, and its estimator class costs more
than the fit of a small gene.
"""

import importlib.util
import math
import threading
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tcra.common.arrays import Floats

BIG = 2.0**119  # R has 9.9e35; a power of two scales a number without rounding it
# R's glmnet.control() and glmnet() defaults, but for BIG and the progress report (itrace).
CONTROL = {"fdev": 1e-5, "eps": 1e-6, "big": BIG, "mnlam": 5, "devmax": 0.999, "pmin": 1e-9, "exmx": 250.0, "itrace": 1,
           "prec": 1e-10, "mxit": 100, "epsnr": 1e-6, "mxitnr": 25}  # fmt: skip
THRESHOLD, MAXIMUM_PASSES = 1e-7, 100_000
PATH_LENGTH = 100
COVARIANCE_UPDATE_BELOW = 500  # SNPs; R's switch from the covariance update to the naive one


class FitError(Exception):
    """Data that cannot be fitted; R's glmnet refuses them too (no SNP varies, constant expression)."""


@cache
def solver() -> ModuleType:
    """glmnet's compiled Gaussian core.

    Errors: RuntimeError if glmstar is absent, or another package (python-glmnet) has taken the import name.
    """
    package = importlib.util.find_spec("glmnet")
    folders = list(package.submodule_search_locations or []) if package else []
    for folder in folders:
        for path in sorted(Path(folder).glob("_gaussnet*")):
            spec = importlib.util.spec_from_file_location("_gaussnet", path)
            if spec and spec.loader:
                module = importlib.util.module_from_spec(spec)
                spec.loader.exec_module(module)
                return module
    found = "package 'glmnet' is not glmstar's (python-glmnet takes the same name)" if folders else "glmstar is missing"
    raise RuntimeError(f"{found}; install glmstar and no other package that imports as glmnet")


def solver_version() -> str:
    """`glmstar` and its version, for provenance."""
    try:
        return f"glmstar {version('glmstar')}"
    except PackageNotFoundError:
        return "glmstar"


@dataclass(frozen=True)
class CoefficientPath:
    """Coefficients along a path, on the original scale of the SNPs.

    lambdas: (steps,), falling. intercepts: (steps,). active: (k,) columns that ever enter, in the order of their entry.
    coefficients: (k, steps). explained: (steps,) share of the variance of y.
    """

    lambdas: Floats
    intercepts: Floats
    active: NDArray[np.int64]
    coefficients: Floats
    explained: Floats

    def at(self, step: int, columns: int) -> Floats:
        """All coefficients (columns,) at one step."""
        dense = np.zeros(columns)
        dense[self.active] = self.coefficients[:, step]
        return dense


def smallest_ratio(samples: int, columns: int) -> float:
    """R's `lambda.min.ratio`: the last of 100 λ over the first.

    >>> smallest_ratio(samples=300, columns=2_000), smallest_ratio(samples=300, columns=100)
    (0.01, 0.0001)
    """
    return 0.01 if samples < columns else 1e-4


@dataclass(frozen=True)
class PathProblem:
    """What R's `glmnet(x, y, alpha)` fits, with its early stop, or `glmnet(x, y, alpha, lambda)` at given falling λ, without.

    x: (samples, SNPs given) float64 in Fortran order; the core leaves other numbers in it. y: (samples,) float64. mean, sd (1/n):
    (snps,) of the gene's SNPs. penalty_factors: (snps,) with a mean of 1, R's `penalty.factor`; None for 1 each. snps: number of the
    gene's SNPs, on which the smallest λ and the kind of update depend. columns: those that x has; None for all.
    """

    x: Floats
    y: Floats
    alpha: float
    mean: Floats
    sd: Floats
    lambdas: Floats | None = None
    penalty_factors: Floats | None = None
    snps: int = 0
    columns: NDArray[np.int64] | None = None

    @property
    def steps(self) -> int:
        return PATH_LENGTH if self.lambdas is None else len(self.lambdas)

    @property
    def ratio(self) -> float:
        return smallest_ratio(len(self.y), self.snps)

    def core_factors(self) -> Floats:
        """The factors for the columns of x; those beyond the gene's SNPs are padding of `padding_columns`."""
        columns = self.x.shape[1]
        if self.penalty_factors is None:
            return np.ones(columns)
        if self.columns is None:
            return self.penalty_factors
        given = self.penalty_factors[self.columns]
        padding = columns - len(given)
        return np.concatenate([given, np.full(padding, (columns - given.sum()) / max(padding, 1))])


def padding_columns(factors: Floats) -> int:
    """Constant columns to put beside some of a gene's SNPs, so that their factors and the padding's have a mean of 1.

    The core divides the factors by their mean, and leaves constant columns out of the fit.

    >>> padding_columns(np.array([0.2, 0.5])), padding_columns(np.array([2.5, 3.0]))
    (1, 5)
    """
    return max(1, math.ceil(float(factors.sum()) - len(factors)) + 1)


class GrowingPath:
    """A path that is fitted as far as it is asked for, and later goes on from there.

    The core fits a path in one call, and says before each λ that it comes to it. The call runs in a thread of its own, which waits
    there until more is wanted; it is never at work while the caller is. Close the path, else the thread waits for ever.
    """

    def __init__(self, problem: "PathProblem") -> None:
        """Errors: FitError if the expression is constant."""
        if np.ptp(problem.y) == 0:
            raise FitError("the expression is constant")
        self._problem, self._y_sd = problem, float(problem.y.std())
        self._found = _results(problem.x.shape[1], problem.steps)
        arguments = _arguments(problem, self) | self._found
        self._wanted = self.fitted = 0
        self.ended = self._closed = False
        self._error: Exception | None = None
        self._more, self._reached = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, args=(arguments,), daemon=True)

    def grow(self, steps: int) -> CoefficientPath:
        """The first `steps` λ, or fewer if the path has `ended`.

        Errors: FitError.
        """
        if steps > self.fitted and not self.ended:
            self._wanted = steps
            if self._thread.ident is None:
                self._thread.start()
            else:
                self._more.release()
            self._reached.acquire()
        if self._error:
            raise self._error
        return self._snapshot(min(steps, self.fitted))

    def grid(self) -> Floats:
        """All λ of its own that the path has or may come to, as the core would return them, to the last bit.

        Where SNPs are in perfect linkage disequilibrium, fits at λ that differ in the last bit can differ in the third digit.
        """
        if self.ended:
            return self._snapshot(self.fitted).lambdas
        lambdas = np.full(PATH_LENGTH, BIG)
        lambdas[1] = self._found["alm"][1, 0]
        factor = self._problem.ratio ** (1 / (PATH_LENGTH - 1))
        for step in range(2, PATH_LENGTH):
            lambdas[step] = lambdas[step - 1] * factor
        lambdas *= _sd_in_core(self._problem.y)
        _set_first(lambdas)
        return lambdas

    def close(self) -> None:
        """End the thread."""
        if self._thread.is_alive():
            self._closed = True
            self._more.release()
            self._thread.join()

    def update(self, step: int) -> None:
        """Called by the core before it fits the λ number `step` (0-based)."""
        self.fitted = step
        if step >= self._wanted:
            self._reached.release()
            self._more.acquire()
        if self._closed:
            raise _Closed

    def _run(self, arguments: dict[str, Any]) -> None:
        try:
            result = solver().gaussnet(**arguments)
            if not self._closed:
                self._end(int(result["jerr"]), int(result["lmu"]))
        except Exception as error:
            self._error = error
        self._reached.release()

    def _end(self, code: int, fitted: int) -> None:
        if code > 0:
            raise FitError("no SNP varies" if code == 7777 else f"glmnet's error {code}")
        if fitted == 0:
            raise FitError("no convergence at the first lambda")
        self.ended, self.fitted = True, fitted

    def _snapshot(self, steps: int) -> CoefficientPath:
        found = self._found
        entered = int(found["nin"][:steps].max())
        given = found["ia"][:entered, 0].astype(np.int64) - 1
        active = given if self._problem.columns is None else self._problem.columns[given]
        lambdas, coefficients = found["alm"][:steps, 0].copy(), found["ca"][:entered, :steps].copy()
        if not self.ended:  # the core works on standardised numbers, and turns them back at the end
            lambdas *= self._y_sd
            coefficients *= (self._y_sd / self._problem.sd[active])[:, None]
        if self._problem.lambdas is None:
            _set_first(lambdas)
        intercepts = self._problem.y.mean() - self._problem.mean[active] @ coefficients
        return CoefficientPath(lambdas, intercepts, active, coefficients, found["rsq"][:steps, 0].copy())


def _results(columns: int, steps: int) -> dict[str, NDArray[Any]]:
    """What the core fills in."""
    return {
        "a0": np.zeros((steps, 1)),
        "ca": np.zeros((columns, steps), order="F"),
        "ia": np.zeros((columns, 1), np.int32),
        "nin": np.zeros((steps, 1), np.int32),
        "rsq": np.zeros((steps, 1)),
        "alm": np.zeros((steps, 1)),
    }


def _arguments(problem: PathProblem, progress: object) -> dict[str, Any]:
    """What the core is given."""
    samples, columns = problem.x.shape
    return {
        "ka": 1 if problem.snps < COVARIANCE_UPDATE_BELOW else 2,
        "parm": problem.alpha,
        "ni": columns,
        "no": samples,
        "x": problem.x,  # scaled in place
        "y": np.array(problem.y, np.float64).reshape(-1, 1),
        "w": np.ones((samples, 1)),
        "jd": np.zeros((1, 1), np.int32),
        "vp": problem.core_factors().reshape(-1, 1),
        "cl": np.asfortranarray(np.repeat([[-BIG], [BIG]], columns, 1)),
        "ne": columns + 1,
        "nx": columns,
        "nlam": problem.steps,
        "flmin": problem.ratio if problem.lambdas is None else 1.0,
        "ulam": np.zeros((1, 1)) if problem.lambdas is None else problem.lambdas.reshape(-1, 1),
        "thr": THRESHOLD,
        "isd": 1,
        "intr": 1,
        "maxit": MAXIMUM_PASSES,
        "pb": progress,
        "lmu": 0,
        "nlp": 0,
        "jerr": 0,
        **CONTROL,
    }


def _sd_in_core(y: Floats) -> float:
    """The SD of y as the core computes it, to the last bit: the first λ of any path is BIG times it."""
    found = _results(1, 1)
    any_snp = np.arange(len(y), dtype=np.float64).reshape(-1, 1, order="F")
    problem = PathProblem(any_snp, y, 1.0, np.zeros(1), np.ones(1), snps=1)
    solver().gaussnet(**_arguments(problem, _NoProgress()) | {"nlam": 1}, **found)
    return float(found["alm"][0, 0]) / BIG


def _set_first(lambdas: Floats) -> None:
    """The core leaves "infinity" for the first λ; R extrapolates it."""
    if len(lambdas) > 2:
        lambdas[0] = math.exp(2 * math.log(lambdas[1]) - math.log(lambdas[2]))


class _NoProgress:
    def update(self, step: int) -> None: ...


class _Closed(Exception):
    """Raised through the core to end a path that nobody wants further."""
