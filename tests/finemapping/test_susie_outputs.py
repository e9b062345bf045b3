"""Posterior probabilities of a made-up study against the stored output of susieR (tests/data/fine_mapping): needs no R."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

TISSUES = ("Breast", "Lung", "Ovary", "Prostate")


@pytest.fixture(scope="module")
def out(project_data: Path, finemap_main, tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = project_data / "association" / "tissues"
    return finemap_main(
        "--model_db_path", *(data / f"{tissue}.db" for tissue in TISSUES), "--gwas_file", data / "gwas.tsv.gz",
        "--genotypes", project_data / "gene_models" / "genotypes.vcf.gz", "--regions", project_data / "fine_mapping" / "regions.bed",
        "--maf", 0, "--gene-prior", 0.02, "--snp-prior", 2e-4, "--effect-variance", 40, "--keep-all-effects", "--tolerance", 1e-14,
        "--out", tmp_path_factory.mktemp("finemap") / "out",
    )  # fmt: skip


def compare(ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
    np.testing.assert_allclose(ours["single_effect_pip"], theirs["single_effect_pip"], rtol=0, atol=1e-12)
    np.testing.assert_allclose(ours["pip"], theirs["pip"], rtol=0, atol=1e-7)


def test_genes(out: Path, project_data: Path) -> None:
    theirs = pd.read_csv(project_data / "fine_mapping" / "expected_genes.tsv", sep="\t").set_index(["gene", "tissue"])
    ours = pd.read_csv(out / "genes.tsv", sep="\t").set_index(["gene", "tissue"])
    assert len(theirs) > 120 and theirs["pip"].max() > 0.9
    ours = ours.loc[theirs.index]
    np.testing.assert_allclose(ours["zscore"], theirs["zscore"], rtol=0, atol=1e-6)
    compare(ours, theirs)


def test_snps(out: Path, project_data: Path) -> None:
    theirs = pd.read_csv(project_data / "fine_mapping" / "expected_snps.tsv.gz", sep="\t").set_index("snp")
    ours = pd.read_csv(out / "snps.tsv.gz", sep="\t").set_index("snp")
    assert sorted(ours.index) == sorted(theirs.index) and len(theirs) > 1000
    ours = ours.loc[theirs.index]
    np.testing.assert_allclose(ours["z"], theirs["z"], rtol=0, atol=1e-9)
    compare(ours, theirs)
