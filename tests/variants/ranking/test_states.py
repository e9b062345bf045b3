"""Chromatin states of other models than Roadmap's 15: grouped by what they are called, or refused."""

from pathlib import Path

import numpy as np
import pytest
from tcra.errors import UserError
from tcra.variants.ranking.annotations import state_memberships
from tcra.variants.ranking.chromatin_states import ROADMAP_15
from tcra.variants.ranking.evidence import is_pathogenic
from tcra.variants.ranking.rank import parse_set_sizes
from tcra.variants.tables.sites import Sites, sites_of

ROADMAP_18 = ("TssA", "TssFlnk", "TssFlnkU", "TssFlnkD", "Tx", "TxWk", "EnhG1", "EnhG2", "EnhA1", "EnhA2", "EnhWk", "ZNF/Rpts", "Het",
              "TssBiv", "EnhBiv", "ReprPC", "ReprPCWk", "Quies")  # fmt: skip
ROADMAP_25 = ("TssA", "PromU", "PromD1", "PromD2", "Tx5'", "Tx", "Tx3'", "TxWk", "TxReg", "TxEnh5'", "TxEnh3'", "TxEnhW", "EnhA1", "EnhA2",
              "EnhAF", "EnhW1", "EnhW2", "EnhAc", "DNase", "ZNF/Rpts", "Het", "PromP", "PromBiv", "ReprPC", "Quies")  # fmt: skip
BROAD = ("Active_Promoter", "Weak_Promoter", "Poised_Promoter", "Strong_Enhancer", "Strong_Enhancer", "Weak_Enhancer", "Weak_Enhancer",
         "Insulator", "Txn_Transition", "Txn_Elongation", "Weak_Txn", "Repressed", "Heterochrom/lo", "Repetitive/CNV",
         "Repetitive/CNV")  # fmt: skip


def bed(path: Path, names: list[str]) -> Sites:
    """State k on [1000 k, 1000 (k + 1)), one variant in each."""
    path.write_text("".join(f"chr1\t{1000 * at}\t{1000 * (at + 1)}\t{name}\n" for at, name in enumerate(names)))
    return sites_of([("1", 1000 * at + 500, "A", "C") for at in range(len(names))])


def groups(path: Path, sites: Sites, chosen: dict | None = None) -> dict[str, list[int]]:
    """Places of the states, from 1, in each group of two."""
    found = {
        each.name: (np.flatnonzero(each.inside) + 1).tolist() for each in state_memberships("X", path, sites, chosen)
    }
    return {name: found[f"X {name}"] for name in chosen or ("promoter", "enhancer")}


PUBLISHED = {"promoter": [1, 2, 10, 11], "enhancer": [6, 7, 11, 12]}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([f"{at}_{label}" for at, label in enumerate(ROADMAP_15, 1)], PUBLISHED),
        ([f"E{at}" for at in range(1, 16)], PUBLISHED),
        ([str(at) for at in range(1, 16)], PUBLISHED),
        ([f"{at}_{label}" for at, label in enumerate(ROADMAP_18, 1)],
         {"promoter": [1, 2, 3, 4, 14], "enhancer": [7, 8, 9, 10, 11, 15]}),
        (list(ROADMAP_18), {"promoter": [1, 2, 3, 4, 14], "enhancer": [7, 8, 9, 10, 11, 15]}),
        ([f"{at}_{label}" for at, label in enumerate(ROADMAP_25, 1)],
         {"promoter": [1, 2, 3, 4, 22, 23], "enhancer": [10, 11, 12, 13, 14, 15, 16, 17, 18]}),
        ([f"{at}_{label}" for at, label in enumerate(BROAD, 1)], {"promoter": [1, 2, 3], "enhancer": [4, 5, 6, 7]}),
        (["1_Quies1", "2_EnhA1", "3_TxEnh1", "4_BivProm1", "5_PromF1", "6_TSS1", "7_ReprPC1"],
         {"promoter": [4, 5, 6], "enhancer": [2, 3]}),  # ChromHMM's full stack
        (["TSS", "PF", "E", "WE", "CTCF", "T", "R"], {"promoter": [1, 2], "enhancer": [3, 4]}),  # ENCODE's combined
        (["PLS,CTCF-bound", "pELS", "dELS,CTCF-bound", "CTCF-only,CTCF-bound"], {"promoter": [1], "enhancer": [2, 3]}),  # cCREs
    ],
)  # fmt: skip
def test_groups_are_what_the_states_are(tmp_path: Path, names: list[str], expected: dict) -> None:
    sites = bed(tmp_path / "s.bed", names)
    assert groups(tmp_path / "s.bed", sites) == expected


