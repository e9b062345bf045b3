"""From the numbers of GWAS rows to z-scores and betas, by S-PrediXcan's rules; each row that cannot be used gets its reason."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.special import ndtri, ndtri_exp

from tcra.common.arrays import Floats
from tcra.common.gwas.effect_columns import check_effect_columns, describe_codes, missing_codes
from tcra.common.number_cells import MISSING_CELLS, parse_number_cells
from tcra.errors import UserError


@dataclass
class Effects:
    """Of n GWAS rows: z (n,) float64 with NaN where unusable; beta (n,) float64, NaN where the file has none; reason (n,) of
    text, empty where the row is usable; p (n,) the p-value as read, NaN without one; infinite (n,) bool: |z| is infinite (p is 0).
    coded_missing: what was taken for missing though it is a number (-9), one sentence per column.
    """

    z: Floats
    beta: Floats
    reason: NDArray[np.object_]
    p: Floats
    infinite: NDArray[np.bool_]
    coded_missing: tuple[str, ...] = ()


def parse_signs(cells: pa.Array) -> tuple[Floats, NDArray[np.bool_]]:
    """`+` `-` and numbers to their sign (n,) float64, NaN where neither, and bool (n,): bad.

    >>> signs, bad = parse_signs(pa.array(["+", "-", "-0.2", "up", "NA"]))
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


def compute_effects(
    path: object,
    cells: dict[str, pa.Array],
    pvalue_fix: float,
    names: Mapping[str, str] | None = None,
    rounded: bool = True,
) -> Effects:
    """z and beta of each row from the text of its columns, by role (`beta`, `or`, `se`, `zscore`, `pvalue`, …). names: the columns.

    z is, in this order: the z column; p with the sign of beta, of ln OR, or of the sign column; beta / se.
    |z| = -ndtri(p / 2), from the text's own exponent where p is too small for a float. z is rounded to float32, as in S-PrediXcan
    (unless not `rounded`), and kept as float64; rows with p = 0 are left infinite, since what they become depends on the other rows
    (`fix_infinite`).
    beta is ln OR where there is an odds ratio.

    Errors: UserError for a column that is not what it is read as (`check_effect_columns`), or whose cells are mostly no numbers.
    """
    n = len(next(iter(cells.values())))
    reason = np.full(n, "", dtype=object)
    values, bad = {}, {}
    coded: list[str] = []
    for role in cells:
        if role != "beta_sign":
            values[role], bad[role] = (
                parse_p_cells(cells[role]) if role == "pvalue" else parse_number_cells(cells[role])
            )
            name = (names or {}).get(role, role)
            _require_numbers(path, name, cells[role], values[role], bad[role])
            if codes := missing_codes(role, values[role]):
                values[role] = np.where(np.isin(values[role], list(codes)), np.nan, values[role])
                coded.append(describe_codes(name, codes))
    check_effect_columns(path, values, names or {})

    def numbers(role: str) -> Floats:
        _mark(reason, bad[role], f"{role} is not a number")
        return values[role]

    beta = np.full(n, np.nan)
    if "beta" in cells:
        beta = numbers("beta")
    if "or" in cells:
        odds = numbers("or")
        _mark(reason, odds == 0, "odds ratio is 0")
        with np.errstate(divide="ignore"):
            beta = np.where(np.isnan(odds), beta, np.log(odds))
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
    return Effects(z, beta, reason, p, infinite, tuple(coded))


def parse_p_cells(cells: pa.Array) -> tuple[Floats, NDArray[np.bool_]]:
    """`parse_number_cells`, with bounds such as `<1e-300` taken as the bound itself.

    >>> parse_p_cells(pa.array(["0.5", "<1e-300", "x"]))[0].tolist()
    [0.5, 1e-300, nan]
    """
    values, bad = parse_number_cells(cells)
    if bad.any():
        values, bad, place = values.copy(), bad.copy(), np.flatnonzero(bad)
        bounds = pc.replace_substring_regex(cells.take(pa.array(place)), r"^<\s*", "")
        values[place], bad[place] = parse_number_cells(bounds)
    return values, bad


def ln_p_of_text(cells: pa.Array) -> Floats:
    """ln p (n,) of p-values as text that are too small for a float, such as 3.35e-442; -inf for what is 0.

    >>> ln_p_of_text(pa.array(["1e-400", "0", "0.0e0"])).round(3).tolist()
    [-921.034, -inf, -inf]
    """
    parts = pc.extract_regex(cells, r"^\s*<?\s*(?P<digits>[0-9]*[.,]?[0-9]+)(?:[eE](?P<power>[-+]?[0-9]+))?\s*$")
    digits = pc.replace_substring(pc.fill_null(pc.struct_field(parts, "digits"), "0"), ",", ".")
    power = pc.struct_field(parts, "power")
    power = pc.if_else(pc.equal(pc.fill_null(power, ""), ""), pa.scalar("0"), power)
    with np.errstate(divide="ignore"):
        mantissa = np.log(np.array([float(text) for text in digits.to_pylist()]))
    return np.asarray(mantissa + np.log(10) * np.array([float(text) for text in power.to_pylist()]))


def _require_numbers(path: object, name: str, cells: pa.Array, values: Floats, bad: NDArray[np.bool_]) -> None:
    count = int(bad.sum())
    if count >= 3 and count > np.count_nonzero(~np.isnan(values)):
        example = cells[int(np.flatnonzero(bad)[0])].as_py()
        raise UserError(f"{path}: column {name} has {example!r}, expected numbers")


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
        if infinite.any():
            place = np.flatnonzero(infinite)
            ln_p = ln_p_of_text(cells["pvalue"].take(pa.array(place)))
            small = np.isfinite(ln_p)
            magnitude[place[small]] = -ndtri_exp(ln_p[small] - np.log(2))
            infinite[place[small]] = False
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
