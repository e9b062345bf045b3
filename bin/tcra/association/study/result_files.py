"""Reading back the tables that associate.py wrote."""

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
        with open_text(path, whole=True) as text:
            table: pd.DataFrame = pd.read_csv(text, sep=separator, keep_default_na=False, **options)
    except ValueError as error:  # pandas' own errors are of this kind too
        what = " ".join(str(error).split())
        raise UserError(f"{path} cannot be read as a table ({what}); run associate.py again") from error
    require_columns(path, table.columns, needed)
    return table
