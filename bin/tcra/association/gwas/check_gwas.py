"""A look at a GWAS before hours of work: the header, and the first rows' numbers."""

from pathlib import Path

import pyarrow as pa

from tcra.association.gwas.effects import compute_effects, parse_signs
from tcra.association.gwas.find_gwas import list_gwas_files
from tcra.association.gwas.gwas_columns import EFFECT_ROLES, GwasColumns
from tcra.association.gwas.read_gwas import open_gwas
from tcra.association.gwas.settings import GwasSettings
from tcra.common.delimited import HEAD_BYTES, TextLayout
from tcra.common.files import read_start
from tcra.errors import UserError

_ROWS_CHECKED = 200


def check_gwas(path: Path, settings: GwasSettings | None = None, pattern: str | None = None) -> None:
    """Check that the file (each file of a folder) has the columns, splits, and has numbers in its first 200 rows. Reads one megabyte.

    pattern: which files of the folder are the GWAS.

    Errors: UserError that names the file, and what was found and expected.
    """
    settings = settings or GwasSettings()
    path = Path(path)
    files = list_gwas_files(None, path, pattern) if path.is_dir() else [path]
    checked = 0
    for file in files:
        layout, columns = open_gwas(file, settings)
        rows = _first_rows(file, layout)
        whole = [row for row in rows if len(row) == len(layout.header)]
        if not rows:
            continue  # such as that of a chromosome in a folder
        if 2 * len(whole) < len(rows):
            raise UserError(
                f"{file}: {len(rows) - len(whole)} of its first {len(rows)} rows have another number of cells than the header's "
                f"{len(layout.header)}; name the separator with --separator, or use --handle_empty_columns if cells are empty"
            )
        _check_numbers(file, layout, columns, whole, settings)
        checked += 1
    if not checked:
        where = files[0] if len(files) == 1 else f"{path}: each of its {len(files)} files"
        raise UserError(f"{where} has no rows below its header")


def _first_rows(path: Path, layout: TextLayout) -> list[list[str]]:
    head = read_start(path, HEAD_BYTES)
    body = head[layout.start :].decode("utf-8", errors="replace").splitlines()
    if len(head) >= 1 << 20:
        body = body[:-1]
    lines = [line for line in body if line.strip()][:_ROWS_CHECKED]
    if layout.collapse:
        return [line.split() for line in lines]
    return [[cell.strip('"') for cell in line.rstrip("\r\n").split(layout.separator)] for line in lines]


def _check_numbers(
    path: Path, layout: TextLayout, columns: GwasColumns, rows: list[list[str]], settings: GwasSettings
) -> None:
    place = {name: i for i, name in enumerate(layout.header)}
    cells = {
        role: pa.array([row[place[columns.roles[role]]] for row in rows], pa.string())
        for role in EFFECT_ROLES
        if role in columns.roles
    }
    effects = compute_effects(path, cells, settings.input_pvalue_fix)
    bad = [i for i, reason in enumerate(effects.reason) if "not a number" in reason or "not +" in reason]
    if "beta_sign" in cells and parse_signs(cells["beta_sign"])[1].all():
        raise UserError(
            f"{path}: column {columns.roles['beta_sign']} has {cells['beta_sign'][0].as_py()!r}, expected + - 1 or -1"
        )
    if 2 * len(bad) > len(rows):
        role = effects.reason[bad[0]].split(" is not")[0]
        value = cells[role][bad[0]].as_py() if role in cells else ""
        raise UserError(f"{path}: column {columns.roles.get(role, role)} has {value!r}, expected numbers ({role})")
    if (effects.reason != "").all():
        raise UserError(f"{path}: none of its first {len(rows)} rows can be used: {effects.reason[0]}")
