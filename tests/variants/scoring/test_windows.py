"""Windows on both strands against kipoiseq, and the tokens that an allele changes."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tcra.common.genome.fasta import Genome
from tcra.common.genome.one_hot import codes
from tcra.variants.scoring.naive import NaiveScorer
from tcra.variants.scoring.network import ScoringNetwork
from tcra.variants.scoring.reference_codes import StrandedReference, count_unknown
from tcra.variants.scoring.sharing_plan import splice_of
from tcra.variants.scoring.variant_windows import TokenGeometry, VariantWindows, make_window
from tcra.variants.tables.chromosome_variants import ChromosomeVariants

GEOMETRY = TokenGeometry(128, 259, 1536)


def test_a_substitution_changes_tokens_765_to_770() -> None:
    for reverse in (False, True):
        window = make_window(500_000, "A", "G", 196_608, reverse)
        assert GEOMETRY.changed(window) == (765, 771)
        splice = splice_of(window, GEOMETRY)
        assert splice is not None and (splice.first_token, splice.end_token) == (765, 771)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 23_500), st.integers(1, 60), st.text("ACGT", min_size=1, max_size=60), st.booleans())
def test_windows_equal_kipoiseq(
    fasta: Path, network: ScoringNetwork, start: int, deleted: int, alt: str, reverse: bool
) -> None:
    with Genome(fasta) as genome:
        variants = ChromosomeVariants(
            "chr1", np.array([start]), [genome.sequence("chr1", start, start + deleted)], [alt], [""]
        )
        windows = VariantWindows(variants, 4096, reverse)
        ref, alternate = NaiveScorer(network, genome, windows, 1).sequences(0)
        reference = StrandedReference(genome, "chr1", reverse)
        window = windows[0]
        assert np.array_equal(window.ref_codes(reference, 0, 4096), codes(ref))
        assert np.array_equal(window.alt_codes(reference, 0, 4096), codes(alternate))
        for first, end in ((0, 768), (1700, 2300), (2040, 2060), (4096 - 768, 4096)):
            assert np.array_equal(window.alt_codes(reference, first, end), codes(alternate)[first:end])


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 700), st.integers(1, 700), st.booleans())
def test_unchanged_tokens_see_shifted_reference_alone(ref: int, alt: int, reverse: bool) -> None:
    geometry = TokenGeometry(128, 259, 48)
    window = make_window(100_000, "A" * ref, "C" * alt, 6144, reverse)
    first, end = geometry.changed(window)
    after = window.at + len(window.allele)
    assert first * 128 + 259 <= window.at  # token first − 1 ends, halo included, before the allele
    assert (first + 1) * 128 + 259 > window.at
    assert end * 128 - 259 >= after  # token `end` begins, halo included, behind the allele
    assert (end - 1) * 128 - 259 < after


def test_long_alleles_are_not_spliced() -> None:
    geometry = TokenGeometry(128, 259, 48)
    assert splice_of(make_window(10_000, "A", "C" * 1400, 6144), geometry) is None
    assert splice_of(make_window(10_000, "A" * 1300, "C", 6144), geometry) is None
    assert splice_of(make_window(10_000, "A" * 900, "C", 6144), geometry) is not None


def test_unknown_letters_are_counted_as_by_hand(fasta: Path) -> None:
    with Genome(fasta) as genome:
        starts = np.sort(np.random.default_rng(2).integers(-3000, 23_000, 200))
        counts = count_unknown(genome, "chr1", starts, 4096)
        by_hand = [
            4096 - sum(genome.sequence("chr1", int(s), int(s) + 4096).count(base) for base in "ACGT") for s in starts
        ]
    assert counts.tolist() == by_hand
    assert counts.min() < 100 < 2048 < counts.max()


@pytest.mark.parametrize("reverse", [False, True])
def test_windows_are_sorted_by_start(reverse: bool) -> None:
    variants = ChromosomeVariants("chr1", np.array([10, 20, 20, 400]), ["A"] * 4, ["C", "C", "G", "T"], [""] * 4)
    windows = VariantWindows(variants, 4096, reverse)
    starts = [window.start for window in windows]
    assert starts == sorted(starts) and len(starts) == 4
