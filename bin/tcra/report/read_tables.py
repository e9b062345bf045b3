"""Reading the tables of the other stages: Parquet or delimited text by content, needed columns checked, the rest left alone."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from tcra.common.files import open_text
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
    if _is_parquet(path):
        table: pd.DataFrame = pq.read_table(path, columns=wanted).to_pandas()
    else:
        with open_text(path, whole=True) as lines:
            try:
                table = pd.read_csv(
                    lines, sep="\t", usecols=wanted, dtype=str, keep_default_na=False, na_values=[], quoting=3
                )
            except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
                raise UserError(f"{path} is not a tab-separated table: {error}") from error
    texts = {*text, *also_text}
    for name in wanted:
        table[name] = _as_text(table[name]) if name in texts else _as_numbers(path, table[name])
    return table[wanted]


def column_names(path: Path) -> list[str]:
    """The columns of a Parquet file or of a tab-separated table."""
    return _parquet_header(path) if _is_parquet(path) else _text_header(path)


def _is_parquet(path: Path) -> bool:
    if not Path(path).is_file():
        raise UserError(f"{path}: no such file")
    with open(path, "rb") as handle:
        return handle.read(4) == b"PAR1"


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
