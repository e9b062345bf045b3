"""Damage to one input file: seeded, and of the kinds that files meet in the world."""

import gzip
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

Random = np.random.Generator
TABLES = (".tsv", ".csv", ".txt", ".bed", ".gtf", ".vcf", ".bim", ".fam", ".pvar", ".psam", ".fai", ".gmt", ".chain")


@dataclass(frozen=True)
class Mutation:
    """kind: its name. what: in words. structural: a table so damaged is no other valid table, whatever its cells look like."""

    kind: str
    what: str
    structural: bool = False


def is_table(path: Path) -> bool:
    """Whether the file is text in lines and cells (gzip or not): all but FASTA, JSON and binary files, of which PLINK's .bed is one."""
    name = path.name.removesuffix(".gz")
    return name.endswith(TABLES) and not (name.endswith(".bed") and path.with_suffix(".bim").exists())


def damage(path: Path, source: Path, random: Random) -> Mutation:
    """Write a damaged copy of `source` to `path`; the same state of `random` gives the same bytes."""
    table = is_table(source)
    kinds = [*ANY, *(TABLE if table else ())]
    name, change = kinds[int(random.integers(len(kinds)))]
    if change is None:
        return place(path, name, source)
    content = source.read_bytes()
    packed = content[:2] == b"\x1f\x8b"
    inside = packed and (table or random.random() < 0.5) and name not in ("wrong compression", "truncate")
    if inside:
        content = gzip.decompress(content)
    content, what, structural = change(content, random)
    path.write_bytes(gzip.compress(content, mtime=0) if inside else content)
    return Mutation(name, f"{name}: {what}{' (inside gzip)' if inside else ''}", structural)


def place(path: Path, name: str, source: Path) -> Mutation:
    """Something else than a file where a file is expected."""
    if name == "folder":
        path.mkdir()
    elif name == "fifo":
        os.mkfifo(path)
    elif name == "device":
        path.symlink_to("/dev/zero")
    else:
        path.symlink_to("nowhere")
    return Mutation(name, name, True)


Changed = tuple[bytes, str, bool]
Change = Callable[[bytes, Random], Changed]


def truncate(content: bytes, random: Random) -> Changed:
    size = int(random.integers(1, max(2, len(content))))
    return content[:size], f"after {size} of {len(content)} bytes", content[:2] == b"\x1f\x8b"


def flip(content: bytes, random: Random) -> Changed:
    changed = bytearray(content)
    at, bit = int(random.integers(len(content))), int(random.integers(8))
    changed[at] ^= 1 << bit
    return bytes(changed), f"bit {bit} of byte {at}", False


def nul(content: bytes, random: Random) -> Changed:
    at, size = int(random.integers(len(content))), int(random.choice([1, 4, 512]))
    return content[:at] + bytes(size) + content[at + size :], f"{size} NUL at {at}", False


def empty(content: bytes, random: Random) -> Changed:
    return b"", "no bytes", True


def wrong_compression(content: bytes, random: Random) -> Changed:
    if content[:2] == b"\x1f\x8b" and random.random() < 0.5:
        return content[2:], "gzip without its first bytes", True
    return b"BZh91AY&SY" + content, "bzip2's first bytes before it", True


def repeated(content: bytes, random: Random) -> Changed:
    return content + content, "the file twice", True


ANY: list[tuple[str, Change | None]] = [
    ("truncate", truncate), ("truncate", truncate), ("flip", flip), ("flip", flip), ("flip", flip), ("nul", nul), ("empty", empty),
    ("wrong compression", wrong_compression), ("repeated", repeated),
    ("folder", None), ("fifo", None), ("device", None), ("dangling link", None),
]  # fmt: skip


def separator_of(line: bytes) -> bytes:
    return b"\t" if b"\t" in line else b"," if b"," in line else b" "


def on_lines(edit: Callable[[list[bytes], int, Random], tuple[str, bool]]) -> Change:
    """A change of lines; `edit` gets the lines, and the place of one below the header."""

    def change(content: bytes, random: Random) -> Changed:
        lines = content.split(b"\n")
        if lines[-1] == b"":
            lines.pop()
        first = next((n for n, line in enumerate(lines) if not line.startswith(b"##")), 0)
        at = int(random.integers(min(first + 1, len(lines) - 1), len(lines))) if len(lines) > 1 else 0
        what, structural = edit(lines, at, random)
        return b"\n".join(lines) + b"\n", what, structural

    return change


