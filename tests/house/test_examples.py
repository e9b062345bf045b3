"""The examples (`>>>`) in the package's docstrings run and print what they say."""

import doctest
import importlib
from pathlib import Path

import pytest

BIN = Path(__file__).resolve().parents[2] / "bin"
WITH_EXAMPLES = sorted(
    ".".join(path.relative_to(BIN).with_suffix("").parts)
    for path in (BIN / "tcra").rglob("*.py")
    if ">>> " in path.read_text()
)


@pytest.mark.parametrize("module", WITH_EXAMPLES)
def test_examples(module: str) -> None:
    result = doctest.testmod(importlib.import_module(module))
    assert result.attempted and not result.failed
