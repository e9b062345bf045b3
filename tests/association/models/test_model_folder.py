"""The models of a folder, by the names that MODEL_DB writes and by those of GTEx's published models."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
from tcra.association.models.model_folder import find_models
from tcra.expression.database_format import covariance_path, database_path, joint_covariance_path


@pytest.mark.parametrize("covariance", ["en_Liver.txt.gz", "en_Liver_cov.txt.gz", "en_Liver.txt", "en_Liver_cov.txt"])
def test_names_of_covariances(covariance: str, tmp_path: Path) -> None:
    for name in ("en_Liver.db", covariance, "mashr_Lung.db", "mashr_Lung.txt.gz", "readme.txt"):
        (tmp_path / name).touch()
    found = find_models(tmp_path)
    assert [path.name for path in found.databases] == ["en_Liver.db", "mashr_Lung.db"]
    assert [path.name for path in found.covariances] == [covariance, "mashr_Lung.txt.gz"]
    assert found.joint_covariances == []


def test_names_of_model_db(tmp_path: Path) -> None:
    """Sorted by name demo_4000_cov.txt.gz is before demo_400_cov.txt.gz, but demo_400.db before demo_4000.db."""
    databases = [database_path(tmp_path, "demo", snp_set) for snp_set in ("400", "4000")]
    joint = joint_covariance_path(tmp_path, "demo")
    for path in (*databases, *map(covariance_path, databases), joint):
        path.touch()
    found = find_models(tmp_path)
    assert found.databases == databases
    assert found.covariances == [covariance_path(path) for path in databases]
    assert found.joint_covariances == [joint]


def test_what_is_missing_is_named(tmp_path: Path, user_error) -> None:
    with user_error("has no model database (*.db)"):
        find_models(tmp_path)
    (tmp_path / "x.db").touch()
    with user_error("x.db has no covariances beside it; looked for x_cov.txt.gz, x_cov.txt, x.txt.gz and x.txt"):
        find_models(tmp_path)
    with user_error("x.db is not a folder"):
        find_models(tmp_path / "x.db")


def test_a_folder_in_place_of_lists(small, associate_main, user_error) -> None:
    folder = small.folder / "models"
    folder.mkdir()
    for name in ("a", "b"):
        shutil.copy(small.model, folder / f"{name}.db")
        shutil.copy(small.covariance, folder / f"{name}_cov.txt")
    lines = small.covariance.read_text().splitlines()
    gene = lines[1].split()[0]
    lines.insert(2, f"{gene} rs999 rs999 0.5")  # of no model
    (folder / "study_joint_covariance.txt.gz").write_text("\n".join(lines) + "\n")
    out = small.folder / "out"
    associate_main(
        "--models",
        folder,
        "--gwas_file",
        small.gwas,
        "--output_folder",
        out,
        "--correlations",
        out / "correlations.tsv.gz",
    )
    associate_main(*small.arguments, "--gwas_file", small.gwas, "--output_file", small.out)
    assert (out / "a.csv").read_bytes() == (out / "b.csv").read_bytes() == small.out.read_bytes()
    known = pd.read_csv(out / "correlations.tsv.gz", sep="\t")
    assert known["correlation"].tolist() == pytest.approx([1.0, 1.0])
    for arguments in ([*small.arguments, "--models", folder], []):
        with user_error("give either --models with a folder, or --model_db_path"):
            associate_main(*arguments, "--gwas_file", small.gwas, "--output_folder", out)
    with user_error("--covariance belongs to --model_db_path"):
        associate_main(
            "--models", folder, "--covariance", small.covariance, "--gwas_file", small.gwas, "--output_folder", out
        )
