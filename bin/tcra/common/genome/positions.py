"""Positions in cells of text, as programs write them."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tcra.common.arrays import Integers
from tcra.common.number_cells import MISSING_CELLS

# R writes 100000 as 1e+05, pandas writes a column with a gap as 100000.0.
_NUMBER = r"^\d+(\.\d+)?([eE]\+?\d+)?$"
_POWER = r"^\d+\.(?P<decimals>\d+)[eE]\+?(?P<power>\d{1,3})$"
LARGEST_POSITION = 1 << 62


def parse_positions(cells: pa.Array) -> Integers:
    """1-based positions (n,) int64 of text, 0 where a cell has none.

    Errors: ValueError that says what a column has which is no column of positions, or has lost the last digits of most of them.

    >>> parse_positions(pa.array(["100", "1e+05", "300.0", "NA", "2.5"])).tolist()
    [100, 100000, 300, 0, 0]
    """
    try:
        return np.asarray(pc.fill_null(pc.cast(cells, pa.int64()), 0).to_numpy(zero_copy_only=False))
    except pa.ArrowInvalid:
        pass
    words = pc.fill_null(pc.utf8_trim_whitespace(cells), "")
    number = pc.match_substring_regex(words, _NUMBER)
    values = pc.if_else(number, words, "0").cast(pa.float64()).to_numpy(zero_copy_only=False)
    positions = np.where((values % 1 == 0) & (values < LARGEST_POSITION), values, 0).astype(np.int64)
    if not positions.any():
        given = words.filter(pc.invert(pc.is_in(words, value_set=pa.array(MISSING_CELLS))))
        if len(given):
            raise ValueError(f"{given[0].as_py()!r}, expected whole numbers, counted from 1")
    rounded = _rounded(words)
    if 2 * len(rounded) > np.count_nonzero(positions):
        raise ValueError(
            f"positions that are rounded, such as {rounded[0].as_py()} (as spreadsheets write them); give all digits"
        )
    return positions


def _rounded(words: pa.StringArray) -> pa.StringArray:
    """Those that are written without their last digits. R's 1.2e+07 is among them, which it writes for round numbers alone."""
    powers = words.filter(pc.match_substring_regex(words, _POWER))
    parts = pc.extract_regex(powers, _POWER)
    power = pc.struct_field(parts, "power").cast(pa.int64())
    return powers.filter(pc.less(pc.utf8_length(pc.struct_field(parts, "decimals")), power))
