"""Variant tables as text: their header, and some of their columns as Arrow text."""

import io
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
from pyarrow import csv

from tcra.common.files import open_bytes, open_text
from tcra.errors import UserError


def header_names(header: str) -> list[str]:
    separator = "\t" if "\t" in header else ","
    cells = header.strip().split(separator) if separator in header else header.split()
    return [name.strip().strip('"') for name in cells]


def text_columns(path: Path, header: str, chosen: list[str]) -> pa.Table:
    """The chosen columns, as text; cells apart by tabs, else commas, else any blanks."""
    separator = "\t" if "\t" in header else ","
    names = header_names(header)
    convert = csv.ConvertOptions(
        column_types={name: pa.string() for name in names},
        include_columns=chosen,
        strings_can_be_null=False,
    )
    try:
        with open_bytes(path) as raw:
            lines = _TableLines(raw, blanks=separator not in header)
            source = pa.PythonFile(io.BufferedReader(lines, 1 << 20), mode="r")
            return csv.read_csv(
                source,
                read_options=csv.ReadOptions(column_names=names, skip_rows=1),
                parse_options=csv.ParseOptions(delimiter="\t" if separator not in header else separator),
                convert_options=convert,
            )
    except pa.ArrowInvalid as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"{path}: {reason}; expected a table with the columns of its first line") from None


class _TableLines(io.RawIOBase):
    """A stream without the leading `##` and empty lines; with `blanks`, runs of blanks become tabs."""

    def __init__(self, raw: IO[bytes], blanks: bool) -> None:
        self._lines = iter(raw)
        self._blanks = blanks
        self._left = b""
        for line in self._lines:
            if line.strip() and not line.startswith(b"##"):
                self._left = self._clean(line)
                break

    def _clean(self, line: bytes) -> bytes:
        return b"\t".join(line.split()) + b"\n" if self._blanks else line

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        parts, size = [self._left], len(self._left)
        while size < len(buffer):
            line = next(self._lines, b"")
            if not line:
                break
            parts.append(self._clean(line))
            size += len(parts[-1])
        whole = b"".join(parts)
        number = min(len(buffer), len(whole))
        buffer[:number], self._left = whole[:number], whole[number:]
        return number


def first_words(path: Path) -> pa.Table:
    with open_text(path) as text:
        words = [line.split()[0] for line in text if line.strip() and not line.startswith("#")]
    if not words:
        raise UserError(f"{path} has no variants")
    return pa.table({"variant_id": pa.array(words, pa.string())})
