"""Parity with S-PrediXcan on real models: three GTEx tissues, and the 7,558-gene breast model."""

import json
import sqlite3
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

TISSUES = ("TW_Breast_Mammary_Tissue", "TW_Skin_Sun_Exposed_Lower_leg", "TW_Whole_Blood")


def assert_same(ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
    assert list(ours.columns) == list(theirs.columns)
    assert set(ours["gene"]) == set(theirs["gene"])
    ours, theirs = ours.set_index("gene"), theirs.set_index("gene").loc[ours["gene"]]
    for name in ours.columns.drop("gene_name"):
        np.testing.assert_allclose(
            ours[name].astype(float), theirs[name].astype(float), rtol=1e-10, atol=1e-13, err_msg=name
        )


@pytest.fixture(scope="module")
def gtex(shared_data: Path, tmp_path_factory: pytest.TempPathFactory, associate_main) -> Path:
    """All three tissues in one call."""
    data, out = shared_data / "association" / "gtex", tmp_path_factory.mktemp("gtex")
    associate_main(
        "--model_db_path", *(data / f"{t}.db" for t in TISSUES), "--covariance", *(data / f"{t}.cov.txt.gz" for t in TISSUES),
        "--gwas_file", data / "gwas_synthetic.txt.gz", "--beta_column", "BETA", "--pvalue_column", "P", "--additional_output",
        "--output_folder", out, "--trait", "synthetic",
    )  # fmt: skip
    return out


@pytest.mark.parametrize("tissue", TISSUES)
def test_tissue(tissue: str, gtex: Path, shared_data: Path) -> None:
    expected = shared_data / "association" / "gtex" / f"{tissue}.expected.csv"
    assert_same(pd.read_csv(gtex / f"{tissue}.csv"), pd.read_csv(expected))


def test_one_model_alone_gives_the_same_bytes(gtex: Path, shared_data: Path, tmp_path: Path, script) -> None:
    data, tissue = shared_data / "association" / "gtex", TISSUES[2]
    script(
        "associate.py", "--model_db_path", data / f"{tissue}.db", "--covariance", data / f"{tissue}.cov.txt.gz", "--gwas_file",
        data / "gwas_synthetic.txt.gz", "--beta_column", "BETA", "--pvalue_column", "P", "--additional_output", "--output_folder",
        tmp_path, "--trait", "synthetic",
    )  # fmt: skip
    for name in (f"{tissue}.csv", f"{tissue}.csv.flags.tsv", f"{tissue}.csv.rejected.tsv.gz"):
        assert (tmp_path / name).read_bytes() == (gtex / name).read_bytes(), name


def test_accounting_names_trait_and_model(gtex: Path) -> None:
    record = json.loads((gtex / "TW_Whole_Blood.csv.accounting.json").read_text())
    assert (record["trait"], record["model"], record["snp_set"]) == ("synthetic", "TW_Whole_Blood", "")
    assert str(gtex) not in json.dumps(record)


def other_alleles(database: Path) -> set[str]:
    """Genes with a weight whose id has other alleles in another gene: there the reference takes one allele's z for both."""
    connection = sqlite3.connect(f"file:{database}?mode=ro&immutable=1", uri=True)
    weights = pd.read_sql("SELECT rsid, gene, ref_allele, eff_allele FROM weights", connection)
    connection.close()
    pairs = weights.drop_duplicates(["rsid", "ref_allele", "eff_allele"])["rsid"]
    return set(weights.loc[weights["rsid"].isin(pairs[pairs.duplicated()]), "gene"])


def test_breast_model(shared_data: Path, tmp_path: Path, associate_main) -> None:
    data = shared_data / "association"
    associate_main(
        "--model_db_path", data / "tftwas_breast_gtexv8.db", "--covariance", data / "scale/tftwas_breast_synthetic_cov.txt.gz",
        "--gwas_file", data / "scale/gwas_300k.txt.gz", "--beta_column", "BETA", "--pvalue_column", "P", "--additional_output",
        "--output_file", tmp_path / "ours.csv",
    )  # fmt: skip
    tables = (tmp_path / "ours.csv", data / "scale/expected.csv.gz")
    ours, theirs = (pd.read_csv(path, na_values=["NANA"]) for path in tables)  # the model holds a q-value of NANA
    assert_same(ours, theirs)
    # Sites with several alternate alleles that the model names by one id: the reference's numbers, and a flag that says so.
    flags = pd.read_csv(tmp_path / "ours.csv.flags.tsv", sep="\t", keep_default_na=False)
    marked = set(flags.loc[flags["flags"].str.contains("other_allele"), "gene"])
    assert len(marked) == 69 and marked <= other_alleles(data / "tftwas_breast_gtexv8.db")
