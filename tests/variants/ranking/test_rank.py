"""Values, ranks, ties, sets, and what is rejected: against plain definitions."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata
from tcra.common.accounting import Accounting
from tcra.common.genome.chromosomes import sort_key
from tcra.errors import UserError
from tcra.variants.ranking.rank import parse_set_sizes, rank
from tcra.variants.ranking.summaries import rank_fraction, summarize
from tcra.variants.tables.score_tables import open_scores

TRACKS = [f"track{place}" for place in range(20)]


def by_place(frame: pd.DataFrame) -> list:
    return [
        (sort_key(c), p, r, a)
        for c, p, r, a in zip(frame["chrom"], frame["pos"], frame["ref"], frame["alt"], strict=True)
    ]


@pytest.mark.parametrize("shards", [1, 3])
def test_values_by_their_definitions(tmp_path: Path, made_up_scores, write_scores, shards: int) -> None:
    frame = made_up_scores(1000, tracks=20)
    scores = open_scores([write_scores(tmp_path / "s", frame, shards)])
    size = frame[TRACKS].abs().to_numpy()
    assert scores.tracks == tuple(TRACKS) and scores.rows == len(frame)
    np.testing.assert_array_equal(summarize(scores), frame["mean_abs"])
    np.testing.assert_array_equal(summarize(scores, "maximum"), size.max(axis=1))
    np.testing.assert_array_equal(summarize(scores, "maximum", ["track3", "track1"]), size[:, [1, 3]].max(axis=1))
    np.testing.assert_allclose(summarize(scores, "mean", TRACKS), size.mean(axis=1), rtol=1e-6)
    np.testing.assert_allclose(summarize(scores, "mean", ["track5"]), size[:, 5], rtol=1e-6)
    expected = np.mean([(rankdata(column) - 1) / (len(frame) - 1) for column in size.T], axis=0)
    np.testing.assert_allclose(summarize(scores, "rank"), expected, rtol=1e-5)


def test_a_loud_track_does_not_decide_by_rank(tmp_path: Path, made_up_scores, write_scores) -> None:
    frame = made_up_scores(500, tracks=5)
    loud = frame.assign(track2=frame["track2"] * 1000)
    values = [
        summarize(open_scores([write_scores(tmp_path / name, f)]), "rank") for name, f in (("a", frame), ("b", loud))
    ]
    np.testing.assert_array_equal(*values)


@given(st.lists(st.one_of(st.integers(0, 5).map(float), st.just(float("nan"))), max_size=12))
def test_rank_fraction(values: list[float]) -> None:
    array = np.array(values, np.float32)
    known = ~np.isnan(array)
    ranks = rank_fraction(array)
    np.testing.assert_array_equal(np.isnan(ranks), ~known)
    if known.sum() > 1:
        np.testing.assert_allclose(ranks[known], (rankdata(array[known]) - 1) / (known.sum() - 1))


def test_ties_stand_by_place_whatever_the_sharding(tmp_path: Path, made_up_scores, write_scores, script) -> None:
    frame = made_up_scores(3000, seed=3, longest=3)
    expected = frame.assign(place=by_place(frame), down=-frame["mean_abs"]).sort_values(
        ["down", "place"], kind="stable"
    )
    tables = []
    for name, shuffled, shards in (("a", frame, 1), ("b", frame.sample(frac=1, random_state=1), 7)):
        script("rank_variants.py", "--scores", write_scores(tmp_path / name, shuffled, shards), "--out", tmp_path / f"{name}_out",
               "--set-sizes", "10,0.5")  # fmt: skip
        tables.append(pq.read_table(tmp_path / f"{name}_out" / "ranking.parquet"))
        assert (tmp_path / f"{name}_out" / "sets.tsv").read_text().splitlines()[1].startswith("10\t10\t")
    assert tables[0].column_names == ["variant_id", "chrom", "pos", "ref", "alt", "mean_abs", "rank", "rsid"]
    assert [str(kind) for kind in tables[0].schema.types] == [
        "string",
        "string",
        "int64",
        "string",
        "string",
        "float",
        "int64",
        "string",
    ]
    assert tables[0].equals(tables[1])
    assert tables[0]["variant_id"].to_pylist() == expected["variant_id"].tolist()
    assert tables[0]["mean_abs"].to_pylist() == expected["mean_abs"].tolist()
    assert tables[0]["rank"].to_pylist() == list(range(1, len(frame) + 1))


def test_same_input_same_bytes(tmp_path: Path, made_up_scores, write_scores, script) -> None:
    folder = write_scores(tmp_path / "scores", made_up_scores(400))
    bed = tmp_path / "a.bed"
    bed.write_text("chr1\t0\t100000\n")
    for out in ("a", "b"):
        script(
            "rank_variants.py",
            "--scores",
            folder,
            "--out",
            tmp_path / out,
            "--set-sizes",
            "10,50",
            "--annotation",
            f"a={bed}",
        )
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert names == [
        "accounting.json",
        "enrichment.svg",
        "enrichment.tsv",
        "ranking.parquet",
        "rejected.tsv.gz",
        "sets.tsv",
    ]
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


def test_repeated_and_unknown_scores_are_rejected_by_name(tmp_path: Path, made_up_scores, write_scores) -> None:
    frame = made_up_scores(100)
    frame.loc[7, "mean_abs"] = np.nan
    frame.loc[9, "mean_abs"] = np.inf
    twice = pd.concat([frame, frame.iloc[[3]].assign(mean_abs=99.0)])
    count = Accounting("RANK").count("variants")
    ranking = rank(open_scores([write_scores(tmp_path, twice, 2)]), count, "tCRA", "mean")
    assert count.balance() == {
        "unit": "variants", "in": len(frame) + 1, "out": len(frame) - 2,
        "rejected": {"score is not a number": 1, "score is infinite": 1, "variant scored twice": 1},
    }  # fmt: skip
    assert ranking.value.max() < 99


def test_set_sizes() -> None:
    assert parse_set_sizes(["500", "0.1", "20", "100"], 1000) == [20, 100, 500]
    refused = {
        "not a number": ["many", "nan", "inf"],
        "gives no set": ["0", "-5", "1.5", "0.0001"],
    }
    for message, text in ((message, text) for message, texts in refused.items() for text in texts):
        with pytest.raises(UserError, match=message):
            parse_set_sizes([text], 1000)
    with pytest.raises(UserError, match="no size"):
        parse_set_sizes([], 1000)


def test_rsids_from_the_folder_of_split_shards(tmp_path: Path, made_up_scores, write_scores, script) -> None:
    frame = made_up_scores(600).drop(columns="rsid")
    shards = tmp_path / "shards"
    shards.mkdir()
    named = frame[["variant_id", "chrom", "pos", "ref", "alt"]].assign(
        rsid=[f"rs{n}" if n % 3 else "" for n in range(len(frame))]
    )
    named.iloc[:300].to_csv(shards / "variants-1-00000.tsv", sep="\t", index=False)
    swapped = named.iloc[300:].rename(
        columns={"ref": "alt", "alt": "ref"}
    )  # another table may have them the other way round
    swapped.assign(chrom="chr" + swapped["chrom"]).to_csv(shards / "variants-2-00000.tsv", sep="\t", index=False)
    (shards / "accounting.json").write_text("{}")
    script("rank_variants.py", "--scores", write_scores(tmp_path / "scores", frame), "--out", tmp_path / "out",
           "--set-sizes", "10", "--rsids", shards)  # fmt: skip
    table = pq.read_table(tmp_path / "out" / "ranking.parquet").to_pandas().set_index("variant_id")["rsid"]
    assert table[named["variant_id"]].tolist() == named["rsid"].tolist()


@pytest.mark.thorough
def test_rsids_in_the_scores_are_those_of_a_table(tmp_path: Path, made_up_scores, write_scores, script) -> None:
    """The same ranking from scores with rs numbers and from older ones with `--rsids`; where there are both, the table counts."""
    frame = made_up_scores(700)
    named, frame = frame, frame.drop(columns="rsid")
    shards = tmp_path / "shards"
    shards.mkdir()
    columns = ["variant_id", "chrom", "pos", "ref", "alt", "rsid"]
    named[columns].fillna("").to_csv(shards / "variants-1-00000.tsv", sep="\t", index=False)
    old = write_scores(tmp_path / "old", frame, 3)
    new = write_scores(tmp_path / "new", named, 2)
    mixed = write_scores(tmp_path / "mixed", named.iloc[:400], 2)
    write_scores(tmp_path / "rest", frame.iloc[400:])
    listed = tmp_path / "list.tsv"
    pd.DataFrame({"variant_id": named["variant_id"][[1, 3]], "rsid": ["rs900001", "rs900003"]}).to_csv(
        listed, sep="\t", index=False
    )
    runs = {
        "with a table": ["--scores", old, "--rsids", shards],
        "in the scores": ["--scores", new],
        "some in the scores": ["--scores", mixed, tmp_path / "rest"],
        "both": ["--scores", new, "--rsids", listed],
    }
    tables = {}
    for place, (name, arguments) in enumerate(runs.items()):
        out = tmp_path / f"out{place}"
        script("rank_variants.py", *arguments, "--out", out, "--set-sizes", "10")
        tables[name] = pq.read_table(out / "ranking.parquet").replace_schema_metadata()
    assert tables["in the scores"].equals(tables["with a table"])
    expected = named.set_index("variant_id")["rsid"].fillna("")
    assert tables["in the scores"].to_pandas().set_index("variant_id")["rsid"].to_dict() == expected.to_dict()
    some = expected.where(np.arange(len(expected)) < 400, "")
    assert tables["some in the scores"].to_pandas().set_index("variant_id")["rsid"].to_dict() == some.to_dict()
    expected[named["variant_id"][[1, 3]]] = ["rs900001", "rs900003"]
    assert tables["both"].to_pandas().set_index("variant_id")["rsid"].to_dict() == expected.to_dict()


@pytest.mark.parametrize("flag", ["--rank-by", "--summary"])
def test_other_summary_is_a_column_of_its_own(tmp_path: Path, made_up_scores, write_scores, script, flag) -> None:
    frame = made_up_scores(300)
    script("rank_variants.py", "--scores", write_scores(tmp_path / "s", frame), "--out", tmp_path / "out", "--set-sizes", "10",
           flag, "maximum", "--tracks", "track1,track2")  # fmt: skip
    table = pq.read_table(tmp_path / "out" / "ranking.parquet").to_pandas().set_index("variant_id")
    expected = frame.set_index("variant_id")[["track1", "track2"]].abs().max(axis=1)
    assert table["value"].is_monotonic_decreasing
    assert table["value"].to_dict() == expected.to_dict()
    assert table["mean_abs"].to_dict() == frame.set_index("variant_id")["mean_abs"].to_dict()


@pytest.mark.thorough
def test_bad_inputs_are_one_line(tmp_path: Path, made_up_scores, write_scores, script) -> None:
    frame = made_up_scores(50)
    good = write_scores(tmp_path / "good", frame)
    other = write_scores(tmp_path / "other", frame.rename(columns={"track1": "trackX"}))
    text = tmp_path / "scores.parquet"
    text.write_text("not parquet")
    cut = tmp_path / "cut.parquet"
    cut.write_bytes((good / "scores-000.parquet").read_bytes()[:-100])
    empty = write_scores(tmp_path / "empty", frame.iloc[:0])
    (tmp_path / "folder").mkdir()
    lacks = write_scores(tmp_path / "lacks", frame.drop(columns="mean_abs"))
    words = write_scores(tmp_path / "words", frame.assign(track0="x"))
    cases = [
        ([good, other], "its tracks are not those of"), ([text], "is not a Parquet file"), ([cut], "is not a Parquet file"),
        ([empty], "no variants"), ([tmp_path / "folder"], "no .parquet file"), ([lacks], "has no column mean_abs"),
        ([words], "column track0 holds"), ([tmp_path / "nowhere"], "does not exist"),
    ]  # fmt: skip
    for scores, message in cases:
        done = script("rank_variants.py", "--scores", *scores, "--out", tmp_path / "out", "--set-sizes", "5", status=2)
        assert message in done.stderr.splitlines()[-1], done.stderr
        assert not (tmp_path / "out").exists()
    done = script(
        "rank_variants.py",
        "--scores",
        good,
        "--out",
        tmp_path / "out",
        "--set-sizes",
        "5",
        "--tracks",
        "trak1",
        status=2,
    )
    assert "did you mean track1" in done.stderr
