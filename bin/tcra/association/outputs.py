"""Where the tables of one run go."""

from pathlib import Path

from tcra.cli import UserError


def output_paths(models: list[Path], file: Path | None, folder: Path | None) -> list[Path]:
    """One CSV a model: the one file, or `folder/{model stem}.csv`.

    Errors: UserError if neither or both are given, if one file stands for several models, or if two models share a name.
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
    names = [path.name.removesuffix(".db") for path in models]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise UserError(f"two models are named {repeated[0]}; their tables would overwrite each other, rename one")
    return [folder / f"{name}.csv" for name in names]


def flags_path(table: Path) -> Path:
    """Where the flags of a table's genes stand."""
    return table.with_name(f"{table.name}.flags.tsv")
