"""Compact identities: order, exact look-up, alleles in other orientations."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tcra.common.genome.chromosomes import sort_key
from tcra.variants.tables.sites import Sites, sites_of

ALLELE = st.text("ACGT", min_size=1, max_size=3)
VARIANT = st.tuples(st.sampled_from(["1", "chr2", "10", "X", "M"]), st.integers(1, 300_000_000), ALLELE, ALLELE)
OTHER = {"A": "T", "C": "G", "G": "C", "T": "A"}


def plain(variant: tuple[str, int, str, str]) -> tuple[str, int, str, str]:
    return variant[0].removeprefix("chr"), *variant[1:]


@given(st.lists(VARIANT, max_size=20))
def test_keys_are_exact_and_in_order(variants: list[tuple[str, int, str, str]]) -> None:
    sites = sites_of(variants)
    plains = [plain(variant) for variant in variants]
    assert sites.identifiers() == ["_".join(map(str, variant)) for variant in plains]
    assert len(set(sites.keys.tolist())) == len(set(plains))
    in_order = sorted(plains, key=lambda v: (sort_key(v[0]), *v[1:]))
    assert [plains[row] for row in np.argsort(sites.keys, kind="stable")] == in_order


@given(st.lists(VARIANT, max_size=15), st.lists(VARIANT, max_size=15))
def test_find_is_a_dictionary(mine: list[tuple[str, int, str, str]], theirs: list[tuple[str, int, str, str]]) -> None:
    theirs = theirs + mine[:5]
    unique = sorted({plain(v) for v in mine}, key=lambda v: (sort_key(v[0]), *v[1:]))
    row = {variant: at for at, variant in enumerate(unique)}
    sites, others = sites_of(unique), sites_of(theirs)
    assert sites.find(others).tolist() == [row.get(plain(v), -1) for v in theirs]
    swapped = [row.get((c, p, a, r), -1) for c, p, r, a in map(plain, theirs)]
    assert sites.find(others, swapped=True).tolist() == swapped

    def other_strand(variant: tuple[str, int, str, str]) -> tuple[str, int, str, str] | None:
        chrom, position, ref, alt = plain(variant)
        return (chrom, position, OTHER[ref], OTHER[alt]) if len(ref) == len(alt) == 1 else None

    assert sites.find(others, other_strand=True).tolist() == [
        row.get(other_strand(v) or ("", 0, "", ""), -1) for v in theirs
    ]


def test_lengths_must_agree() -> None:
    with pytest.raises(ValueError, match="1 chromosomes, 2 positions"):
        Sites(("1",), np.zeros(1, np.int16), np.zeros(2, np.int32), ("A\tC",), np.zeros(1, np.int32))


def test_positions_that_no_chromosome_has() -> None:
    for position in (0, 1 << 29):
        with pytest.raises(ValueError, match="positions from"):
            sites_of([("1", position, "A", "C")])
