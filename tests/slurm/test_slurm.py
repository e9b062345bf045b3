"""The pipeline on a real Slurm: the demo with job arrays and made-up GPUs; killed, overdue and oversized jobs."""

import json
import subprocess
import time
from pathlib import Path

import pytest

from ..engine import ROOT, Run, tasks
from .cluster import Cluster

pytestmark = [pytest.mark.slow, pytest.mark.slurm]

# Quick polling, for a test; the profile's own values suit a shared cluster.
QUICK = """
executor { pollInterval = '1 sec'; queueStatInterval = '2 sec'; exitReadTimeout = '5 sec'; submitRateLimit = null }
"""
SITE = (
    "--slurm_partition",
    "short",
    "--slurm_gpu_partition",
    "gpu",
    "--max_cpus",
    2,
    "--max_memory",
    "6.GB",
    "--max_time",
    "1.h",
)


@pytest.fixture
def quick(tmp_path: Path) -> Path:
    path = tmp_path / "quick.config"
    path.write_text(QUICK)
    return path


def test_the_demo_on_slurm(nextflow: Run, cluster: Cluster, tmp_path: Path, quick: Path) -> None:
    done = nextflow("-profile", "demo,slurm,gpu", *SITE, "-c", quick, folder=tmp_path, **cluster.environment)
    assert "planted: " in done.stdout
    assert json.loads((tmp_path / "results/demo/truth.json").read_text())["all_passed"]
    jobs = (cluster.folder / "log/jobcomp.txt").read_text().splitlines()
    assert sum("Partition=gpu" in job for job in jobs) >= 4
    scripts = [path.read_text() for path in (tmp_path / "work").glob("*/*/.command.run")]
    assert any("--array 0-" in text or "-array=0-" in text for text in scripts)
    assert any("--gres=gpu:1" in text for text in scripts)


SMALL = """
process WORK {{
    tag "${{number}}"
    errorStrategy {{ task.exitStatus in [104, 175, 2147483647] + (130..145).toList() ? 'retry' : 'finish' }}
    maxRetries 2
    memory {{ 100.MB * task.attempt }}
    time {{ task.attempt == 1 ? {first_time} : 5.min }}
    input: val number
    output: path 'done.txt'
    script:
    '''
    {script}
    '''
}}
workflow {{ WORK(channel.of(1)) }}
"""


def small(
    cluster: Cluster, engine: Path, folder: Path, quick: Path, script: str, first_time: str = "5.min"
) -> subprocess.Popen[str]:
    """Start a one-task pipeline on the cluster, with the retry rule of conf/base.config."""
    (folder / "small.nf").write_text(SMALL.format(script=script, first_time=first_time))
    (folder / "small.config").write_text(
        "process.executor = 'slurm'\ntrace { enabled = true; overwrite = true; file = 'trace.tsv' }\n"
    )
    return subprocess.Popen(
        [str(engine), "run", "small.nf", "-ansi-log", "false", "-c", str(quick), "-c", "small.config"],
        cwd=folder, env=cluster.full_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def test_the_retry_rule_tested_here_is_the_pipelines() -> None:
    rule = "task.exitStatus in [104, 175, 2147483647] + (130..145).toList() ? 'retry'"
    assert rule in (ROOT / "conf/base.config").read_text() and rule in SMALL


def test_a_cancelled_job_is_retried(cluster: Cluster, engine: Path, tmp_path: Path, quick: Path) -> None:
    process = small(
        cluster,
        engine,
        tmp_path,
        quick,
        "[ -e ../../../again ] || { touch ../../../again; sleep 300; }; touch done.txt",
    )
    end = time.monotonic() + 60
    while not (tmp_path / "again").exists() and time.monotonic() < end:
        time.sleep(0.5)
    cluster.output("scancel", "--user=root")
    printed, _ = process.communicate(timeout=240)
    assert process.returncode == 0, printed
    assert sorted(tasks(tmp_path / "trace.tsv")["WORK"]) == ["COMPLETED", "FAILED"]
    assert "Execution is retried (1)" in printed


def test_a_job_over_its_time_is_retried_with_more(cluster: Cluster, engine: Path, tmp_path: Path, quick: Path) -> None:
    script = "[ -e ../../../again ] || { touch ../../../again; sleep 400; }; touch done.txt"
    process = small(cluster, engine, tmp_path, quick, script, first_time="1.min")
    printed, _ = process.communicate(timeout=400)
    assert process.returncode == 0, printed
    assert "exit status (140) -- Execution is retried (1)" in printed


def test_a_job_over_its_memory_is_retried_with_more(
    cluster: Cluster, engine: Path, tmp_path: Path, quick: Path
) -> None:
    script = "python3 -c 'block = bytearray(140 << 20); import time; time.sleep(5)'; touch done.txt"
    process = small(cluster, engine, tmp_path, quick, script)
    printed, _ = process.communicate(timeout=300)
    assert process.returncode == 0, printed
    assert "terminated by the external system -- Execution is retried (1)" in printed


def test_too_many_gpus_are_refused_at_once(cluster: Cluster, engine: Path, tmp_path: Path, quick: Path) -> None:
    quick.write_text(quick.read_text() + "process.clusterOptions = '--gres=gpu:9'\n")
    process = small(cluster, engine, tmp_path, quick, "touch done.txt")
    printed, _ = process.communicate(timeout=120)
    assert process.returncode != 0
    assert "Requested node configuration is not available" in printed
