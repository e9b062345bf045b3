"""The whole graph in seconds: every process once, under both parsers."""

import re
from pathlib import Path

import pytest

from ..engine import ROOT, Run, tasks

pytestmark = pytest.mark.pipeline

PROCESSES = {
    path.stem.upper() for path in (ROOT / "modules").glob("*.nf") if re.search(r"^process ", path.read_text(), re.M)
} - {"JOIN_SCORES"}  # it runs only where a tissue has more than a hundred score tables


@pytest.mark.parametrize("parser", ["v1", pytest.param("v2", marks=pytest.mark.thorough)])
def test_the_demo_walks_every_process(nextflow: Run, tmp_path: Path, parser: str) -> None:
    text = tmp_path / "text.json"  # from 25.10 on, Nextflow passes values of the command line as text
    text.write_text(
        '{"clip": "16", "genes_per_chunk": "30", "matched_controls": "0", "max_cpus": "2", "gpu": "false", "finemap": "true"}'
    )
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
    calls = "".join(path.read_text() for path in (ROOT / "main.nf", *sorted((ROOT / "workflows").glob("*.nf"))))
    for path in (ROOT / "modules").glob("*.nf"):
        if script := re.search(r'script:(.*?)"""\n\n', path.read_text(), re.S):
            sources = re.search(
                rf"\b{path.stem.upper()}\(\s*(sourcesOf\('\w+\.py'\)(?: \+ sourcesOf\('\w+\.py'\))*)", calls, re.S
            )
            assert sources, path.name
            named = re.findall(r"sourcesOf\('(.*?)'\)", sources[1])
            assert re.findall(r'(?:^\s*|")(\w+\.py)', script[1], re.M) == named, path.name


def test_a_module_that_includes_others_is_included_once() -> None:
    """The strict parser of Nextflow 25.04 loads a module again for each script that includes it, and then finds what it includes twice."""
    scripts = [ROOT / "main.nf", *(ROOT / "workflows").glob("*.nf"), *(ROOT / "modules").glob("*.nf")]
    users: dict[Path, list[str]] = {}
    for path in scripts:
        for place in re.findall(r"^include .+ from '(.+)'", path.read_text(), re.M):
            users.setdefault((path.parent / f"{place}.nf").resolve(), []).append(path.name)
    for path in scripts:
        if re.search(r"^include ", path.read_text(), re.M):
            assert len(users.get(path, [])) <= 1, f"{path.name} includes others, and is included by {users[path]}"


def test_main_is_one_screen_and_no_process_takes_more_than_six_inputs() -> None:
    lines = (ROOT / "main.nf").read_text().splitlines()
    assert len(lines) <= 80 and max(map(len, lines)) <= 120
    for path in (ROOT / "modules").glob("*.nf"):
        if block := re.search(r"^    input:\n(.*?)\n\n", path.read_text(), re.M | re.S):
            assert len(re.findall(r"^    (?:val|path|tuple) ", block[1], re.M)) <= 6, path.name


@pytest.mark.thorough
def test_a_parameter_reruns_only_the_stages_that_use_it(nextflow: Run, tmp_path: Path) -> None:
    nextflow("-profile", "demo", "-stub-run", folder=tmp_path)
    nextflow(
        "-profile",
        "demo",
        "-stub-run",
        "-resume",
        "--annotation_rule",
        "fraction",
        "--maf",
        "0.1",
        folder=tmp_path,
    )
    done = tasks(tmp_path / "results/demo/pipeline_info/trace.tsv")
    fresh = {name for name, statuses in done.items() if "COMPLETED" in statuses}
    assert fresh == {"ANNOTATE", "GENE_MODELS", "MODEL_DB", "ASSOCIATE", "COMBINE", "LOCI", "TRUTH", "REPORT"}


@pytest.mark.thorough
def test_start_at_model_databases(nextflow: Run, tmp_path: Path) -> None:
    folder = tmp_path / "dbs"
    folder.mkdir()
    for name in ("breast_400.db", "breast_400_cov.txt.gz", "README.txt"):
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


@pytest.mark.thorough
def test_start_at_scores(nextflow: Run, tmp_path: Path) -> None:
    (tmp_path / "scores.parquet").write_text("x")
    nextflow("-stub-run", "--scores", tmp_path / "scores.parquet", folder=tmp_path)
    assert set(tasks(tmp_path / "results/pipeline_info/trace.tsv")) == {"RANK", "ANNOTATE", "REPORT"}


@pytest.mark.thorough
def test_many_score_tables_are_joined(nextflow: Run, tmp_path: Path) -> None:
    """201 tables of a tissue: three joined ones, in order, which the stages after take instead."""
    (tmp_path / "many").mkdir()
    for number in range(201):
        (tmp_path / f"many/variants-{number:05d}.parquet").write_text(f"{number}\n")
    (tmp_path / "one").mkdir()
    (tmp_path / "one/scores.parquet").write_text("x")
    (tmp_path / "tissues.csv").write_text("tissue,scores\nbreast,many\nlung,one\n")
    nextflow("-stub-run", "--tissues", tmp_path / "tissues.csv", folder=tmp_path)
    done = {name: len(statuses) for name, statuses in tasks(tmp_path / "results/pipeline_info/trace.tsv").items()}
    assert done == {"JOIN_SCORES": 3, "RANK": 2, "ANNOTATE": 2, "REPORT": 3}
    staged = [sorted(folder.glob("*.parquet")) for folder in (tmp_path / "work").glob("*/*/scores")]
    joined = [paths for paths in staged if paths[0].name == "joined-00000.parquet"]
    assert len(joined) == 2  # RANK's and ANNOTATE's
    for paths in joined:
        assert "".join(path.read_text() for path in paths).split() == [str(number) for number in range(201)]


