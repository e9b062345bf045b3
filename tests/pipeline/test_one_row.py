"""A tissue that the run's own parameters describe, and the same tissue as a table of one row: the same bytes, for real."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ..engine import Run, tasks
from .small_study import cut, published

pytestmark = [pytest.mark.pipeline, pytest.mark.slow]


def write_scores(variants: Path, path: Path) -> None:
    """Made-up scores of the variants of a VCF."""
    rows = [line.split("\t")[:5] for line in variants.read_text().splitlines() if not line.startswith("#")]
    table = pd.DataFrame(rows, columns=["chrom", "pos", "rsid", "ref", "alt"]).astype({"pos": "int64"})
    table["chrom"] = table["chrom"].str.removeprefix("chr")
    table["variant_id"] = table["chrom"] + "_" + table["pos"].astype(str) + "_" + table["ref"] + "_" + table["alt"]
    scores = np.random.default_rng(1).normal(size=(len(table), 2)).astype(np.float32)
    table["mean_abs"], table["A"], table["B"] = np.abs(scores).mean(axis=1), scores[:, 0], scores[:, 1]
    path.parent.mkdir()
    table[["variant_id", "chrom", "pos", "ref", "alt", "rsid", "mean_abs", "A", "B"]].to_parquet(path)


def test_parameters_or_a_table_of_one_row(script, nextflow: Run, tmp_path: Path) -> None:
    script("make_demo.py", "--seed", 1, "--out", tmp_path / "demo")
    study = tmp_path / "study"
    flags = cut(tmp_path / "demo", study)
    write_scores(study / "variants.vcf", study / "scores/scores.parquet")
    own = ("--tissue", "breast", "--scores", study / "scores", "--expression", study / "epithelium.expression.bed")
    (study / "one.csv").write_text("tissue,scores,expression\nbreast,scores,epithelium.expression.bed\n")
    for name, given in (("parameters", own), ("table", ("--tissues", study / "one.csv"))):
        (tmp_path / name).mkdir()
        nextflow(*flags, *given, folder=tmp_path / name)
    ran = tasks(tmp_path / "table/results/pipeline_info/trace.tsv")
    assert {
        "RANK",
        "ANNOTATE",
        "EXPRESSION",
        "GENE_MODELS",
        "MODEL_DB",
        "ASSOCIATE",
        "COMBINE",
        "LOCI",
        "REPORT",
    } <= set(ran)
    assert not {"SCORE", "TRAIN", "COVERAGE"} & set(ran)
    expected, found = (published(tmp_path / name / "results") for name in ("parameters", "table"))
    assert expected.keys() == found.keys() and "combined/associations.tsv.gz" in found
    assert not [name for name in expected if expected[name] != found[name]]
    assert len(pd.read_table(tmp_path / "table/results/combined/associations.tsv.gz"))
