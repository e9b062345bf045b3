"""Delimited text as a stream of column batches, whatever its compression and separator; memory is bounded by the block."""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from tcra.common.files import DAMAGED, LineBytes, open_bytes, read_start
from tcra.errors import UserError

READ_BLOCK_BYTES = 1 << 24
HEAD_BYTES = 1 << 20
ANY_BLANKS = "blanks"
_ROWS_LOOKED_AT = 200
_WHITE = b" \t\r\n"
MalformedRow = Callable[[int | None, int, str], None]


@dataclass(frozen=True)
class TextLayout:
    """Where the table starts and how it is split.

    header: the columns' names, each once (a name that is there again gets its place behind a `#`); empty for a column without one, such
    as R's row names. start: bytes of decompressed text before the first row. separator: one character, after `collapse` if that is set.
    collapse: runs of white space are one separator, and white space at a line's ends is dropped. Without it blanks around cells are
    dropped. first_line: 1-based number of the first row's line. row_names: the rows begin with a cell that the header has no name for.
    """

    header: tuple[str, ...]
    separator: str
    collapse: bool
    start: int
    first_line: int
    row_names: bool = False


def read_layout(
    path: Path, separator: str | None = None, skip_until: str | None = None, empty_cells: bool = False
) -> TextLayout:
    """Find the header and the separator from the first megabyte.

    separator: one character, or ANY_BLANKS for runs of white space. None finds it: tabs if the header has tabs, commas if it has commas,
    semicolons if it has these and no blanks, else runs of white space.
    skip_until: the header begins at this text. Otherwise comments are skipped: lines that begin with `##`, and lines that begin with `#`
    unless the last of them is split like the line that follows (then it is the header).
    empty_cells: where blanks separate, every blank ends a cell, so that a cell may be empty.

    Errors: UserError for a file that is empty or no text, or that lacks the text to skip to.
    """
    head = read_start(path, HEAD_BYTES)
    _require_text(path, head)
    start, first_line = _find_header(path, head, skip_until)
    end = head.find(b"\n", start)
    end = len(head) if end < 0 else end
    line, *rows = [_decode(row) for row in head[start:].splitlines()[: _ROWS_LOOKED_AT + 1]] or [""]
    rows = [row for row in (rows if len(head) < HEAD_BYTES else rows[:-1]) if row.strip()]
    collapse = separator == ANY_BLANKS
    if separator is None:
        separator = _find_separator(line, rows)
        collapse = separator is None and not empty_cells
    if separator is None or separator == ANY_BLANKS:
        separator = "\t" if "\t" in line.strip() else " "
    names = _split(line, separator, collapse)
    if not any(names):
        raise UserError(f"{path}: the header is empty")
    row_names = False
    longer = [row for row in rows if len(_split(row, separator, collapse)) == len(names) + 1]
    if rows and 2 * len(longer) > len(rows):
        if all(row.rstrip("\r\n").endswith(separator) for row in longer) and not collapse:
            names = [*names, ""]
        elif row_names := _are_row_names(line, longer, separator, collapse):
            names = ["", *names]
    # As the reference does, only the first of several columns of one name can be asked for.
    unique = tuple(name if name not in names[:i] else f"{name}#{i}" for i, name in enumerate(names))
    return TextLayout(unique, separator, collapse, end + 1, first_line + 1, row_names)


def _require_text(path: Path, head: bytes) -> None:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UserError(f"{path} is text in UTF-16; save it as UTF-8")
    if b"\0" in head:
        raise UserError(f"{path} is not a text file (it has bytes of 0); expected a table as text, plain or compressed")
    if b"\r" in head and b"\n" not in head:
        raise UserError(f"{path}: its lines end with a carriage return alone; save it with line feeds")


def _decode(line: bytes) -> str:
    """A line's text; bytes that are no UTF-8 (Latin-1 in a name or a note) do not matter unless its cell is read."""
    return line.decode("utf-8", errors="replace").lstrip("\ufeff")


