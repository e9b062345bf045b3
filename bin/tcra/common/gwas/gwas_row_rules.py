"""Which rows of a GWAS count: those of the additive test, and the last of several rows of one variant."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tcra.common.arrays import Booleans, Floats, Integers
from tcra.common.gwas.gwas_dialects import ADDITIVE_TESTS
from tcra.errors import UserError

REPLACED_BY_LATER_ROW = "a later row of the variant was used"
_NUMBER = r"^[-+]?[0-9.]+([eE][-+]?[0-9]+)?$"
_ENOUGH = 20  # variants for a judgement
_MANY_SHARE = 0.01


def additive_rows(tests: pa.Array) -> Booleans | None:
    """Which rows (n,) of a column TEST are of the additive test; None if the column does not name tests (a statistic, all numbers).

    >>> additive_rows(pa.array(["ADD", "DOMDEV", " add"])).tolist()
    [True, False, True]
    """
    trimmed = pc.utf8_trim_whitespace(tests)
    if pc.all(pc.match_substring_regex(pc.unique(trimmed), _NUMBER)).as_py():
        return None
    return np.asarray(pc.is_in(pc.utf8_upper(trimmed), value_set=pa.array(ADDITIVE_TESTS)))


def last_rows(variant: Integers, numbers: Floats) -> tuple[Booleans, int, int]:
    """Of rows (n,) in file order: which is the last of its variant (an index, -1 for rows that do not count), how many variants have
    several rows with other numbers, and how many variants there are.

    >>> last_rows(np.array([4, 7, 4, -1]), np.array([0.1, 0.2, 0.3, 0.4]))[1:]
    (1, 2)
    """
    rows = np.flatnonzero(variant >= 0)
    found, last = np.unique(variant[rows][::-1], return_index=True)
    chosen = np.zeros(len(variant), bool)
    chosen[rows[len(rows) - 1 - last]] = True
    final = np.zeros(len(found))
    final[np.searchsorted(found, variant[chosen])] = numbers[chosen]
    place = np.searchsorted(found, variant[rows])
    return chosen, len(np.unique(place[numbers[rows] != final[place]])), len(found)


def check_several_rows(path: object, conflicts: int, variants: int, whose: str, example: str = "") -> None:
    """Where variants are in several rows of a GWAS with other numbers, the last row is used; not if most of them are.

    conflicts: such variants, of `variants`. whose: what they are variants of. example: one of them.

    Errors: UserError if most of them are.
    """
    if 2 * conflicts > variants >= _ENOUGH:
        shown = f" (such as {example})" if example else ""
        raise UserError(
            f"{path}: {conflicts} of the {variants} {whose} that it has are in several rows with other numbers{shown}; such as rows of "
            "several populations, tests or studies: give it with one row per variant"
        )


def describe_several_rows(conflicts: int, variants: int, whose: str) -> str:
    """A warning, if there are many of them; else empty."""
    if conflicts <= _MANY_SHARE * variants:
        return ""
    return f"{conflicts} of {variants} {whose} are in several rows of the GWAS with other numbers; the last row of each was used"
