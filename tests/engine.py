"""Runs the pipeline on the real Nextflow engine, in a folder of its own: fixtures that tests/conftest.py offers to every room."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def engine() -> Path:
    """The Nextflow that `make setup` found or resolved."""
    path = ROOT / ".nextflow-engine" / "nextflow"
    if not path.exists():
        pytest.skip("no Nextflow engine: run `make setup`")
    return path


@pytest.fixture(scope="session")
def nextflow(engine: Path) -> Run:
    """`nextflow("-profile", "demo", folder=tmp_path, status=0)`: runs main.nf with work, logs and results in `folder`."""

    def run(
        *arguments: object, folder: Path, status: int | None = 0, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [str(engine), "-log", "nextflow.log", "run", str(environment.pop("project", ROOT)), "-ansi-log", "false", *map(str, arguments)],
            cwd=folder, capture_output=True, text=True, timeout=1500, stdin=subprocess.DEVNULL, env=task_environment(**environment),
        )  # fmt: skip
        assert status is None or done.returncode == status, f"left with {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    return run


def task_environment(**extra: str) -> dict[str, str]:
    """The environment of a run: this Python first on PATH, since tasks call entry scripts by name."""
    return {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        **extra,
    }


def tasks(trace: Path) -> dict[str, list[str]]:
    """Process name, without its workflow, to the statuses of its tasks (COMPLETED, CACHED, FAILED), from a trace file."""
    lines = [line.split("\t") for line in trace.read_text().splitlines()]
    name, status = lines[0].index("name"), lines[0].index("status")
    found: dict[str, list[str]] = {}
    for line in lines[1:]:
        found.setdefault(line[name].split(" ")[0].rsplit(":", 1)[-1], []).append(line[status])
    return found
