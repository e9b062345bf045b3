"""Variants and their notations. Positions are 1-based in text and in tables, 0-based (`start`) in code."""

import re
from dataclasses import dataclass

from tcra.common.genome.chromosomes import plain_name

_NOTATION = re.compile(
    # The chromosome is as short as the rest allows, so that names of contigs may hold an underscore (1_KI270706v1_random).
    r"^(?P<chrom>[A-Za-z0-9][A-Za-z0-9._-]*?)[_:](?P<position>\d+)[_:](?P<ref>[A-Za-z*.-]+|<[^>]*>)[_:>/](?P<alt>[A-Za-z*.-]+|<[^>]*>)"
    r"(?:[_:](?P<build>b37|b38|hg19|hg38|GRCh37|GRCh38))?$"
)
# gnomAD's and TOPMed's form.
_DASHES = re.compile(r"^(?P<chrom>[A-Za-z0-9._]+)-(?P<position>\d+)-(?P<ref>[A-Za-z*]+)-(?P<alt>[A-Za-z*]+)$")
# SPDI: an accession, the 0-based position, the deleted and the inserted letters; and HGVS of a substitution.
_SPDI = re.compile(r"^(?P<chrom>N[CTW]_\d+\.\d+):(?P<start>\d+):(?P<ref>[A-Za-z]*):(?P<alt>[A-Za-z]*)$")
_HGVS = re.compile(r"^(?P<chrom>N[CTW]_\d+\.\d+):g\.(?P<position>\d+)(?P<ref>[A-Za-z])>(?P<alt>[A-Za-z])$")
_BASES = re.compile(r"^[ACGTN]+$")


@dataclass(frozen=True, slots=True, order=True)
class Variant:
    """One alternate allele at one place.

    chrom: as the input spells it. start: 0-based position of the first base of `ref`. ref, alt: upper-case bases, on the forward strand.

    >>> variant = Variant("chr1", 99, "C", "T")
    >>> variant.position, variant.identifier
    (100, '1_100_C_T')
    """

    chrom: str
    start: int
    ref: str
    alt: str

    def __post_init__(self) -> None:
        if self.start < 0:
            raise ValueError(f"position {self.start + 1}: positions are counted from 1")
        for allele in (self.ref, self.alt):
            if not _BASES.match(allele):
                raise ValueError(f"allele {allele!r}: only A, C, G, T and N can be scored")

    @property
    def position(self) -> int:
        """1-based position, as in VCF."""
        return self.start + 1

    @property
    def identifier(self) -> str:
        """`chrom_position_ref_alt` without `chr`, 1-based: the `variant_id` of every table."""
        return f"{plain_name(self.chrom)}_{self.position}_{self.ref}_{self.alt}"


def split_notation(text: str) -> tuple[str, int, str, str]:
    """(chromosome as spelt, 0-based start, ref, alt) of one notation, whatever the alleles are (symbolic, star, not yet checked).

    Errors: ValueError for text that is no variant notation.

    >>> split_notation("chr1:100:c:<DEL>")
    ('chr1', 99, 'C', '<DEL>')
    >>> split_notation("1-100-C-G"), split_notation("NC_000001.11:99:C:G")  # gnomAD, SPDI (0-based)
    (('1', 99, 'C', 'G'), ('NC_000001.11', 99, 'C', 'G'))
    """
    text = text.strip()
    if spdi := _SPDI.match(text):
        if not spdi["ref"] or not spdi["alt"]:
            raise ValueError(f"{text!r} has no letters of one allele; give the base before it too, as VCF does")
        return spdi["chrom"], int(spdi["start"]), spdi["ref"].upper(), spdi["alt"].upper()
    match = _HGVS.match(text) or _DASHES.match(text) or _NOTATION.match(text)
    if match is None:
        raise ValueError(f"{text!r} is not a variant; expected chrom_position_ref_alt such as 1_100000223_C_T")
    return match["chrom"], int(match["position"]) - 1, match["ref"].upper(), match["alt"].upper()


def parse_variant(text: str) -> Variant:
    """Read `chr_pos_ref_alt`, `chr:pos:ref:alt`, `chr1_pos_ref_alt_b38`, `1:pos:ref>alt`, `1-pos-ref-alt` (position 1-based), SPDI.

    Errors: ValueError that says what is wrong (not a UserError: the caller knows the file and the line).

    >>> parse_variant("1:100:c>t")
    Variant(chrom='1', start=99, ref='C', alt='T')
    >>> parse_variant("1_100")
    Traceback (most recent call last):
        ...
    ValueError: '1_100' is not a variant; expected chrom_position_ref_alt such as 1_100000223_C_T
    """
    return Variant(*split_notation(text))
