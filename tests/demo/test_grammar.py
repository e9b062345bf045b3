"""The grammar: motif scores against a plain scan, strands, cooperation, the hash."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tcra.demo import grammar
from tcra.demo.grammar import TF_MOTIFS, TFS, cooperate, grammar_hash, motif_probabilities, occupancy

letters_of = st.lists(st.integers(0, 3), min_size=10, max_size=60).map(lambda cells: np.array(cells, np.uint8))


def plain_occupancy(codes: np.ndarray) -> np.ndarray:
    """One position, TF and strand at a time, from the definition."""
    weights = np.log2(motif_probabilities() / 0.25)
    out = np.zeros((len(codes) - 9, len(TFS)))
    for start in range(len(out)):
        word = codes[start : start + 10]
        for tf in range(len(TFS)):
            best = max(sum(weights[tf, i, strand[i]] for i in range(10)) for strand in (word, 3 - word[::-1]))
            bound = 1 / (1 + np.exp(-(best - (weights[tf].max(1).sum() - 5))))
            out[start, tf] = bound if bound >= 0.03 else 0
    return out


def codes(text: str) -> np.ndarray:
    return np.array(["ACGT".index(letter) for letter in text], np.uint8)


@given(letters_of)
@settings(deadline=None, max_examples=50)
def test_occupancy_is_the_plain_scan(letters: np.ndarray) -> None:
    np.testing.assert_allclose(occupancy(letters), plain_occupancy(letters), atol=1e-4)


@given(letters_of)
@settings(deadline=None, max_examples=50)
def test_occupancy_does_not_depend_on_the_strand(letters: np.ndarray) -> None:
    np.testing.assert_allclose(occupancy(3 - letters[::-1])[::-1], occupancy(letters), atol=1e-5)


@pytest.mark.parametrize("tf", TFS)
def test_a_consensus_is_bound_by_its_own_factor_alone(tf: str) -> None:
    bound = occupancy(codes(TF_MOTIFS[tf]))[0]
    assert bound[TFS.index(tf)] == pytest.approx(1 / (1 + np.exp(-5)), abs=1e-5)
    assert np.delete(bound, TFS.index(tf)).max() < 0.1


def test_maximum_score_is_the_published_one() -> None:
    assert np.log2(motif_probabilities() / 0.25).max(2).sum(1) == pytest.approx(17.88, abs=0.01)
    np.testing.assert_allclose(motif_probabilities().sum(2), 1)


def test_partners_help_each_other_within_150_bp() -> None:
    bound = np.zeros((400, len(TFS)), np.float32)
    fox, gat = TFS.index("FOX"), TFS.index("GAT")
    bound[100, fox], bound[250, gat], bound[390, fox] = 0.8, 0.6, 0.5
    helped = cooperate(bound)
    assert helped[100, fox] == pytest.approx(0.8 * (1 + 1.5 * 0.6))
    assert helped[250, gat] == pytest.approx(0.6 * (1 + 1.5 * 0.8))
    assert helped[390, fox] == pytest.approx(0.5 * (1 + 1.5 * 0.6))
    bound[250, gat] = 0
    assert cooperate(bound)[100, fox] == pytest.approx(0.8)


def test_the_hash_sees_every_constant_of_the_grammar(monkeypatch: pytest.MonkeyPatch) -> None:
    before = grammar_hash()
    monkeypatch.setattr(grammar, "PEAK_SD", 71.0)
    assert grammar_hash() != before