def _find_header(path: Path, head: bytes, text: str | None) -> tuple[int, int]:
    """Where the header begins, in bytes, and the 1-based number of its line."""
    if text is not None:
        found = head.find(text.encode())
        if found < 0:
            raise UserError(f"{path}: {text!r}, the text at which its header begins, is not in its first megabyte")
        return found, head.count(b"\n", 0, found) + 1
    start, line = 0, 1
    comment: tuple[int, int] | None = None
    while (end := head.find(b"\n", start)) >= 0:
        text_here = _decode(head[start:end])
        if text_here.strip() and not text_here.startswith("#"):
            break
        if text_here.startswith("#") and not text_here.startswith("##"):
            comment = (start, line)
        elif text_here.strip():
            comment = None
        start, line = end + 1, line + 1
    if comment is None:
        return start, line
    header = _decode(head[comment[0] : head.find(b"\n", comment[0])])
    rest = head[start:].splitlines()
    row = _decode(rest[0]) if rest else ""
    # The row's separator, or the header's own where it splits both into as many cells (a row may hold other separators in a cell).
    names, cells = _cells_by(_find_separator(row, []), header.lstrip("#"), row)
    own_names, own_cells = _cells_by(_find_separator(header.lstrip("#"), []), header.lstrip("#"), row)
    is_header = len(names) > 1 and abs(len(cells) - len(names)) <= 1
    is_header |= len(own_names) > 3 and len(own_cells) == len(own_names)
    return comment if not row or is_header else (start, line)


def _cells_by(separator: str | None, *lines: str) -> list[list[str]]:
    return [_split(line, separator or " ", separator is None) for line in lines]


def _find_separator(header: str, rows: list[str]) -> str | None:
    """The separator of a header, None for runs of white space; `rows` are looked at where a header with tabs has rows with blanks."""
    line = header.strip()
    if "\t" in line:
        tabs = line.count("\t")
        by_tabs = any(abs(row.strip("\r\n").count("\t") - tabs) <= 2 for row in rows)
        by_blanks = bool(rows) and all(len(row.split()) == len(line.split()) for row in rows)
        return None if by_blanks and not by_tabs else "\t"
    if "," in line:
        return ","
    return ";" if ";" in line and not re.search(r"\s", line) else None


def _split(line: str, separator: str, collapse: bool) -> list[str]:
    """The cells of a line, without quotes and the blanks around them; a quoted cell may hold the separator."""
    line = line.rstrip("\r\n")
    if collapse:
        line = separator.join(line.split())
    if '"' in line and line.count('"') % 2 == 0:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])]
    return [cell.strip().strip('"') for cell in line.split(separator)]


def _are_row_names(header: str, rows: list[str], separator: str, collapse: bool) -> bool:
    """Whether the first cells of the rows are names or numbers of rows, as R and pandas write them: quoted, or numbers in order."""
    first = [_split(row, separator, collapse)[0] for row in rows]
    if header.lstrip().startswith('"') and all(row.lstrip().startswith('"') for row in rows):
        return len(set(first)) == len(first)
    if not all(cell.isdigit() for cell in first):
        return False
    numbers = [int(cell) for cell in first]
    return numbers[0] in (0, 1) and all(two == one + 1 for one, two in pairwise(numbers))


def read_batches(
    path: Path,
    layout: TextLayout,
    columns: Sequence[str],
    types: dict[str, Any] | None = None,
    on_malformed: MalformedRow | None = None,
    block: int = READ_BLOCK_BYTES,
) -> Iterator[pa.RecordBatch]:
    """The named columns, batch by batch, as strings (or as `types` says). A row with too few or too many cells goes to `on_malformed`.

    `on_malformed(line, cells, text)`: 1-based line (None if unknown), number of cells, the row's text.

    Errors: UserError for a file that is damaged, or whose cells are not UTF-8 or not of the type.
    """

    def invalid(row: Any) -> str:
        if on_malformed is not None:
            line = None if row.number is None else layout.first_line + row.number - 1
            on_malformed(line, row.actual_columns, row.text)
        return "skip"

    strings = {name: pa.string() for name in columns}
    try:
        with _open(path, layout) as stream:
            reader = pa_csv.open_csv(
                stream,
                # With threads a malformed row has no number.
                read_options=pa_csv.ReadOptions(column_names=list(layout.header), block_size=block, use_threads=False),
                parse_options=pa_csv.ParseOptions(delimiter=layout.separator, invalid_row_handler=invalid),
                convert_options=pa_csv.ConvertOptions(
                    include_columns=list(columns),
                    column_types={**strings, **(types or {})},
                    strings_can_be_null=False,
                    null_values=["NA", "", "NaN", "nan"],
                ),
            )
            yield from reader
    except pa.ArrowInvalid as error:
        message = str(error)
        if "Empty CSV" in message:
            return
        raise UserError(f"{path}: {message}") from error
    except DAMAGED as error:
        raise UserError(f"{path} is damaged or cut short ({error}); copy or download it again") from error


def _open(path: Path, layout: TextLayout) -> pa.PythonFile:
    raw: Any = LineBytes(open_bytes(path), path)
    left = layout.start
    while left and (skipped := raw.read(min(left, READ_BLOCK_BYTES))):
        left -= len(skipped)
    separator = layout.separator.encode()
    raw = _Collapsed(raw, separator) if layout.collapse else _Trimmed(raw, separator)
    return pa.PythonFile(_PairedQuotes(raw), mode="r")


