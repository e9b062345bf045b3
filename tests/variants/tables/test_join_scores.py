"""Score tables joined into one: the same rows in the same order, and the same results further on."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from tcra.common.accounting import accounting_paths
from tcra.variants.tables.columns import score_schema
from tcra.variants.tables.join_scores import join_scores
from tcra.variants.tables.score_tables import open_scores


def test_rows_stay_as_they_are(script, write_scores, made_up_scores, tmp_path: Path) -> None:
    frame = made_up_scores(2000)
    folder = write_scores(tmp_path / "s", frame, 7, row_group=90)
    script("join_scores.py", "--scores", *sorted(folder.iterdir()), "--out", tmp_path / "one.parquet")
    pd.testing.assert_frame_equal(pq.read_table(tmp_path / "one.parquet").to_pandas(), frame, check_exact=True)
    (count,) = json.loads((tmp_path / "one.parquet.accounting.json").read_text())["counts"]
    assert count == {"unit": "variants", "in": len(frame), "out": len(frame), "rejected": {}}
    for name, scores in (("a", folder), ("b", tmp_path / "one.parquet")):
        script("rank_variants.py", "--scores", scores, "--set-sizes", "40,400", "--out", tmp_path / name)
        script("annotate_variants.py", "--scores", scores, "--out", tmp_path / f"{name}-annotations")
    first, second = (pq.read_table(tmp_path / name / "ranking.parquet") for name in "ab")
    assert first.equals(second)  # the checksums of inputs differ
    assert (tmp_path / "a/sets.tsv").read_bytes() == (tmp_path / "b/sets.tsv").read_bytes()
    texts = sorted(path.relative_to(tmp_path / "a-annotations") for path in (tmp_path / "a-annotations").rglob("*.gz"))
    assert texts
    for name in texts:
        assert (tmp_path / "a-annotations" / name).read_bytes() == (tmp_path / "b-annotations" / name).read_bytes()


def test_row_groups_become_as_large_as_scoring_writes_them(write_scores, made_up_scores, tmp_path: Path) -> None:
    frame = made_up_scores(1500)
    join_scores([write_scores(tmp_path / "s", frame, 20, row_group=50)], tmp_path / "one.parquet")
    assert pq.read_metadata(tmp_path / "one.parquet").num_row_groups == 1
    assert pq.read_schema(tmp_path / "one.parquet").equals(score_schema(open_scores([tmp_path / "s"]).tracks, {}))


def test_a_table_without_rs_numbers_and_one_of_other_types(write_scores, made_up_scores, tmp_path: Path) -> None:
    frame = made_up_scores(300)
    one = write_scores(tmp_path / "one", frame[:100]) / "scores-000.parquet"
    two = write_scores(tmp_path / "two", frame[100:200].drop(columns="rsid")) / "scores-000.parquet"
    doubles = frame[200:].astype({"track0": np.float64, "pos": np.int32, "chrom": "category"})
    three = write_scores(tmp_path / "three", doubles) / "scores-000.parquet"
    join_scores([one, two, three], tmp_path / "joined.parquet")
    expected = frame.assign(rsid=frame["rsid"].where((frame.index < 100) | (frame.index >= 200), None))
    pd.testing.assert_frame_equal(pq.read_table(tmp_path / "joined.parquet").to_pandas(), expected, check_exact=True)
    join_scores([two], tmp_path / "unnamed.parquet")
    assert "rsid" not in pq.read_schema(tmp_path / "unnamed.parquet").names


def test_refusals(script, write_scores, made_up_scores, tmp_path: Path) -> None:
    one, other = (
        write_scores(tmp_path / "a", made_up_scores(50)),
        write_scores(tmp_path / "b", made_up_scores(50, tracks=3)),
    )
    out = tmp_path / "out.parquet"
    done = script("join_scores.py", "--scores", one, other, "--out", out, status=2)
    assert "its tracks are not those of" in done.stderr and "track3" in done.stderr
    odd = write_scores(tmp_path / "c", made_up_scores(50).astype({"pos": str}).assign(pos="here"))
    done = script("join_scores.py", "--scores", odd, "--out", out, status=2)
    assert done.stderr.startswith("error: ") and "a column is not as in a score table" in done.stderr
    assert not out.exists() and not any(path.exists() for path in accounting_paths(out))
