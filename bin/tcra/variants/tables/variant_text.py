"""Variant tables as text: is it a table with a header or a list, and some of its columns as Arrow text."""

import re
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from tcra.common.delimited import TextLayout, read_batches
from tcra.common.files import open_text
from tcra.common.genome.variants import split_notation
from tcra.errors import UserError
from tcra.variants.tables.rs_numbers import RS_NUMBER


def is_list(path: Path) -> bool:
    """Whether a text has no header: its first line that is no comment begins with a variant or an rs number."""
    with open_text(path, errors="replace") as text:
        for line in text:
            if line.strip() and not line.startswith("#"):
                return all(_is_variant(word) for word in _words(line)[:1])
    return False


def _is_variant(word: str) -> bool:
    if RS_NUMBER.match(word):
        return True
    try:
        split_notation(word)
    except ValueError:
        return False
    return True


def _words(line: str) -> list[str]:
    """The first word of a line; several where rs numbers are joined by commas or semicolons."""
    first = line.split()[0].strip('"')
    parts = [part for part in re.split("[,;]", first) if part]
    return parts if len(parts) > 1 and all(RS_NUMBER.match(part) for part in parts) else [parts[0] if parts else first]


def listed_variants(path: Path) -> pa.Table:
    """Column `variant_id` of a list: one variant or rs number per line."""
    with open_text(path, errors="replace") as text:
        words = [word for line in text if line.strip() and not line.startswith("#") for word in _words(line)]
    return pa.table({"variant_id": pa.array(words, pa.string())})


def text_columns(path: Path, layout: TextLayout, columns: Sequence[str]) -> pa.Table:
    """Some columns of a table, as text. Errors: UserError for a row with another number of cells than the header."""

    malformed: list[tuple[int | None, int]] = []
    batches: list[pa.RecordBatch] = []
    for batch in read_batches(
        path, layout, columns, on_malformed=lambda line, cells, _: malformed.append((line, cells))
    ):
        batches.append(batch)
        if malformed:
            break
    if malformed:
        line, cells = malformed[0]
        raise UserError(f"{path} line {line}: {cells} cells, but the header has {len(layout.header)}")
    if not batches:
        raise UserError(f"{path} has a header and no rows")
    return pa.Table.from_batches(batches)
