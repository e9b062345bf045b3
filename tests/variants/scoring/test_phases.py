"""The shared tower against the plain one, and its index arithmetic."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tcra.enformer.enformer_model import Enformer
from tcra.variants.scoring.cost import COMPILED_ROWS, halo_bp_of_widths, rows_for
from tcra.variants.scoring.network import ScoringNetwork
from tcra.variants.scoring.phases import chunk_span, halo, phase_gathers

SIZE = 2048


def test_a_token_sees_259_bp_beyond_its_own(model: Enformer, network: ScoringNetwork) -> None:
    assert halo(model.stages) == halo_bp_of_widths(model.sizes) == 259
    random = np.random.default_rng(0)
    codes = random.integers(0, 4, (1, 4096)).astype(np.uint8)
    before = network.tower(codes)[0]
    changed = codes.copy()
    changed[0, 2048] = (changed[0, 2048] + 1) % 4
    tokens = np.flatnonzero(np.abs(network.tower(changed)[0] - before).max(axis=1) > 0)
    assert tokens.tolist() == [13, 14, 15, 16, 17, 18]


@pytest.mark.parametrize("phases", [[0], [127], [0, 1, 5, 64, 77, 127], list(range(128))])
def test_shared_tower_equals_the_plain_one(model: Enformer, network: ScoringNetwork, phases: list[int]) -> None:
    codes = np.random.default_rng(1).integers(0, 5, 8192).astype(np.uint8)
    start = 3 * 1024
    gathers, rows = phase_gathers(phases, rows_for(len(phases)), 7)
    first, end = chunk_span(start, SIZE, model.stages)
    assert end - first == SIZE + 645
    shared = network.tower_at_phases(codes[first:end], gathers)
    assert set(rows) == set(phases)
    for row, phase in list(enumerate(rows))[:: max(1, len(rows) // 5)]:
        wide = start + phase - 1024
        plain = network.tower(codes[np.newaxis, wide : wide + 4096])[0, 8 : 8 + SIZE // 128]
        np.testing.assert_allclose(shared[row], plain, atol=1e-6 * np.abs(plain).max())


@given(st.sets(st.integers(0, 127), min_size=1), st.sampled_from(COMPILED_ROWS))
def test_gathers_lead_to_every_phase(phases: set[int], rows: int) -> None:
    """Followed by hand on rows that hold their own phase, the gathers end at the phases they promise."""
    if len(phases) > rows:
        with pytest.raises(ValueError):
            phase_gathers(sorted(phases), rows, 7)
        return
    gathers, promised = phase_gathers(sorted(phases), rows, 7)
    held = np.array([0])
    for k, gather in enumerate(gathers):
        held = np.concatenate([held, held + (1 << k)])[gather]
        assert len(held) == min(2 << k, rows)
    assert held.tolist() == promised
    assert set(promised) == phases
