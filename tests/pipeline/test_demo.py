"""The demo cohort through the real engine: the planted truth is found, a second run comes from the cache, a killed run ends the same."""

import gzip
import hashlib
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from tcra.common.files import read_json_documents

from ..engine import ROOT, Run, task_environment, tasks

pytestmark = pytest.mark.pipeline

TISSUES = ("epithelium", "stroma")
TABLES = (
    *(f"{tissue}/{table}" for tissue in TISSUES for table in (
        "evaluation/track_correlations.parquet", "ranking/ranking.parquet", "ranking/enrichment.tsv",
        "model_databases/model_summaries.tsv", f"model_databases/{tissue}_400.db", f"model_databases/{tissue}_400_cov.txt.gz",
    )),
    "combined/associations.tsv.gz", "combined/omnibus.tsv.gz", "combined/tissues.tsv.gz", "truth.json",
)  # fmt: skip


@pytest.fixture(scope="session")
def demo(nextflow: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a finished demo run."""
    folder = tmp_path_factory.mktemp("demo")
    done = nextflow("-profile", "demo", folder=folder)
    (folder / "printed.txt").write_text(done.stdout)
    return folder


def test_planted_truth_is_found(demo: Path) -> None:
    truth = json.loads((demo / "results/demo/truth.json").read_text())
    assert set(truth["tissues"]) == set(TISSUES)
    assert [len(tissue["tracks"]["pearson"]) for tissue in truth["tissues"].values()] == [5, 4]
    for tissue in truth["tissues"].values():
        assert min(tissue["tracks"]["pearson"].values()) > 0.8
        assert tissue["variants"]["auroc"] >= 0.85
        assert tissue["variants"]["causal"]["enrichment"] >= 3
        assert tissue["genes"][str(truth["top_set"])]["heritable_with_model_share"] >= 0.75
    over = truth["over_tissues"][str(truth["top_set"])]
    assert over["trait_genes_found_share"] >= 0.75 and over["false_discoveries"] <= 3
    assert over["right_tissue_named_share"] >= 0.9
    assert over["shared_found"] >= max(over["shared_found_by_tissue"].values())
    assert truth["all_passed"]


def test_the_second_tissue_costs_no_trunk_and_no_pass_over_the_variants(demo: Path) -> None:
    done = {name: len(all_) for name, all_ in tasks(demo / "results/demo/pipeline_info/trace.tsv").items()}
    variants = list((demo / "results/demo/epithelium/scores").glob("*.parquet"))
    assert len(variants) == len(list((demo / "results/demo/stroma/scores").glob("*.parquet"))) == 2
    assert (done["EMBED"], done["PLAN_WINDOWS"], done["SPLIT_VARIANTS"], done["SCORE"]) == (1, 1, 1, len(variants))
    assert done["COVERAGE"] == 8  # of nine tracks: one is in both tissues
    of_each = ("PLAN", "TRAIN", "EVALUATE", "RANK", "ANNOTATE", "EXPRESSION", "MODEL_DB", "ASSOCIATE")
    assert {name: done[name] for name in of_each} == dict.fromkeys(of_each, 2)


def test_it_ends_with_what_a_person_wants(demo: Path) -> None:
    lines = (demo / "printed.txt").read_text().strip().splitlines()[-3:]
    assert (
        lines[0] == "report: results/demo/report/report.html" and (demo / lines[0].removeprefix("report: ")).is_file()
    )
    assert lines[1].startswith("found: ") and lines[2].startswith("planted: ")


def test_the_methods_have_the_numbers_of_the_run(demo: Path) -> None:
    page = (demo / "results/demo/report/report.html").read_text()
    for part in ("4,000 variants were scored in windows of 4,096 bp", "from variants within 50,000 bp of the gene&#39;s body",
                 "10-fold cross-validation", "in bins of 128 bp", "in 2 tissues and 3 SNP sets"):  # fmt: skip
        assert part in page or part.replace("&#39;", "'") in page, part


def test_every_stage_balances(demo: Path) -> None:
    reports = list((demo / "work").glob("*/*/**/*accounting.json"))
    assert len(reports) > 15
    for path in reports:
        for record in read_json_documents(path):
            for count in record["counts"]:
                assert count["in"] == count["out"] + sum(count["rejected"].values()), path


def test_every_model_database_meets_its_own_covariance(demo: Path) -> None:
    records = [
        json.loads(path.read_text()) for path in (demo / "results/demo").glob("*/associations/*/*.accounting.json")
    ]
    assert len(records) == 6
    for record in records:
        assert f"{record['model']}_cov.txt.gz" in record["inputs"], (
            f"{record['model']} was tested with {sorted(record['inputs'])}"
        )


def test_a_second_run_comes_from_the_cache(nextflow: Run, demo: Path) -> None:
    start = time.monotonic()
    nextflow("-profile", "demo", "-resume", folder=demo)
    assert time.monotonic() - start < 60
    done = tasks(demo / "results/demo/pipeline_info/trace.tsv")
    assert {status for statuses in done.values() for status in statuses} == {"CACHED"}


@pytest.mark.thorough
def test_an_edit_reruns_its_stage(nextflow: Run, tmp_path: Path) -> None:
    """Stub runs of a copy of the project: an edit in the ranking room reruns RANK and what takes its output, and nothing else."""
    project = tmp_path / "project"
    project.mkdir()
    subprocess.run(
        [
            "cp",
            "-r",
            *(
                ROOT / name
                for name in (
                    "main.nf",
                    "nextflow.config",
                    "nextflow_schema.json",
                    "modules",
                    "workflows",
                    "conf",
                    "bin",
                    "assets",
                )
            ),
            project,
        ],
        check=True,
    )
    arguments = ("-profile", "demo", "-stub-run", "-resume")
    nextflow(*arguments, folder=tmp_path, project=str(project))
    with open(project / "bin/tcra/variants/ranking/rank.py", "a") as source:
        source.write("\n# edited\n")
    nextflow(*arguments, folder=tmp_path, project=str(project))
    done = tasks(tmp_path / "results/demo/pipeline_info/trace.tsv")
    assert {name for name, statuses in done.items() if "COMPLETED" in statuses} == {
        "RANK", "GENE_MODELS", "MODEL_DB", "ASSOCIATE", "COMBINE", "LOCI", "TRUTH", "REPORT",
    }  # fmt: skip
    with open(project / "bin/tcra/report/__init__.py", "a") as source:
        source.write("\n# edited\n")
    nextflow(*arguments, folder=tmp_path, project=str(project))
    done = tasks(tmp_path / "results/demo/pipeline_info/trace.tsv")
    assert {name for name, statuses in done.items() if "COMPLETED" in statuses} == {"LOCI", "REPORT"}


@pytest.mark.slow
def test_kill_and_interrupt_then_the_same_bytes(engine: Path, nextflow: Run, demo: Path, tmp_path: Path) -> None:
    """`kill -9` of the training task is retried; Ctrl-C during scoring, then -resume: the tables equal an undisturbed run's."""
    process = subprocess.Popen(
        [str(engine), "run", str(ROOT), "-profile", "demo", "-ansi-log", "false"],
        cwd=tmp_path, env=task_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a test run in the background would pass on that it is ignored
    )  # fmt: skip
    try:
        os.kill(wait_for_task(tmp_path / "work", "train_tracks.py"), signal.SIGKILL)
        wait_for_task(tmp_path / "work", "score_variants.py")
        process.send_signal(signal.SIGINT)
        process.wait(timeout=300)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode != 0
    nextflow("-profile", "demo", "-resume", folder=tmp_path)
    for table in TABLES:
        assert digest(tmp_path / "results/demo" / table) == digest(demo / "results/demo" / table), table


def wait_for_task(work: Path, script: str, seconds: float = 600) -> int:
    """The process id of a running entry script whose task stands in `work`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for entry in Path("/proc").iterdir():
            try:
                if (
                    entry.name.isdigit()
                    and script.encode() in (entry / "cmdline").read_bytes().split(b"\0")[1].split(b"/")[-1:]
                ):
                    if Path(os.readlink(entry / "cwd")).is_relative_to(work.resolve()):
                        return int(entry.name)
            except (OSError, IndexError):
                continue
        time.sleep(0.2)
    raise AssertionError(f"{script} did not start within {seconds} s")


def digest(path: Path) -> str:
    """A digest of a file's bytes, of a gzip file's content."""
    data = path.read_bytes()
    return hashlib.sha256(gzip.decompress(data) if path.suffix == ".gz" else data).hexdigest()
