"""What stands beside the associations: accounting, rejected rows, flags; traits tables, the preflight, and bad inputs."""

import gzip
import json
import sqlite3
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from .conftest import WEIGHTS, run, write_covariance, write_model


def counts(small) -> dict[str, dict[str, object]]:
    record = json.loads(Path(f"{small.out}.accounting.json").read_text())
    for count in record["counts"]:
        assert count["in"] == count["out"] + sum(count["rejected"].values())
    return {count["unit"]: count for count in record["counts"]}


def rejected(small) -> list[list[str]]:
    with gzip.open(f"{small.out}.rejected.tsv.gz", "rt") as text:
        return [line.rstrip("\n").split("\t") for line in text][1:]


def test_every_lost_row_has_a_reason(small, associate_main) -> None:
    extra = [
        "rs1\t1\t1000\tG\tA\t0.3\tNA\t0.02\t0.1",  # no sign
        "rs2\t1\t2000\tC\tG\t0.3\t0.1\t0.02\t0.1",  # other alleles
        "rs3\t2\t3000\tT\tA\t0.3\t0.1\t0.02",  # short
        "rs3\t2\t3000\tT\tA\t0.3\t0.1\t0.02\t7",  # p above 1
        "rs4\t2\t4000\tCAG\tC\t0.2\t0.05\t0.02\t0.012",  # the later row of rs4 is used
    ]
    small.gwas.write_text(small.gwas.read_text() + "\n".join(extra) + "\n")
    run(small, associate_main)
    rows = counts(small)["GWAS rows"]
    assert (rows["in"], rows["out"]) == (10, 4)
    assert rows["rejected"] == {
        "a later row of the variant was used": 1,
        "alleles differ from the model's": 1,
        "id has no 'rs' in it": 0,
        "not a variant of any model": 1,
        "p is outside 0 to 1": 1,
        "sign of the effect is missing": 1,
        "too few cells": 1,
    } or rows["rejected"] == {
        "a later row of the variant was used": 1,
        "alleles differ from the model's": 1,
        "not a variant of any model": 1,
        "p is outside 0 to 1": 1,
        "sign of the effect is missing": 1,
        "too few cells": 1,
    }
    listed = {row[3]: row for row in rejected(small) if row[0] == "GWAS rows"}
    assert listed["too few cells"][1].startswith("rs3")
    assert listed["p is outside 0 to 1"][1:3] == ["rs3", "gwas.tsv row 8"]


def test_a_missing_covariance_is_named(small, associate_main) -> None:
    text = small.covariance.read_text().replace("G1 rs1 rs2 0.2\n", "")
    small.covariance.write_text(text)
    table = run(small, associate_main)
    assert np.isnan(table.loc["G1", "zscore"]) and np.isfinite(table.loc["G2", "zscore"])
    assert counts(small)["genes"]["rejected"] == {"a covariance is missing, the result is NA": 1}
    assert ["genes", "G1", "small.db", "a covariance is missing, the result is NA: rs1 with rs2"] in rejected(small)


def test_flags(small, associate_main) -> None:
    weights = [
        *WEIGHTS,
        *((f"rs{i}", "", "G1", 0.1, "A", "G") for i in range(200, 205)),
        ("rs1", "", "G3", 1e-4, "A", "G"),
    ]
    model = write_model(small.folder / "flags.db", weights)
    covariance = write_covariance(small.folder / "flags.cov", model, correlation=1.0)
    associate_main(
        "--model_db_path", model, "--covariance", covariance, "--gwas_file", small.gwas, "--output_file", small.out
    )
    flags = pd.read_csv(f"{small.out}.flags.tsv", sep="\t").set_index("gene")
    assert "low_coverage" in flags.loc["G1", "flags"] and flags.loc["G1", "snp_coverage"] == 2 / 7
    assert "ill_conditioned" in flags.loc["G1", "flags"] and np.isinf(flags.loc["G1", "condition_number"])
    assert flags.loc["G3", "flags"] == "tiny_variance" and flags.loc["G3", "condition_number"] == 1


def test_no_gene_in_the_table(small, associate_main) -> None:
    model = write_model(small.folder / "few.db", WEIGHTS, extra={"G2": None})  # the GWAS has SNPs of G1 alone
    gwas = small.folder / "few.tsv"
    gwas.write_text("".join(small.gwas.read_text().splitlines(keepends=True)[:3]))
    arguments = ["--model_db_path", model, "--covariance", small.covariance, "--gwas_file", gwas]
    associate_main(*arguments, "--output_file", small.out, "--remove_ens_version")
    assert len(pd.read_csv(small.out)) == 0
    flags = pd.read_csv(f"{small.out}.flags.tsv", sep="\t")
    assert len(flags) == 0 and flags.columns[0] == "gene"


def test_condition_number(small, associate_main) -> None:
    run(small, associate_main)
    flags = pd.read_csv(f"{small.out}.flags.tsv", sep="\t").set_index("gene")
    np.testing.assert_allclose(flags["condition_number"], 3.0)  # (1 + 0.5) / (1 - 0.5)


def test_opposite_signs_are_flagged(small, associate_main) -> None:
    gwas = small.folder / "odd.tsv"  # z and beta that contradict each other
    gwas.write_text("SNP\tA1\tA2\tBETA\tZ\nrs1\tG\tA\t0.1\t-3\nrs3\tT\tA\t0.1\t3\n")
    run(small, associate_main, "--beta_column", "BETA", "--zscore_column", "Z", gwas=gwas)
    flags = pd.read_csv(f"{small.out}.flags.tsv", sep="\t", keep_default_na=False).set_index("gene")["flags"]
    assert flags.to_dict() == {"G1": "opposite_signs", "G2": ""}


