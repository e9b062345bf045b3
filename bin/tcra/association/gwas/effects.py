"""From the numbers of GWAS rows to z-scores and betas, by S-PrediXcan's rules; each row that cannot be used gets its reason."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.special import ndtri, ndtri_exp

from tcra.common.arrays import Floats
from tcra.common.number_cells import MISSING_CELLS, parse_number_cells
from tcra.errors import UserError


@dataclass
class Effects:
    """Of n GWAS rows: z (n,) float64 with NaN where unusable; beta (n,) float64, NaN where the file has none; reason (n,) of
    text, empty where the row is usable; p (n,) the p-value as read, NaN without one; infinite (n,) bool: |z| is infinite (p is 0).
    """

    z: Floats
    beta: Floats
    reason: NDArray[np.object_]
    p: Floats
    infinite: NDArray[np.bool_]


def parse_signs(cells: pa.Array) -> tuple[Floats, NDArray[np.bool_]]:
    """`+` `-` and numbers to their sign (n,) float64, NaN where neither, and bool (n,): bad.

    >>> signs, bad = parse_signs(pa.array(["+", "-", "-0.2", "?", "NA"]))
    >>> signs.tolist(), bad.tolist()
    ([1.0, -1.0, -1.0, nan, nan], [False, False, False, True, False])
    """
    text = np.array([cell.strip() for cell in cells.to_pylist()], dtype=object)
    signs = np.full(len(text), np.nan)
    signs[text == "+"], signs[text == "-"] = 1.0, -1.0
    rest = np.isnan(signs)
    numbers, _ = parse_number_cells(pa.array(text[rest], pa.string()))
    signs[rest] = np.sign(numbers)
    signs[signs == 0] = np.nan
    missing = np.isin(text, MISSING_CELLS)
    return signs, np.isnan(signs) & ~missing


def compute_effects(path: object, cells: dict[str, pa.Array], pvalue_fix: float, rounded: bool = True) -> Effects:
    """z and beta of each row from the text of its columns, by role (`beta`, `or`, `se`, `zscore`, `pvalue`, …).

    z is, in this order: the z column; p with the sign of beta, of ln OR, or of the sign column; beta / se.
    |z| = -ndtri(p / 2). z is rounded to float32, as in S-PrediXcan (unless not `rounded`), and kept as float64;
    rows with p = 0 are left infinite, since what they become depends on the other rows (`fix_infinite`).

    Errors: UserError for negative odds ratios: the column is something else.
    """
    n = len(next(iter(cells.values())))
    reason = np.full(n, "", dtype=object)

    def numbers(role: str) -> Floats:
        values, bad = parse_number_cells(cells[role])
        _mark(reason, bad, f"{role} is not a number")
        return values

    beta = np.full(n, np.nan)
    if "beta" in cells:
        beta = numbers("beta")
    if "or" in cells:
        odds = numbers("or")
        if (odds < 0).any():
            raise UserError(
                f"{path}: the odds ratio column has negative values ({odds[odds < 0][0]:g}); if it holds ln(OR), name it with --beta_column"
            )
        _mark(reason, odds == 0, "odds ratio is 0")
        with np.errstate(divide="ignore"):
            beta = np.log(odds)
    p = np.full(n, np.nan)
    infinite = np.zeros(n, bool)
    if "zscore" in cells:
        z = numbers("zscore")
        _mark(reason, np.isnan(z), "z is missing")
        _mark(reason, np.isinf(z), "z is infinite")
    elif "pvalue" in cells or "minus_log10_pvalue" in cells:
        magnitude, p, infinite = _magnitude_from_p(cells, numbers, reason, pvalue_fix)
        sign = _sign(cells, beta, reason)
        _mark(reason, np.isnan(sign), "sign of the effect is missing")
        z = np.where(infinite, sign, magnitude * sign)
    else:
        se = numbers("se")
        _mark(reason, np.isnan(se), "standard error is missing")
        _mark(reason, se <= 0, "standard error is not above 0")
        _mark(reason, np.isnan(beta), "beta is missing")
        with np.errstate(divide="ignore", invalid="ignore"):
            z = beta / se
        _mark(reason, ~np.isfinite(z), "z is infinite")
    if rounded:
        with np.errstate(over="ignore"):
            z = z.astype(np.float32).astype(np.float64)
    z[reason != ""] = np.nan
    return Effects(z, beta, reason, p, infinite)


def fix_infinite(effects: Effects, rows: NDArray[np.bool_], pvalue_fix: float) -> Floats:
    """z (n,) of one file with the |z| of p = 0 filled in: that of min(pvalue_fix, the smallest p with a finite |z| among `rows`)."""
    if not effects.infinite[rows].any():
        return effects.z
    usable = rows & ~effects.infinite & np.isfinite(effects.p) & (effects.p > 0)
    smallest = min([pvalue_fix, *([effects.p[usable].min()] if usable.any() else [])])
    z = effects.z.copy()
    z[effects.infinite] = np.float64(np.float32(-ndtri(smallest / 2))) * np.sign(z[effects.infinite])
    return z


def _magnitude_from_p(
    cells: dict[str, pa.Array], numbers: object, reason: NDArray[np.object_], pvalue_fix: float
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    assert callable(numbers)
    if "pvalue" in cells:
        p = numbers("pvalue")
        _mark(reason, np.isnan(p), "p is missing")
        _mark(reason, (p < 0) | (p > 1), "p is outside 0 to 1")
        with np.errstate(invalid="ignore"):
            magnitude = -ndtri(p / 2)
        infinite = np.isinf(magnitude) & (reason == "")
        if not pvalue_fix:
            _mark(reason, infinite, "p is 0")
            infinite[:] = False
        return magnitude, p, infinite
    logarithm = numbers("minus_log10_pvalue")
    _mark(reason, np.isnan(logarithm), "p is missing")
    _mark(reason, (logarithm < 0) | np.isinf(logarithm), "-log10 p is negative or infinite")
    natural = np.where(reason == "", -logarithm * np.log(10) - np.log(2), -1.0)
    return -ndtri_exp(natural), np.full(len(logarithm), np.nan), np.zeros(len(logarithm), bool)


def _sign(cells: dict[str, pa.Array], beta: Floats, reason: NDArray[np.object_]) -> Floats:
    if "beta" in cells or "or" in cells:
        return np.sign(beta)
    signs, bad = parse_signs(cells["beta_sign"])
    _mark(reason, bad, "sign is not + - 1 or -1")
    return signs


def _mark(reason: NDArray[np.object_], where: NDArray[np.bool_], text: str) -> None:
    """Give the reason to rows that have none yet: the first one found is kept."""
    reason[where & (reason == "")] = text
