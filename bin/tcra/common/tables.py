"""Tables with checked columns: what each column is called, what it holds, and the range it may have."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from tcra.common.files import open_text
from tcra.errors import UserError

Kind = Literal["text", "integer", "number"]


@dataclass(frozen=True)
class Column:
    """One column of a table: its name, kind, inclusive range and unit. required: the table must have it. empty: cells may be empty.

    >>> Column("clip", "number", minimum=0, unit="coverage")
    Column(name='clip', kind='number', minimum=0, maximum=None, unit='coverage', required=True, empty=False)
    """

    name: str
    kind: Kind = "text"
    minimum: float | None = None
    maximum: float | None = None
    unit: str = ""
    required: bool = True
    empty: bool = False

    def __post_init__(self) -> None:
        if self.kind == "text" and (self.minimum is not None or self.maximum is not None):
            raise ValueError(f"column {self.name}: a text column has no range")


def read_table(path: Path, columns: Sequence[Column], separator: str | None = None) -> pd.DataFrame:
    """Read a small delimited table (a tracks table, a traits table, covariates) and check the columns that are named.

    The separator is a tab or a comma, whichever the header has more of, unless given. Lines that start with `##` are skipped.
    Cells come back as `str`, `int64` or `float64` (with NaN for empty cells). Columns not named in `columns` are kept as text.
    The index is the line number in the file (1-based).

    Errors: UserError naming file, line, column, what was found and what was expected.
    """
    with open_text(path) as text:
        lines = [(number, line) for number, line in enumerate(text, 1) if line.strip() and not line.startswith("##")]
    if not lines:
        raise UserError(f"{path} has no lines")
    header_line = lines[0][1]
    separator = separator or (
        "\t" if header_line.count("\t") >= header_line.count(",") and "\t" in header_line else ","
    )
    rows = _split(path, lines, separator)
    names = [name.strip() for name in rows[0]]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise UserError(f"{path}: column {repeated[0]} occurs more than once in the header")
    for (number, _), row in zip(lines[1:], rows[1:], strict=True):
        if len(row) != len(names):
            raise UserError(f"{path} line {number}: {len(row)} cells, but the header has {len(names)}")
    index = pd.Index([number for number, _ in lines[1:]], name="line")
    table = pd.DataFrame([[cell.strip() for cell in row] for row in rows[1:]], columns=names, index=index, dtype=object)
    require_columns(path, names, [column.name for column in columns if column.required])
    for column in columns:
        if column.name in table:
            table[column.name] = _convert(path, table[column.name], column)
    return table


def _split(path: Path, lines: Sequence[tuple[int, str]], separator: str) -> list[list[str]]:
    """Cells of numbered lines; quotes as in CSV, but a quoted cell may not run over lines."""
    rows: list[list[str]] = []
    reader = csv.reader((line.rstrip("\r\n") for _, line in lines), delimiter=separator)
    while len(rows) < len(lines):
        number = lines[len(rows)][0]
        try:
            rows.append(next(reader))
        except (csv.Error, StopIteration) as error:
            raise UserError(
                f"{path} line {number}: cannot be split into cells ({error or 'a quote is not closed'})"
            ) from None
        if reader.line_num != len(rows):
            raise UserError(f"{path} line {number}: a quote is not closed on its line")
    return rows


def require_columns(path: Path, present: Iterable[str], required: Iterable[str]) -> None:
    """UserError that names the first missing column, the columns there are, and the nearest name.

    >>> require_columns(Path("traits.csv"), ["trait", "pth"], ["trait", "path"])
    Traceback (most recent call last):
        ...
    tcra.errors.UserError: traits.csv has no column path (its columns: trait, pth); did you mean pth?
    """
    have = list(present)
    for name in required:
        if name not in have:
            near = get_close_matches(name, have, 1, 0.6) or [h for h in have if h.lower() == name.lower()]
            hint = f"; did you mean {near[0]}?" if near else ""
            raise UserError(f"{path} has no column {name} (its columns: {', '.join(have[:20])}){hint}")


def _convert(path: Path, cells: pd.Series, column: Column) -> pd.Series:
    empty = cells.isin(["", "NA", "NaN", "nan"])
    if empty.any() and not column.empty:
        raise UserError(f"{path} line {cells.index[empty][0]}: column {column.name} is empty")
    if column.kind == "text":
        return cells
    numbers = pd.to_numeric(cells.mask(empty), errors="coerce")
    bad = (numbers.isna() & ~empty) | numbers.isin([np.inf, -np.inf])
    if column.kind == "integer":
        bad |= numbers.notna() & (numbers % 1 != 0)
    unit = f" ({column.unit})" if column.unit else ""
    if bad.any():
        line = cells.index[bad][0]
        kind = "a whole number" if column.kind == "integer" else "a number"
        raise UserError(f"{path} line {line}: column {column.name} has {cells[line]!r}, expected {kind}{unit}")
    low, high = column.minimum, column.maximum
    outside = ((numbers < low) if low is not None else False) | ((numbers > high) if high is not None else False)
    if isinstance(outside, pd.Series) and outside.any():
        line = cells.index[outside][0]
        bounds = ([] if low is None else [f"at least {low:g}"]) + ([] if high is None else [f"at most {high:g}"])
        span = " and ".join(bounds)
        raise UserError(f"{path} line {line}: column {column.name} has {cells[line]}, expected {span}{unit}")
    return numbers.astype("int64") if column.kind == "integer" and not empty.any() else numbers.astype("float64")
