"""Fast scores equal naive scores: every kind of variant, everywhere, on both strands, shared or alone."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tcra.common.genome.fasta import Genome
from tcra.enformer.enformer_model import Enformer
from tcra.variants.scoring import sharing_plan
from tcra.variants.scoring.fast import FastScorer, windows_per_batch
from tcra.variants.scoring.naive import NaiveScorer
from tcra.variants.scoring.network import ScoringNetwork
from tcra.variants.scoring.reference_codes import StrandedReference
from tcra.variants.scoring.variant_windows import VariantWindows
from tcra.variants.tables.chromosome_variants import ChromosomeVariants

LENGTH = 4096
# In every run: substitutions, and long replacements so that the largest score is that of a run, not of one weak variant.
USUAL = [(place, 1, alt) for place in range(3000, 6000, 600) for alt in "AC"]
USUAL += [(place, 60, "ACCTGAGTCA" * 6) for place in range(11_000, 15_000, 500)]
TOLERANCE = 1e-5  # of the run's largest |score|


def variants_at(genome: Genome, chosen: list[tuple[int, int, str]]) -> ChromosomeVariants:
    """Variants of chr1 from (start, ref length, alt), sorted, each once."""
    rows = sorted({(start, genome.sequence("chr1", start, start + length), alt) for start, length, alt in chosen})
    rows = [row for row in rows if row[1] != row[2]]
    starts = np.array([row[0] for row in rows], np.int64)
    return ChromosomeVariants("chr1", starts, [r[1] for r in rows], [r[2] for r in rows], [""] * len(rows))


def compare(network: ScoringNetwork, genome: Genome, variants: ChromosomeVariants, reverse: bool) -> FastScorer:
    windows = VariantWindows(variants, LENGTH, reverse)
    batch = windows_per_batch(network)
    naive = NaiveScorer(network, genome, windows, batch).score(0, len(windows))
    fast = FastScorer(network, StrandedReference(genome, "chr1", reverse), windows, batch)
    scores = fast.score(0, len(windows))
    assert np.abs(naive).max() > 0.1
    assert np.abs(scores - naive).max() <= TOLERANCE * np.abs(naive).max()
    return fast


ALLELES = st.one_of(st.sampled_from("ACGT"), st.text("ACGT", min_size=1, max_size=40))
PLACES = st.one_of(
    st.integers(0, 23_900),  # anywhere
    st.integers(0, 300),  # the chromosome's start
    st.integers(23_600, 23_900),  # its end
    st.integers(8_900, 10_600),  # around and in the N run
    st.integers(15_000, 15_040),  # several closer to each other than anything
)
VARIANTS = st.lists(st.tuples(PLACES, st.one_of(st.just(1), st.integers(1, 40)), ALLELES), min_size=5, max_size=40)


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("reverse", [False, pytest.param(True, marks=pytest.mark.thorough)])
@settings(
    max_examples=4, deadline=None, derandomize=True, phases=[Phase.generate],  # an example is seconds: no shrinking
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(VARIANTS)
def test_fast_equals_naive(
    fasta: Path,
    network: ScoringNetwork,
    monkeypatch: pytest.MonkeyPatch,
    shared: bool,
    reverse: bool,
    chosen: list[tuple[int, int, str]],
) -> None:
    monkeypatch.setattr(sharing_plan.SharedPlan, "cost", lambda self, sizes: 0.0 if shared else np.inf)
    with Genome(fasta) as genome:
        variants = variants_at(genome, [*chosen, *USUAL])
        fast = compare(network, genome, variants, reverse)
        assert all((cluster.plan is not None) == shared for cluster in fast.clusters)


def test_long_alleles(fasta: Path, network: ScoringNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing_plan.SharedPlan, "cost", lambda self, sizes: 0.0)
    with Genome(fasta) as genome:
        letters = np.random.default_rng(5).choice(list("ACGT"), 1000)
        chosen = [
            (5000, 1, "".join(letters)),
            (5100, 1000, "C"),
            (5200, 300, "".join(letters[:300])),
            (5300, 1, "".join(letters[:200])),
        ]
        compare(network, genome, variants_at(genome, [*chosen, *USUAL]), reverse=False)


def test_far_apart_variants_fall_into_clusters(fasta: Path, network: ScoringNetwork) -> None:
    """Each cluster is planned by itself; the last chunk of one never serves another."""
    positions = [100, 150, 12_000, 23_000]
    with Genome(fasta) as genome:
        variants = variants_at(genome, [(p, 1, "A") for p in positions] + [(p, 1, "C") for p in positions])
        spread = ChromosomeVariants("chr1", variants.starts * 10, variants.refs, variants.alts, variants.rsids)
        found = sharing_plan.clusters(VariantWindows(spread, LENGTH), network.geometry, network.sizes)
        assert len(found) == 3 and found[-1].end == len(spread)


def test_sharing_is_chosen_where_it_is_cheaper(network: ScoringNetwork) -> None:
    def dense(spacing: int) -> bool:
        starts = np.arange(0, 400_000, spacing)
        n = len(starts)
        variants = ChromosomeVariants("chr1", starts, ["A"] * n, ["C"] * n, [""] * n)
        found = sharing_plan.clusters(VariantWindows(variants, 65_536), geometry, sizes)
        return found[0].plan is not None

    from dataclasses import replace

    sizes = replace(network.sizes, input_length=65_536, target_bins=64)
    geometry = replace(network.geometry, window_tokens=512)
    assert dense(300) and not dense(30_000)


@pytest.mark.slow
def test_compiled_by_xla_as_on_a_gpu(
    fasta: Path, model: Enformer, network: ScoringNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing_plan.SharedPlan, "cost", lambda self, sizes: 0.0)
    with Genome(fasta) as genome:
        windows = VariantWindows(variants_at(genome, [(5000, 1, "A"), (5000, 1, "C"), (5100, 3, "G")]), LENGTH)
        scorers = (
            FastScorer(n, StrandedReference(genome, "chr1"), windows, 3)
            for n in (ScoringNetwork([model], jit=True), network)
        )
        compiled, plain = (scorer.score(0, len(windows)) for scorer in scorers)
    assert np.abs(compiled - plain).max() <= TOLERANCE * np.abs(plain).max()


def test_scores_do_not_depend_on_where_a_run_begins(fasta: Path, network: ScoringNetwork) -> None:
    with Genome(fasta) as genome:
        variants = variants_at(genome, [(p, 1, "A") for p in range(3000, 20_000, 97)])
        windows, reference = VariantWindows(variants, LENGTH), StrandedReference(genome, "chr1")
        batch, n = windows_per_batch(network), len(variants)
        whole = FastScorer(network, reference, windows, batch)
        parts = np.concatenate([whole.score(i, min(i + 2 * batch, n)) for i in range(0, n, 2 * batch)])
        late = FastScorer(network, reference, windows, batch).score(2 * batch, n)
    assert parts[2 * batch :].tobytes() == np.concatenate([late]).tobytes()
