"""Entry scripts as modules: their parsers and main functions in this process, without the start of an interpreter."""

import argparse
import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
ENTRY_SCRIPTS = sorted(path.stem for path in (ROOT / "bin").glob("*.py"))


def load_file(path: Path) -> ModuleType:
    """A Python file, which need not be in a package, as a module of its own."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def load_entry(script: str) -> ModuleType:
    """bin/SCRIPT.py with its `make_parser` and `main`."""
    return load_file(ROOT / "bin" / f"{script}.py")


def entry_main(script: str) -> Callable[..., argparse.Namespace]:
    """A function that takes the script's command line, runs its main function, and gives back what was parsed."""
    module = load_entry(script)

    def run(*arguments: object) -> argparse.Namespace:
        parsed: argparse.Namespace = module.make_parser().parse_args(list(map(str, arguments)))
        module.main(parsed)
        return parsed

    return run
