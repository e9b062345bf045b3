"""The whole graph in seconds: every process once, under both parsers."""

import re
from pathlib import Path

import pytest

from ..engine import ROOT, Run, tasks

pytestmark = pytest.mark.pipeline

PROCESSES = {
    path.stem.upper() for path in (ROOT / "modules").glob("*.nf") if re.search(r"^process ", path.read_text(), re.M)
}


@pytest.mark.parametrize("parser", ["v1", "v2"])
def test_the_demo_walks_every_process(nextflow: Run, tmp_path: Path, parser: str) -> None:
    text = tmp_path / "text.json"  # from 25.10 on, Nextflow passes values of the command line as text
    text.write_text('{"clip": "16", "genes_per_chunk": "30", "matched_controls": "0", "max_cpus": "2", "gpu": "false"}')
    nextflow("-profile", "demo", "-params-file", text, "-stub-run", folder=tmp_path, NXF_SYNTAX_PARSER=parser)
    done = tasks(tmp_path / "results/demo/pipeline_info/trace.tsv")
    assert set(done) == PROCESSES
    assert all(status == "COMPLETED" for statuses in done.values() for status in statuses)
    assert (tmp_path / "results/demo/report/report.html").exists()


def test_every_process_has_a_stub_a_label_and_sources() -> None:
    for path in (ROOT / "modules").glob("*.nf"):
        text = path.read_text()
        if re.search(r"^process ", text, re.M):
            assert "\n    stub:\n" in text, path.name
            assert "\n    label '" in text, path.name
            assert "\n    val sources\n" in text, path.name
            assert "params." not in text, f"{path.name}: a module takes explicit inputs"


def test_a_process_depends_on_the_python_of_each_script_that_it_runs() -> None:
    main = (ROOT / "main.nf").read_text()
    for path in (ROOT / "modules").glob("*.nf"):
        if script := re.search(r'script:(.*?)"""\n\n', path.read_text(), re.S):
            sources = re.search(
                rf"\b{path.stem.upper()}\(\s*(sourcesOf\('\w+\.py'\)(?: \+ sourcesOf\('\w+\.py'\))*)", main, re.S
            )
            assert sources, path.name
            assert re.findall(r"^\s*(\w+\.py)", script[1], re.M) == re.findall(r"sourcesOf\('(.*?)'\)", sources[1]), (
                path.name
            )


def test_a_parameter_reruns_only_the_stages_that_use_it(nextflow: Run, tmp_path: Path) -> None:
    nextflow("-profile", "demo", "-stub-run", folder=tmp_path)
    nextflow(
        "-profile",
        "demo",
        "-stub-run",
        "-resume",
        "--annotation_rule",
        "fraction",
        "--tissue",
        "liver",
        folder=tmp_path,
    )
    done = tasks(tmp_path / "results/demo/pipeline_info/trace.tsv")
    fresh = {name for name, statuses in done.items() if "COMPLETED" in statuses}
    assert fresh == {"ANNOTATE", "MODEL_DB", "ASSOCIATE", "COMBINE", "TRUTH", "REPORT"}


def test_start_at_model_databases(nextflow: Run, tmp_path: Path) -> None:
    folder = tmp_path / "dbs"
    folder.mkdir()
    for name in ("breast_400.db", "breast_400_cov.txt.gz"):
        (folder / name).write_text("x")
    (tmp_path / "gwas.tsv").write_text("SNP\tA1\tA2\tBETA\tP\n")
    (tmp_path / "traits.csv").write_text("trait,path\nheight,gwas.tsv\n")
    nextflow("-stub-run", "--model_dbs", folder, "--traits", tmp_path / "traits.csv", folder=tmp_path)
    assert set(tasks(tmp_path / "results/pipeline_info/trace.tsv")) == {
        "CHECK_INPUTS",
        "ASSOCIATE",
        "COMBINE",
        "REPORT",
    }


def test_start_at_scores(nextflow: Run, tmp_path: Path) -> None:
    (tmp_path / "scores.parquet").write_text("x")
    nextflow("-stub-run", "--scores", tmp_path / "scores.parquet", folder=tmp_path)
    assert set(tasks(tmp_path / "results/pipeline_info/trace.tsv")) == {"CHECK_INPUTS", "RANK", "ANNOTATE", "REPORT"}


def test_start_at_a_model(nextflow: Run, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    for name in ("model/model.json", "genome.fa", "variants.vcf"):
        (tmp_path / name).write_text("x")
    inputs = ("--fasta", tmp_path / "genome.fa", "--variants", tmp_path / "variants.vcf")
    nextflow("-stub-run", "--model", tmp_path / "model", *inputs, folder=tmp_path)
    found = set(tasks(tmp_path / "results/pipeline_info/trace.tsv"))
    assert found == {"CHECK_INPUTS", "SPLIT_VARIANTS", "SCORE", "RANK", "ANNOTATE", "REPORT"}
