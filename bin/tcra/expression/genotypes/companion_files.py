"""The files that stand beside a PLINK file."""

from pathlib import Path

from tcra.errors import UserError


def companion(path: Path, *suffixes: str) -> Path:
    """The file beside `path` with the first of `suffixes` that exists.

    Errors: UserError if there is none.
    """
    for suffix in suffixes:
        beside = path.with_suffix(suffix)
        if beside.is_file():
            return beside
    raise UserError(f"{path}: no {' or '.join(path.with_suffix(s).name for s in suffixes)} beside it")
