"""Tables with checked columns: what is read, what is refused, what is written."""

from pathlib import Path

import numpy as np
import pytest
from tcra.common.tables import Column, read_table, require_columns
from tcra.errors import UserError

COLUMNS = [
    Column("id"),
    Column("clip", "number", minimum=0, unit="reads"),
    Column("rank", "integer", minimum=1, maximum=9, required=False, empty=True),
]


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "tracks.csv"
    path.write_text(text)
    return path


def test_kinds_lines_and_columns_of_others(tmp_path: Path) -> None:
    read = read_table(table(tmp_path, '## made by hand\nid,clip,rank,note\na, 32 ,1,"x, y"\n\nb,.5,,z\n'), COLUMNS)
    assert list(read.index) == [3, 5]  # lines of the file
    assert read["clip"].tolist() == [32.0, 0.5] and read["clip"].dtype == np.float64
    assert read["rank"].tolist()[0] == 1 and np.isnan(read["rank"].tolist()[1])
    assert read["note"].tolist() == ["x, y", "z"]


def test_tab_wins_where_the_header_has_more_of_it(tmp_path: Path) -> None:
    assert read_table(table(tmp_path, "id\tclip\nKnoll, A\t1\n"), COLUMNS)["id"].tolist() == ["Knoll, A"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,Clip\na,1\n", "has no column clip.*did you mean Clip"),
        ("id,id,clip\na,a,1\n", "column id occurs more than once in the header"),
        ("id,clip\na,1,2\n", "line 2: 3 cells, but the header has 2"),
        ("id,clip\na,1\nb,many\n", "line 3: column clip has 'many', expected a number .reads."),
        ("id,clip\na,-1\n", "line 2: column clip has -1, expected at least 0 .reads."),
        ("id,clip\na,inf\n", "line 2: column clip has 'inf', expected a number"),
        ("id,clip\na,\n", "line 2: column clip is empty"),
        ("id,clip,rank\na,1,1.5\n", "line 2: column rank has '1.5', expected a whole number"),
        ("id,clip,rank\na,1,10\n", "line 2: column rank has 10, expected at least 1 and at most 9"),
        ('id,clip\na,1\n"b,2\nc,3\n', "line 3: a quote is not closed"),
        ('id,clip\na,1\n"b,2\n', "line 3: "),
        ("## only a comment\n", "has no lines"),
    ],
)
def test_refusals_name_file_and_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UserError, match=message) as error:
        read_table(table(tmp_path, text), COLUMNS)
    assert "tracks.csv" in str(error.value)


def test_no_range_for_text() -> None:
    with pytest.raises(ValueError, match="text column has no range"):
        Column("id", minimum=0)


def test_missing_column_lists_what_there_is() -> None:
    with pytest.raises(UserError, match=r"has no column pvalue .its columns: SNP, P_VALUE."):
        require_columns(Path("gwas.tsv"), ["SNP", "P_VALUE"], ["pvalue"])
