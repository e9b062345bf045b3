"""The variants of one chromosome, as the scoring stage takes and writes them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tcra.common.genome.chromosomes import plain_name


@dataclass(frozen=True)
class ChromosomeVariants:
    """Checked variants of one chromosome, sorted by position, ref, alt, each once.

    chrom: the FASTA's name. starts: 0-based positions of the first ref base, (variants,) int64. refs, alts: upper-case.
    rsids: "" where unknown.
    """

    chrom: str
    starts: NDArray[np.int64]
    refs: list[str]
    alts: list[str]
    rsids: list[str]

    def __len__(self) -> int:
        return len(self.starts)

    def part(self, first: int, end: int) -> "ChromosomeVariants":
        """Variants [first, end)."""
        rows = slice(first, end)
        return ChromosomeVariants(self.chrom, self.starts[rows], self.refs[rows], self.alts[rows], self.rsids[rows])

    def kept(self, mask: NDArray[np.bool_]) -> "ChromosomeVariants":
        """The variants where `mask` (variants,) is true."""
        rows = np.flatnonzero(mask)
        return ChromosomeVariants(
            self.chrom,
            self.starts[rows],
            [self.refs[i] for i in rows],
            [self.alts[i] for i in rows],
            [self.rsids[i] for i in rows],
        )

    def identifiers(self) -> list[str]:
        """`chrom_pos_ref_alt` of each, without `chr`, 1-based.

        >>> ChromosomeVariants("chr7", np.array([99]), ["A"], ["G"], [""]).identifiers()
        ['7_100_A_G']
        """
        chrom = plain_name(self.chrom)
        return [
            f"{chrom}_{start + 1}_{ref}_{alt}"
            for start, ref, alt in zip(self.starts.tolist(), self.refs, self.alts, strict=True)
        ]
