"""300 regions of real LD with planted causes and perfect models: posteriors hold what they promise."""

from pathlib import Path

import numpy as np
import pytest

from ..entry_scripts import ROOT, load_file


@pytest.fixture(scope="module")
def simulation():
    return load_file(ROOT / "benchmarks/finemapping.py")


@pytest.mark.thorough
def test_posteriors_are_calibrated(simulation, shared_data) -> None:
    path: Path = shared_data / "real/lcl_chr22/genotypes.chr22.vcf.gz"
    random = np.random.default_rng(7)
    regions = simulation.read_regions(path, random, most=25, fitted=False)
    draws = [simulation.draw(region, random, perfect=True) for _ in range(12) for region in regions]
    assert len(draws) == 300
    several, one = simulation.posteriors(draws, simulation.PLANTED)
    causal = np.concatenate([this.causal[: this.locus.genes] for this in draws])
    for pips in (several, one):
        pip = np.concatenate([pip[: this.locus.genes] for pip, this in zip(pips, draws, strict=True)])
        called = pip >= 0.8
        assert called.sum() > 20
        expected, chance = pip[called].sum(), np.sqrt((pip[called] * (1 - pip[called])).sum())
        assert abs(causal[called].sum() - expected) < 3 * chance + 1
    pip = np.concatenate([pip[: this.locus.genes] for pip, this in zip(several, draws, strict=True)])
    assert abs(pip.sum() / causal.sum() - 1) < 0.25
