"""Four made-up tissues against S-PrediXcan and, over the tissues, S-MultiXcan (tests/data/association/tissues)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

TISSUES = ("Breast", "Lung", "Ovary", "Prostate")


@pytest.fixture(scope="module")
def combined(project_data: Path, tmp_path_factory: pytest.TempPathFactory, associate_main, combine_main) -> Path:
    """A folder with `trait/TISSUE.csv` and `combined/tissues.tsv.gz`."""
    data, out = project_data / "association" / "tissues", tmp_path_factory.mktemp("tissues")
    associate_main(
        "--model_db_path", *(data / f"{t}.db" for t in TISSUES), "--covariance", *(data / f"{t}.txt.gz" for t in TISSUES),
        "--gwas_file", data / "gwas.tsv.gz", "--beta_column", "BETA", "--se_column", "SE", "--additional_output", "--trait", "trait",
        "--output_folder", out / "trait", "--correlations", out / "trait/correlations.tsv.gz", "--joint-covariance", data / "joint.txt.gz",
    )  # fmt: skip
    combine_main("--associations", out / "trait", "--out", out / "combined")
    return out


@pytest.mark.parametrize("tissue", TISSUES)
def test_each_tissue_equals_s_predixcan(tissue: str, combined: Path, project_data: Path) -> None:
    ours = pd.read_csv(combined / "trait" / f"{tissue}.csv")
    theirs = pd.read_csv(project_data / "association" / "tissues" / f"expected_{tissue}.csv")
    assert list(ours.columns) == list(theirs.columns) and sorted(ours["gene"]) == sorted(theirs["gene"])
    theirs = theirs.set_index("gene").loc[ours["gene"]].reset_index()
    for name in ours.columns.drop(["gene", "gene_name"]):
        np.testing.assert_allclose(ours[name].astype(float), theirs[name].astype(float), rtol=1e-10, err_msg=name)


def test_the_joint_test_equals_s_multixcan(combined: Path, project_data: Path) -> None:
    """The same genes, tissues and degrees of freedom (some tissues are near copies), log10 p within 1e-9."""
    theirs = pd.read_csv(project_data / "association" / "tissues" / "expected_tissues.tsv", sep="\t").set_index("gene")
    ours = pd.read_csv(combined / "combined" / "tissues.tsv.gz", sep="\t").set_index("gene")
    assert sorted(ours.index) == sorted(theirs.index) and len(ours) == 40
    ours = ours.loc[theirs.index]
    assert ours["models"].tolist() == theirs["n"].tolist()
    assert ours["joint_dof"].tolist() == theirs["n_indep"].tolist()
    assert set(theirs["n_indep"][theirs["n"] == 4]) == {1, 3, 4}
    np.testing.assert_allclose(np.log10(ours["joint_pvalue"]), np.log10(theirs["pvalue"]), rtol=0, atol=1e-9)