def delete_line(lines: list[bytes], at: int, random: Random) -> tuple[str, bool]:
    del lines[at]
    return f"line {at + 1}", False


def duplicate_line(lines: list[bytes], at: int, random: Random) -> tuple[str, bool]:
    lines.insert(int(random.integers(at, len(lines))), lines[at])
    return f"line {at + 1}", True


def swap_lines(lines: list[bytes], at: int, random: Random) -> tuple[str, bool]:
    other = int(random.integers(len(lines)))
    lines[at], lines[other] = lines[other], lines[at]
    return f"lines {at + 1} and {other + 1}", False


def long_line(lines: list[bytes], at: int, random: Random) -> tuple[str, bool]:
    separator = separator_of(lines[at])
    cells = lines[at].split(separator)
    place = int(random.integers(len(cells)))
    cells[place] = cells[place] + b"A" * int(random.choice([5_000, 300_000]))
    lines[at] = separator.join(cells)
    return f"cell {place + 1} of line {at + 1}", False


def cell(text: bytes | None, kind: str) -> Callable[[list[bytes], int, Random], tuple[str, bool]]:
    """A cell that holds `text` (or one of several, by `|`)."""

    def edit(lines: list[bytes], at: int, random: Random) -> tuple[str, bool]:
        separator = separator_of(lines[at])
        cells = lines[at].split(separator)
        numbers = [n for n, value in enumerate(cells) if re.fullmatch(rb"[-+]?[0-9.]+([eE][-+]?[0-9]+)?", value)]
        places = numbers if kind == "number" and numbers else range(len(cells))
        place = int(random.choice(list(places)))
        options = (text or b"").split(b"|")
        cells[place] = options[int(random.integers(len(options)))]
        lines[at] = separator.join(cells)
        return f"cell {place + 1} of line {at + 1} is {cells[place]!r}", False

    return edit


def columns(
    edit: Callable[[list[bytes], int, int], list[bytes]],
) -> Callable[[list[bytes], int, Random], tuple[str, bool]]:
    """A change of a whole column, its header included."""

    def change(lines: list[bytes], at: int, random: Random) -> tuple[str, bool]:
        separator = separator_of(lines[at])
        width = len(lines[at].split(separator))
        one, other = int(random.integers(width)), int(random.integers(width))
        for n, line in enumerate(lines):
            cells = line.split(separator)
            if len(cells) == width:
                lines[n] = separator.join(edit(cells, one, other))
        return f"columns {one + 1} and {other + 1}", False

    return change


def swapped(cells: list[bytes], one: int, other: int) -> list[bytes]:
    cells[one], cells[other] = cells[other], cells[one]
    return cells


def header_only(content: bytes, random: Random) -> Changed:
    lines = content.split(b"\n")
    first = next((n for n, line in enumerate(lines) if not line.startswith(b"##")), 0)
    return b"\n".join(lines[: first + 1]) + b"\n", "no rows", True


def crlf(content: bytes, random: Random) -> Changed:
    return content.replace(b"\n", b"\r\n"), "every line", False


def latin1(lines: list[bytes], at: int, random: Random) -> tuple[str, bool]:
    lines[at] = lines[at] + "é".encode("latin-1" if random.random() < 0.5 else "utf-8")
    return f"é at the end of line {at + 1}", False


NUMBERS = b"1e300|-1e300|999999999999999999999|99999999999|-7|0|nan|inf|-inf|NA|.|1e-400|0x10|1,5|1_000"
TABLE: list[tuple[str, Change]] = [
    ("delete line", on_lines(delete_line)), ("duplicate line", on_lines(duplicate_line)), ("swap lines", on_lines(swap_lines)),
    ("delete column", on_lines(columns(lambda cells, one, other: cells[:one] + cells[one + 1 :]))),
    ("duplicate column", on_lines(columns(lambda cells, one, other: [*cells, cells[one]]))), ("swap columns", on_lines(columns(swapped))),
    ("header only", header_only), ("long cell", on_lines(long_line)), ("CRLF", crlf), ("letter beyond ASCII", on_lines(latin1)),
    ("number", on_lines(cell(NUMBERS, "number"))), ("number", on_lines(cell(NUMBERS, "number"))),
    ("cell", on_lines(cell(b"|NA|\"|'|x y|../../away|$(touch PWN)|-|#|chr99", "any"))),
]  # fmt: skip
