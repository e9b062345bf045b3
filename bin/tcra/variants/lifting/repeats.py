"""Insertions and deletions in repeats: a chain may place the difference between two builds anywhere along the repeat."""

import numpy as np

from tcra.common.genome.fasta import Genome
from tcra.common.genome.liftover import LIFTED, Liftover

LONGEST_REPEAT_BP = 10_000


def shift_range(chrom: str, start: int, ref: str, alt: str, genome: Genome) -> tuple[int, int, int]:
    """(bp to the left, bp to the right, bp of the difference): how far an insertion or deletion may shift without another haplotype.

    start: 0-based position of the first letter of `ref`, which must be the genome's there. (0, 0, 0) for what is no pure insertion or
    deletion.
    """
    while ref and alt and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    while ref and alt and ref[0] == alt[0]:
        start, ref, alt = start + 1, ref[1:], alt[1:]
    if ref and alt:
        return 0, 0, 0
    unit = ref or alt
    behind = start + len(ref)  # where the letters after the insertion or deletion begin
    left = right = 0
    for block in range(0, LONGEST_REPEAT_BP, 200):
        after = genome.sequence(chrom, behind + block, behind + block + 200)
        same = next((k for k, letter in enumerate(after) if letter != unit[(block + k) % len(unit)]), 200)
        right += same
        if same < 200:
            break
    for block in range(0, LONGEST_REPEAT_BP, 200):
        before = genome.sequence(chrom, start - block - 200, start - block)[::-1]
        same = next((k for k, letter in enumerate(before) if letter != unit[-1 - (block + k) % len(unit)]), 200)
        left += same
        if same < 200:
            break
    return left, right, len(unit)


def maps_as_one_piece(chains: Liftover, chrom: str, first: int, end: int) -> bool:
    """Whether [first, end) bp (0-based) of a source chromosome maps without a gap to one strand of one target chromosome."""
    name = chains.find(chrom)
    if name is None:
        return False
    places = np.arange(max(first, 0), min(end, chains.source_lengths[name]))
    lifted = chains.lift(chrom, places)
    if not (lifted.status == LIFTED).all() or len(np.unique(lifted.chrom)) > 1 or len(np.unique(lifted.forward)) > 1:
        return False
    return bool((np.diff(lifted.position) == (1 if lifted.forward.all() else -1)).all())
