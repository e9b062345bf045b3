"""Delimited text as a stream of column batches, whatever its compression and separator; memory is bounded by the block."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from tcra.common.files import DAMAGED, open_bytes, read_start
from tcra.errors import UserError

READ_BLOCK_BYTES = 1 << 24
HEAD_BYTES = 1 << 20
_WHITE = b" \t\r\n"
MalformedRow = Callable[[int | None, int, str], None]


@dataclass(frozen=True)
class TextLayout:
    """Where the table starts and how it is split.

    start: bytes of decompressed text before the first row. separator: one character, after `collapse` if that is set.
    collapse: runs of white space are one separator, and white space at a line's ends is dropped.
    first_line: 1-based number of the first row's line.
    """

    header: tuple[str, ...]
    separator: str
    collapse: bool
    start: int
    first_line: int


def read_layout(
    path: Path, separator: str | None = None, skip_until: str | None = None, empty_cells: bool = False
) -> TextLayout:
    """Find the header and the separator from the first megabyte.

    separator: one character; None stands for any white space, or for a comma if the header has commas and no white space.
    skip_until: the header begins at this text. Otherwise lines before the header that start with `##` are skipped.
    empty_cells: without a separator, every blank ends a cell, so that a cell may be empty (else runs of blanks are one separator).

    Errors: UserError for a file that is empty, binary, or lacks the text to skip to.
    """
    head = read_start(path, HEAD_BYTES)
    start, first_line = _find_header(path, head, skip_until)
    end = head.find(b"\n", start)
    end = len(head) if end < 0 else end
    try:
        line = head[start:end].decode("utf-8").lstrip("\ufeff").rstrip("\r")
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not a text file (its header is not UTF-8)") from error
    collapse = separator is None and not empty_cells
    if separator is None:
        if "," in line and not re.search(r"\s", line.strip()):
            separator, collapse = ",", False
        else:
            separator = "\t" if "\t" in line else " "
    names = line.split() if collapse else [cell.strip().strip('"') for cell in line.strip().split(separator)]
    names = [name.strip('"') for name in names]
    if not any(names):
        raise UserError(f"{path}: the header is empty")
    # As the reference does, only the first of several columns of one name can be asked for.
    unique = tuple(name if name not in names[:i] else f"{name}#{i}" for i, name in enumerate(names))
    return TextLayout(unique, separator, collapse, end + 1, first_line + 1)


def _find_header(path: Path, head: bytes, text: str | None) -> tuple[int, int]:
    start, line = 0, 1
    if text is not None:
        found = head.find(text.encode())
        if found < 0:
            raise UserError(f"{path}: {text!r}, the text at which its header begins, is not in its first megabyte")
        return found, head.count(b"\n", 0, found) + 1
    while head.startswith(b"##", start) and (end := head.find(b"\n", start)) >= 0:
        start, line = end + 1, line + 1
    return start, line


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
    raw: Any = open_bytes(path)
    left = layout.start
    while left and (skipped := raw.read(min(left, READ_BLOCK_BYTES))):
        left -= len(skipped)
    if layout.collapse:
        raw = _Collapsed(raw, layout.separator.encode())
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
