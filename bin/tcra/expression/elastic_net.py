"""The elastic-net path exactly as R's glmnet fits it, by glmnet's own C++ core (`glmstar`, which imports as `glmnet`).

R's solution is not fully converged, so only the same update order reproduces it; other solvers of the same problem differ by up
to 0.19 in the tail of a path. The core is called directly: `import glmnet` takes two seconds, and its estimator class costs more
than the fit of a small gene.
"""

import importlib.util
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BIG = 9.9e35
# R's glmnet.control() and glmnet() defaults.
CONTROL = {"fdev": 1e-5, "eps": 1e-6, "big": BIG, "mnlam": 5, "devmax": 0.999, "pmin": 1e-9, "exmx": 250.0, "itrace": 0,
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
    coefficients: (k, steps).
    """

    lambdas: Floats
    intercepts: Floats
    active: NDArray[np.int64]
    coefficients: Floats

    def predict(self, x: Floats) -> Floats:
        """Predictions (samples, steps) for `x` (samples, SNPs)."""
        return np.asarray(x[:, self.active] @ self.coefficients + self.intercepts)

    def at(self, step: int, columns: int) -> Floats:
        """All coefficients (columns,) at one step."""
        dense = np.zeros(columns)
        dense[self.active] = self.coefficients[:, step]
        return dense


def smallest_ratio(samples: int, columns: int) -> float:
    """R's `lambda.min.ratio`: the last of 100 λ over the first."""
    return 0.01 if samples < columns else 1e-4


def fit_path(x: Floats, y: Floats, alpha: float, steps: int = PATH_LENGTH) -> CoefficientPath:
    """The first `steps` of the 100 λ that R's `glmnet(x, y, alpha)` chooses, with R's early stop.

    x: (samples, SNPs) float64 in Fortran order, y: (samples,) float64; the solver leaves other numbers in x, and none in y.

    Errors: FitError.
    """
    # The grid is geometric, so its first L points are a grid of L points down to the matching smaller ratio.
    ratio = smallest_ratio(*x.shape) ** ((steps - 1) / (PATH_LENGTH - 1))
    path = _fit(x, y, alpha, np.zeros(1), steps, ratio)
    lambdas = path.lambdas
    if len(lambdas) > 2:  # the core leaves "infinity" for the first; R extrapolates it
        lambdas[0] = np.exp(2 * np.log(lambdas[1]) - np.log(lambdas[2]))
    return path


def fit_at(x: Floats, y: Floats, alpha: float, lambdas: Floats) -> CoefficientPath:
    """The path at given falling λ, as R's `glmnet(x, y, alpha, lambda)`: no early stop. The solver leaves other numbers in x.

    Errors: FitError.
    """
    return _fit(x, y, alpha, lambdas, len(lambdas), 1.0)


def _fit(x: Floats, y: Floats, alpha: float, lambdas: Floats, steps: int, ratio: float) -> CoefficientPath:
    samples, columns = x.shape
    if np.ptp(y) == 0:
        raise FitError("the expression is constant")
    found: dict[str, NDArray[Any]] = {
        "a0": np.zeros((steps, 1), order="F"),
        "ca": np.zeros((columns, steps), order="F"),
        "ia": np.zeros((columns, 1), np.int32),
        "nin": np.zeros((steps, 1), np.int32),
        "rsq": np.zeros((steps, 1)),
        "alm": np.zeros((steps, 1)),
    }
    result = solver().gaussnet(
        ka=1 if columns < COVARIANCE_UPDATE_BELOW else 2,
        parm=alpha,
        ni=columns,
        no=samples,
        x=x,  # scaled in place
        y=np.array(y, np.float64).reshape(-1, 1),
        w=np.ones((samples, 1)),
        jd=np.zeros((1, 1), np.int32),
        vp=np.ones((columns, 1)),
        cl=np.asfortranarray(np.repeat([[-BIG], [BIG]], columns, 1)),
        ne=columns + 1,
        nx=columns,
        nlam=steps,
        flmin=ratio,
        ulam=np.asarray(lambdas, np.float64).reshape(-1, 1),
        thr=THRESHOLD,
        isd=1,
        intr=1,
        maxit=MAXIMUM_PASSES,
        pb=_NO_PROGRESS,
        lmu=0,
        nlp=0,
        jerr=0,
        **found,
        **CONTROL,
    )
    if result["jerr"] > 0:
        raise FitError("no SNP varies" if result["jerr"] == 7777 else f"glmnet's error {result['jerr']}")
    fitted = int(result["lmu"])
    if fitted == 0:
        raise FitError("no convergence at the first lambda")
    entered = int(result["nin"][:fitted].max())
    return CoefficientPath(
        result["alm"].reshape(-1)[:fitted].copy(),
        result["a0"].reshape(-1)[:fitted].copy(),
        result["ia"].reshape(-1)[:entered].astype(np.int64) - 1,
        found["ca"][:entered, :fitted].copy(),
    )


class _NoProgress:
    """The core reports each λ to an object with `update`."""

    def update(self, step: int) -> None: ...


_NO_PROGRESS = _NoProgress()
