"""Whether a column of a GWAS holds what it is read as: odds ratios around 1, p-values in 0 to 1, … (LDSC's check of the median, and more).

A whole column is judged, over enough rows to be sure; single values that cannot be are a matter of their row.
"""

from collections.abc import Mapping

import numpy as np

from tcra.common.arrays import Floats
from tcra.errors import UserError

_ENOUGH = 30  # values for a statement about a median
_ENOUGH_FOR_P = 100  # of 100 uniform p none of which is below 0.1: 3 in 100,000
_FEW, _FEW_SHARE = 3, 0.02


def check_effect_columns(path: object, values: Mapping[str, Floats], names: Mapping[str, str]) -> None:
    """Check the numbers (n,) of each role (`beta`, `or`, `pvalue`, `minus_log10_pvalue`), NaN where there is none. names: the columns.

    Errors: UserError that names the file and the column, what is wrong with it, and what it may be.

    >>> check_effect_columns("gwas.tsv", {"beta": np.exp(np.linspace(-0.1, 0.1, 50))}, {"beta": "OR"})
    Traceback (most recent call last):
    tcra.errors.UserError: gwas.tsv: column OR is read as effects (beta), but none of its 50 values is negative and their median is 1: \
they look like odds ratios; name it with --or_column
    """
    for role, numbers in values.items():
        known = numbers[np.isfinite(numbers)]
        fault = _FAULTS[role](known) if role in _FAULTS and len(known) else ""
        if fault:
            raise UserError(f"{path}: column {names.get(role, role)} is read as {fault}")


def _many(count: int, total: int) -> bool:
    return count >= _FEW and count > _FEW_SHARE * total


def _beta_fault(known: Floats) -> str:
    middle = float(np.median(known))
    if len(known) >= _ENOUGH and known.min() > 0 and 0.5 < middle < 2:
        return (
            f"effects (beta), but none of its {len(known)} values is negative and their median is {middle:.3g}: they look like odds "
            "ratios; name it with --or_column"
        )
    return ""


def _odds_fault(known: Floats) -> str:
    middle = float(np.median(known))
    if (known < 0).any():
        return f"odds ratios, but has negative values (such as {known[known < 0][0]:g}); if it holds ln(OR), name it with --beta_column"
    if len(known) >= _ENOUGH and not 0.5 < middle < 2:
        return f"odds ratios, but the median of its {len(known)} values is {middle:.3g}, expected about 1"
    return ""


def _p_fault(known: Floats) -> str:
    above, below = int((known > 1).sum()), int((known < 0).sum())
    if _many(above, len(known)):
        return (
            f"p-values, but {above} of its {len(known)} values are above 1: if it holds -log10 p, name it with "
            "--minus_log10_pvalue_column"
        )
    if _many(below, len(known)):
        return f"p-values, but {below} of its {len(known)} values are negative; expected p in 0 to 1"
    if len(known) >= _ENOUGH and 2 * int((known == 0).sum()) > len(known):
        return f"p-values, but more than half of its {len(known)} values are 0"
    return ""


def _minus_log10_fault(known: Floats) -> str:
    below = int((known < 0).sum())
    if _many(below, len(known)):
        return f"-log10 p, but {below} of its {len(known)} values are negative; expected at least 0"
    if len(known) >= _ENOUGH_FOR_P and known.max() <= 1:
        return f"-log10 p, but all of its {len(known)} values are in 0 to 1: they look like p-values; name it with --pvalue_column"
    return ""


_FAULTS = {"beta": _beta_fault, "or": _odds_fault, "pvalue": _p_fault, "minus_log10_pvalue": _minus_log10_fault}