@pytest.mark.parametrize(
    "names",
    [[f"E{at}" for at in range(1, 19)], [str(at) for at in range(1, 26)], ["1_Insulator", "2_Low"], ["low", "high"]],
)
def test_states_of_unknown_meaning_are_refused(tmp_path: Path, names: list[str]) -> None:
    sites = bed(tmp_path / "s.bed", names)
    with pytest.raises(UserError, match=r"s\.bed: its \d+ states .* are not Roadmap's 15.*--state-group"):
        groups(tmp_path / "s.bed", sites)


def test_groups_by_number_are_taken_as_given(tmp_path: Path) -> None:
    sites = bed(tmp_path / "s.bed", [f"E{at}" for at in range(1, 19)])
    assert groups(tmp_path / "s.bed", sites, {"mine": (17, 18), "other": (1,)}) == {"mine": [17, 18], "other": [1]}
    with pytest.raises(UserError, match="has none of the states 19 of the group mine"):
        groups(tmp_path / "s.bed", sites, {"mine": (19,)})


@pytest.mark.parametrize(
    ("significance", "expected"),
    [
        ("Pathogenic", True), ("Likely_pathogenic", True), ("Pathogenic/Likely_pathogenic", True), ("Pathogenic,_low_penetrance", True),
        ("Likely_pathogenic,_low_penetrance|other", True), ("Pathogenic/Likely_pathogenic/Pathogenic,_low_penetrance", True),
        ("drug_response|Pathogenic", True), ("Pathogenic/Likely_risk_allele", True), ("Pathogenic,_risk_factor", True),
        ("Conflicting_classifications_of_pathogenicity", False), ("Conflicting_interpretations_of_pathogenicity,_other", False),
        ("Benign/Likely_benign", False), ("Uncertain_significance", False), ("", False), ("not_provided|risk_factor", False),
    ],
)  # fmt: skip
def test_clinvar_classes(significance: str, expected: bool) -> None:
    assert is_pathogenic(significance) == expected


def test_a_set_larger_than_the_ranking_holds_all(tmp_path: Path, made_up_scores, write_scores, script) -> None:
    import pandas as pd

    assert parse_set_sizes(["10", "5000", "0.5"], 100) == [10, 50, 5000]
    frame = made_up_scores(400)
    (tmp_path / "a.bed").write_text("chr1\t0\t100000\n")
    done = script("rank_variants.py", "--scores", write_scores(tmp_path / "s", frame), "--set-sizes", "100,200000,3500000",
                  "--annotation", f"a={tmp_path / 'a.bed'}", "--out", tmp_path / "out")  # fmt: skip
    assert f"sets of 200000, 3500000 are larger than the {len(frame)} ranked variants" in done.stderr
    sets = pd.read_csv(tmp_path / "out" / "sets.tsv", sep="\t")
    assert (
        sets["size"].tolist() == [100, 200000, 3500000] and sets["lowest_value"].iloc[1] == sets["lowest_value"].iloc[2]
    )
    table = pd.read_csv(tmp_path / "out" / "enrichment.tsv", sep="\t")
    assert table["total_set"].tolist() == [100, len(frame), len(frame)]
    assert table["inside_set"].iloc[1] == table["inside_background"].iloc[1] and table[
        "odds_ratio"
    ].isna().tolist() == [False, True, True]
