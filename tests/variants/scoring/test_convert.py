"""Precomputed scores of other models: Borzoi's HDF5 and AlphaGenome's tables."""

import json
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest


def write_borzoi(path: Path, statistics: dict[str, np.ndarray]) -> None:
    """The layout of borzoi_sad.py and hound_snp.py: alleles as ref_allele and alt_allele, one dataset per statistic and its percentiles."""
    variants, tracks = next(iter(statistics.values())).shape
    with h5py.File(path, "w") as file:
        file["snp"] = np.array([f"rs{at}" for at in range(variants)], "S")
        file["chr"] = np.array(["chr7"] * variants, "S")
        file["pos"] = np.arange(100, 100 + variants, dtype=np.uint32)
        file["ref_allele"], file["alt_allele"] = np.array(["A"] * variants, "S"), np.array(["G"] * variants, "S")
        file["target_ids"] = np.array([f"ENC{track}" for track in range(tracks)], "S")
        file["target_labels"] = np.array([f"RNA:{track}" for track in range(tracks)], "S")
        for name, values in statistics.items():
            file[name] = values.astype(np.float16)
            file[f"{name}_pct"] = np.percentile(values, np.arange(1, 100), axis=0).T.astype(np.float16)
        file["percentiles"] = np.arange(1, 100) / 100


VALUES = np.random.default_rng(0).standard_normal((6, 3)).astype(np.float16)


@pytest.mark.parametrize(
    ("statistics", "flags", "chosen"),
    [
        (["SAD"], [], "SAD"),
        (["logSAD"], [], "logSAD"),
        (["D2", "SAD", "logSAD"], [], "SAD"),
        (["logD2", "logSAD"], ["--statistic", "logSAD"], "logSAD"),
    ],
)
def test_borzoi(script: Callable, tmp_path: Path, statistics: list[str], flags: list[str], chosen: str) -> None:
    values = {name: VALUES * (place + 1) for place, name in enumerate(statistics)}
    write_borzoi(tmp_path / "sad.h5", values)
    script("convert_scores.py", "--scores", tmp_path / "sad.h5", *flags, "--out", tmp_path / "s.parquet")
    table = pd.read_parquet(tmp_path / "s.parquet")
    assert table["variant_id"].tolist() == [f"7_{position}_A_G" for position in range(100, 106)]
    assert table["rsid"].tolist() == [f"rs{at}" for at in range(6)]
    np.testing.assert_array_equal(table[["ENC0", "ENC1", "ENC2"]], values[chosen].astype(np.float16).astype(np.float32))


@pytest.mark.parametrize(
    ("statistics", "flags", "message"),
    [
        (["logD2", "logSAD"], [], "several statistics and no SAD .*choose one of logD2, logSAD by --statistic"),
        (["SAD"], ["--statistic", "D2"], "no statistic D2 .*choose one of SAD by --statistic"),
        (["SAD"], ["--label", "CAGE"], "no track has 'CAGE' in its label"),
        (["SAD"], ["--statistic", "SAD_pct"], "no statistic SAD_pct .*choose one of SAD by --statistic"),
    ],
)
def test_borzoi_refused(
    script: Callable, tmp_path: Path, statistics: list[str], flags: list[str], message: str
) -> None:
    import re

    write_borzoi(tmp_path / "sad.h5", dict.fromkeys(statistics, VALUES))
    done = script(
        "convert_scores.py", "--scores", tmp_path / "sad.h5", *flags, "--out", tmp_path / "s.parquet", status=2
    )
    assert re.search(message, done.stderr), done.stderr


@pytest.mark.parametrize("genes", [["ENSG1"] * 6, ["ENSG1", "ENSG2"]])
def test_scores_of_genes_are_refused(script: Callable, tmp_path: Path, genes: list[str]) -> None:
    """borzoi_sed.py (a gene for each row) and hound_snpgene.py (the list of all genes, scores in groups)."""
    write_borzoi(tmp_path / "sed.h5", {"logSED": VALUES})
    with h5py.File(tmp_path / "sed.h5", "r+") as file:
        file["gene"] = np.array(genes, "S")
    done = script("convert_scores.py", "--scores", tmp_path / "sed.h5", "--out", tmp_path / "s.parquet", status=2)
    assert "sed.h5 has scores of genes" in done.stderr


def test_two_names_of_one_chromosome_are_refused(script: Callable, tmp_path: Path) -> None:
    write_borzoi(tmp_path / "a.h5", {"SAD": VALUES})
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        del file["chr"]
        file["chr"] = np.array(["chr23", "chr23", "chrX", "chrX", "chr2", "chr2"], "S")
    done = script("convert_scores.py", "--scores", tmp_path / "a.h5", "--out", tmp_path / "s.parquet", status=2)
    assert "a.h5: chromosomes chr23 and chrX both mean X" in done.stderr


