"""Tables as text: what each kind of column looks like, and numbers that come back to the bit."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tcra.common.table_text import format_cell, write_table


def test_cells() -> None:
    missing = [None, pd.NA, pd.NaT, float("nan"), np.float64("nan"), np.float32("nan")]
    assert [format_cell(cell) for cell in missing] == ["NA"] * 6
    assert [format_cell(cell) for cell in (0.1, np.float32(0.1), 3, "x", 1e-300)] == ["0.1", "0.1", "3", "x", "1e-300"]


@given(st.lists(st.floats(allow_nan=False), max_size=5), st.lists(st.floats(width=32, allow_nan=False), max_size=5))
def test_numbers_come_back_to_the_bit(
    tmp_path_factory: pytest.TempPathFactory, wide: list[float], narrow: list[float]
) -> None:
    path = tmp_path_factory.mktemp("tables") / "x.tsv.gz"
    height = min(len(wide), len(narrow))
    frame = pd.DataFrame({"wide": np.array(wide[:height]), "narrow": np.array(narrow[:height], np.float32)})
    write_table(path, frame)
    back = pd.read_csv(path, sep="\t", dtype=str)
    assert [float(cell) for cell in back["wide"]] == frame["wide"].tolist()
    assert [np.float32(cell) for cell in back["narrow"]] == list(frame["narrow"].to_numpy())
    assert all(len(cell) <= 16 for cell in back["narrow"])  # the digits of a float32, not of a double


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_numbers_are_written_as_python_writes_them(kind: type[np.floating], tmp_path: Path) -> None:
    generator = np.random.default_rng(1)
    bits = generator.bytes(20_000 * kind().itemsize)
    edges = [0.0, -0.0, 1.0, 1e-4, 9.9999e-5, 1e6, 999999.5, 1e15, 1e16, 2**52 + 0.5, np.inf, -np.inf, np.nan, 5e-324]  # fmt: skip
    with np.errstate(over="ignore"):
        spread = (generator.normal(size=20_000) * 10.0 ** generator.integers(-9, 19, 20_000)).astype(kind)
        numbers = np.concatenate([np.frombuffer(bits, kind), spread, np.array(edges, kind), np.arange(99, dtype=kind)])
    write_table(tmp_path / "x.tsv", pd.DataFrame({"x": numbers}))
    cells = (tmp_path / "x.tsv").read_text().splitlines()[1:]
    assert cells == [format_cell(number) for number in numbers]


def test_kinds_of_columns(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "whole": np.array([1, -2, 3]),
            "some": pd.array([1, None, 2**60 + 1], dtype="Int64"),
            "text": pd.Series(["a", None, "b"], dtype=object),
            "numbers": pd.Series([0.5, None, 1.0], dtype=object),
            "mixed": pd.Series([1, "x", 2.5], dtype=object),
            "truth": [True, False, True],
            "none": pd.Series([None, None, None], dtype=object),
        }
    )
    write_table(tmp_path / "x.tsv", frame)
    assert (tmp_path / "x.tsv").read_text().splitlines()[1:] == [
        "1\t1\ta\t0.5\t1\tTrue\tNA", "-2\tNA\tNA\tNA\tx\tFalse\tNA", f"3\t{2**60 + 1}\tb\t1.0\t2.5\tTrue\tNA",
    ]  # fmt: skip
    write_table(tmp_path / "y.tsv", frame[["some", "text"]], missing="")
    assert (tmp_path / "y.tsv").read_text() == f"some\ttext\n1\ta\n\t\n{2**60 + 1}\tb\n"


@pytest.mark.parametrize("separator", ["\t", ","])
@given(cells=st.lists(st.tuples(st.text('ab,\t"\n ', max_size=4), st.text('ab,\t"\n ', max_size=4)), max_size=4))
def test_any_text_comes_back(
    tmp_path_factory: pytest.TempPathFactory, separator: str, cells: list[tuple[str, str]]
) -> None:
    path = tmp_path_factory.mktemp("tables") / "x.txt"
    write_table(path, pd.DataFrame(cells, columns=["one", 'a "name", with marks'], dtype=object), separator=separator)
    with open(path, newline="") as text:
        assert [tuple(row) for row in csv.reader(text, delimiter=separator)][1:] == cells


def test_no_rows(tmp_path: Path) -> None:
    write_table(tmp_path / "x.tsv", pd.DataFrame({"a": [], "b": []}))
    assert (tmp_path / "x.tsv").read_text() == "a\tb\n"