def test_a_joint_covariance_alone_does_nothing(small, associate_main, user_error) -> None:
    with user_error("--joint-covariance is for the table of --correlations"):
        run(small, associate_main, "--joint-covariance", small.covariance)


def test_calibration_needs_both_numbers(small, associate_main, user_error) -> None:
    with user_error("--gwas_h2 and --gwas_N go together"):
        run(small, associate_main, "--gwas_h2", "0.3")
    model = write_model(small.folder / "phi.db", WEIGHTS, extra={"G1": None, "G2": None})
    with user_error("has an empty phi for every gene"):
        associate_main("--model_db_path", model, "--covariance", small.covariance, "--gwas_file", small.gwas, "--gwas_h2", "0.3",
                       "--gwas_N", "1000", "--output_file", small.out)  # fmt: skip


@pytest.mark.parametrize(
    ("damage", "part"),
    [
        (lambda s: s.model.write_text("not a database, but long enough to be read as one"), "small.db is not a model database"),
        (lambda s: s.covariance.write_text("GENE RSID1 VALUE\nG1 rs1 1\n"), "small.cov.txt has no column RSID2"),
        (lambda s: s.covariance.write_text(s.covariance.read_text() + "G2 rs3\n"), "small.cov.txt line 8: 2 cells, expected 4"),
        (lambda s: s.gwas.write_text("SNP\tA1\tA2\tBETA\tP\n"), "gwas.tsv: no usable rows below the header"),
        (lambda s: s.gwas.write_bytes(b"\xff\xfe\x00SNP\n"), "gwas.tsv is text in UTF-16"),
        (lambda s: s.gwas.write_text("SNP\tA1\tA2\tBETA\tSE\nrs1\tC\tT\t1\t1\n"), "no row of the models' variants can be used: 1 alleles"),
    ],
)  # fmt: skip
def test_bad_inputs(damage, part: str, small, associate_main, user_error) -> None:
    damage(small)
    with user_error(part):
        run(small, associate_main)
    assert not small.out.exists()


def test_a_model_that_lacks_ids_and_has_no_snp_of_the_gwas(small, associate_main, user_error) -> None:
    with sqlite3.connect(small.model) as database:
        database.execute("UPDATE weights SET rsid = NULL, varID = NULL WHERE rsid = 'rs1'")
    database.close()
    small.gwas.write_text("SNP\tA1\tA2\tBETA\tP\nrs77\tA\tC\t1\t0.1\n")
    for key in ("rsid", "varID"):
        with user_error("none of its 1 variants is in small.db"):
            run(small, associate_main, "--model_db_snp_key", key)


def test_errors_on_the_command_line(small, script) -> None:
    """One line, exit status 2; and an output that exists stays as it is."""
    small.out.write_text("mine\n")
    common = [*small.arguments, "--gwas_file", small.gwas]
    done = script("associate.py", *common, "--output_file", small.out, status=2)
    assert done.stderr.splitlines()[-1].startswith("error: ") and "--overwrite" in done.stderr
    assert small.out.read_text() == "mine\n"
    for extra, part in (
        (["--output_file", "x.csv", "--output_folder", "x"], "--output_file for one model"),
        (["--output_file", "x.csv", "--gwas_folder", small.folder], "give either --gwas_file"),
        (["--output_folder", "x", "--model_db_path", small.model, small.model], "two models are named small"),
    ):
        assert part in script("associate.py", *common, *extra, status=2).stderr


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--output_file", "gwas.tsv"], "gwas.tsv is an input"),
        (["--output_file", "x.csv", "--snps-used", "small.db"], "small.db is an input"),
        (["--output_file", "x.csv", "--correlations", "small.cov.txt"], "small.cov.txt is an input"),
        (["--output_file", "x.csv", "--gwas-points", "./x.csv"], "x.csv would be written twice"),
        (["--output_file", "x.csv", "--snps-used", "x.csv.flags.tsv"], "x.csv.flags.tsv would be written twice"),
        (["--output_file", "."], "is a folder, and cannot be written as a file"),
        (["--output_file", "x.csv", "--snps-used", "."], "is a folder, and cannot be written as a file"),
        (["--output_folder", "gwas.tsv"], "gwas.tsv is a file, so small.csv cannot be written into it"),
    ],
)
def test_outputs_that_cannot_be_written(
    arguments: list[str], part: str, small, associate_main, user_error, monkeypatch
) -> None:
    monkeypatch.chdir(small.folder)
    before = {path: path.read_bytes() for path in small.folder.iterdir()}
    with user_error(part):
        associate_main(*small.arguments, "--gwas_file", small.gwas, "--overwrite", *arguments)
    assert {path: path.read_bytes() for path in small.folder.iterdir()} == before


def test_the_covariance_of_another_model(small, associate_main, user_error, caplog) -> None:
    other = write_model(small.folder / "other.db", [("rs7", "1_7_A_G", "G7", 0.5, "A", "G")])
    wrong = write_covariance(small.folder / "other.cov", other)
    rest = ["--gwas_file", small.gwas, "--output_file", small.out]
    with user_error("has none of the 2 genes of small.db"):
        associate_main("--model_db_path", small.model, "--covariance", wrong, *rest)
    lines = small.covariance.read_text().splitlines()
    poor = small.folder / "poor.cov"  # each SNP alone: no pair of two SNPs
    poor.write_text("\n".join([lines[0], *(line for line in lines[1:] if len(set(line.split()[1:3])) == 1)]) + "\n")
    associate_main("--model_db_path", small.model, "--covariance", poor, *rest)
    assert "covariances are missing for 2 of 2 genes" in caplog.text
