"""The traits table: one GWAS per line, with the settings of its file."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from tcra.association.gwas.settings import GwasSettings, MatchSettings
from tcra.cli import FALSE, TRUE
from tcra.errors import UserError

_YES_OR_NO = ("handle_empty_columns", "keep_non_rsid", "resolve_strand")
_ONLY_FLAGS = ("snp_map_file",)
_TEXTS = (
    *(f.name for kind in (GwasSettings, MatchSettings) for f in fields(kind) if f.name not in _ONLY_FLAGS),
    "pattern",
)
_NUMBERS = ("gwas_h2", "gwas_N")


@dataclass(frozen=True)
class Trait:
    """A trait, the file or folder of its GWAS (of a folder, the files that `pattern` matches), and how it is read and matched.

    cells: those of the row's cells that are not empty, by the flag that they stand for.
    """

    name: str
    path: Path
    settings: GwasSettings
    matching: MatchSettings
    pattern: str | None = None
    cells: dict[str, Any] = field(default_factory=dict)


def read_traits(path: Path, files: Sequence[Path] | None = None, check_files: bool = True) -> list[Trait]:
    """Read a table with the columns trait and path (relative to the table), and any setting of a GWAS (`snp_column`, `beta_column`,
    `separator`, `match_by`, `liftover`, …), `pattern`, `gwas_h2` and `gwas_N`; an empty cell leaves a setting as it is.

    files: the GWAS of each line where they are not at the table's paths (a pipeline task has them in a folder of its own).

    Errors: UserError for unknown columns, repeated or empty names, files that are not there (unless not `check_files`: a workflow
    may have put the file elsewhere).
    """
    from tcra.common.tables import Column, read_table

    path = Path(path)
    optional = [Column(name, "text", required=False, empty=True) for name in _TEXTS]
    table = read_table(
        path,
        [Column("trait"), Column("path"), *optional, Column("gwas_h2", "number", 0, 1, required=False, empty=True),
         Column("gwas_N", "number", 1, unit="samples", required=False, empty=True)],
    )  # fmt: skip
    for name in table.columns:
        if name not in ("trait", "path", *_TEXTS, *_NUMBERS):
            raise UserError(
                f"{path}: column {name} is not known; expected trait, path and any of {', '.join([*_TEXTS, *_NUMBERS])}"
            )
    if files is not None and len(files) != len(table):
        raise UserError(f"{path} has {len(table)} traits, but {len(files)} GWAS files are given")
    traits: list[Trait] = []
    for i, (line, row) in enumerate(zip(table.index, table.to_dict("records"), strict=True)):
        if row["trait"] in [trait.name for trait in traits]:
            raise UserError(f"{path} line {line}: trait {row['trait']} is in the table more than once")
        gwas = files[i] if files is not None else path.parent / row["path"]
        if check_files and not gwas.exists():
            raise UserError(
                f"{path} line {line}: {row['path']} does not exist (it is looked for in the table's folder)"
            )
        cells = {name: _convert(path, int(line), name, row[name]) for name in _TEXTS if row.get(name)}
        cells |= {name: float(row[name]) for name in _NUMBERS if name in row and row[name] == row[name]}
        settings, matching = GwasSettings.from_arguments(cells), MatchSettings.from_arguments(cells)
        traits.append(Trait(row["trait"], gwas, settings, matching, cells.get("pattern"), cells))
    if not traits:
        raise UserError(f"{path} has no traits below its header")
    return traits


def _convert(path: Path, line: int, name: str, cell: str) -> Any:
    if name in _YES_OR_NO:
        if cell.lower() not in (*TRUE, *FALSE):
            raise UserError(f"{path} line {line}: column {name} has {cell!r}, expected true or false")
        return cell.lower() in TRUE
    if name == "input_pvalue_fix":
        try:
            return float(cell)
        except ValueError:
            raise UserError(f"{path} line {line}: column {name} has {cell!r}, expected a number") from None
    return path.parent / cell if name == "liftover" else cell


def find_trait(path: Path, name: str, check_file: bool = True) -> Trait:
    """The trait of that name. Errors: UserError that lists the names there are."""
    traits = read_traits(path, check_files=check_file)
    for trait in traits:
        if trait.name == name:
            return trait
    raise UserError(f"{path} has no trait {name} (its traits: {', '.join(trait.name for trait in traits[:20])})")
