"""The nf-test files stay in step with the modules also where nf-test itself is absent: inputs, and a readable snapshot of the outputs.

With nf-test: `nf-test test`, and `nf-test test --update-snapshot` after outputs were added.
"""

import json
import re
from pathlib import Path

import pytest

from ..engine import ROOT

FOLDER = Path(__file__).parent
MODULES = [path for path in sorted((ROOT / "modules").glob("*.nf")) if "\nprocess " in f"\n{path.read_text()}"]


def block(module: str, name: str) -> list[str]:
    """Entries of a module's `input:` or `output:` block; an entry may run over lines that are further indented."""
    found = re.search(rf"^    {name}:\n((?:    .+\n)+)", module, re.M)
    return re.sub(r"\n {5,}", " ", found[1]).splitlines() if found else []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_every_module_has_a_test_of_its_inputs_and_outputs(path: Path) -> None:
    module = path.read_text()
    test = (FOLDER / f"{path.stem}.nf.test").read_text()
    assert re.findall(r"input\[(\d+)\] =", test) == [str(place) for place in range(len(block(module, "input")))]
    assert 'tag "module"' in test
    (snapshot,) = json.loads((FOLDER / f"{path.stem}.nf.test.snap").read_text()).values()
    emitted = {name for line in block(module, "output") for name in re.findall(r"emit: (\w+)", line)}
    assert set(snapshot["content"][0]) == emitted
    assert snapshot["timestamp"]  # nf-test cannot read a snapshot without


def test_the_pipeline_has_a_test() -> None:
    assert 'tag "pipeline"' in (FOLDER / "main.nf.test").read_text()
