"""Wrong inputs: one clear line that names the file and what was expected, status 2; in the pipeline, before the work starts."""

import gzip
import shutil
from pathlib import Path

import pyBigWig
import pytest

from ..engine import Run, tasks

EXPRESSION = "epithelium.expression.bed.gz"


@pytest.fixture(scope="module")
def cohort(script, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo cohort, as a user's data."""
    folder = tmp_path_factory.mktemp("cohort") / "demo"
    script("make_demo.py", "--seed", 1, "--out", folder)
    return folder


def plan(script, cohort: Path, out: Path, **files: Path) -> str:
    given = {
        "tracks": cohort / "epithelium.tracks.csv",
        "bed": cohort / "windows.bed",
        "fasta": cohort / "genome.fa",
        **files,
    }
    flags = [part for name, path in given.items() for part in (f"--{name}", path)]
    return (
        script("plan_tracks.py", *flags, "--crop", 512, "--width", 128, "--out", out, status=2)
        .stderr.strip()
        .splitlines()[-1]
    )


def test_bigwig_with_other_chromosome_names(script, cohort: Path, tmp_path: Path) -> None:
    with pyBigWig.open(str(tmp_path / "other.bw"), "w") as bigwig:
        bigwig.addHeader([("1", 1_500_000), ("2", 1_500_000)])
        bigwig.addEntries(["1"], [10], ends=[20], values=[1.0])
    (tmp_path / "tracks.csv").write_text("id,bigwig\nother,other.bw\n")
    line = plan(script, cohort, tmp_path / "plan", tracks=tmp_path / "tracks.csv")
    assert line.startswith("error: ") and "other.bw" in line and "chr1" in line and "'chr'" in line


def test_window_beyond_the_chromosome(script, cohort: Path, tmp_path: Path) -> None:
    first = (cohort / "windows.bed").read_text().splitlines()[0].split("\t")
    bed = tmp_path / "windows.bed"
    bed.write_text(f"{first[0]}\t1499000\t1503096\ttrain\n")
    line = plan(script, cohort, tmp_path / "plan", bed=bed)
    assert line.startswith("error: ") and "windows.bed" in line and "1500000" in line.replace(",", "")


def check(script, cohort: Path, out: Path, **files: Path) -> str:
    given = {name: cohort / file for name, file in (
        ("genotypes", "genotypes.vcf.gz"), ("expression", EXPRESSION), ("genes", "genes.gtf"),
        ("traits", "traits.csv"), ("gwas", "gwas.tsv.gz"),
    )} | files  # fmt: skip
    flags = [part for name, path in given.items() for part in (f"--{name}", path)]
    return script("check_inputs.py", *flags, "--out", out, status=2).stderr.strip().splitlines()[-1]


def test_gwas_without_a_p_column(script, cohort: Path, tmp_path: Path) -> None:
    rows = [line.split("\t") for line in gzip.open(cohort / "gwas.tsv.gz", "rt").read().splitlines()[:50]]
    kept = [i for i, name in enumerate(rows[0]) if name != "P"]
    with gzip.open(tmp_path / "gwas.tsv.gz", "wt") as text:
        text.write("\n".join("\t".join(row[i] for i in kept) for row in rows) + "\n")
    line = check(script, cohort, tmp_path / "checked.json", gwas=tmp_path / "gwas.tsv.gz")
    assert line.startswith("error: ") and "gwas.tsv.gz" in line and "no column P" in line


def test_expression_shares_no_sample(script, cohort: Path, tmp_path: Path) -> None:
    lines = gzip.open(cohort / EXPRESSION, "rt").read().splitlines()
    header = lines[0].split("\t")
    with gzip.open(tmp_path / "expression.bed.gz", "wt") as text:
        text.write("\n".join(["\t".join([*header[:4], *("X" + name for name in header[4:])]), *lines[1:]]) + "\n")
    line = check(script, cohort, tmp_path / "checked.json", expression=tmp_path / "expression.bed.gz")
    assert line.startswith("error: ") and "expression.bed.gz" in line and "genotypes.vcf.gz" in line


def test_a_database_without_its_covariances(script, tmp_path: Path) -> None:
    (tmp_path / "half").mkdir()
    (tmp_path / "half/breast.db").write_text("x")
    line = script("check_inputs.py", "--models", tmp_path / "half", "--out", tmp_path / "checked.json", status=2).stderr
    assert "breast.db has no covariances beside it; looked for breast_cov.txt.gz" in line


@pytest.mark.thorough
@pytest.mark.pipeline
def test_the_pipeline_stops_before_the_work(nextflow: Run, cohort: Path, tmp_path: Path) -> None:
    """A GWAS without its p column, in a whole run from tracks: nothing but the check has run."""
    data = tmp_path / "data"
    shutil.copytree(cohort, data)
    (data / "traits.csv").write_text("trait,path,pvalue_column,beta_column\nheight,gwas.tsv.gz,PVALUE,BETA\n")
    files = {
        "tracks": "epithelium.tracks.csv", "windows": "windows.bed", "fasta": "genome.fa", "checkpoint": "checkpoint/variables",
        "variants": "variants.vcf.gz", "genotypes": "genotypes.vcf.gz", "expression": EXPRESSION,
        "genes": "genes.gtf", "traits": "traits.csv",
    }  # fmt: skip
    flags = [part for name, file in files.items() for part in (f"--{name}", data / file)]
    done = nextflow(*flags, "--crop", 512, folder=tmp_path, status=1)
    assert "error: " in done.stdout and "gwas.tsv.gz" in done.stdout and "PVALUE" in done.stdout
    assert "Traceback" not in done.stdout and "Join mismatch" not in done.stdout
    assert set(tasks(tmp_path / "results/pipeline_info/trace.tsv")) == {"CHECK_INPUTS"}


@pytest.mark.thorough
@pytest.mark.pipeline
def test_a_file_that_a_table_names_is_missing(nextflow: Run, cohort: Path, tmp_path: Path) -> None:
    (tmp_path / "tracks.csv").write_text("id,bigwig\nA,nowhere.bw\n")
    done = nextflow(
        "--tracks", tmp_path / "tracks.csv", "--windows", cohort / "windows.bed", "--fasta", cohort / "genome.fa",
        "--checkpoint", cohort / "checkpoint/variables", "--variants", cohort / "variants.vcf.gz", folder=tmp_path, status=None,
    )  # fmt: skip
    assert done.returncode in (1, 2)
    assert "tracks.csv: nowhere.bw does not exist" in done.stdout


@pytest.mark.thorough
@pytest.mark.pipeline
def test_a_tracks_table_with_an_empty_cell(nextflow: Run, cohort: Path, tmp_path: Path) -> None:
    (tmp_path / "tracks.csv").write_text("id,bigwig\nA,\n")
    done = nextflow(
        "--tracks", tmp_path / "tracks.csv", "--windows", cohort / "windows.bed", "--fasta", cohort / "genome.fa", "--crop", 512,
        "--checkpoint", cohort / "checkpoint/variables", "--variants", cohort / "variants.vcf.gz", folder=tmp_path, status=2,
    )  # fmt: skip
    assert "tracks.csv: a row names no file" in done.stdout
