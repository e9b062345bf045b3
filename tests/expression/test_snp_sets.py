from pathlib import Path

import pandas as pd
import pytest
from tcra.errors import UserError
from tcra.expression.snp_sets import read_ranking

TABLE = pd.DataFrame(
    {
        "variant_id": ["2_50_A_G", "1_30_C_T", "1_10_A_G", "1_30_C_A", "X_5_G_T"],
        "chrom": ["chr2", "1", "1", "1", "X"],
        "pos": [50, 30, 10, 30, 5],
        "ref": ["a", "C", "A", "C", "G"],
        "alt": ["G", "T", "G", "A", "T"],
        "mean_abs": [5.0, 4, 3, 2, 1],
        "rank": [1, 2, 3, 4, 5],
        "rsid": ["rs1", "", ".", "NA", "rs5"],
    }
)


@pytest.fixture(params=["tsv", "tsv.gz", "parquet"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    out = tmp_path / f"ranking.{request.param}"
    TABLE.to_parquet(out) if request.param == "parquet" else TABLE.to_csv(out, sep="\t", index=False)
    return out


def test_ranks_and_order(path: Path) -> None:
    sets = read_ranking(path, 4).chromosomes
    assert sorted(sets) == ["1", "2"]
    assert sets["1"].variant_id == ["1_10_A_G", "1_30_C_A", "1_30_C_T"]
    assert sets["1"].rank.tolist() == [3, 4, 2]
    assert (sets["2"].ref, sets["2"].rsid) == (["A"], ["rs1"])
    assert sets["1"].rsid == ["", "", ""]


def test_chromosomes_of_pandas_categories(tmp_path: Path) -> None:
    TABLE.astype({"chrom": "category"}).to_parquet(tmp_path / "r.parquet")
    assert list(read_ranking(tmp_path / "r.parquet", 5, ["chrX", "2"]).chromosomes) == ["2", "X"]


def test_only_the_chromosomes_asked_for(path: Path) -> None:
    assert list(read_ranking(path, 5, ["chrX"]).chromosomes) == ["X"]
    assert read_ranking(path, 5, ["7"]).chromosomes == {}


@pytest.mark.parametrize(("change", "expected"), [
    ({"pos": [50, 30, 10, 30, 0]}, "variant X_5_G_T has '?0'? in column pos, expected a whole number of at least 1"),
    ({"alt": ["G", "T", "G", "T", "T"]}, "variant 1_30_C_A stands twice"),
    ({"rank": [11, 12, 13, 14, 15]}, "no variant has a rank of at most 5"),
])  # fmt: skip
def test_bad_rankings(tmp_path: Path, change: dict, expected: str) -> None:
    for name in ("r.tsv", "r.parquet"):
        table = TABLE.assign(**change)
        table.to_parquet(tmp_path / name) if name == "r.parquet" else table.to_csv(
            tmp_path / name, sep="\t", index=False
        )
        with pytest.raises(UserError, match=expected):
            read_ranking(tmp_path / name, 5)


def test_columns_and_lines(tmp_path: Path) -> None:
    out = tmp_path / "r.tsv"
    TABLE.drop(columns="rank").to_csv(out, sep="\t", index=False)
    with pytest.raises(UserError, match="has no column rank"):
        read_ranking(out, 5)
    out.write_text("variant_id\tchrom\tpos\tref\talt\trank\n1_1_A_G\t1\t1\tA\tG\tx\n")
    with pytest.raises(UserError, match=r"r\.tsv line 2: column rank has 'x'"):
        read_ranking(out, 5)
    out.write_text("variant_id\tchrom\tpos\tref\talt\trank\n1_1_A_G\t1\t1\tA\n")
    with pytest.raises(UserError, match=r"r\.tsv line 2: 4 cells, but the header has 6"):
        read_ranking(out, 5)
    TABLE.drop(columns="rank").to_parquet(out)
    with pytest.raises(UserError, match="has no column rank"):
        read_ranking(out, 5)
