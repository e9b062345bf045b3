"""Fixtures that every room's tests use."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from numpy.typing import NDArray

from .enformer_fixture import values
from .engine import engine, nextflow  # noqa: F401 (fixtures)
from .others_data import OthersData

ROOT = Path(__file__).resolve().parent.parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that start the engine first: they take longest, and another worker does the rest meanwhile."""
    items.sort(key=lambda item: item.get_closest_marker("pipeline") is None)


@pytest.fixture(scope="session")
def project_data() -> Path:
    """Inputs and expected outputs that are part of the project; tests/data/README.md says how each was made."""
    return ROOT / "tests" / "data"


@pytest.fixture(scope="session")
def shared_data() -> OthersData:
    """Files that others published: `shared_data / "genotypes"`; skips where they are not at hand (tests/others_data.py)."""
    return OthersData()


@pytest.fixture(scope="session")
def made_weights() -> Callable[[str, tuple[int, ...]], NDArray]:
    """The weights of an Enformer variable by its key and shape (tests/enformer_fixture.py)."""
    return values


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
