"""What a run on a damaged input did, against the undisturbed run: the rule by which a silent change is legitimate stands here."""

import gzip
import json
import math
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .study import dump_database

CLEAN = ("refused", "same", "said", "legitimate")
FAULTS = ("silent", "traceback", "hang", "memory")
# Formats of others, in which a bit flipped among the data is another valid file.
NO_CHECKSUM = (".h5", ".bed", ".pgen", ".db", ".bw", ".parquet", ".npy", ".fa")
PROVENANCE = ("inputs", "software", "parameters", "checksums")


@dataclass(frozen=True)
class Ended:
    """How a run ended. status: None if it was stopped for its time. said: stderr. memory: largest resident size, bytes."""

    status: int | None
    said: str
    memory: int


def outcome(ended: Ended, memory_bound: int) -> str | None:
    """What can be said without looking at outputs: a fault, `refused`, or None for a run that ended with 0."""
    if ended.status is None:
        return "hang"
    if ended.memory > memory_bound or ended.status == 137:
        return "memory"
    last = ended.said.strip().splitlines()[-1:] or [""]
    if "Traceback (most recent call last)" in ended.said or ended.status not in (0, 2):
        return "traceback"
    if ended.status == 2:
        return "refused" if re.match(r"error: |\w+\.py: error: ", last[0]) else "traceback"
    return None


def changed_outcome(
    before: "Result", after: "Result", said_before: str, said_after: str, structural: bool, source: Path, damaged: Path
) -> str:
    """What a run that ended with 0 did."""
    if after.tables == before.tables:
        return "same"
    if after.counts != before.counts or words(said_after) - words(said_before):
        return "said"
    return "legitimate" if not structural and is_other_valid_file(source, damaged) else "silent"


def words(said: str) -> set[str]:
    """The lines of a log, without their times, places and rates."""
    lines = (re.sub(r"^\d\d:\d\d:\d\d ", "", line) for line in said.splitlines())
    return {re.sub(r"/\S*/|\d+(\.\d+)? (per second|s\b|GB)", "", line) for line in lines}


@dataclass(frozen=True)
class Result:
    """What a run wrote: contents by name without provenance, and the counts of its accounting."""

    tables: dict[str, bytes]
    counts: dict[str, str]


def read_result(folder: Path) -> Result:
    tables, counts = {}, {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = str(path.relative_to(folder))
        if name.endswith("accounting.json"):
            counts[name] = json.dumps(json.loads(path.read_text())["counts"], sort_keys=True)
        elif name.endswith("rejected.tsv.gz"):
            counts[name] = gzip.decompress(path.read_bytes()).decode()
        else:
            tables[name] = content(path)
    return Result(tables, counts)


def content(path: Path) -> bytes:
    """What a file holds, without its provenance."""
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        table = pq.read_table(path).replace_schema_metadata()
        return repr(
            [(name, column.to_pylist()) for name, column in zip(table.column_names, table.columns, strict=True)]
        ).encode()
    if path.suffix == ".h5":
        import h5py

        with h5py.File(path) as file:
            return repr([(name, np.asarray(file[name]).tobytes()) for name in sorted(file)]).encode()
    if path.suffix == ".db":
        return dump_database(path)
    if path.suffix == ".json":
        return json.dumps(without_provenance(json.loads(path.read_text())), sort_keys=True).encode()
    if path.suffix == ".html":
        return re.sub(rb"nonce[-=\"'\w+/]*|crc32c:\w+", b"", path.read_bytes())
    raw = path.read_bytes()
    if raw[:2] == b"\x1f\x8b":
        return gzip.decompress(raw)
    return zlib.decompress(raw) if path.suffix == ".tfr" else raw


def without_provenance(value: object) -> object:
    if isinstance(value, dict):
        return {key: without_provenance(part) for key, part in value.items() if key not in PROVENANCE}
    return [without_provenance(part) for part in value] if isinstance(value, list) else value


def is_other_valid_file(source: Path, damaged: Path) -> bool:
    """Whether the damaged file is one that somebody could have meant, so that no reader could notice.

    Text: UTF-8 without control characters, the same header, and every line of the same cells as lines of the source: as many, of the
    same kinds, and numbers of no more than ten times the size of that column's. Or, with a header of names, some of the source's
    columns, in any order. Formats without checksums: of the same size.
    """
    if source.name.endswith(NO_CHECKSUM) and not is_text(source):
        return damaged.stat().st_size == source.stat().st_size
    try:
        before, after = (unpacked(path).decode("utf-8") for path in (source, damaged))
    except (UnicodeDecodeError, EOFError, gzip.BadGzipFile, zlib.error):
        return False
    if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", after):
        return False
    if source.suffix in (".fa", ".json"):
        return (
            sorted(re.findall(r"[A-Za-z_]+", before)) == sorted(re.findall(r"[A-Za-z_]+", after))
            or source.suffix == ".fa"
        )
    lines = before.splitlines(), after.splitlines()
    return same_kind_of_table(*lines) or some_of_its_columns(*lines)


def some_of_its_columns(before: list[str], after: list[str]) -> bool:
    """Whether `after` is `before` without some of its columns, or with them in another order; each has a name of its own."""
    separator = "\t" if any("\t" in line for line in before) else "," if any("," in line for line in before) else None
    tables = [[line.split(separator) for line in lines if not line.startswith("##")] for lines in (before, after)]
    if not all(rows and len({len(row) for row in rows}) == 1 for rows in tables):
        return False
    columns, left = (list(zip(*rows, strict=True)) for rows in tables)
    names = [column[0] for column in left]
    return (
        set(left) <= set(columns)
        and len(set(names)) == len(names)
        and not any(kind(name) == "number" for name in names)
    )


def is_text(path: Path) -> bool:
    return b"\0" not in path.read_bytes()[:2000]


def unpacked(path: Path) -> bytes:
    raw = path.read_bytes()
    return gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw


def same_kind_of_table(before: list[str], after: list[str]) -> bool:
    separator = "\t" if any("\t" in line for line in before) else "," if any("," in line for line in before) else None
    known = set(before)
    rows = [line.split(separator) for line in before]
    header_like = {line for line in before[:1] if not any(kind(cell) == "number" for cell in line.split(separator))} | {
        line for line in before if line.startswith("#")
    }
    if not header_like <= set(after):
        return False
    shapes = {tuple(map(kind, row)) for line, row in zip(before, rows, strict=True) if line not in header_like}
    numbers: dict[tuple[int, int], list[float]] = {}
    for row in rows:
        for place, cell in enumerate(row):
            if kind(cell) == "number":
                numbers.setdefault((len(row), place), []).append(float(cell))
    for line in after:
        row = line.split(separator)
        if line in known:
            continue
        if tuple(map(kind, row)) not in shapes:
            return False
        for place, cell in enumerate(row):
            if kind(cell) == "number":
                values = numbers[len(row), place]
                room = 10 * (max(map(abs, values)) or 1)
                if not min(values) - room <= float(cell) <= max(values) + room or (min(values) >= 0 > float(cell)):
                    return False
    return True


def kind(cell: str) -> str:
    if re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", cell):
        return "number" if math.isfinite(float(cell)) else "text"
    if cell in ("", "NA", ".", "nan"):
        return "empty"
    return "bases" if re.fullmatch(r"[ACGT]+", cell) else "text"
