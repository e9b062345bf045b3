"""The shipped image recipes, built and used for real."""

import json
from pathlib import Path

import pytest
from tcra import __version__

from ..engine import ROOT, Run, tasks
from ..slurm.cluster import Cluster
from ..slurm.conftest import cluster  # noqa: F401 (fixture)
from .images import Images

pytestmark = [pytest.mark.slow, pytest.mark.containers]

DEEP = {"embed_sequences.py", "train_tracks.py", "evaluate_tracks.py", "score_variants.py", "pretrain_demo_trunk.py"}


def test_the_cpu_image_is_small_and_has_no_tensorflow(images: Images) -> None:
    assert images.size("cpu", __version__) < 1_000_000_000
    done = images.podman(
        "run", "--rm", f"localhost/tcra-cpu:{__version__}", "python3", "-c", "import tensorflow", check=False
    )
    assert done.returncode != 0 and "No module named 'tensorflow'" in done.stderr


@pytest.mark.parametrize("script", sorted(path.name for path in (ROOT / "bin").glob("*.py")))
def test_every_entry_script_starts(images: Images, script: str) -> None:
    """No network, a read-only root, another user's id."""
    image = "tf-cpu" if script in DEEP else "cpu"
    done = images.podman(
        "run", "--rm", "--network=none", "--read-only", "--tmpfs", "/tmp", "--user", "1234:1234", "-v", f"{ROOT}/bin:/code:ro",
        f"localhost/tcra-{image}:{__version__}", f"/code/{script}", "--version",
    )  # fmt: skip
    assert done.stdout.strip() == f"tcra {__version__}"


def test_the_demo_in_containers(nextflow: Run, images: Images, tmp_path: Path) -> None:
    done = nextflow("-profile", "demo,podman", folder=tmp_path, **images.environment)
    assert "planted: " in done.stdout
    assert json.loads((tmp_path / "results/demo/truth.json").read_text())["all_passed"]
    runs = [path.read_text() for path in (tmp_path / "work").glob("*/*/.command.run")]
    assert runs and all("podman run" in text for text in runs)


def test_the_demo_in_containers_on_slurm(nextflow: Run, images: Images, cluster: Cluster, tmp_path: Path) -> None:  # noqa: F811
    quick = tmp_path / "quick.config"
    quick.write_text("executor { pollInterval = '1 sec'; queueStatInterval = '2 sec'; exitReadTimeout = '5 sec' }\n")
    site = ("--slurm_partition", "short", "--max_cpus", 2, "--max_memory", "6.GB", "--max_time", "1.h")
    nextflow(
        "-profile",
        "demo,slurm,podman",
        "-stub-run",
        *site,
        "-c",
        quick,
        folder=tmp_path,
        **images.environment,
        **cluster.environment,
    )
    done = tasks(tmp_path / "results/demo/pipeline_info/trace.tsv")
    assert {status for statuses in done.values() for status in statuses} == {"COMPLETED"}


OVERSIZED = """
process WORK {
    container 'localhost/tcra-cpu:VERSION'
    errorStrategy { task.exitStatus in [104, 175, 2147483647] + (130..145).toList() ? 'retry' : 'finish' }
    maxRetries 2
    memory { 200.MB * task.attempt * task.attempt }
    output: path 'done.txt'
    script:
    '''
    python3 -c 'block = bytearray(500 << 20)' && touch done.txt
    '''
}
workflow { WORK() }
"""


def test_an_out_of_memory_kill_is_retried_with_more(nextflow: Run, images: Images, tmp_path: Path) -> None:
    (tmp_path / "main.nf").write_text(OVERSIZED.replace("VERSION", __version__))
    trace = "trace { enabled = true; file = 'trace.tsv'; fields = 'name,status,exit' }"
    (tmp_path / "nextflow.config").write_text(f"podman.enabled = true\npodman.runOptions = '--user 0:0'\n{trace}\n")
    nextflow(folder=tmp_path, project=str(tmp_path), **images.environment)
    lines = [line.split("\t") for line in (tmp_path / "trace.tsv").read_text().splitlines()[1:]]
    assert sorted(status for _, status, _ in lines) == ["COMPLETED", "FAILED"]
    assert "137" in [code for _, status, code in lines if status == "FAILED"]
