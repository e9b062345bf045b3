"""Whether a column of a GWAS holds what it is read as: odds ratios around 1, p-values in 0 to 1, … (LDSC's check of the median, and more).

Numbers that stand for a missing value (-9) are found here too.

A whole column is judged, over enough rows to be sure; single values that cannot be are a matter of their row.
"""

from collections.abc import Mapping

import numpy as np

from tcra.common.arrays import Floats
from tcra.errors import UserError

_ENOUGH = 30  # values for a statement about a median
_ENOUGH_FOR_P = 100  # of 100 uniform p none of which is below 0.1: 3 in 100,000
_FEW, _FEW_SHARE = 3, 0.02
# PLINK writes -9 for what is missing, other programs -1 (of a p) or more nines.
MISSING_CODES = (-9.0, -99.0, -999.0, -9999.0)
_ALSO_MINUS_1 = ("pvalue", "freq")
_AT_LEAST_0 = ("pvalue", "minus_log10_pvalue", "se", "or", "freq")
_SPIKE_SHARE = 0.03  # of the numbers around -9; of numbers with two decimals, 0.004 are exactly this
_OTHERS = 8  # values beside a single -9, to say that it stands alone; variants, to say how their alleles stand
_MUNGED_SHARE = 0.95
_COARSE_SHARE = 0.02  # of whole numbers, above which a column is rounded so far that a -9 may be a value


def missing_codes(role: str, numbers: Floats) -> dict[float, int]:
    """The numbers in a column (n,) that stand for a missing value (-9, -99, …), and how often each is there.

    In a column that cannot be negative (p, -log10 p, standard error, odds ratio, frequency) these are all such numbers (of p and
    frequency -1 too), if they are its only negative ones. In a column of effects or z-scores it is one that is there more often than the
    numbers around it, or that is a whole number among fractions, far from all others.

    >>> missing_codes("zscore", np.array([0.1, -9.0, 1.3, -9.0, -0.4, -9.0]))
    {-9.0: 3}
    >>> missing_codes("zscore", np.array([-8.2, -9.0, 1.3, 0.4]))
    {}
    """
    negative = numbers[numbers < 0]
    if not len(negative):
        return {}
    at_least_0 = role in _AT_LEAST_0
    codes = (-1.0, *MISSING_CODES) if role in _ALSO_MINUS_1 else MISSING_CODES
    counts = {code: int((negative == code).sum()) for code in codes}
    counts = {code: count for code, count in counts.items() if count}
    if at_least_0:
        return counts if sum(counts.values()) == len(negative) else {}
    return {code: count for code, count in counts.items() if _is_code(code, count, numbers)}


def _is_code(code: float, count: int, numbers: Floats) -> bool:
    known = numbers[np.isfinite(numbers) & (numbers != code)]
    near = int((np.abs(known - code) < 0.15 * abs(code)).sum())
    coarse = np.count_nonzero((known % 1 == 0) & (known != 0)) > _COARSE_SHARE * len(known)
    if count >= _FEW:
        return count > (near if coarse else _SPIKE_SHARE * near)
    return near == 0 and len(known) >= _OTHERS and not coarse


def check_not_munged(path: object, effect_is_ref: int, compared: int) -> None:
    """Of a table that begins as MungeSumstats' do: whether its alleles are as there.

    effect_is_ref: variants whose A1 is the genome's (or the model's) ref allele, of those compared.

    Errors: UserError where these are nearly all.
    """
    if compared >= _OTHERS and effect_is_ref >= _MUNGED_SHARE * compared:
        raise UserError(
            f"{path}: the effect allele is not certain: A1 is the ref allele at {effect_is_ref} of {compared} variants, as in tables of "
            "MungeSumstats, whose effect allele is A2; in PLINK's and most others it is A1: call these columns effect_allele and "
            "other_allele, or name both with associate.py --effect_allele_column and --non_effect_allele_column"
        )


def describe_codes(column: str, codes: Mapping[float, int]) -> str:
    """What is said of them: `3 cells of column Z are -9: taken as missing`; empty without any."""
    cells = " and ".join(f"{count} cells of column {column} are {code:g}" for code, count in codes.items())
    return f"{cells}: taken as missing" if cells else ""


def check_effect_columns(path: object, values: Mapping[str, Floats], names: Mapping[str, str]) -> None:
    """Check the numbers (n,) of each role (`beta`, `or`, `pvalue`, `minus_log10_pvalue`), NaN where there is none. names: the columns.

    Errors: UserError that names the file and the column, what is wrong with it, and what it may be.

    >>> check_effect_columns("gwas.tsv", {"beta": np.exp(np.linspace(-0.1, 0.1, 50))}, {"beta": "OR"})
    Traceback (most recent call last):
    tcra.errors.UserError: gwas.tsv: column OR is read as effects (beta), but none of its 50 values is negative and their median is 1: \
they look like odds ratios; call the column OR, or name it with associate.py --or_column
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
            "ratios; call the column OR, or name it with associate.py --or_column"
        )
    return ""


def _odds_fault(known: Floats) -> str:
    middle = float(np.median(known))
    if (known < 0).any():
        return (
            f"odds ratios, but has negative values (such as {known[known < 0][0]:g}); if it holds ln(OR), call it BETA, or name it with "
            "associate.py --beta_column"
        )
    if len(known) >= _ENOUGH and not 0.5 < middle < 2:
        return f"odds ratios, but the median of its {len(known)} values is {middle:.3g}, expected about 1"
    return ""


def _p_fault(known: Floats) -> str:
    above, below = int((known > 1).sum()), int((known < 0).sum())
    if _many(above, len(known)):
        return (
            f"p-values, but {above} of its {len(known)} values are above 1: if it holds -log10 p, call it MLOGP, or name it "
            "with associate.py --minus_log10_pvalue_column"
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
        return (
            f"-log10 p, but all of its {len(known)} values are in 0 to 1: they look like p-values; call it P, or name it with "
            "associate.py --pvalue_column"
        )
    return ""


_FAULTS = {"beta": _beta_fault, "or": _odds_fault, "pvalue": _p_fault, "minus_log10_pvalue": _minus_log10_fault}
