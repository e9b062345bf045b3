"""A finished report with every input, for all tests of the room."""

from pathlib import Path

import pytest

from .made_inputs import command_line, make_inputs


@pytest.fixture(scope="session")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    return make_inputs(tmp_path_factory.mktemp("inputs"))


@pytest.fixture(scope="session")
def finished(inputs, script, tmp_path_factory) -> Path:
    """The folder of a finished report with every input."""
    out = tmp_path_factory.mktemp("report") / "out"
    script("render_report.py", *command_line(inputs, out))
    return out
