"""Reading the tables of the other stages: Parquet or delimited text by content, needed columns checked, the rest left alone."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from tcra.common.files import open_text
from tcra.common.parquet_file import is_parquet
from tcra.common.tables import require_columns
from tcra.errors import UserError

EMPTY_CELLS = ["", "NA", "NaN", "nan", "None"]


def read_columns(
    path: Path,
    text: Sequence[str],
    numbers: Sequence[str],
    also_text: Sequence[str] = (),
    also_numbers: Sequence[str] = (),
) -> pd.DataFrame:
    """Columns `text` (str, missing as "") and `numbers` (float64, missing as NaN); `also_…` are read where the file has them.

    Errors: UserError for a file that is neither Parquet nor a table, a missing column, or a cell that is no number.
    """
    header = column_names(path)
    require_columns(path, header, [*text, *numbers])
    wanted = [name for name in header if name in {*text, *numbers, *also_text, *also_numbers}]
    if repeated := sorted({name for name in wanted if wanted.count(name) > 1}):
        raise UserError(f"{path}: column {repeated[0]} stands more than once in its header")
    if is_parquet(path):
        table: pd.DataFrame = pq.read_table(path, columns=wanted).to_pandas()
    else:
        table = _read_text(path, wanted, {*text, *also_text})
    texts = {*text, *also_text}
    for name in wanted:
        table[name] = _as_text(table[name]) if name in texts else _as_numbers(path, table[name])
    return table[wanted]


def _read_text(path: Path, wanted: Sequence[str], texts: set[str]) -> pd.DataFrame:
    """By Arrow, many times faster than pandas; a table that it finds odd is read cell by cell, to say what is odd about it."""
    kinds = {name: pa.dictionary(pa.int32(), pa.string()) if name in texts else pa.float64() for name in wanted}
    try:
        with open_text(path, whole=True) as lines:
            found: pd.DataFrame = pc.read_csv(
                lines.buffer,
                parse_options=pc.ParseOptions(delimiter="\t", quote_char=False),
                convert_options=pc.ConvertOptions(column_types=kinds, include_columns=wanted, null_values=EMPTY_CELLS),
            ).to_pandas()
        return found
    except pa.ArrowInvalid:
        pass
    with open_text(path, whole=True) as lines:
        try:
            table: pd.DataFrame = pd.read_csv(
                lines, sep="\t", usecols=list(wanted), dtype=str, keep_default_na=False, na_values=[], quoting=3
            )
            return table
        except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
            raise UserError(f"{path} is not a tab-separated table: {error}") from error


def column_names(path: Path) -> list[str]:
    """The columns of a Parquet file or of a tab-separated table."""
    return _parquet_header(path) if is_parquet(path) else _text_header(path)


def _parquet_header(path: Path) -> list[str]:
    try:
        return list(pq.read_schema(path).names)
    except (pa.ArrowInvalid, OSError) as error:
        raise UserError(
            f"{path} is a damaged or unfinished Parquet file; run the stage that writes it again"
        ) from error


def _text_header(path: Path) -> list[str]:
    with open_text(path) as text:
        return text.readline().rstrip("\r\n").split("\t")


def _as_text(cells: pd.Series) -> pd.Series:
    if isinstance(cells.dtype, pd.CategoricalDtype):  # each distinct text once, as Arrow reads them
        distinct = _as_text(pd.Series(cells.cat.categories, dtype=object)).to_numpy(object)
        return (
            pd.Series(distinct[cells.cat.codes.to_numpy()], index=cells.index, dtype="str")
            if len(distinct)
            else cells.astype(str)
        )
    return cells.astype(object).where(cells.notna(), "").astype(str).replace({"NA": "", "nan": "", "None": ""})


def _as_numbers(path: Path, cells: pd.Series) -> pd.Series:
    if cells.dtype.kind in "iufb":
        return cells.astype("float64")
    empty = cells.isna() | cells.isin(EMPTY_CELLS)
    numbers = pd.to_numeric(cells.mask(empty), errors="coerce").astype("float64")
    bad = numbers.isna() & ~empty
    if bad.any():
        row = int(bad.to_numpy().argmax())
        raise UserError(f"{path} line {row + 2}: column {cells.name} has {cells.iloc[row]!r}, expected a number or NA")
    return numbers
