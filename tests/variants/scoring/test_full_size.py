"""Exactness at the published size, on real DNA with its real variants."""

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tcra.common.genome.fasta import Genome
from tcra.enformer.enformer_model import Enformer
from tcra.enformer.sizes import Sizes
from tcra.enformer.variables import Variables
from tcra.variants.scoring.fast import FastScorer
from tcra.variants.scoring.naive import NaiveScorer
from tcra.variants.scoring.network import ScoringNetwork
from tcra.variants.scoring.reference_codes import StrandedReference
from tcra.variants.scoring.variant_windows import VariantWindows
from tcra.variants.tables.chromosome_variants import ChromosomeVariants


@pytest.mark.slow
@pytest.mark.parametrize("shared", [False, True])
def test_real_variants_at_full_size(
    shared_data: Path, made_weights: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shared: bool
) -> None:
    """Six neighbouring dbSNP variants of chr22, among them an insertion and a deletion: at most 2e-5 from naive."""
    monkeypatch.setattr(
        "tcra.variants.scoring.sharing_plan.SharedPlan.cost", lambda self, sizes: 0.0 if shared else np.inf
    )
    with gzip.open(shared_data / "human" / "chr22_20000001_21000000.fa.gz", "rt") as packed:
        letters = "".join(line.strip() for line in packed if not line.startswith(">"))
    (tmp_path / "g.fa").write_text(f">22\n{letters}\n")
    rows = []
    with gzip.open(shared_data / "human" / "chr22_20000001_21000000.dbsnp.snp.gz", "rt") as packed:
        for line in packed:
            _, kind, _, offset, allele = line.split()
            at = int(offset) - (kind != "single")
            ref = letters[at : at + 1 + (int(allele) if kind == "deletion" else 0)].upper()
            rows.append((at, ref, {"single": allele, "deletion": ref[0], "insertion": ref + allele}[kind], kind))
    kinds = [row[3] for row in rows]
    first = next(
        i for i in range(len(rows)) if 400_000 < rows[i][0] and {"insertion", "deletion"} <= set(kinds[i : i + 6])
    )
    chosen = sorted(row[:3] for row in rows[first : first + 6])
    variants = ChromosomeVariants(
        "22", np.array([r[0] for r in chosen]), [r[1] for r in chosen], [r[2] for r in chosen], [""] * 6
    )
    model = Enformer(Sizes(tracks=20), variables=Variables(source=made_weights))
    network = ScoringNetwork([model])
    with Genome(tmp_path / "g.fa") as genome:
        windows = VariantWindows(variants, model.sizes.input_length)
        naive = NaiveScorer(network, genome, windows, 1).score(0, 6)
        fast = FastScorer(network, StrandedReference(genome, "22"), windows, 1).score(0, 6)
    assert np.abs(naive).max() > 1e-3
    assert np.abs(fast - naive).max() <= 2e-5
