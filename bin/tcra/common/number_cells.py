"""Numbers in cells of text, as programs and people write them."""

import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from tcra.common.arrays import Booleans, Floats

MISSING_CELLS = (
    "", "NA", "N/A", "n/a", "#NA", "#N/A", "NULL", "Null", "null", "None", "none", "nan", "NaN", "-nan", "-NaN", ".", "\\N", "--", "?",
)  # fmt: skip

_DECIMAL_COMMA = r"^[-+]?[0-9]*,[0-9]+([eE][-+]?[0-9]+)?$"


def with_decimal_point(cell: str) -> str:
    """A number with a decimal comma, with a point. Only for tables whose cells are separated by semicolons: elsewhere a comma may stand
    between thousands.

    >>> with_decimal_point("1,25"), with_decimal_point("1,234,567"), with_decimal_point("a,b")
    ('1.25', '1,234,567', 'a,b')
    """
    return cell.replace(",", ".") if re.fullmatch(_DECIMAL_COMMA, cell) else cell


def parse_number_cells(cells: pa.Array) -> tuple[Floats, Booleans]:
    """Text (n,) to float64 (n,), NaN where missing or bad, and bool (n,): bad. A decimal comma is accepted.

    >>> numbers, bad = parse_number_cells(pa.array(["1e-3", "0,5", "NA", "x"]))
    >>> numbers.tolist(), bad.tolist()
    ([0.001, 0.5, nan, nan], [False, False, False, True])
    """
    missing = pc.is_in(cells, value_set=pa.array(MISSING_CELLS))
    present = pc.if_else(missing, pa.scalar(None, pa.string()), cells)
    try:
        values = pc.cast(present, pa.float64()).to_numpy(zero_copy_only=False)
        return values.astype(np.float64), np.zeros(len(values), bool)
    except pa.ArrowInvalid:
        pass
    comma = pc.match_substring_regex(present, _DECIMAL_COMMA)
    english = pc.if_else(pc.fill_null(comma, False), pc.replace_substring(present, ",", "."), present)
    values = pd.to_numeric(pd.Series(english.to_pylist(), dtype=object), errors="coerce").to_numpy(np.float64)
    return values, np.isnan(values) & ~np.asarray(missing)
