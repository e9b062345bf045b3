"""Reading back what associate.py wrote: tables and the accounting beside them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from tcra.common.files import open_text
from tcra.common.tables import require_columns
from tcra.errors import UserError


def read_result(path: Path, needed: Sequence[str], separator: str = "\t", **options: Any) -> pd.DataFrame:
    """A table with the columns that are needed; `options` are those of `pandas.read_csv`.

    Errors: UserError for a file that is damaged, is no such table, or has cells that are not of their column's type.
    """
    try:
        with open_text(path) as text:
            table = pd.read_csv(text, sep=separator, keep_default_na=False, **options)
    except ValueError as error:  # pandas' own errors are of this kind too
        what = " ".join(str(error).split())
        raise UserError(f"{path} cannot be read as a table ({what}); run associate.py again") from error
    require_columns(path, table.columns, needed)
    return table


def read_record(path: Path) -> dict[str, Any]:
    """The accounting of a table, empty if there is none. Errors: UserError for a file that holds none."""
    if not path.is_file():
        return {}
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError(f"{path} is not JSON ({error}); run associate.py again") from error
    if not isinstance(record, dict):
        raise UserError(f"{path} is not an accounting of associate.py; run associate.py again")
    return record
