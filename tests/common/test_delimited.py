"""Delimited text: separators, runs of blanks, quotes, blocks."""

import io
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tcra.common.delimited import _Collapsed, read_batches, read_layout

CELL = st.text(alphabet="abc019.-", min_size=1, max_size=4)


@settings(deadline=None)
@given(
    rows=st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=30),
    gaps=st.lists(st.sampled_from([" ", "  ", "\t", " \t ", "   "]), min_size=4, max_size=4),
    size=st.integers(8, 64),
    end=st.sampled_from(["\n", "\r\n", " \n", "\t\n"]),
)
def test_white_space_is_split_as_python_splits_it(rows: list[list[str]], gaps: list[str], size: int, end: str) -> None:
    text = "".join(
        (gaps[3] if i % 2 else "") + row[0] + gaps[0] + row[1] + gaps[1] + row[2] + end for i, row in enumerate(rows)
    )
    stream = _Collapsed(io.BytesIO(text.encode()), b"\t")
    parts = []
    while part := stream.read(size):
        parts.append(part)
    lines = b"".join(parts).decode().replace("\r", "").split("\n")
    assert [line.split("\t") for line in lines if line] == rows


@pytest.mark.parametrize("separator", ["\t", None])
@pytest.mark.parametrize("block", [64, 1000, 1 << 20])
def test_a_quote_without_its_pair_takes_no_other_rows(separator: str | None, block: int, tmp_path: Path) -> None:
    """To the parser the rows between two of them are one cell, and the row has the right number of cells."""
    rows = [[f"rs{i}", "A", "C", "note"] for i in range(300)]
    rows[10][3], rows[11][2], rows[40][2] = '"note', '"C', '"C'
    rows[50] = ['"rs50"', '"A"', '"C"', '"a""word"']
    path = tmp_path / "gwas.tsv"
    path.write_text("\n".join("\t".join(row) for row in [["SNP", "A1", "A2", "NOTE"], *rows]))
    layout = read_layout(path, separator)
    table = pa.Table.from_batches(read_batches(path, layout, ["SNP", "A2"], block=block))
    assert table["SNP"].to_pylist() == [f"rs{i}" for i in range(300)] and set(table["A2"].to_pylist()) == {"C"}


def test_blocks_do_not_change_the_rows(tmp_path: Path) -> None:
    path = tmp_path / "table.txt"
    lines = [f"rs{i}  {i * 7} \t x{i % 13}" for i in range(20_000)]
    path.write_text("id number word\n" + "\n".join(lines) + "\n")
    layout = read_layout(path)
    expected = [line.split() for line in lines]
    for block in (1 << 12, 1 << 16, 1 << 24):
        batches = read_batches(path, layout, ["word", "id"], block=block)
        got = [
            pair for batch in batches for pair in zip(batch["id"].to_pylist(), batch["word"].to_pylist(), strict=True)
        ]
        assert got == [(row[0], row[2]) for row in expected]
