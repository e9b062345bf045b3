"""in = out + rejected, and where it is written."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tcra.common.accounting import Accounting, accounting_paths


def read(out: Path) -> tuple[dict, list[list[str]]]:
    report, rejected = accounting_paths(out)
    lines = gzip.decompress(rejected.read_bytes()).decode().splitlines()
    return json.loads(report.read_text()), [line.split("\t") for line in lines]


def test_balance_is_written_beside_a_file_or_into_a_folder(tmp_path: Path) -> None:
    accounting = Accounting("SCORE")
    count = accounting.count("variants")
    count.received(5)
    count.passed(2)
    count.reject("duplicate", "1_5_A_G", "a.vcf line 7")
    count.reject("too long", "1_6_A\tG", "a.vcf line 8", "30\nbp")
    count.reject_many("outside", 1)
    count.reject_many("never", 0)
    for out in (tmp_path, tmp_path / "scores.parquet"):
        accounting.write(out, {"software": "tcra"})
        report, rejected = read(out)
        assert report["stage"] == "SCORE" and report["software"] == "tcra"
        assert report["counts"] == [
            {"unit": "variants", "in": 5, "out": 2, "rejected": {"duplicate": 1, "outside": 1, "too long": 1}}
        ]
        assert rejected == [
            ["unit", "what", "where", "reason"],
            ["variants", "1_5_A_G", "a.vcf line 7", "duplicate"],
            ["variants", "1_6_A G", "a.vcf line 8", "too long: 30 bp"],
        ]
    assert {path.name for path in tmp_path.iterdir()} == {
        "accounting.json", "rejected.tsv.gz", "scores.parquet.accounting.json", "scores.parquet.rejected.tsv.gz"
    }  # fmt: skip


def test_a_lost_record_is_a_fault_and_nothing_is_written(tmp_path: Path) -> None:
    accounting = Accounting("RANK")
    accounting.count("variants").received(3)
    accounting.count("variants").passed(2)
    with pytest.raises(AssertionError, match="variants: 3 in, but 2 out"):
        accounting.write(tmp_path)
    assert not list(tmp_path.iterdir())


def test_nothing_at_all_is_balanced(tmp_path: Path) -> None:
    Accounting("RANK").write(tmp_path)
    assert read(tmp_path) == ({"stage": "RANK", "counts": []}, [["unit", "what", "where", "reason"]])


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 3))
def test_only_a_balance_is_accepted(passed: int, rejected: int, lost: int) -> None:
    count = Accounting("X").count("rows")
    count.received(passed + rejected + lost)
    count.passed(passed)
    for _ in range(rejected):
        count.reject("reason", "row")
    if lost:
        with pytest.raises(AssertionError):
            count.balance()
    else:
        assert count.balance()["out"] + sum(count.balance()["rejected"].values()) == count.balance()["in"]
