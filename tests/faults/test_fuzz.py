"""A short part of the fuzz harness, with a fixed seed, and the rules by which it judges."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from .classify import is_other_valid_file
from .mutations import damage
from .server import ROOT

TABLE = "id,value,note\na,1.5,first\nb,2.5,second\nc,3.5,third\n"


def fuzz(*arguments: object) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.fuzz", *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, timeout=1500
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def test_damaged_inputs() -> None:
    """Seconds bound the time; the runs that fit in are the same on every machine, and have no fault."""
    found = fuzz("--quick", "--runs", 120, "--seed", 1, "--seconds", 30)
    assert " 0 faults" in found


@pytest.mark.slow
def test_damaged_inputs_of_every_script() -> None:
    found = fuzz("--runs", 600, "--seed", 2)
    assert "600 runs, 0 faults" in found


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        (TABLE.replace("2.5", "2.7"), True), (TABLE.replace("second", "other"), True), (TABLE.replace("b,2.5,second\n", ""), True),
        ("value,id\n1.5,a\n2.5,b\n3.5,c\n", True), ("value,id\n1.5,b\n2.5,a\n3.5,c\n", False), ("id,id\na,a\nb,b\nc,c\n", False),
        (TABLE.replace("2.5", "250"), False), (TABLE.replace("2.5", "-2.5"), False), (TABLE.replace("2.5", "x"), False),
        (TABLE.replace("2.5", "nan"), False), (TABLE.replace("2.5", ""), False), (TABLE.replace("value", "valve"), False),
        (TABLE.replace("b,2.5", "b"), False), (TABLE.replace("second", "sec\0nd"), False), (TABLE[:-9], False),
    ],
)  # fmt: skip
def test_which_files_somebody_could_have_meant(tmp_path: Path, text: str, valid: bool) -> None:
    (tmp_path / "before.csv").write_text(TABLE)
    (tmp_path / "after.csv").write_text(text)
    assert is_other_valid_file(tmp_path / "before.csv", tmp_path / "after.csv") is valid


def test_a_mutation_is_the_same_again(tmp_path: Path) -> None:
    source = tmp_path / "table.csv"
    source.write_text(TABLE)
    for number in range(60):
        made = []
        for copy in ("one", "two"):
            path = tmp_path / f"{copy}-{number}.csv"
            mutation = damage(path, source, np.random.default_rng(number))
            made.append((mutation.what, path.read_bytes() if path.is_file() and not path.is_symlink() else b""))
        assert made[0] == made[1]
        assert made[0][1] != TABLE.encode() or "swap" in made[0][0]
