"""Tables as text: missing values as `NA`, numbers with the shortest text that reads back to the same number."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np
import pandas as pd

from tcra.common.files import atomic_text

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_AT_ONCE = 200_000


def write_table(path: Path, table: pd.DataFrame, missing: str = "NA", separator: str = "\t") -> None:
    """Write a table (TSV unless another separator is given; gzip by `.gz`), atomically. Cells are quoted as in CSV where they must be."""
    with atomic_text(path) as text:
        text.write(separator.join(_quoted(str(name), separator) for name in table.columns) + "\n")
        write_rows(text, table, missing, separator)


def write_rows(text: TextIO, table: pd.DataFrame, missing: str = "NA", separator: str = "\t") -> None:
    """Write a table's rows, without its header, to an open file."""
    import pyarrow.compute as pc

    for start in range(0, len(table), ROWS_AT_ONCE):
        part = table.iloc[start : start + ROWS_AT_ONCE]
        # Columns by their own arrays: a row of a frame would turn float32 into float64, with the digits of its rounding.
        columns = [_text(part.iloc[:, place], missing, separator) for place in range(table.shape[1])]
        lines = pc.binary_join_element_wise(*columns, separator)
        text.write("\n".join(lines.to_pylist()) + "\n")


def format_cell(cell: Any, missing: str = "NA") -> str:
    """Text of one cell: missing values as `missing`, floats by `repr` (shortest that round-trips).

    >>> [format_cell(cell) for cell in (0.1, 1e-7, float("nan"), None, 3, "a")]
    ['0.1', '1e-07', 'NA', 'NA', '3', 'a']
    """
    if cell is None or cell is pd.NA or cell is pd.NaT or (isinstance(cell, (float, np.floating)) and cell != cell):
        return missing
    if isinstance(cell, float):
        return repr(float(cell))
    return str(cell)


def _text(column: "pd.Series[Any]", missing: str, separator: str) -> "pa.StringArray":
    """`format_cell` of every cell, quoted where a cell has the separator, a quote or a line's end in it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = pd.api.types.infer_dtype(column, skipna=True) if column.dtype == object else str(column.dtype)
    if kind in ("floating", "float32", "float64"):
        return _float_text(column.to_numpy(np.float64 if kind == "floating" else None), missing)
    if pd.api.types.is_integer_dtype(column.dtype):
        return pc.fill_null(pc.cast(pa.array(column), pa.string()), missing)
    if kind in ("string", "str"):
        text = pc.fill_null(pa.array(column, pa.string()), missing)
    else:
        text = pa.array([format_cell(cell, missing) for cell in column.array], pa.string())
    if pc.any(pc.match_substring_regex(text, f'[{separator}"\r\n]')).as_py():
        text = pa.array([_quoted(cell, separator) for cell in text.to_pylist()], pa.string())
    return text


def _float_text(numbers: "np.ndarray[Any, Any]", missing: str) -> "pa.StringArray":
    import pyarrow as pa
    import pyarrow.compute as pc

    text = pc.cast(pa.array(numbers), pa.string())
    # Arrow finds the same digits ten times faster, but writes small, large and whole numbers in another way than Python (1.0, 1e-05).
    size = np.abs(numbers)
    with np.errstate(invalid="ignore"):
        whole, middling = np.rint(numbers) == numbers, (size > 1e-4) & (size < 1e6)
    if whole.any():
        text = pc.if_else(pa.array(whole), pc.binary_join_element_wise(text, ".0", ""), text)
    other = ~middling & (size != 0)
    if other.any():
        cells = numbers[other].tolist() if numbers.dtype == np.float64 else numbers[other]
        cells = [missing if cell != cell else str(cell) for cell in cells]
        text = pc.replace_with_mask(text, pa.array(other), pa.array(cells, pa.string()))
    return text


def _quoted(cell: str, separator: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if any(mark in cell for mark in (separator, '"', "\r", "\n")) else cell
