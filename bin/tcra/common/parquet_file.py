"""How Parquet files are recognised: by content, whatever their name."""

from pathlib import Path

from tcra.errors import UserError

PARQUET_MAGIC = b"PAR1"


def is_parquet(path: Path) -> bool:
    """Whether a file begins as Parquet does. Errors: UserError for a file that is not there."""
    if not Path(path).is_file():
        raise UserError(f"{path}: no such file")
    with open(path, "rb") as raw:
        return raw.read(len(PARQUET_MAGIC)) == PARQUET_MAGIC
