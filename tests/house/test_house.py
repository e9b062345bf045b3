"""The rules of the package's layout (CONTRIBUTING.md): rooms, imports, names, file sizes, where TensorFlow and argparse may be."""

import ast
import functools
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

BIN = Path(__file__).resolve().parents[2] / "bin"
PACKAGE = BIN / "tcra"

# A room imports from those before it in this list, never from one after it.
ROOMS = (
    "errors", "cli", "common", "figures", "tracks", "enformer", "variants", "expression", "association", "finemapping", "report",
    "demo",
)  # fmt: skip
FROM_CLI = {
    "progress",
    "TRUE",
    "FALSE",
}  # what library code may import from `cli`; files named …arguments.py may import all of it
REPEATED_FILES = {"__init__.py", "settings.py"}
REPEATED_NAMES = {"log"}
MOST_LINES = 400
TENSORFLOW = {"tensorflow", "sonnet"}
TENSORFLOW_FOLDERS = ("enformer", "variants/scoring", "tracks", "demo")


@functools.cache
def files() -> tuple[Path, ...]:
    return tuple(sorted(PACKAGE.rglob("*.py")))


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def name_of(path: Path) -> str:
    """`tracks/plan.py`: how a file is called in this test."""
    return str(path.relative_to(PACKAGE))


def room_of(module: str) -> str:
    """The room of a module: `tcra.common.files` is in `common`."""
    return module.split(".")[1] if "." in module else module


@functools.cache
def modules() -> dict[str, Path]:
    return {".".join(path.relative_to(BIN).with_suffix("").parts).removesuffix(".__init__"): path for path in files()}


def imports(path: Path, whole: bool = True) -> Iterator[tuple[str, str]]:
    """(module, name) of everything that a file imports, with name empty for `import module`; if not `whole`, only what is imported when
    the file itself is."""
    todo: list[ast.AST] = list(tree(path).body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            for alias in node.names:
                module = f"{node.module}.{alias.name}"
                yield (module, "") if module in modules() else (str(node.module), alias.name)
        elif whole or not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            todo.extend(ast.iter_child_nodes(node))


def own_imports(path: Path, whole: bool = True) -> Iterator[tuple[str, str]]:
    return ((module, name) for module, name in imports(path, whole) if module.split(".")[0] == "tcra")


def upward_imports() -> set[str]:
    found = set()
    for module, path in modules().items():
        for other, name in own_imports(path):
            here, there = room_of(module), room_of(other)
            if "tcra" in (here, there) or here == there:
                continue
            if here not in ROOMS or there not in ROOMS or ROOMS.index(there) > ROOMS.index(here):
                found.add(f"{name_of(path)}: {there}")
            if there == "cli" and not path.name.endswith("arguments.py") and name not in FROM_CLI:
                found.add(f"{name_of(path)}: cli")
    return found


def import_circles() -> set[str]:
    """Files that import each other, directly or through others."""
    graph = {module: {other for other, _ in own_imports(path)} & set(modules()) for module, path in modules().items()}
    reached: dict[str, set[str]] = {}
    for start in graph:
        seen: set[str] = set()
        todo = list(graph[start])
        while todo:
            module = todo.pop()
            if module not in seen:
                seen.add(module)
                todo += graph[module]
        reached[start] = seen
    return {name_of(modules()[module]) for module, seen in reached.items() if module in seen}


def repeated_files() -> set[str]:
    numbers = Counter(path.name for path in files())
    return {name for name, number in numbers.items() if number > 1} - REPEATED_FILES


def targets(node: ast.stmt) -> Iterator[str]:
    """Names that a statement at the top of a file defines."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, (ast.Assign, ast.AnnAssign)):
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            for part in target.elts if isinstance(target, ast.Tuple) else [target]:
                if isinstance(part, ast.Name):
                    yield part.id


def repeated_names() -> set[str]:
    where: dict[str, set[Path]] = defaultdict(set)
    for path in files():
        for node in tree(path).body:
            for name in targets(node):
                if not name.startswith("_"):
                    where[name].add(path)
    return {name for name, paths in where.items() if len(paths) > 1} - REPEATED_NAMES


def command_line_in_library() -> set[str]:
    found = set()
    for path in files():
        if name_of(path) == "cli.py" or path.name.endswith("arguments.py"):
            continue
        if any(module == "argparse" for module, _ in imports(path)):
            found.add(f"{name_of(path)}: argparse")
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Attribute) and node.attr == "argv":
                found.add(f"{name_of(path)}: sys.argv")
    return found


def long_files() -> set[str]:
    return {name_of(path) for path in files() if len(path.read_text().splitlines()) > MOST_LINES}


def tensorflow_elsewhere() -> set[str]:
    """Files outside the rooms that use TensorFlow which import it, or import a file that loads it at once."""
    loads: dict[str, bool] = {}

    def loads_it(module: str) -> bool:
        if module not in loads:
            loads[module] = False  # for circles
            path = modules()[module]
            loads[module] = any(
                other.split(".")[0] in TENSORFLOW or (other in modules() and loads_it(other))
                for other, _ in imports(path, whole=False)
            )
        return loads[module]

    found = set()
    for module, path in modules().items():
        if not name_of(path).startswith(TENSORFLOW_FOLDERS):
            direct = any(other.split(".")[0] in TENSORFLOW for other, _ in imports(path))
            if direct or loads_it(module):
                found.add(name_of(path))
    return found


def drawing_elsewhere() -> set[str]:
    """Files outside `figures` that draw with matplotlib."""
    return {
        name_of(path)
        for path in files()
        if not name_of(path).startswith("figures/")
        and any(other.split(".")[0] == "matplotlib" for other, _ in imports(path))
    }


RULES = {
    rule.__name__: rule
    for rule in (
        upward_imports,
        import_circles,
        repeated_files,
        repeated_names,
        command_line_in_library,
        long_files,
        tensorflow_elsewhere,
        drawing_elsewhere,
    )
}


@pytest.mark.parametrize("rule", RULES)
def test_the_house(rule: str) -> None:
    assert not sorted(RULES[rule]()), rule


@pytest.mark.parametrize("script", sorted(path.name for path in BIN.glob("*.py")))
def test_entry_scripts_load_little_before_they_parse(script: str) -> None:
    """`--help` is quick: at the top of a script only the standard library, `tcra.cli`, options and parsers are imported."""
    slow = {"numpy", "pandas", "pyarrow", "scipy", "matplotlib", *TENSORFLOW}
    todo, seen = [BIN / script], set()
    while todo:
        path = todo.pop()
        for module, _ in imports(path, whole=False):
            assert module.split(".")[0] not in slow, f"{script} imports {module} through {path.name}"
            if module in modules() and module not in seen:
                seen.add(module)
                todo.append(modules()[module])