def alphagenome() -> pd.DataFrame:
    """Two variants (one at two chromosomes' order) × three tracks, and a score of a gene."""
    rows = []
    for place, variant in enumerate(["chr22:36201698:A>C", "chr3:58394738:A>T"]):
        for track, strand in (("UBERON:1 DNase", "."), ("CL:2 CAGE", "+"), ("CL:2 CAGE", "-")):
            rows.append({
                "variant_id": variant, "scored_interval": "chr1:0-1048576:.", "gene_id": None, "output_type": track[-5:].strip().upper(),
                "variant_scorer": "CenterMaskScorer(width=501, aggregation_type=DIFF_LOG2_SUM)", "track_name": track,
                "track_strand": strand, "raw_score": place + len(rows) / 8, "quantile_score": 0.9,
            })  # fmt: skip
        rows.append({**rows[-1], "gene_id": "ENSG1", "output_type": "RNA_SEQ", "raw_score": 9.0})
    return pd.DataFrame(rows)


@pytest.mark.parametrize("kind", ["csv", "tsv.gz", "parquet"])
def test_alphagenome(script: Callable, tmp_path: Path, kind: str) -> None:
    path, table = tmp_path / f"scores.{kind}", alphagenome()
    if kind == "parquet":
        table.to_parquet(path)
    else:
        table.to_csv(path, sep="\t" if kind.startswith("tsv") else ",", index=False)
    script("convert_scores.py", "--scores", path, "--out", tmp_path / "s.parquet")
    found = pd.read_parquet(tmp_path / "s.parquet")
    assert found["variant_id"].tolist() == ["3_58394738_A_T", "22_36201698_A_C"]
    assert found.columns[6:].tolist() == ["DNASE UBERON:1 DNase", "CAGE CL:2 CAGE +", "CAGE CL:2 CAGE -"]
    assert found.iloc[1, 6:].tolist() == [0.0, 0.125, 0.25] and found.iloc[0, 6:].tolist() == [1.5, 1.625, 1.75]
    counts = {each["unit"]: each for each in json.loads((tmp_path / "s.parquet.accounting.json").read_text())["counts"]}
    assert counts["scores"]["rejected"] == {"score of a gene, not of the variant alone": 2}
    assert counts["variants"]["in"] == counts["variants"]["out"] == 2
    script("rank_variants.py", "--scores", tmp_path / "s.parquet", "--set-sizes", "1", "--out", tmp_path / "ranked")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.drop(columns="track_name"), "has no column track_name"),
        (lambda table: table.assign(gene_id="ENSG1"), "no score of a variant is in it"),
        (lambda table: pd.concat([table, table]), "has two scores in DNASE UBERON:1 DNase"),
        (
            lambda table: pd.concat([table, table.assign(variant_id=table["variant_id"].str.removeprefix("chr"))]),
            "22_36201698_A_C has two scores in DNASE UBERON:1 DNase",
        ),
        (lambda table: table.assign(raw_score="high"), "cannot be read as a table of AlphaGenome's variant scores"),
    ],
)
def test_alphagenome_refused(script: Callable, tmp_path: Path, change: Callable, message: str) -> None:
    change(alphagenome()).to_csv(tmp_path / "scores.csv", index=False)
    done = script("convert_scores.py", "--scores", tmp_path / "scores.csv", "--out", tmp_path / "s.parquet", status=2)
    assert message in done.stderr


def test_names_with_commas_are_quoted_in_csv(script: Callable, tmp_path: Path) -> None:
    write_borzoi(tmp_path / "a.h5", {"SAD": VALUES})
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        del file["target_ids"]
        file["target_ids"] = np.array(["A,b", 'say "x"', "T2"], "S")
    script("convert_scores.py", "--scores", tmp_path / "a.h5", "--out", tmp_path / "s.csv")
    table = pd.read_csv(tmp_path / "s.csv")
    assert table.columns[7:].tolist() == ["A,b", 'say "x"', "T2"]
    np.testing.assert_allclose(table.iloc[:, 7:].to_numpy(), VALUES.astype(float), atol=1e-6)


@pytest.mark.parametrize(
    "at", [0.0, 0.01, 0.02]
)  # the structure; zeros among the scores cannot be told from scores of 0
def test_damaged_hdf5_is_one_line(script: Callable, tmp_path: Path, at: float) -> None:
    write_borzoi(tmp_path / "a.h5", {"SAD": np.tile(VALUES, (200, 1))})
    content = bytearray((tmp_path / "a.h5").read_bytes())
    start = int(at * len(content))
    content[start : start + 2000] = bytes(2000)
    (tmp_path / "a.h5").write_bytes(content)
    done = script("convert_scores.py", "--scores", tmp_path / "a.h5", "--out", tmp_path / "s.parquet", status=2)
    assert "a.h5" in done.stderr and done.stderr.count("\n") == 1
