"""Runs of a bigWig: the intervals of one value that the file stores."""

import mmap
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tcra.common.genome.chromosomes import ChromosomeNames, naming_hint
from tcra.errors import UserError
from tcra.tracks.bigwig_format import FormatError, NoEntries, read_bigwig_index, read_sections
from tcra.tracks.settings import MissingChromosomes


class Runs(NamedTuple):
    """Runs of equal value on one chromosome, sorted, not overlapping: [starts, ends) bp, 0-based int64, and values float16.

    Bases between runs, and bases stored as NaN, have no value. Values beyond ±65,504 are ±inf.
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    values: NDArray[np.float16]


class BigWig:
    """An open bigWig file.

    lengths: its chromosomes, to bp. extremes: smallest and largest value in the file, None where it does not say.
    overflowed: runs read so far that float16 cannot hold.

    Errors: UserError for a file that is none, is cut short, or holds no value.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        if not self.path.is_file():
            raise UserError(f"{path}: no such bigWig file")
        if not self.path.stat().st_size:
            raise UserError(f"{path} is empty")
        with open(self.path, "rb") as handle:
            self._data = mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)
        try:
            self._index = read_bigwig_index(self._data)
        except NoEntries:
            raise UserError(f"{path} holds no value for any base; leave this track out") from None
        except FormatError as error:
            raise self._damaged(error) from error
        self.lengths = self._index.lengths
        self.extremes = self._index.extremes
        self.overflowed = 0

    def _damaged(self, error: FormatError) -> UserError:
        return UserError(f"{self.path} is no bigWig file, or damaged, or cut short: {error}; copy or download it again")

    def has(self, chrom: str, where: str, missing: MissingChromosomes) -> bool:
        """Whether the file has the chromosome; with `missing` set to `zero` one that it lacks is no error.

        where: who asks, for the error (the BED file and window).

        Errors: UserError for a chromosome that may not be missing, and in any case for one that is there under another name.
        """
        if chrom in self.lengths:
            return True
        other = ChromosomeNames(self.lengths).find(chrom)
        if missing == "zero" and other is None:
            return False
        hint = naming_hint([chrom], self.lengths)
        way = (
            ""
            if other
            else "; if nothing was found there, --missing_chromosomes zero counts it as 0, else leave out its windows"
        )
        raise UserError(f"{self.path} has no chromosome {chrom} ({where}); {hint}{way}")

    def require(self, chrom: str, end: int, where: str) -> None:
        """UserError unless the file's `chrom`, which it has, is at least `end` bp long."""
        if end > self.lengths[chrom]:
            raise UserError(
                f"{self.path}: {chrom} has {self.lengths[chrom]} bp, but {where} ends at {end}; are they of one genome build?"
            )

    def runs(self, chrom: str, start: int, end: int) -> Runs:
        """Runs of [start, end) bp, 0-based, within the chromosome; the first and last are cut to it.

        Errors: UserError for unreadable data, for a stored infinity, and for runs that overlap.
        """
        sections = self._index.sections[chrom]
        first = np.searchsorted(sections["end"], start, side="right")
        last = np.searchsorted(sections["start"], end, side="left")
        try:
            starts, ends, values = read_sections(self._data, self._index, sections[first:last])
        except FormatError as error:
            raise self._damaged(error) from error
        self._check(chrom, starts, ends, values)
        inner = slice(int(np.searchsorted(ends, start, side="right")), int(np.searchsorted(starts, end, side="left")))
        starts, ends, values = starts[inner], ends[inner], values[inner]
        present = ~np.isnan(values)
        if not present.all():
            starts, ends, values = starts[present], ends[present], values[present]
        with np.errstate(over="ignore"):
            halves = values.astype(np.float16)
        self.overflowed += int(np.isinf(halves).sum())
        return Runs(np.maximum(starts, start), np.minimum(ends, end), halves)

    def _check(
        self, chrom: str, starts: NDArray[np.int64], ends: NDArray[np.int64], values: NDArray[np.float32]
    ) -> None:
        wrong = np.flatnonzero((starts[1:] < ends[:-1]) | (ends[1:] <= starts[1:]))
        if wrong.size:
            at = int(starts[wrong[0] + 1])
            raise UserError(
                f"{self.path}: intervals overlap or stand out of order at {chrom}:{at}; make the bigWig again"
            )
        infinite = np.flatnonzero(np.isinf(values))
        if infinite.size:
            at = int(infinite[0])
            raise UserError(
                f"{self.path} holds {values[at]} at {chrom}:{starts[at]}-{ends[at]}, expected finite values; make the bigWig again"
            )

    def close(self) -> None:
        self._data.close()

    def __enter__(self) -> "BigWig":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
