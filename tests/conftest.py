"""Fixtures that every room's tests use."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .engine import engine, nextflow  # noqa: F401 (fixtures)

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of inputs and expected outputs: `$TCRA_SHARED`/data, else `../shared/data` beside the checkout."""
    folder = Path(os.environ.get("TCRA_SHARED", ROOT.parent / "shared")) / "data"
    if not folder.is_dir():
        pytest.skip(f"expected outputs not found at {folder}; set TCRA_SHARED to their folder")
    return folder


@pytest.fixture(scope="session")
def shared_tools(shared_data: Path) -> Path:
    """The folder of tools beside the expected outputs (the checkpoint fixture)."""
    return shared_data.parent / "tools"


Script = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def script() -> Script:
    """Runs an entry script as a user does: `script("score_variants.py", "--model", folder, status=0)`; checks the exit status."""

    def run(name: str, *arguments: object, status: int = 0, timeout: float = 600) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, str(ROOT / "bin" / name), *map(str, arguments)],
            capture_output=True, text=True, timeout=timeout,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        )  # fmt: skip
        assert done.returncode == status, f"{name} left with {done.returncode}, expected {status}:\n{done.stderr}"
        if status == 2:
            assert "Traceback" not in done.stderr
        return done

    return run
