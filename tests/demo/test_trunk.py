"""The shipped trunk: of this grammar, small, readable, and good on a genome it has not seen."""

import json
from pathlib import Path

import numpy as np
import pytest
from tcra.demo.grammar import grammar_hash

SHIPPED = Path(__file__).resolve().parents[2] / "assets" / "demo_trunk"


def test_the_shipped_trunk_is_small_and_of_this_grammar() -> None:
    record = json.loads((SHIPPED / "trunk.json").read_text())
    assert record["grammar"] == grammar_hash() and min(record["pearson"].values()) > 0.95
    assert grammar_hash() in (SHIPPED / "README.md").read_text()
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < 300_000


def test_the_shipped_trunk_predicts_a_fresh_genome() -> None:
    from tcra.demo.trunk import TRUNK_SIZES, fresh_pearson
    from tcra.enformer.checkpoint import load_model

    model = load_model(SHIPPED / "variables", TRUNK_SIZES.input_length, TRUNK_SIZES.target_bins)
    assert model.sizes == TRUNK_SIZES
    assert fresh_pearson(model, np.random.default_rng(99)).mean() > 0.95


@pytest.mark.slow
def test_a_trunk_that_learnt_too_little_is_not_written(script, tmp_path: Path) -> None:
    done = script("pretrain_demo_trunk.py", "--steps", 2, "--out", tmp_path / "trunk", status=2)
    assert "expected above 0.95; train for more --steps" in done.stderr and not (tmp_path / "trunk").exists()
