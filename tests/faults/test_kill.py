"""A short part of the kill harness, with a fixed seed."""

import subprocess
import sys

import pytest

from .server import ROOT


@pytest.mark.slow
def test_scripts_stopped_at_random_moments() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.kill", "--runs", "90", "--seed", "1"], cwd=ROOT, capture_output=True, text=True, timeout=3000
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


@pytest.mark.slow
def test_scripts_stopped_at_random_moments_in_short() -> None:
    scripts = ("associate", "build_model_db", "split_variants:vcf")
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.kill", "--runs", "9", "--seed", "3", "--script", *scripts],
        cwd=ROOT, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
