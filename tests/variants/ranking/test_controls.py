"""Matched controls: alike in what is matched, outside the set, and free of the bias they are there for."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tcra.variants.ranking.controls import distance_to_tss, matched_controls, strata
from tcra.variants.tables.sites import sites_of


@given(
    st.lists(st.tuples(st.booleans(), st.integers(-1, 3)), min_size=1, max_size=60),
    st.integers(1, 3),
    st.integers(0, 5),
)
def test_controls_match_their_cases(variants: list[tuple[bool, int]], number: int, seed: int) -> None:
    in_set, stratum = (np.array(column) for column in zip(*variants, strict=True))
    cases, controls = matched_controls(in_set, stratum, number, np.random.default_rng(seed))
    assert in_set[cases].all() and not in_set[controls].any()
    assert len(set(controls.tolist())) == len(controls) and len(set(cases.tolist())) == len(cases)
    assert (stratum[cases] >= 0).all()
    for label in range(4):
        mine, others = (in_set & (stratum == label)).sum(), (~in_set & (stratum == label)).sum()
        assert (stratum[cases] == label).sum() == min(mine, others // number)
        assert (stratum[controls] == label).sum() == number * (stratum[cases] == label).sum()
    again = matched_controls(in_set, stratum, number, np.random.default_rng(seed))
    np.testing.assert_array_equal(cases, again[0])
    np.testing.assert_array_equal(controls, again[1])


@pytest.mark.parametrize("kind", ["gtf", "bed"])
def test_distance_to_the_nearest_start(kind: str, tmp_path: Path) -> None:
    lines = {
        "gtf": ["# c", *(f'chr1\tx\t{what}\t.\t{strand}\t.\tgene_id "{name}"' for what, strand, name in
                (("gene\t100\t500", "+", "g"), ("gene\t600\t900", "-", "h"), ("exon\t1\t2", "+", "g")))],
        "bed": ["chr1\t99\t500\tg\t0\t+", "chr1\t599\t900\th\t0\t-"],
    }  # fmt: skip
    genes = tmp_path / f"g.{kind}"
    genes.write_text("\n".join(lines[kind]) + "\n")
    sites = sites_of([("1", position, "A", "C") for position in (1, 100, 480, 520, 900, 2000)] + [("2", 5, "A", "C")])
    distance = distance_to_tss(sites, genes)
    assert distance[:6].tolist() == [99, 0, 380, 380, 0, 1100]
    assert distance[6] > 10**9


def test_strata_combine_all_properties() -> None:
    maf = np.array([0.005, 0.015, 0.12, 0.14, np.nan])
    distance = np.array([0, 2000, 2000, 2500, 0])
    by_maf, by_both = strata(maf, None, None), strata(maf, distance, None)
    assert by_maf[2] == by_maf[3] != by_maf[0] and by_maf[4] == -1
    assert by_both[2] == by_both[3] and len(set(by_both.tolist())) == 4
    assert len(set(strata(None, None, np.arange(100.0)).tolist())) == 10


def test_matching_takes_away_what_frequency_explains(tmp_path: Path, made_up_scores, write_scores, script) -> None:
    """Rare variants score high and lie in the annotation for that reason alone: enriched against all, not against matched ones."""
    generator = np.random.default_rng(4)
    frame = made_up_scores(9000, seed=9)
    rare = generator.random(len(frame)) < 0.3
    frame["mean_abs"] = generator.random(len(frame)).astype(np.float32) + np.where(rare, np.float32(0.3), np.float32(0))
    inside = generator.random(len(frame)) < np.where(rare, 0.5, 0.1)
    frame[["variant_id"]].assign(maf=np.where(rare, 0.005, 0.3)).to_csv(tmp_path / "maf.tsv", sep="\t", index=False)
    (tmp_path / "inside.txt").write_text("\n".join(frame["variant_id"][inside]))
    script(
        "rank_variants.py", "--scores", write_scores(tmp_path / "s", frame), "--out", tmp_path / "out", "--set-sizes", "2000",
        "--variant-list", f"listed={tmp_path / 'inside.txt'}", "--frequencies", tmp_path / "maf.tsv", "--matched-controls", "1",
    )  # fmt: skip
    plain, matched = (pd.read_csv(tmp_path / "out" / f"{name}.tsv", sep="\t").set_index("annotation").loc["listed"]
                      for name in ("enrichment", "enrichment_matched"))  # fmt: skip
    assert plain["odds_ratio"] > 1.8 and plain["p"] < 1e-10
    assert 0.8 < matched["odds_ratio"] < 1.25 and matched["low95"] < 1 < matched["high95"]
    assert (tmp_path / "out" / "enrichment_matched.svg").exists()
