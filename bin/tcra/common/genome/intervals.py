"""Intervals from BED files. Coordinates are 0-based, half-open, as in BED."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tcra.common.files import open_text
from tcra.common.genome.chromosomes import plain_name
from tcra.errors import UserError

_NUMBER = re.compile(r"[-+]?\.?\d")


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """[start, end) bp on a chromosome, 0-based; `name` is BED's fourth column (of training windows: the split).

    >>> Interval("chr1", 100, 150).length
    50
    >>> Interval("chr1", 100, 100)
    Traceback (most recent call last):
        ...
    ValueError: chr1:100-100: expected 0 <= start < end
    """

    chrom: str
    start: int
    end: int
    name: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"{self.chrom}:{self.start}-{self.end}: expected 0 <= start < end")

    @property
    def length(self) -> int:
        return self.end - self.start


def read_bed(path: Path) -> list[Interval]:
    """Intervals of a BED file (plain, gzip or zstd) in file order; header, track, browser and comment lines are skipped.

    Errors: UserError naming the file and the line.
    """
    intervals: list[Interval] = []
    first = True
    with open_text(path) as text:
        for number, line in enumerate(text, 1):
            if not line.strip() or line.startswith(("#", "track", "browser")):
                continue
            # Cells are apart by tabs; by blanks in files that have no tab. A name may hold blanks only in the former.
            cells = [cell.strip() for cell in line.split("\t")] if "\t" in line else line.split()
            if len(cells) < 3:
                raise UserError(f"{path} line {number}: expected chromosome, start and end, found {line.strip()!r}")
            # A cell such as 1e+05, as R writes it, is a number and no header: its line is an error below, not skipped.
            header, first = first and not any(_NUMBER.match(cell) for cell in cells[1:3]), False
            if header:
                continue  # one header line without '#'
            try:
                start, end = int(cells[1]), int(cells[2])
            except ValueError:
                raise UserError(
                    f"{path} line {number}: start and end are {cells[1]!r} and {cells[2]!r}, expected whole numbers"
                ) from None
            try:
                intervals.append(Interval(cells[0], start, end, cells[3] if len(cells) > 3 else ""))
            except ValueError as error:
                raise UserError(f"{path} line {number}: {error}") from None
    if not intervals:
        raise UserError(f"{path} has no intervals")
    return intervals


class IntervalIndex:
    """Look-ups of positions in intervals (nested containment lists, `ncls`).

    Intervals may overlap, nest, and stand in any order; chromosomes may be spelled in any way on either side.
    covered, last_end: bp that any interval covers, and where the last one ends, by plain chromosome name.

    >>> index = IntervalIndex([Interval("chr1", 10, 20), Interval("chr1", 15, 30)])
    >>> index.contains("1", np.array([9, 10, 29, 30])).tolist()
    [False, True, True, False]
    >>> index.covered
    {'1': 20}
    """

    def __init__(self, intervals: Iterable[Interval]) -> None:
        from ncls import NCLS

        by_chromosome: dict[str, list[tuple[int, int]]] = {}
        for interval in intervals:
            by_chromosome.setdefault(plain_name(interval.chrom), []).append((interval.start, interval.end))
        self._lists = {}
        self.covered: dict[str, int] = {}
        self.last_end: dict[str, int] = {}
        for chrom, spans in by_chromosome.items():
            starts, ends = np.array(sorted(spans), np.int64).T.copy()
            self._lists[chrom] = NCLS(starts, ends, np.arange(len(starts), dtype=np.int64))
            # Only what lies beyond all earlier intervals is counted; the rest is covered already.
            reached = np.concatenate(([0], np.maximum.accumulate(ends)[:-1]))
            self.covered[chrom] = int(np.maximum(ends - np.maximum(starts, reached), 0).sum())
            self.last_end[chrom] = int(ends.max())

    @property
    def chromosomes(self) -> Sequence[str]:
        """Chromosomes with an interval, without `chr`."""
        return list(self._lists)

    def contains(self, chrom: str, starts: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether each position (0-based) of one chromosome lies in any interval: (len(starts),) bool."""
        inside = np.zeros(len(starts), bool)
        found = self._lists.get(plain_name(chrom))
        if found is not None and len(starts):
            starts = np.ascontiguousarray(starts, np.int64)
            inside[found.has_overlaps(starts, starts + 1, np.arange(len(starts), dtype=np.int64))] = True
        return inside
