"""Parameters: every mistake at once, before any task, with status 2."""

import json
from pathlib import Path

import pytest

from ..engine import ROOT, Run

pytestmark = pytest.mark.pipeline


def test_all_mistakes_at_once(nextflow: Run, tmp_path: Path) -> None:
    done = nextflow(
        "--traks",
        "x.csv",
        "--fasta",
        "/nowhere.fa",
        "--clip",
        "high",
        "--order",
        "both",
        "--folds",
        "1",
        "--train_steps",
        "99999999999",
        folder=tmp_path,
        status=2,
    )
    for message in (
        "unknown parameter `traks`, did you mean `tracks`?",
        "`fasta`: /nowhere.fa does not exist",
        "`clip` is high, expected a number",
        "`order` is both, expected one of clip-then-scale, scale-then-clip",
        "`folds` is 1, expected at least 3",
        "`train_steps` is 99999999999, expected at most 2147483647",
    ):
        assert message in done.stdout
    assert "`windows` is missing" in done.stdout and "10 mistakes" in done.stdout
    assert not list((tmp_path / "work").glob("*/*"))


@pytest.mark.thorough
def test_dashes_for_underscores(nextflow: Run, tmp_path: Path) -> None:
    done = nextflow("--set-sizes", "100", folder=tmp_path, status=2)
    assert done.stdout.count("unknown parameter") == 1
    assert "unknown parameter `setSizes`, did you mean `set_sizes`?" in done.stdout  # Nextflow takes the dash away


@pytest.mark.thorough
def test_what_is_missing_depends_on_the_start(nextflow: Run, tmp_path: Path) -> None:
    done = nextflow(folder=tmp_path, status=2)
    assert "`tracks` is missing: a run that starts from tracks needs the tracks table" in done.stdout
    (tmp_path / "dbs").mkdir()
    done = nextflow("--model_dbs", tmp_path / "dbs", folder=tmp_path, status=2)
    assert "`traits` is missing" in done.stdout and "`tracks`" not in done.stdout


@pytest.mark.thorough
def test_a_start_that_is_not_what_it_should_be(nextflow: Run, tmp_path: Path) -> None:
    for name in ("empty", "databases", "scores"):
        (tmp_path / name).mkdir()
    for name in ("databases/breast.db", "scores.h5", "traits.csv"):
        (tmp_path / name).write_text("x")
    given = {"model": "empty", "scores": "scores", "model_dbs": "databases", "outdir": "traits.csv/results"}
    flags = [part for name, path in given.items() for part in (f"--{name}", tmp_path / path)]
    done = nextflow(*flags, "--traits", tmp_path / "traits.csv", folder=tmp_path, status=2)
    for message in (
        "empty has no model.json",
        f"`scores`: {tmp_path}/scores has no scores (*.parquet)",
        f"`outdir`: {tmp_path}/traits.csv is a file, expected a folder",
        "a run has one start: give one of `model`, `scores`, `model_dbs`",
    ):
        assert message in done.stdout
    done = nextflow(
        "--scores", tmp_path / "scores.h5", "--model_dbs", tmp_path / "empty", "--traits", tmp_path / "traits.csv",
        folder=tmp_path, status=2,
    )  # fmt: skip
    assert "scores.h5 is not named *.parquet" in done.stdout and "empty has no model database" in done.stdout


@pytest.mark.thorough
def test_a_traits_table_as_a_spreadsheet_writes_it(nextflow: Run, tmp_path: Path) -> None:
    """With a byte order mark and CRLF it is read; with semicolons, or without a needed column, it is refused by name."""
    (tmp_path / "dbs").mkdir()
    for name in ("a.db", "a_cov.txt.gz"):
        (tmp_path / "dbs" / name).write_text("x")
    (tmp_path / "gwas.tsv").write_text("SNP\tA1\tA2\tBETA\tP\n")
    traits = tmp_path / "traits.csv"
    flags = ("-stub-run", "--model_dbs", tmp_path / "dbs", "--traits", traits)
    traits.write_bytes("\ufefftrait,path\r\nheight,gwas.tsv\r\n".encode())
    nextflow(*flags, folder=tmp_path)
    for text, message in (
        ("trait;path\nheight;gwas.tsv\n", "traits.csv has no column trait; found trait;path"),
        ("trait,gwas\nheight,gwas.tsv\n", "traits.csv has no column path; found trait, gwas"),
    ):
        traits.write_text(text)
        assert message in nextflow(*flags, folder=tmp_path, status=2).stdout


