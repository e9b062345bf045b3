"""A look at a GWAS before hours of work: the header, and the first rows' numbers."""

from pathlib import Path

import pyarrow as pa

from tcra.association.gwas.effects import Effects, compute_effects
from tcra.association.gwas.find_gwas import list_gwas_files
from tcra.association.gwas.gwas_columns import GwasColumns
from tcra.association.gwas.gwas_rows import read_gwas_rows
from tcra.association.gwas.read_gwas import open_gwas
from tcra.association.gwas.settings import GwasSettings
from tcra.common.delimited import HEAD_BYTES
from tcra.common.gwas.gwas_dialects import EFFECT_ROLES
from tcra.errors import UserError

_ROWS_CHECKED = 200
_BLOCKS_CHECKED = 64  # of a megabyte


def check_gwas(path: Path, settings: GwasSettings | None = None, pattern: str | None = None) -> None:
    """Check that the file (each file of a folder) has the columns, splits, and has usable numbers in 200 rows. Reads a megabyte, or up
    to 64 if the first rows lack values.

    pattern: which files of the folder are the GWAS.

    Errors: UserError that names the file, and what was found and expected.
    """
    settings = settings or GwasSettings()
    path = Path(path)
    files = list_gwas_files(None, path, pattern) if path.is_dir() else [path]
    checked = [file for file in files if _check_file(file, settings)]
    if not checked:
        where = files[0] if len(files) == 1 else f"{path}: each of its {len(files)} files"
        raise UserError(f"{where} has no rows below its header")


def _check_file(path: Path, settings: GwasSettings) -> bool:
    """False for a file without rows, such as that of a chromosome in a folder."""
    layout, columns = open_gwas(path, settings)
    malformed: list[int] = []
    parts: list[pa.RecordBatch] = []
    rows = usable = looked_at = 0
    reason = ""
    for part in read_gwas_rows(
        path, layout, columns, on_malformed=lambda _line, cells, _text: malformed.append(cells), block=HEAD_BYTES
    ):
        rows += part.read
        looked_at += 1
        parts.append(part.batch)
        effects = _effects(path, columns, part.batch, settings)
        usable += int((effects.reason == "").sum())
        reason = reason or next((why for why in effects.reason if why), "")
        # A table may begin with rows that lack values (LDSC's, of variants that the GWAS has not).
        if usable >= _ROWS_CHECKED or looked_at >= _BLOCKS_CHECKED:
            break
    if not rows and not malformed:
        return False
    if len(malformed) > rows:
        raise UserError(
            f"{path}: {len(malformed)} of its first {rows + len(malformed)} rows have another number of cells ({malformed[0]}) than "
            f"its header ({len(layout.header)}); name the separator with --separator, or use --handle_empty_columns if cells are empty"
        )
    if not usable:
        column = columns.roles.get(reason.split(" is ")[0], "")
        of_column = (
            f" (column {column}, such as {parts[0][column][0].as_py()!r})" if column and parts[0].num_rows else ""
        )
        raise UserError(f"{path}: none of its first {rows} rows can be used: {reason}{of_column}")
    return True


def _effects(path: Path, columns: GwasColumns, batch: pa.RecordBatch, settings: GwasSettings) -> Effects:
    cells = {role: batch[columns.roles[role]] for role in EFFECT_ROLES if role in columns.roles}
    return compute_effects(path, cells, settings.input_pvalue_fix, columns.roles)
