"""Models whose weights have two columns of ids: covariances by either, rs numbers that are missing, several variants of one rs number."""

from pathlib import Path

import pandas as pd
import pytest
from tcra.association.models.prediction_model import read_model

from ..conftest import WEIGHTS, run, write_covariance, write_model


@pytest.fixture
def plain(small, associate_main) -> pd.DataFrame:
    return run(small, associate_main)


@pytest.mark.parametrize("renamed", [["rs1"], ["rs1", "rs2"], ["rs2", "rs3"], ["rs1", "rs2", "rs3", "rs4"]])
@pytest.mark.parametrize("flags", [[], ["--match-by", "position"]])
def test_each_variant_of_a_covariance_has_either_id(small, plain, associate_main, renamed: list[str], flags) -> None:
    text = small.covariance.read_text()
    for rsid, varid, *_ in WEIGHTS:
        text = text.replace(rsid, varid) if rsid in renamed else text
    small.covariance.write_text(text)
    pd.testing.assert_frame_equal(run(small, associate_main, *flags), plain)


@pytest.mark.parametrize("missing", [".", "", "NA", None])
def test_variants_without_an_rs_number(small, plain, associate_main, missing: str | None, tmp_path: Path) -> None:
    """Two variants of one gene without an rs number are two; they are called by their varIDs, and found by position."""
    small.covariance = write_covariance(tmp_path / "varid.txt", small.model)
    text = small.covariance.read_text()
    for rsid, varid, *_ in WEIGHTS:
        text = text.replace(rsid, varid)
    small.covariance.write_text(text)
    small.model.unlink()
    write_model(small.model, [(missing, *row[1:]) if row[2] == "G1" else row for row in WEIGHTS])  # type: ignore[list-item,misc]
    small.arguments = ["--model_db_path", small.model, "--covariance", small.covariance]
    by_position = run(small, associate_main, "--match-by", "position")
    pd.testing.assert_frame_equal(by_position.loc[plain.index], plain)
    by_id = run(small, associate_main)
    assert by_id.index.tolist() == ["G2"]
    assert by_id.loc["G2", "zscore"] == plain.loc["G2", "zscore"]


def test_two_variants_of_one_rs_number(tmp_path: Path) -> None:
    """By the rs number the last counts, as in S-PrediXcan; where positions are read, both."""
    weights = [("rs1", "chr1_10_A_G_b38", "G1", 1.0, "A", "G"), ("rs1", "chr1_10_A_T_b38", "G1", 2.0, "A", "T")]
    path = write_model(tmp_path / "m.db", [*weights, weights[0]])
    assert read_model(path).weight.tolist() == [1.0]
    assert read_model(path, places=True).weight.tolist() == [2.0, 1.0]


def test_same_notation_and_no_id_in_common(small, associate_main, user_error) -> None:
    frame = pd.read_csv(small.gwas, sep="\t")
    frame["SNP"] = (
        frame["CHR"].astype(str) + "_" + frame["BP"].astype(str) + "_" + frame["A2"] + "_" + frame["A1"] + "_b38"
    )
    frame.drop(columns=["CHR", "BP"]).to_csv(small.gwas, sep="\t", index=False)
    keyed = ["--model_db_snp_key", "varID", "--keep_non_rsid"]
    with user_error("the model knows positions: give --match-by position"):
        run(small, associate_main, *keyed)
    run(small, associate_main, "--match-by", "position")
