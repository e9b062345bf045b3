"""The traits table: one GWAS a line, with the settings of its file."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from tcra.association.gwas.settings import GwasSettings
from tcra.errors import UserError

TRUE, FALSE = ("true", "yes", "1"), ("false", "no", "0", "")


@dataclass(frozen=True)
class Trait:
    """A trait, the file or folder of its GWAS, the file's settings, and what calibration and liftover need."""

    name: str
    path: Path
    settings: GwasSettings
    gwas_h2: float | None = None
    gwas_N: float | None = None


def read_traits(path: Path, files: Sequence[Path] | None = None, check_files: bool = True) -> list[Trait]:
    """Read a table with the columns trait and path (relative to the table), and any of S-PrediXcan's flags for a GWAS file
    (`snp_column`, `beta_column`, `separator`, …), `gwas_h2` and `gwas_N`; an empty cell leaves a setting as it is.

    files: the GWAS of each line where they do not lie as the table says (a pipeline task has them in a folder of its own).

    Errors: UserError for unknown columns, repeated or empty names, files that are not there (unless not `check_files`: a workflow
    may have put the file elsewhere).
    """
    from tcra.common.tables import Column, read_table

    path = Path(path)
    settings = [field.name for field in fields(GwasSettings)]
    numbers = ("gwas_h2", "gwas_N")
    optional = [Column(name, "text", required=False, empty=True) for name in settings]
    table = read_table(
        path,
        [Column("trait"), Column("path"), *optional, Column("gwas_h2", "number", 0, 1, required=False, empty=True),
         Column("gwas_N", "number", 1, unit="samples", required=False, empty=True)],
    )  # fmt: skip
    for name in table.columns:
        if name not in ("trait", "path", *settings, *numbers):
            raise UserError(
                f"{path}: column {name} is not known; expected trait, path and any of {', '.join([*settings, *numbers])}"
            )
    traits: list[Trait] = []
    if files is not None and len(files) != len(table):
        raise UserError(f"{path} has {len(table)} traits, but {len(files)} GWAS files are given")
    for i, (line, row) in enumerate(zip(table.index, table.to_dict("records"), strict=True)):
        if row["trait"] in [trait.name for trait in traits]:
            raise UserError(f"{path} line {line}: trait {row['trait']} stands twice")
        gwas = files[i] if files is not None else path.parent / row["path"]
        if check_files and not gwas.exists():
            raise UserError(
                f"{path} line {line}: {row['path']} does not exist (it is looked for in the table's folder)"
            )
        cells = {name: _convert(path, int(line), name, row[name]) for name in settings if row.get(name)}
        values = {name: float(row[name]) for name in numbers if name in row and row[name] == row[name]}
        traits.append(Trait(row["trait"], gwas, GwasSettings.from_arguments(cells), **values))
    if not traits:
        raise UserError(f"{path} has no traits below its header")
    return traits


def apply_trait(arguments: argparse.Namespace, settings: GwasSettings) -> GwasSettings:
    """Fill in what the table says of `arguments.trait`: the GWAS (unless given), h2 and N (unless given), and the file's settings.

    A flag of the command line wins over a cell. Errors: UserError if the trait is not in the table.
    """
    given = arguments.gwas_file is not None or arguments.gwas_folder is not None
    trait = trait_named(arguments.traits, arguments.trait, check_file=not given)
    if not given:
        setattr(arguments, "gwas_folder" if trait.path.is_dir() else "gwas_file", trait.path)
    for name in ("gwas_h2", "gwas_N"):
        if getattr(arguments, name) is None:
            setattr(arguments, name, getattr(trait, name))
    default = GwasSettings()
    changed = {f.name: v for f in fields(settings) if (v := getattr(settings, f.name)) != getattr(default, f.name)}
    return replace(trait.settings, **changed)


def _convert(path: Path, line: int, name: str, cell: str) -> Any:
    if name in ("handle_empty_columns", "keep_non_rsid"):
        if cell.lower() not in (*TRUE, *FALSE):
            raise UserError(f"{path} line {line}: column {name} has {cell!r}, expected true or false")
        return cell.lower() in TRUE
    if name == "input_pvalue_fix":
        try:
            return float(cell)
        except ValueError:
            raise UserError(f"{path} line {line}: column {name} has {cell!r}, expected a number") from None
    return cell


def trait_named(path: Path, name: str, check_file: bool = True) -> Trait:
    """The trait of that name. Errors: UserError that lists the names there are."""
    traits = read_traits(path, check_files=check_file)
    for trait in traits:
        if trait.name == name:
            return trait
    raise UserError(f"{path} has no trait {name} (its traits: {', '.join(trait.name for trait in traits[:20])})")
