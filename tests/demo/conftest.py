"""One demo cohort for all tests of the room."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def demo(script, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that make_demo.py writes for seed 1."""
    folder = tmp_path_factory.mktemp("demo") / "cohort"
    script("make_demo.py", "--seed", 1, "--out", folder)
    return folder