@pytest.mark.thorough
def test_a_preview_promises_no_report(nextflow: Run, tmp_path: Path) -> None:
    assert "report:" not in nextflow("-profile", "demo", "-preview", folder=tmp_path).stdout


def test_help_lists_every_parameter(nextflow: Run, tmp_path: Path) -> None:
    schema = json.loads((ROOT / "nextflow_schema.json").read_text())
    done = nextflow("--help", folder=tmp_path, LC_ALL="C")  # a locale without UTF-8, as on some nodes
    for group in schema["$defs"].values():
        for name in group["properties"]:
            assert f"--{name}" in done.stdout


def test_schema_and_configuration_agree() -> None:
    schema = json.loads((ROOT / "nextflow_schema.json").read_text())
    rules = {name: rule for group in schema["$defs"].values() for name, rule in group["properties"].items()}
    block = (ROOT / "nextflow.config").read_text().split("params {")[1].split("\n}")[0]
    values = dict(
        line.split("=", 1) for line in block.splitlines() if "=" in line and not line.strip().startswith("//")
    )
    values = {name.strip(): value.strip().strip("'") for name, value in values.items()}
    assert set(values) == set(rules)
    for name, rule in rules.items():
        default = rule.get("default")
        written = (
            {None: "null", True: "true", False: "false"}.get(default, default)
            if not isinstance(default, (int, float)) or isinstance(default, bool)
            else default
        )
        assert values[name] == str(written) or float(values[name]) == float(written), name


@pytest.mark.thorough
def test_a_text_that_nextflow_takes_for_a_number(nextflow: Run, tmp_path: Path) -> None:
    """Nextflow 25.04 makes 7 of 007: refused; from a file of parameters, where it is in quotes, it is what it is."""
    done = nextflow("--tissue", "007", "--slurm_account=0012", folder=tmp_path, status=2)
    if "which Nextflow reads as" in done.stdout:
        assert "`tissue` is 007, which Nextflow reads as 7" in done.stdout
        assert "`slurm_account` is 0012, which Nextflow reads as 12" in done.stdout
    (tmp_path / "quoted.json").write_text('{"tissue": "007", "set_sizes": [400, "1e3", 2000], "clip": "x"}')
    done = nextflow("-params-file", tmp_path / "quoted.json", folder=tmp_path, status=2)
    assert "`tissue`" not in done.stdout and "`set_sizes`" not in done.stdout and "`clip` is x" in done.stdout


@pytest.mark.thorough
def test_a_table_of_tissues_that_is_wrong(nextflow: Run, tmp_path: Path) -> None:
    """Every mistake of the table at once, with the tissue's name, before any task."""
    (tmp_path / "tissues.csv").write_text(
        "tissue,tracks,expression,colour,model\nbreast,nowhere.csv,,,\nbreast,,e.bed,,\nreport,,,,m\n-x,,,,\n"
    )
    done = nextflow("--tissues", tmp_path / "tissues.csv", folder=tmp_path, status=2)
    for message in (
        "tissue `report` has the name of a part of the results",
        "tissues.csv: column `colour` is not known, expected tissue, tracks, expression, covariates, genotypes, model, scores",
        "tissues.csv: tissue `breast` stands in more than one row",
        "tissues.csv: tissue `-x` is not a plain name",
        f"tissues.csv: tissue `breast`, `tracks`: {tmp_path}/nowhere.csv does not exist",
        f"tissues.csv: tissue `report`, `model`: {tmp_path}/m does not exist",
        "`windows` is missing",
        "`genotypes` is missing",
    ):
        assert message in done.stdout, message
    assert not list((tmp_path / "work").glob("*/*"))
