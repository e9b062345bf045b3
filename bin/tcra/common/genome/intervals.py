"""Intervals from BED files. Coordinates are 0-based, half-open, as in BED."""

from dataclasses import dataclass
from pathlib import Path

from tcra.cli import UserError
from tcra.common.files import open_text


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """[start, end) bp on a chromosome, 0-based; `name` is BED's fourth column (of training windows: the split)."""

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
    with open_text(path) as text:
        for number, line in enumerate(text, 1):
            cells = line.split()
            if not cells or line.startswith(("#", "track", "browser")):
                continue
            if len(cells) < 3:
                raise UserError(f"{path} line {number}: expected chromosome, start and end, found {line.strip()!r}")
            if not intervals and not cells[1].lstrip("-").isdigit():
                continue  # a header line without '#'
            try:
                intervals.append(Interval(cells[0], int(cells[1]), int(cells[2]), cells[3] if len(cells) > 3 else ""))
            except ValueError as error:
                raise UserError(f"{path} line {number}: {error}") from None
    if not intervals:
        raise UserError(f"{path} has no intervals")
    return intervals
