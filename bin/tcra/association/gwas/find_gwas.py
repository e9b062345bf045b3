"""Which files are the GWAS, and how they are read: from flags, or from a trait's row of the traits table."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tcra.association.gwas.settings import GwasSettings, MatchSettings
from tcra.association.gwas.traits_table import find_trait
from tcra.errors import UserError

_BESIDE = (
    ".tbi",
    ".csi",
    ".idx",
    ".gzi",
    ".md5",
    ".md5sum",
    ".sha256",
    ".yaml",
    ".yml",
    ".json",
    ".log",
    ".md",
    ".pdf",
    ".html",
)


@dataclass(frozen=True)
class GwasSource:
    """One GWAS: its trait's name, its files, how they are read and matched, and what calibration needs (h2, number of samples)."""

    files: list[Path]
    trait: str = ""
    settings: GwasSettings = field(default_factory=GwasSettings)
    matching: MatchSettings = field(default_factory=MatchSettings)
    gwas_h2: float | None = None
    gwas_N: float | None = None


def find_gwas(values: Mapping[str, Any]) -> GwasSource:
    """The GWAS that the flags of `add_gwas_arguments` name (and `gwas_h2`, `gwas_N` where a command has them).

    With `traits`, the row of `trait` gives what no flag gives. A flag that has its default is not given.

    Errors: UserError for a trait that the table has not, for files that are not there, and for settings that cannot be.
    """
    file, folder = values.get("gwas_file"), values.get("gwas_folder")
    cells: Mapping[str, Any] = {}
    if values.get("traits"):
        given = file is not None or folder is not None
        trait = find_trait(values["traits"], values["trait"], check_file=not given)
        cells = trait.cells
        if not given:
            file, folder = (None, trait.path) if trait.path.is_dir() else (trait.path, None)
    flags = {name: value for name, value in values.items() if value not in (None, "") and value is not False}
    if flags.get("input_pvalue_fix") == GwasSettings.input_pvalue_fix:
        del flags["input_pvalue_fix"]
    merged = {**cells, **flags}
    if (chain := merged.get("liftover")) and not chain.is_file():
        raise UserError(f"{values['traits']}: {chain}, the liftover of {values['trait']}, does not exist")
    return GwasSource(
        files=list_gwas_files(file, folder, merged.get("gwas_file_pattern") or merged.get("pattern")),
        trait=values.get("trait", ""),
        settings=GwasSettings.from_arguments(merged),
        matching=MatchSettings.from_arguments(merged),
        gwas_h2=merged.get("gwas_h2"),
        gwas_N=merged.get("gwas_N"),
    )


def _is_beside(name: str) -> bool:
    """Whether a file belongs to a GWAS without being one: an index, a checksum, a description, a hidden file."""
    return name.startswith(".") or name.lower().endswith(_BESIDE) or name.lower().startswith(("readme", "md5sum"))


def list_gwas_files(file: Path | None, folder: Path | None, pattern: str | None = None) -> list[Path]:
    """The one file, or the folder's files whose name the pattern matches from its start, sorted by name. Without a pattern these are
    all but indexes (`.tbi`), checksums (`.md5`), descriptions (`-meta.yaml`, `readme.txt`) and hidden files.

    Errors: UserError if both or neither are given, if the pattern is no regular expression or matches nothing.
    """
    if (file is None) == (folder is None):
        raise UserError("give either --gwas_file, or --gwas_folder with an optional --gwas_file_pattern")
    if file is not None:
        return [file]
    assert folder is not None
    if not folder.is_dir():
        raise UserError(f"--gwas_folder {folder} is not a folder")
    try:
        expression = re.compile(pattern or "")
    except re.error as error:
        raise UserError(f"--gwas_file_pattern {pattern!r} is not a regular expression: {error}") from error
    names = [path for path in folder.iterdir() if path.is_file() and expression.match(path.name)]
    found = sorted(path for path in names if pattern or not _is_beside(path.name))
    if not found:
        raise UserError(f"no file of {folder} has a name that matches {pattern or 'anything'}")
    return found
