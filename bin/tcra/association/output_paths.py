"""Where the tables of one run go."""

from pathlib import Path

from tcra.association.association_tables import flags_path
from tcra.common.accounting import accounting_paths
from tcra.errors import UserError
from tcra.expression.database_format import DATABASE_SUFFIX


def output_paths(models: list[Path], file: Path | None, folder: Path | None) -> list[Path]:
    """One CSV per model: the one file, or `folder/{model stem}.csv`.

    Errors: UserError if neither or both are given, if one file is given for several models, or if two models share a name.
    """
    if (file is None) == (folder is None):
        raise UserError("give --output_file for one model, or --output_folder for several")
    if file is not None:
        if len(models) > 1:
            raise UserError(
                f"--output_file holds one model's table, but {len(models)} models were given; use --output_folder"
            )
        return [file]
    assert folder is not None
    names = [path.name.removesuffix(DATABASE_SUFFIX) for path in models]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise UserError(f"two models are named {repeated[0]}; their tables would overwrite each other, rename one")
    return [folder / f"{name}.csv" for name in names]


def check_output_paths(tables: list[Path], others: list[Path], inputs: list[Path], overwrite: bool) -> None:
    """Check, before the work, where the results would go.

    tables: the CSV of each model. others: files of the whole run, which may be there from an earlier one.

    Errors: UserError for an output that is an input, another output or a folder, and for a table that exists, unless `overwrite`.
    """
    for path in [*tables, *others]:
        if path.is_dir():
            raise UserError(f"{path} is a folder, and cannot be written as a file; give the name of a file")
    taken = {path.resolve() for path in inputs}
    seen: set[Path] = set()
    for path in [*(file for table in tables for file in (table, flags_path(table), *accounting_paths(table))), *others]:
        place = path.resolve()
        if place in taken:
            raise UserError(f"{path} is an input of this run and would be overwritten; give the output another name")
        if place in seen:
            raise UserError(f"{path} would be written twice; give each output a name of its own")
        if path.parent.exists() and not path.parent.is_dir():
            raise UserError(f"{path.parent} is a file, so {path.name} cannot be written into it; give a folder")
        seen.add(place)
    for out in tables:
        if out.exists() and not overwrite:
            raise UserError(f"{out} exists; delete it, or give --overwrite")
