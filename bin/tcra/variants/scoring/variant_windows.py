"""A variant's two windows: which letters they hold, and which of their tokens the alternate allele changes.

kipoiseq's rule (`VariantSeqExtractor`, anchor at the variant): the ref window is the genome around the variant, whose first ref
base stands at index length/2; in the alt window the alleles are exchanged and the letters after them shift in or out, so that the
window keeps its length.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tcra.common.genome.one_hot import codes
from tcra.variants.scoring.reference_codes import Codes, StrandedReference, complement_codes
from tcra.variants.tables.chromosome_variants import ChromosomeVariants


@dataclass(frozen=True, slots=True)
class VariantWindow:
    """One variant's windows on one strand, in that strand's coordinates.

    start: position (bp) of the ref window's first letter. at: index (bp) in the alt window of the first letter of `allele`.
    allele: codes of the alternate allele. left_shift_bp, right_shift_bp: the alt window's letter i is the reference at
    start + i + left_shift_bp for i < at, and at start + i + right_shift_bp for i ≥ at + len(allele).
    """

    start: int
    length_bp: int
    at: int
    allele: Codes
    left_shift_bp: int
    right_shift_bp: int

    def ref_codes(self, reference: StrandedReference, first: int, end: int) -> Codes:
        """Codes of indices [first, end) of the ref window."""
        return reference.codes(self.start + first, self.start + end)

    def alt_codes(self, reference: StrandedReference, first: int, end: int) -> Codes:
        """Codes of indices [first, end) of the alt window."""
        at, after = self.at, self.at + len(self.allele)
        left_end, right_start = min(end, at), max(first, after)
        parts = []
        if first < left_end:
            parts.append(
                reference.codes(self.start + self.left_shift_bp + first, self.start + self.left_shift_bp + left_end)
            )
        parts.append(self.allele[max(first - at, 0) : max(end - at, 0)])
        if right_start < end:
            parts.append(
                reference.codes(self.start + self.right_shift_bp + right_start, self.start + self.right_shift_bp + end)
            )
        return np.concatenate(parts)


def make_window(position: int, ref: str, alt: str, length: int, reverse: bool = False) -> VariantWindow:
    """The windows of a variant whose first ref base is at 0-based `position`; on the forward or the other strand.

    Forward: what follows the allele comes from the length difference further left. On the other strand the window is read from its
    end, so the allele's letters are complemented and what stands before them is shifted instead.
    """
    centre, longer = length // 2, len(alt) - len(ref)
    start = position - centre
    allele = codes(alt)[: length - centre]
    if not reverse:
        return VariantWindow(start, length, centre, allele, left_shift_bp=0, right_shift_bp=-longer)
    return VariantWindow(
        start=-(start + length),
        length_bp=length,
        at=length - centre - len(allele),
        allele=complement_codes(allele[::-1]),
        left_shift_bp=longer,
        right_shift_bp=0,
    )


@dataclass(frozen=True)
class TokenGeometry:
    """How far a letter reaches in tokens.

    bin_bp: bp per token (128). halo_bp: what a token sees beyond its own letters on each side (259). window_tokens: tokens per window.
    """

    bin_bp: int
    halo_bp: int
    window_tokens: int

    @property
    def margin_tokens(self) -> int:
        """Tokens at each end of a window that see the zero padding beyond it (3)."""
        return -(-self.halo_bp // self.bin_bp)

    def changed(self, window: VariantWindow) -> tuple[int, int]:
        """Tokens [first, end) that are not a shifted reference token: those that see a letter of the alternate allele, or both
        sides of it. Token t sees indices [t·bin − halo, (t+1)·bin + halo), so the first lies at ⌊(at − halo)/bin⌋
        and the last at ⌊(at + len(allele) − 1 + halo)/bin⌋: 765 … 770 for a substitution in the published window."""
        first = (window.at - self.halo_bp) // self.bin_bp
        last = (window.at + max(len(window.allele), 1) - 1 + self.halo_bp) // self.bin_bp
        return first, last + 1


class VariantWindows(Sequence[VariantWindow]):
    """The windows of one chromosome's variants on one strand, sorted by start, made when asked for.

    On the other strand starts grow from the last variant to the first: window i is that of variant `order(i)`.
    """

    def __init__(self, variants: ChromosomeVariants, length: int, reverse: bool = False) -> None:
        self.variants, self.length, self.reverse = variants, length, reverse

    def __len__(self) -> int:
        return len(self.variants)

    def order(self, i: int) -> int:
        """The number of the variant whose window is the i-th."""
        return len(self) - 1 - i if self.reverse else i

    def __getitem__(self, i):  # type: ignore[no-untyped-def]
        if isinstance(i, slice):
            return [self[k] for k in range(*i.indices(len(self)))]
        if not 0 <= i < len(self):
            raise IndexError(i)
        row = self.order(i)
        variants = self.variants
        return make_window(int(variants.starts[row]), variants.refs[row], variants.alts[row], self.length, self.reverse)
