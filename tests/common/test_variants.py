"""Notations of variants."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tcra.common.genome.variants import Variant, parse_variant


@pytest.mark.parametrize(
    "text", ["chr1_12_a_gt", "1:12:A:GT", "1_12_A_GT_b38", "chr1:12:A>GT", "1_12_A/GT", " 1_12_A_GT_GRCh37 \n"]
)
def test_notations(text: str) -> None:
    variant = parse_variant(text)
    assert (variant.start, variant.position, variant.ref, variant.alt) == (11, 12, "A", "GT")
    assert variant.identifier == "1_12_A_GT"


def test_sex_chromosomes_and_contigs() -> None:
    assert parse_variant("chrX_5_A_C").identifier == "X_5_A_C"
    assert parse_variant("23:5:A:C").identifier == "X_5_A_C"
    assert parse_variant("chrM:5:A:C").identifier == "M_5_A_C"


@pytest.mark.parametrize(
    "text", ["", "rs123", "1_12_A", "1_x_A_C", "1_0_A_C", "1_5_A_<DEL>", "1_5_A_*", "1_5_R_A", "1_5_A_."]
)
def test_what_is_no_variant_says_so(text: str) -> None:
    with pytest.raises(ValueError):
        parse_variant(text)


ALLELE = st.text("ACGT", min_size=1, max_size=5)


@given(st.sampled_from(["1", "22", "X", "M"]), st.integers(1, 2**28), ALLELE, ALLELE)
def test_identifier_reads_back(chrom: str, position: int, ref: str, alt: str) -> None:
    variant = Variant(chrom, position - 1, ref, alt)
    assert parse_variant(variant.identifier) == variant
