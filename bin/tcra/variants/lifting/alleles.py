"""Alleles in another build: on the other strand, and against the target genome's reference. Positions are 0-based."""

from dataclasses import dataclass

from tcra.common.genome.fasta import Genome
from tcra.common.genome.one_hot import reverse_complement

NEITHER = "neither allele is the target genome's"
PAST_END = "position is past the chromosome's end"
NEEDS_GENOME = "insertion or deletion on the other strand needs --target-fasta"
HAS_INSERTION = "insertion that the target seems to have needs --target-fasta"


@dataclass(frozen=True)
class LiftedAlleles:
    """A variant in the target build. start: 0-based, of the first base of `ref`. swapped: ref and alt are exchanged."""

    start: int
    ref: str
    alt: str
    swapped: bool = False


def lift_alleles(
    chrom: str, start: int, end: int, forward: bool, ref: str, alt: str, genome: Genome | None
) -> LiftedAlleles | str:
    """The variant whose ref allele [start, end) in the target build came from `ref`, or the reason why there is none.

    On the other strand (`forward` False) both alleles are reverse-complemented; an insertion or deletion is then anchored to the base
    before it again and shifted left as far as it goes, as VCF does it, which needs the genome. Given the genome, its bases decide
    which allele is ref: if only alt is there, the alleles are exchanged; if neither is, there is no answer. A deletion whose ref is not
    there has none either, since only the base before it is left of its alt allele. A place [start, end) longer than `ref` is that of an
    insertion which the target has, by its chain; its bases must then be alt.
    """
    if not forward:
        ref, alt = reverse_complement(ref), reverse_complement(alt)
        if len(ref) != len(alt) and genome is None:
            return NEEDS_GENOME
    inserted = end - start > len(ref)
    if inserted and genome is None:
        return HAS_INSERTION
    swapped = False
    if genome is not None:
        length = genome.lengths[genome.find(chrom)]
        if end > length:
            return PAST_END
        if inserted:
            if genome.sequence(chrom, start, end) != alt:
                return NEITHER
            ref, alt, swapped = alt, ref, True
        elif genome.sequence(chrom, start, end) != ref:
            # On the other strand the anchor of an insertion or deletion is its last base.
            first = start if forward else end - len(alt)
            anchor = ref[: len(alt)] if forward else ref[-len(alt) :]
            # The anchor of a deletion stands there whatever follows it, and says nothing.
            if alt == anchor or first < 0 or genome.sequence(chrom, first, first + len(alt)) != alt:
                return NEITHER
            start, ref, alt, swapped = first, alt, ref, True
        if not forward and len(ref) != len(alt):
            start, ref, alt = left_align(chrom, start, ref, alt, genome)
    return LiftedAlleles(start, ref, alt, swapped)


def left_align(chrom: str, start: int, ref: str, alt: str, genome: Genome) -> tuple[int, str, str]:
    """(start, ref, alt) in VCF's normal form: no shared last base, anchored by one base before, as far left as it goes.

    Method: Tan, Abecasis & Kang 2015, "Unified representation of genetic variants".
    """
    while True:
        if ref and alt and ref[-1] == alt[-1]:
            ref, alt = ref[:-1], alt[:-1]
        elif ref and alt:
            break
        if not ref or not alt:
            if (
                start == 0
            ):  # nothing to the left: anchored by the base after, as VCF allows at a chromosome's first base
                after = genome.sequence(chrom, len(ref), len(ref) + 1)
                return 0, ref + after, alt + after
            start -= 1
            before = genome.sequence(chrom, start, start + 1)
            ref, alt = before + ref, before + alt
    while len(ref) > 1 and len(alt) > 1 and ref[0] == alt[0]:
        start, ref, alt = start + 1, ref[1:], alt[1:]
    return start, ref, alt