@pytest.mark.thorough
def test_start_at_a_model(nextflow: Run, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model/model.json").write_text("{}")
    for name in ("genome.fa", "variants.vcf"):
        (tmp_path / name).write_text("x")
    inputs = ("--fasta", tmp_path / "genome.fa", "--variants", tmp_path / "variants.vcf")
    nextflow("-stub-run", "--model", tmp_path / "model", *inputs, folder=tmp_path)
    found = set(tasks(tmp_path / "results/pipeline_info/trace.tsv"))
    assert found == {"SPLIT_VARIANTS", "SCORE", "RANK", "ANNOTATE", "REPORT"}


def made_up_study(folder: Path, tissues: str) -> list[object]:
    """Flags of a study whose files hold nothing, for stub runs, in `folder`; `tissues` is its table."""
    names = (
        "windows.bed", "genome.fa", "checkpoint.index", "variants.vcf", "panel.vcf.gz", "genes.gtf", "a.bed.gz", "b.bed.gz", "A.bw", "B.bw",
        "C.bw", "height.tsv", "old/x.parquet",
    )  # fmt: skip
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x")
    (folder / "model").mkdir()
    (folder / "model/model.json").write_text("{}")
    (folder / "one.csv").write_text("id,bigwig\nA,A.bw\nB,B.bw\n")
    (folder / "two.csv").write_text("id,bigwig\nB,B.bw\nC,C.bw\n")
    (folder / "traits.csv").write_text("trait,path\nheight,height.tsv\n")
    (folder / "tissues.csv").write_text(tissues)
    given = {
        "tissues": "tissues.csv", "windows": "windows.bed", "fasta": "genome.fa", "checkpoint": "checkpoint", "variants": "variants.vcf",
        "genotypes": "panel.vcf.gz", "genes": "genes.gtf", "traits": "traits.csv",
    }  # fmt: skip
    return [part for name, file in given.items() for part in (f"--{name}", folder / file)]


@pytest.mark.thorough
def test_several_tissues(nextflow: Run, tmp_path: Path) -> None:
    """Four tissues: from tracks with and without expression, from a model, from scores. What they share runs once, and models with one
    trunk are scored in one pass; the trunk's output is kept for other studies."""
    table = (
        "tissue,tracks,expression,model,scores\nbreast,one.csv,a.bed.gz,,\nlung-2.b,two.csv,,,\n"
        "7_skin,,b.bed.gz,model,\nold.1,,,,old\n"
    )
    flags = made_up_study(tmp_path, table)
    (tmp_path / "model/model.json").write_text('{"trunk": "stub"}')
    (tmp_path / "variants.vcf").rename(tmp_path / "variants.chr1.vcf")
    (tmp_path / "variants.chr2.vcf").write_text("x")
    flags += ["--variants", tmp_path / "variants.chr*.vcf", "--embeddings", tmp_path / "kept"]
    preview = nextflow("-preview", *flags, folder=tmp_path).stdout.split("would run, for each tissue:")[1]
    assert (
        re.search(r"^  7_skin: CHECK_INPUTS SCORE RANK .* ASSOCIATE$", preview, re.M)
        and "  old.1: RANK ANNOTATE\n" in preview
    )
    nextflow("-stub-run", *flags, folder=tmp_path)
    done = {name: len(statuses) for name, statuses in tasks(tmp_path / "results/pipeline_info/trace.tsv").items()}
    assert set(re.findall(r"\b[A-Z_]{4,}\b", preview)) == set(done)
    assert done == {
        "CHECK_INPUTS": 3, "PLAN_WINDOWS": 1, "PLAN": 2, "COVERAGE": 3, "TFRECORDS": 2, "EMBED": 1, "TRAIN": 2, "EVALUATE": 2,
        "SPLIT_VARIANTS": 1, "SCORE": 2, "RANK": 4, "ANNOTATE": 4, "EXPRESSION": 2, "GENE_MODELS": 2, "MODEL_DB": 2, "ASSOCIATE": 2,
        "COMBINE": 1, "LOCI": 1, "REPORT": 5,
    }  # fmt: skip
    results = tmp_path / "results"
    found = {path.parent.name for path in results.glob("*/ranking")}
    assert found == {"breast", "lung-2.b", "7_skin", "old.1"}
    assert sorted(path.name for path in (results / "7_skin").iterdir()) == [
        "annotations", "associations", "expression", "model_databases", "ranking", "rejected_genes", "report", "scores",
    ]  # fmt: skip
    (kept,) = tmp_path.glob("kept/*/embeddings")
    assert {path.name for path in kept.glob("*.npy")} == {"train-0-0.npy", "test-0-0.npy"}
    assert {"combined", "report", "windows", "rejected_variants"} <= {path.name for path in results.iterdir()}


@pytest.mark.thorough
def test_one_tissue_by_parameters_or_by_a_table(nextflow: Run, tmp_path: Path) -> None:
    """The same tissue as parameters and as a table of one row: the second run takes every task from the first."""
    flags = made_up_study(tmp_path, "tissue,tracks,expression\nbreast,one.csv,a.bed.gz\n")
    nextflow("-stub-run", *flags, folder=tmp_path)
    own = ("--tissue", "breast", "--tracks", tmp_path / "one.csv", "--expression", tmp_path / "a.bed.gz")
    nextflow("-stub-run", "-resume", *flags[2:], *own, folder=tmp_path)
    done = tasks(tmp_path / "results/pipeline_info/trace.tsv")
    assert {name for name, statuses in done.items() if "COMPLETED" in statuses} == {"REPORT"}  # its parameters differ
