import subprocess
from pathlib import Path
from shutil import which

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tcra.errors import UserError
from tcra.expression.folds import RRandom, draw_folds


@pytest.mark.parametrize("samples", [210, 504])
def test_the_published_folds(project_data: Path, samples: int) -> None:
    """What R 4.2.2 draws with the published seed."""
    expected = np.loadtxt(project_data / "gene_models" / f"expected_folds_{samples}.tsv", skiprows=1, dtype=int)
    assert (draw_folds(samples, 10, 3, 20240528) == expected).all()


@pytest.mark.skipif(not which("Rscript"), reason="Rscript is not installed")
def test_any_seed_and_size_as_r() -> None:
    cases = [(1, 10, 200), (0, 5, 150), (2147483647, 3, 120), (42, 17, 99), (7, 70000, 5)]
    code = "".join(f"set.seed({seed}); cat(sample(1:{size}, {n}, replace=TRUE), '\\n');" for seed, size, n in cases)
    lines = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=True).stdout.splitlines()
    for (seed, size, n), line in zip(cases, lines, strict=True):
        random = RRandom(seed)
        assert [random.index(size) for _ in range(n)] == [int(cell) for cell in line.split()]


@given(st.integers(0, 2**31 - 1), st.integers(1, 2000))
def test_draws_lie_in_range(seed: int, size: int) -> None:
    random = RRandom(seed)
    assert all(1 <= random.index(size) <= size for _ in range(20))


def test_an_empty_fold_is_named() -> None:
    with pytest.raises(UserError, match=r"fold \d+ of 60 has none of the 100 samples"):
        draw_folds(100, 60, 3, 1)


def test_seeds_that_r_would_refuse() -> None:
    with pytest.raises(UserError, match="seed"):
        RRandom(2**31)
