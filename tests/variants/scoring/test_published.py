"""The published HDF5 scores as our table."""

import json
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pandas as pd


def write_published(path: Path, chrom: str, positions: list[int], scores: np.ndarray) -> None:
    """The published layout: fixed-length bytes, float16."""
    n, tracks = scores.shape
    with h5py.File(path, "w") as file:
        file["chr"] = np.array([chrom] * n, "S")
        file["pos"] = np.array(positions, np.int32)
        file["ref"] = np.array(["A"] * n, "S")
        file["alt"] = np.array([["C", "GT"][i % 2] for i in range(n)], "S")
        file["snp"] = np.array([f"rs{i}" for i in range(n)], "S")
        file["SAD"] = scores.astype(np.float16)
        file["target_ids"] = np.array(["ENC1", "ENC2", "ENC1"][:tracks], "S")
        file["target_labels"] = np.array(["CHIP:A", "DNASE:B", "CHIP:C"][:tracks], "S")


def test_converts_sorted_and_complete(script: Callable, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    scores = {name: random.standard_normal((n, 3)).astype(np.float16) for name, n in (("10", 5), ("2", 300))}
    positions = {"10": [50, 40, 40, 40, 10], "2": list(range(1000, 1300))}
    scores["10"][0, 1] = np.inf
    for name in scores:
        write_published(tmp_path / f"{name}.h5", f"chr{name}", positions[name], scores[name])
    out = tmp_path / "s.parquet"
    script("convert_scores.py", "--scores", tmp_path / "10.h5", tmp_path / "2.h5", "--out", out)
    table = pd.read_parquet(out)
    assert list(table.columns[5:]) == ["rsid", "mean_abs", "ENC1.0", "ENC2", "ENC1.2"]
    assert table["chrom"].tolist() == ["2"] * 300 + ["10"] * 3
    assert table["variant_id"].tolist()[-3:] == ["10_10_A_C", "10_40_A_C", "10_40_A_GT"]
    assert table["rsid"].tolist()[:2] == ["rs0", "rs1"] and table["rsid"].tolist()[-3:] == ["rs4", "rs2", "rs1"]
    np.testing.assert_array_equal(table[["ENC1.0", "ENC2", "ENC1.2"]].to_numpy()[:300], scores["2"].astype(np.float32))
    np.testing.assert_array_equal(
        table[["ENC1.0", "ENC2", "ENC1.2"]].to_numpy()[-3:], scores["10"][[4, 2, 1]].astype(np.float32)
    )
    (count,) = json.loads((tmp_path / "s.parquet.accounting.json").read_text())["counts"]
    assert count["rejected"] == {"duplicate": 1, "score is not finite": 1} and count["in"] == 305


def test_tracks_by_label(script: Callable, tmp_path: Path) -> None:
    scores = np.arange(6, dtype=np.float16).reshape(2, 3)
    write_published(tmp_path / "1.h5", "chr1", [5, 6], scores)
    script("convert_scores.py", "--scores", tmp_path / "1.h5", "--out", tmp_path / "s.csv", "--label", "CHIP")
    assert (tmp_path / "s.csv").read_text().splitlines()[1] == "1_5_A_C,1,5,A,C,rs0,1.000000,0.000000,2.000000"
    done = script(
        "convert_scores.py", "--scores", tmp_path / "1.h5", "--out", tmp_path / "s.csv", "--label", "CAGE", status=2
    )
    assert "no track has 'CAGE'" in done.stderr and "CHIP:A" in done.stderr


def test_other_files_are_named(script: Callable, tmp_path: Path) -> None:
    (tmp_path / "text.h5").write_text("no")
    write_published(tmp_path / "a.h5", "chr1", [1, 2], np.zeros((2, 3)))
    write_published(tmp_path / "b.h5", "chr1", [1, 2], np.zeros((2, 3)))
    with h5py.File(tmp_path / "c.h5", "w") as file:
        file["chr"] = np.array(["chr1"], "S")
    for names, message in (
        (["text"], "text.h5 cannot be read as HDF5"),
        (["a", "b"], "both have chromosome 1"),
        (["c"], "c.h5 has no dataset pos"),
    ):
        files = [tmp_path / f"{name}.h5" for name in names]
        done = script("convert_scores.py", "--scores", *files, "--out", tmp_path / "o.parquet", status=2)
        assert message in done.stderr and done.stderr.count("\n") == 1
