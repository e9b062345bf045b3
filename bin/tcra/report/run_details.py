"""How the run was made: parameters, software versions, input files with checksums."""

import contextlib
import json
import platform
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from tcra import __version__
from tcra.common.files import open_text, read_json
from tcra.errors import UserError
from tcra.report.accounting_chain import ORDER, accounting_records
from tcra.report.page_parts import PageTable, Section, count

INPUTS_SHOWN = 200
HERE = "the environment that made this page"
# The packages that results rest on; those that are installed where the report is made are listed with their versions.
PACKAGES = (
    "tensorflow",
    "tensorflow-cpu",
    "dm-sonnet",
    "kipoiseq",
    "glmstar",
    "numpy",
    "scipy",
    "pandas",
    "pyarrow",
    "cyvcf2",
    "pyBigWig",
)
SOFTWARE = "Software"  # caption of the table of versions


def details_section(parameters: Path | None, versions: Path | None, accounting: Iterable[Path]) -> Section:
    """Tables of the run's parameters, of every stage's, of software versions, and of input files; those that are known."""
    section = Section("details", "Parameters, versions and inputs", "Parameters")
    if parameters:
        given = read_json(parameters)
        if not isinstance(given, dict):
            raise UserError(
                f"{parameters} holds {type(given).__name__}, expected an object of parameters (name: value)"
            )
        rows = [[str(name), _shown(value)] for name, value in sorted(_flat(given).items())]
        section.tables.append(PageTable("Parameters of the run", ["Parameter", "Value"], rows, folded=len(rows) > 12))
    records = [record for _, record in accounting_records(accounting)]
    if stages := _stage_parameters(records):
        section.tables.append(
            PageTable("Parameters of every stage", ["Stage", "Parameter", "Value"], stages, folded=True)
        )
    rows = _versions(versions)
    section.tables.append(PageTable(SOFTWARE, ["Software", "Version", "Used by"], rows, folded=len(rows) > 25))
    if inputs := _inputs(records):
        shown = [[name, checksum, stages] for name, checksum, stages in inputs[:INPUTS_SHOWN]]
        more = f"; the first {INPUTS_SHOWN} of {count(len(inputs))}" if len(inputs) > INPUTS_SHOWN else ""
        caption = f"Files read, with checksums (CRC-32C of the bytes){more}"
        section.tables.append(PageTable(caption, ["File", "Checksum", "Read by"], shown, folded=True))
    return section


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in values.items():
        flat |= _flat(value, f"{prefix}{name}.") if isinstance(value, dict) and value else {f"{prefix}{name}": value}
    return flat


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value == "":
        return "–"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return json.dumps(value) if isinstance(value, dict) else str(value)


def _stage_parameters(records: Iterable[Any]) -> list[list[str]]:
    """One row per stage and parameter; the values of shards that differ (file names) are counted rather than listed."""
    values: dict[tuple[str, str], list[str]] = {}
    for record in records:
        for name, value in (record.get("parameters") or {}).items():
            seen = values.setdefault((str(record.get("stage", "")), str(name)), [])
            if _shown(value) not in seen:
                seen.append(_shown(value))
    return [
        [stage, name, seen[0] if len(seen) == 1 else f"{min(seen)} … ({count(len(seen))} different values)"]
        for (stage, name), seen in sorted(values.items(), key=lambda item: (_place(item[0][0]), item[0]))
    ]


def _inputs(records: Iterable[Any]) -> list[tuple[str, str, str]]:
    readers: dict[tuple[str, str], set[str]] = {}
    for record in records:
        for name, checksum in (record.get("inputs") or {}).items():
            readers.setdefault((str(name), str(checksum)), set()).add(str(record.get("stage", "")))
    return [
        (name, checksum, ", ".join(sorted(stages, key=_place))) for (name, checksum), stages in sorted(readers.items())
    ]


def _place(stage: str) -> tuple[int, str]:
    return (ORDER.index(stage) if stage in ORDER else len(ORDER)), stage


def _versions(path: Path | None) -> list[list[str]]:
    """Rows software, version, stages. The file: `stage<TAB>software<TAB>version` lines, or YAML `stage:` over `  software: version`."""
    found: dict[tuple[str, str], set[str]] = {("tcra", __version__): set()}
    for package in PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[package, metadata.version(package)] = {HERE}
    found["Python", platform.python_version()] = {HERE}
    stage = ""
    if path:
        with open_text(path) as text:
            for number, line in enumerate(text, 1):
                cells = [cell.strip().strip("\"'") for cell in line.rstrip("\n").split("\t")]
                if not line.strip() or line.startswith("#") or cells == ["stage", "software", "version"]:
                    continue
                if len(cells) == 1 and ":" in line:
                    name, value = (part.strip("\"' ") for part in line.strip().split(":", 1))
                    if not value:
                        stage = name
                        continue
                    cells = [stage if line[0].isspace() else "", name, value]
                if len(cells) == 2:
                    cells = ["", *cells]
                if len(cells) != 3:
                    raise UserError(
                        f"{path} line {number}: found {line.strip()!r}, expected stage, software and version"
                    )
                version = cells[2].removeprefix(f"{cells[1]} ")  # as `tool --version` prints it
                found.setdefault((cells[1], version), set()).update({cells[0].split(":")[-1]} - {""})
    return [[name, version, ", ".join(sorted(stages, key=_place))] for (name, version), stages in sorted(found.items())]
