"""The examples in docstrings of the variants' rooms run."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "bin"
MODULES = [
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
    for room in ("tables", "ranking", "annotation")
    for path in sorted((PACKAGE / "tcra" / "variants" / room).glob("*.py"))
    if ">>>" in path.read_text()
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    result = doctest.testmod(import_module(name))
    assert result.attempted and not result.failed


def test_there_are_examples() -> None:
    assert len(MODULES) >= 8
