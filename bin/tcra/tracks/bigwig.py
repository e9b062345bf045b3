"""Runs of a bigWig: the intervals of one value that the file stores."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyBigWig
from numpy.typing import NDArray

from tcra.cli import UserError
from tcra.common.genome.chromosomes import naming_hint

_MAGIC = {b"\x26\xfc\x8f\x88", b"\x88\x8f\xfc\x26"}


class Runs(NamedTuple):
    """Runs of equal value on one chromosome, sorted, not overlapping: [starts, ends) bp, 0-based int64, and values float16.

    Bases between runs, and bases stored as NaN, have no value. Values beyond ±65,504 are ±inf.
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    values: NDArray[np.float16]


class BigWig:
    """An open bigWig file. `lengths` maps its chromosomes to bp.

    Errors: UserError for a file that is none, or is cut short.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        if not self.path.is_file():
            raise UserError(f"{path}: no such bigWig file")
        with open(self.path, "rb") as handle:
            magic = handle.read(4)
        if magic not in _MAGIC:
            raise UserError(f"{path} is not a bigWig file (its first bytes are {magic.hex()})")
        try:
            self._file = pyBigWig.open(str(self.path))
            lengths = self._file.chroms()
        except RuntimeError as error:
            raise UserError(f"{path} is damaged or cut short ({error}); copy or download it again") from error
        self.lengths: dict[str, int] = {name: int(length) for name, length in (lengths or {}).items()}
        if not self.lengths:
            raise UserError(f"{path} is damaged or cut short: it names no chromosomes")

    def require(self, chrom: str, end: int, where: str) -> None:
        """UserError unless the file has `chrom`, of at least `end` bp; `where` names who asks (the BED file and line)."""
        if chrom not in self.lengths:
            raise UserError(f"{self.path} has no chromosome {chrom} ({where}); {naming_hint([chrom], self.lengths)}")
        if end > self.lengths[chrom]:
            raise UserError(
                f"{self.path}: {chrom} has {self.lengths[chrom]} bp, but {where} ends at {end}; are they of one genome build?"
            )

    def runs(self, chrom: str, start: int, end: int) -> Runs:
        """Runs of [start, end) bp, 0-based, within the chromosome; the first and last are cut to it.

        Errors: UserError for unreadable data, for a stored infinity, and for runs that overlap.
        """
        try:
            found = self._file.intervals(chrom, start, end) or ()
        except RuntimeError as error:
            raise UserError(
                f"{self.path}: {chrom}:{start}-{end} cannot be read ({error}); the file is damaged or cut short"
            ) from error
        table = np.array(found, dtype=np.float64).reshape(-1, 3)
        starts, ends = table[:, 0].astype(np.int64), table[:, 1].astype(np.int64)
        if (starts[1:] < ends[:-1]).any():
            at = int(starts[1:][starts[1:] < ends[:-1]][0])
            raise UserError(
                f"{self.path}: intervals overlap at {chrom}:{at}; a bigWig has one value a base, make it again"
            )
        values = table[:, 2]
        infinite = np.isinf(values)
        if infinite.any():
            first = int(np.flatnonzero(infinite)[0])
            raise UserError(
                f"{self.path} holds {values[first]} at {chrom}:{starts[first]}-{ends[first]}; expected finite values, make it again"
            )
        np.maximum(starts, start, out=starts)
        np.minimum(ends, end, out=ends)
        with np.errstate(over="ignore"):
            halves = values.astype(np.float16)
        present = ~np.isnan(halves)
        if not present.all():
            return Runs(starts[present], ends[present], halves[present])
        return Runs(starts, ends, halves)

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> "BigWig":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
