"""Runs the entry scripts' main functions in this process: as the command line does, but without the start of an interpreter."""

import importlib.util
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tcra.cli import UserError

BIN = Path(__file__).resolve().parents[2] / "bin"


def entry(name: str) -> Callable[..., None]:
    spec = importlib.util.spec_from_file_location(name, BIN / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return lambda *arguments: module.main(module.make_parser().parse_args(list(map(str, arguments))))


@pytest.fixture(scope="session")
def associate_main() -> Callable[..., None]:
    return entry("associate")


@pytest.fixture(scope="session")
def combine_main() -> Callable[..., None]:
    return entry("combine_associations")


@pytest.fixture(scope="session")
def user_error() -> Callable[..., object]:
    """`with user_error("part of the message"):` expects a UserError of one line that has that part."""

    @contextmanager
    def expect(part: str) -> Iterator[None]:
        with pytest.raises(UserError) as caught:
            yield
        message = str(caught.value)
        assert part in message, message
        assert "\n" not in message

    return expect
