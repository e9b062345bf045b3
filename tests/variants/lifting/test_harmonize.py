"""Scores on a GWAS's alleles: each orientation, palindromic SNPs, and every case counted."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from tcra.errors import UserError
from tcra.variants.lifting.harmonize_scores import (
    AS_GIVEN,
    GWAS_OTHER_ALLELES,
    PALINDROME,
    STRAND,
    STRAND_SWAPPED,
    SWAPPED,
    UNCLEAR,
    harmonize,
)  # fmt: skip
from tcra.variants.tables.sites import sites_of

OTHER = {"A": "T", "C": "G", "G": "C", "T": "A"}


def one(
    ref: str, alt: str, other: str, effect: str, palindromic="letters", gwas_af=None, own_af=None
) -> tuple[int, bool, object]:
    result = harmonize(
        sites_of([("1", 5, ref, alt)]), sites_of([("chr1", 5, other, effect)]), palindromic,
        None if gwas_af is None else np.array([gwas_af]), None if own_af is None else np.array([own_af]),
    )  # fmt: skip
    return int(result.case[0]), bool(result.turned[0]), result.reason[0]


def test_the_four_orientations() -> None:
    assert one("A", "C", "A", "C") == (AS_GIVEN, False, None)
    assert one("A", "C", "C", "A") == (SWAPPED, True, None)
    assert one("A", "C", "T", "G") == (STRAND, False, None)
    assert one("A", "C", "G", "T") == (STRAND_SWAPPED, True, None)
    assert one("A", "AT", "AT", "A") == (SWAPPED, True, None)
    assert one("A", "C", "A", "G") == (-1, False, GWAS_OTHER_ALLELES)
    assert one("A", "AC", "T", "TG") == (-1, False, GWAS_OTHER_ALLELES)  # no strand for indels


@pytest.mark.parametrize(("gwas_af", "turned"), [(0.1, False), (0.9, True), (0.39, False)])
@pytest.mark.parametrize("letters", [("A", "T"), ("T", "A")])
def test_frequency_decides_palindromic_snps_whatever_the_letters(
    gwas_af: float, turned: bool, letters: tuple[str, str]
) -> None:
    """The alt allele has frequency 0.2: if the effect allele is rare it is alt, else ref."""
    case, found, reason = one("A", "T", *letters, "frequency", gwas_af, 0.2)
    assert (found, reason) == (turned, None)
    as_given, turned_case = (AS_GIVEN, STRAND_SWAPPED) if letters == ("A", "T") else (STRAND, SWAPPED)
    assert case == (turned_case if turned else as_given)


def test_palindromic_snps_that_cannot_be_told() -> None:
    for gwas_af, own_af in ((0.45, 0.2), (0.2, 0.45), (float("nan"), 0.2), (0.2, float("nan"))):
        assert one("C", "G", "C", "G", "frequency", gwas_af, own_af) == (-1, False, UNCLEAR)
    assert one("C", "G", "C", "G", "drop") == (-1, False, PALINDROME)
    assert one("C", "G", "C", "G", "letters") == (AS_GIVEN, False, None)
    with pytest.raises(UserError, match="need frequencies"):
        one("C", "G", "C", "G", "frequency", 0.1)
    assert one("C", "A", "C", "A", "frequency") == (AS_GIVEN, False, None)  # none needed without palindromic SNPs


@pytest.mark.parametrize(
    ("p", "rows", "several"),
    [
        ([0.1, 0.2, 0.3, 0.4], [1, 2, 3], [True, False, False]),
        ([0.1, 0.1, 0.3, 0.4], [1, 2, 3], [False, False, False]),  # one row, written twice
        ([0.1, np.nan, 0.3, np.nan], [0, 2, 3], [False, False, False]),  # the last with a number
        (None, [1, 2, 3], [True, False, False]),
    ],
)
def test_of_several_rows_the_last_counts(p, rows, several) -> None:
    gwas = sites_of([("1", 5, "A", "C"), ("1", 5, "C", "A"), ("1", 6, "A", "C"), ("1", 7, "A", "T")])
    scored = sites_of([("1", 5, "A", "C"), ("1", 6, "A", "C"), ("1", 7, "A", "T")])
    result = harmonize(scored, gwas, "letters", None, None, None if p is None else np.array(p))
    assert result.gwas_row.tolist() == rows and result.several.tolist() == several
    assert result.case.tolist() == [SWAPPED if rows[0] else AS_GIVEN, AS_GIVEN, AS_GIVEN]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_several_rows_of_one_orientation(order) -> None:
    p = np.array([0.1, 0.2, np.nan])[list(order)]
    gwas = sites_of([("1", 5, "A", "C")] * 3)
    result = harmonize(sites_of([("1", 5, "A", "C")]), gwas, "letters", None, None, p)
    assert result.gwas_row.tolist() == [max(row for row in range(3) if p[row] == p[row])] and result.several.all()


def test_a_whole_gwas(tmp_path: Path, made_up_scores, write_scores, script) -> None:
    """Rows turned at random: harmonised scores times effects do not depend on how the GWAS was written."""
    generator = np.random.default_rng(2)
    frame = made_up_scores(1200, seed=4)
    frame["af"] = generator.uniform(0.05, 0.35, len(frame))
    swap, strand = generator.random((2, len(frame))) < 0.5
    ref, alt = (frame[name].map(OTHER).where(strand, frame[name]) for name in ("ref", "alt"))
    gwas = pd.DataFrame({
        "chromosome": frame["chrom"], "base_pair_location": frame["pos"], "effect_allele": ref.where(swap, alt),
        "other_allele": alt.where(swap, ref), "effect_allele_frequency": (1 - frame["af"]).where(swap, frame["af"]),
        "beta": np.where(swap, -1.0, 1.0),
    })  # fmt: skip
    gwas.iloc[:-100].sample(frac=1, random_state=0).to_csv(tmp_path / "gwas.tsv", sep="\t", index=False)
    frame[["variant_id", "af"]].to_csv(tmp_path / "af.tsv", sep="\t", index=False)
    scores = write_scores(tmp_path / "s", frame.drop(columns="af"), 2)
    script("harmonize_scores.py", "--scores", scores, "--gwas", tmp_path / "gwas.tsv", "--palindromic", "frequency",
           "--frequencies", tmp_path / "af.tsv", "--out", tmp_path / "out.parquet")  # fmt: skip
    table = pq.read_table(tmp_path / "out.parquet").to_pandas()
    expected = frame.iloc[:-100]
    assert table["pos"].tolist() == expected["pos"].tolist()
    assert table["rsid"].fillna("").tolist() == expected["rsid"].fillna("").tolist()
    assert table["alt"].tolist() == gwas["effect_allele"].iloc[:-100].tolist()
    # score × effect: the GWAS's effect is +1 for alt, −1 where its effect allele is ref
    np.testing.assert_array_equal(table["track1"] * gwas["beta"].iloc[:-100], expected["track1"])
    report = json.loads((tmp_path / "out.parquet.accounting.json").read_text())
    assert report["counts"] == [
        {"unit": "variants", "in": len(frame), "out": len(frame) - 100, "rejected": {"not in the GWAS": 100}}
    ]
    cases = report["cases"]
    palindromic = cases.pop("palindromic, decided by frequency")
    assert sum(cases.values()) == len(frame) - 100 and min(cases.values()) > 100 and palindromic > 200
    dropped = script(
        "harmonize_scores.py", "--scores", scores, "--gwas", tmp_path / "gwas.tsv", "--out", tmp_path / "b.parquet"
    )
    assert dropped.returncode == 0
    assert pq.read_metadata(tmp_path / "b.parquet").num_rows == len(frame) - 100 - palindromic


def test_gwas_of_another_build_stops(tmp_path: Path, made_up_scores, write_scores, script) -> None:
    scores = write_scores(tmp_path / "s", made_up_scores(50))
    for text, message in (
        ("CHR\tBP\tA1\tA2\n1\t400000000\tA\tC\n", "none of the"),
        ("SNP\tA1\tA2\nrs5\tA\tC\n", "has no positions and alleles"),
    ):
        (tmp_path / "g.tsv").write_text(text)
        done = script(
            "harmonize_scores.py",
            "--scores",
            scores,
            "--gwas",
            tmp_path / "g.tsv",
            "--out",
            tmp_path / "o.parquet",
            status=2,
        )
        assert "g.tsv" in done.stderr and message in done.stderr


def test_plink2s_effect_allele_is_a1_not_alt(tmp_path: Path, made_up_scores, write_scores, script) -> None:
    frame = made_up_scores(50)
    turned = np.arange(len(frame)) % 3 == 0
    a1 = frame["ref"].where(turned, frame["alt"])
    gwas = pd.DataFrame(
        {"#CHROM": frame["chrom"], "POS": frame["pos"], "ID": ".", "REF": frame["ref"], "ALT": frame["alt"], "A1": a1}
    )
    gwas.assign(P=0.5).to_csv(tmp_path / "x.glm.linear", sep="\t", index=False)
    script("harmonize_scores.py", "--scores", write_scores(tmp_path / "s", frame), "--gwas", tmp_path / "x.glm.linear",
           "--palindromic", "letters", "--out", tmp_path / "o.parquet")  # fmt: skip
    table = pq.read_table(tmp_path / "o.parquet").to_pandas()
    assert table["alt"].tolist() == a1.tolist()
    np.testing.assert_array_equal(table["track1"], frame["track1"] * np.where(turned, -1, 1))


def test_a_minor_alleles_frequency_tells_no_strand(tmp_path: Path, made_up_scores, write_scores, script) -> None:
    frame = made_up_scores(50)
    scores = write_scores(tmp_path / "s", frame)
    gwas = frame[["chrom", "pos", "ref", "alt"]].assign(eaf=0.8, maf=0.2)
    gwas.drop(columns="maf").to_csv(tmp_path / "eaf.tsv", sep="\t", index=False)
    gwas.drop(columns="eaf").to_csv(tmp_path / "maf.tsv", sep="\t", index=False)
    for table, frequencies, named in (("maf", "eaf", "maf"), ("eaf", "maf", "maf"), ("eaf", "eaf", "")):
        done = script(
            "harmonize_scores.py", "--scores", scores, "--gwas", tmp_path / f"{table}.tsv", "--palindromic", "frequency",
            "--frequencies", tmp_path / f"{frequencies}.tsv", "--out", tmp_path / "o.parquet", status=2 if named else 0,
        )  # fmt: skip
        assert not named or f"{named}.tsv: its frequencies are of the minor allele" in done.stderr.splitlines()[-1]
