"""Positions as programs write them."""

import pyarrow as pa
import pytest
from tcra.common.genome.position_cells import parse_positions


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["100", "200"], [100, 200]),
        (["1e+05", "100001", "2E5"], [100000, 100001, 200000]),  # R
        (["12345.0", "nan", "6.0"], [12345, 0, 6]),  # pandas
        (["1.234567e+06", "1.000000e+05"], [1234567, 100000]),  # all digits are there
        ([" 7 ", None, ".", "-5", "1.5"], [7, 0, 0, 0, 0]),
        (["NA", ""], [0, 0]),
    ],
)
def test_positions(cells: list[str | None], expected: list[int]) -> None:
    assert parse_positions(pa.array(cells, pa.string())).tolist() == expected


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (["1.23E+08", "1.24E+08", "5"], "rounded, such as 1.23E"),  # a spreadsheet
        (["1.234568e+08", "1.234569e+08"], "rounded"),
        (["1,000", "2,000"], "'1,000', expected whole numbers"),
        (["1:1000"], "'1:1000', expected whole numbers"),
    ],
)
def test_columns_that_are_none(cells: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_positions(pa.array(cells, pa.string()))