class _PairedQuotes:
    """A byte stream in which no quoted cell runs over a line's end: a line whose quotes are no pairs is plain text, and has none.

    To the parser all lines from one stray quote to the next would be one cell.
    """

    def __init__(self, raw: Any) -> None:
        self.raw = raw
        self.rest = b""  # the begun line at the end of a block that has quotes
        self.closed = False

    def read(self, size: int = READ_BLOCK_BYTES) -> bytes:
        """At most `size` bytes; empty at the end."""
        more = self.raw.read(max(size - len(self.rest), 1))
        block, self.rest = self.rest + more if self.rest else more, b""
        if b'"' not in block:
            return bytes(block)
        end = block.rfind(b"\n") + 1 if more else 0
        if end:
            block, self.rest = block[:end], block[end:]
        text = np.frombuffer(block, np.uint8)
        quotes = np.flatnonzero(text == ord('"'))
        line = np.searchsorted(np.flatnonzero(text == ord("\n")), quotes)
        stray = quotes[np.bincount(line)[line] % 2 == 1]
        return np.delete(text, stray).tobytes() if len(stray) else block

    def close(self) -> None:
        self.closed = True
        self.raw.close()


class _Trimmed:
    """A byte stream in which no blanks stand around the separators and at the ends of lines. Blocks without blanks are passed on."""

    def __init__(self, raw: Any, separator: bytes) -> None:
        self.raw = raw
        self.edge = b" \r\n" + separator
        mark = re.escape(separator)
        self.before = re.compile(rb"(?<! ) +(?=[\r\n" + mark + b"])")
        self.after = re.compile(rb"(?<=[\n" + mark + b"]) +")
        self.marks = [pair for end in (b"\r", b"\n", separator) for pair in (b" " + end, end + b" ")]
        self.rest = b""  # blanks, separators and line ends at the end of a block, which may go on in the next
        self.at_start = True
        self.closed = False

    def read(self, size: int = READ_BLOCK_BYTES) -> bytes:
        """At most `size` bytes; empty at the end."""
        while block := self.raw.read(max(size - len(self.rest), 1)):
            block = self.rest + block if self.rest else block
            if self.at_start:
                block = block.lstrip(b" ")
                self.at_start = not block
            text = block.rstrip(self.edge)
            if text:
                self.rest = block[len(text) :]
                return self._trim(text)
            self.rest = block
        last, self.rest = self.rest, b""
        return self._trim(last)

    def _trim(self, block: bytes) -> bytes:
        if self.edge[3:] == b" " or b" " not in block or not any(pair in block for pair in self.marks):
            return block
        return self.after.sub(b"", self.before.sub(b"", block))

    def close(self) -> None:
        self.closed = True
        self.raw.close()


class _Collapsed:
    """A byte stream in which each run of blanks is one separator, and lines have none at their ends.

    Blocks that are tidy already are only looked over, at memory speed.
    """

    def __init__(self, raw: Any, separator: bytes) -> None:
        self.raw, self.separator = raw, separator
        self.other = b" " if separator == b"\t" else b"\t"
        self.blanks = b""  # a run at the end of a block, which may go on in the next
        self.at_start = True
        self.closed = False

    def read(self, size: int = READ_BLOCK_BYTES) -> bytes:
        """At most `size` bytes; empty at the end."""
        while block := self.raw.read(max(size - len(self.blanks), 1)):
            block = self.blanks + block if self.blanks else block
            text = block.rstrip(_WHITE)
            self.blanks = block[len(text) :]
            if self.at_start:
                text = text.lstrip(self.separator + self.other)
                self.at_start = not text
            if text:
                return self._tidy(text)
        last, self.blanks = self.blanks, b""
        return self._tidy(last).strip(self.separator)

    def _tidy(self, block: bytes) -> bytes:
        separator = self.separator
        if self.other in block:
            block = block.replace(self.other, separator)
        if _has_double_blank(block):
            if separator * 2 in block:
                block = re.sub(re.escape(separator) + b"{2,}", separator, block)
            block = block.replace(separator + b"\r\n", b"\n").replace(separator + b"\n", b"\n")
            block = block.replace(b"\n" + separator, b"\n")
        return block

    def close(self) -> None:
        self.closed = True
        self.raw.close()


def _has_double_blank(block: bytes, step: int = 1 << 18) -> bool:
    """Whether two blanks (or a blank and a line's end) follow each other; looked for in pieces that stay in the cache."""
    view = np.frombuffer(block, np.uint8)
    for start in range(0, len(view), step):
        white = view[start : start + step + 1] <= ord(" ")
        if (white[1:] & white[:-1]).any():
            return True
    return False
