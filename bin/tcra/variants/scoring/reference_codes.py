"""The reference sequence as letter codes, on either strand, read in blocks."""

import numpy as np
from numpy.typing import NDArray

from tcra.common.genome.fasta import Genome
from tcra.common.genome.one_hot import codes

Codes = NDArray[np.uint8]
READ_AHEAD_BP = 1 << 21  # bp read ahead
NONE = 4  # the code of N, of other letters, and of what lies off the chromosome


class StrandedReference:
    """Letter codes of one chromosome: A 0, C 1, G 2, T 3, anything else and anything off the chromosome 4.

    reverse: coordinates count along the other strand: base p (0-based) stands at −p − 1, complemented, so that a window keeps
    its reading direction and positions still grow along it.
    """

    def __init__(self, genome: Genome, chrom: str, reverse: bool = False) -> None:
        self._genome, self._chrom, self.reverse = genome, chrom, reverse
        self._start, self._block = 0, np.empty(0, np.uint8)

    def codes(self, start: int, end: int) -> Codes:
        """Codes of [start, end) bp in this strand's coordinates, (end − start,) uint8."""
        if self.reverse:
            return complement_codes(self._forward(-end, -start)[::-1])
        return self._forward(start, end)

    def _forward(self, start: int, end: int) -> Codes:
        if not self._start <= start <= end <= self._start + len(self._block):
            # The block reaches back too: windows overlap, and the other strand is read backwards.
            self._start = start - READ_AHEAD_BP
            self._block = codes(self._genome.sequence(self._chrom, self._start, end + READ_AHEAD_BP))
        return self._block[start - self._start : end - self._start]


def complement_codes(letters: Codes) -> Codes:
    """Codes of the complementary letters in the same order; code 4 stays."""
    return np.where(letters < NONE, 3 - letters, letters).astype(np.uint8)


def count_unknown(genome: Genome, chrom: str, starts: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """How many of the `length` bp from each of `starts` (0-based, sorted) are no A, C, G, T or off the chromosome, (starts,) int64."""
    size = genome.lengths[chrom]
    first, end = max(int(starts[0]), 0), min(int(starts[-1]) + length, size)
    run_starts, run_ends = unknown_runs(genome, chrom, first, end)
    totals = np.concatenate([[0], np.cumsum(run_ends - run_starts)])

    def before(position: NDArray[np.int64]) -> NDArray[np.int64]:
        """Unknown letters in [first, position)."""
        run = np.searchsorted(run_starts, position, side="right")
        last_end = run_ends[run - 1] if len(run_ends) else np.zeros_like(position)
        beyond = np.where(run > 0, np.maximum(last_end - position, 0), 0)
        return totals[run] - beyond

    inner_start, inner_end = np.clip(starts, 0, size), np.clip(starts + length, 0, size)
    off = length - (inner_end - inner_start)
    return off + before(inner_end) - before(inner_start)


def unknown_runs(genome: Genome, chrom: str, start: int, end: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Starts and ends (0-based, half-open) of the runs of letters other than A, C, G and T within [start, end)."""
    starts, ends = [], []
    for block_start in range(start, end, READ_AHEAD_BP):
        letters = codes(genome.sequence(chrom, block_start, min(block_start + READ_AHEAD_BP, end)))
        edges = np.diff(np.concatenate([[0], (letters == NONE).astype(np.int8), [0]]))
        starts.append(np.flatnonzero(edges == 1) + block_start)
        ends.append(np.flatnonzero(edges == -1) + block_start)
    if not starts:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    return np.concatenate(starts), np.concatenate(ends)
