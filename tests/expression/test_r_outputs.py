"""Gene models of a made-up cohort against the stored output of R's glmnet (tests/data/gene_models): needs no R."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

STATISTICS = ["cv_mse", "lambda_min", "cv_R2_avg", "cv_R2_sd", "in_sample_R2", "pred_perf_R2", "pred_perf_pval"]


def fit(script: Callable, data: Path, out: Path, *flags: object) -> None:
    script(
        "fit_gene_models.py", "--genotypes", data / "genotypes.vcf.gz", "--expression", data / "expression.csv.gz",
        "--genes", data / "genes.gtf", "--snp-sets", data / "snp_sets.tsv.gz", "--cores", 1, *flags, "--out", out,
    )  # fmt: skip


def compare(data: Path, out: Path, sets: dict[str, str]) -> None:
    """Our sets (by their name in the output) against R's: the same λ and SNPs, weights within 1e-8, statistics within 1e-6 relative."""
    ours, theirs = (
        pd.read_csv(path, sep="\t", dtype={"snp_set": str})
        for path in (out / "model_summaries.tsv", data / "expected_model_summaries.tsv")
    )
    ours = ours[ours["snp_set"].isin(sets)].assign(snp_set=ours["snp_set"].map(sets))
    theirs = theirs[theirs["snp_set"].isin(sets.values())]
    assert (ours["status"] == "too few SNPs").sum() == len(sets)  # the gene that stands alone; R's table leaves it out
    both = theirs.merge(ours, on=["gene_id", "snp_set"], suffixes=("", "_ours"), validate="1:1")
    assert len(both) == len(theirs) == 11 * len(sets)
    for column in ("lambda_iteration", "n_snps_in_model", "n_snps_in_window"):
        assert (both[column] == both[column + "_ours"]).all(), column
    for column in STATISTICS:
        np.testing.assert_allclose(both[column + "_ours"], both[column], rtol=1e-6, err_msg=column)

    ours, theirs = (
        pd.read_csv(path, sep="\t", dtype={"snp_set": str})
        for path in (out / "weights.tsv", data / "expected_weights.tsv")
    )
    ours = ours[ours["snp_set"].isin(sets)].assign(snp_set=ours["snp_set"].map(sets))
    theirs = theirs[theirs["snp_set"].isin(sets.values())]
    both = theirs.merge(ours, on=["gene_id", "rsid", "ref", "alt", "snp_set"], how="outer", suffixes=("", "_ours"))
    assert both[["beta", "beta_ours"]].notna().all(axis=None) and len(both) > 100
    assert (both["beta"] - both["beta_ours"]).abs().max() < 1e-8

    theirs = pd.read_csv(data / "expected_covariances.tsv.gz", sep="\t", dtype={"snp_set": str})
    ours = pd.read_csv(out / "covariances.txt.gz", sep=" ", dtype={"snp_set": str})
    ours = ours[ours["snp_set"].isin(sets)].assign(snp_set=ours["snp_set"].map(sets))
    theirs = theirs[theirs["snp_set"].isin(sets.values())]
    both = theirs.merge(ours, on=["gene_id", "rsid1", "rsid2", "snp_set"], how="outer", validate="1:1")
    assert len(both) == len(theirs) == len(ours)
    assert (both["value"] - both["corvarianceValues"]).abs().max() < 1e-10


def test_models_of_snp_sets(project_data: Path, script: Callable, tmp_path: Path) -> None:
    """Sets of 300 and 1,400 SNPs: windows of fewer and more than 500, where R's core changes its update."""
    data = project_data / "gene_models"
    fit(script, data, tmp_path / "out", "--set-sizes", "300,1400")
    compare(data, tmp_path / "out", {"300": "300", "1400": "1400"})


@pytest.mark.thorough
@pytest.mark.parametrize("powers", ["0.1,0.5", pytest.param("0.25,0.5", marks=pytest.mark.slow)])
def test_models_with_prior_weights(project_data: Path, script: Callable, tmp_path: Path, powers: str) -> None:
    """Penalty factors from rank and distance to the transcription start, over all ranked SNPs (R: penalty.factor)."""
    data = project_data / "gene_models"
    fit(script, data, tmp_path / "out", "--set-sizes", "300", "--prior", powers)
    compare(data, tmp_path / "out", {"prior": f"prior_{powers.replace(',', '_')}"})
