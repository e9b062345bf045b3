"""What every genotype reader gives: one record per alternate allele, in the order of position."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Dosages = NDArray[Any]  # int8 hard calls (−1 missing) or float32 dosages (NaN missing)
MISSING_CALL = -1

Region = tuple[int, int]  # first and last 1-based position


@dataclass(frozen=True, slots=True)
class GenotypeRecord:
    """Dosages (samples,) of one alternate allele at a 1-based position; `name` is the file's ID, empty if it has none."""

    position: int
    ref: str
    alt: str
    name: str
    dosages: Dosages


class GenotypeFile(Protocol):
    """One genotype file. `samples` and `chromosomes` as the file spells them. Of a VCF, `chromosomes` are those that the header declares:
    it may hold fewer, or (if there are none) others; `first_chromosome` is that of its first record, empty if it has none.
    `without_index`: a chromosome is found only by reading the file from its start on. `covers_regions` says whether the last call of
    `records` passed any record in its regions, at whatever position.
    """

    path: Path
    samples: list[str]
    chromosomes: list[str]
    first_chromosome: str
    without_index: bool
    covers_regions: bool

    def records(
        self, chrom: str, regions: Sequence[Region], positions: Collection[int], samples: Sequence[str]
    ) -> Iterator[GenotypeRecord]:
        """Records on `chrom` (any spelling) at the given 1-based positions, which all lie in `regions` (disjoint, rising).

        Positions rise; the dosages are in the order of `samples`.
        Errors: UserError if the file is not sorted or damaged.
        """


def missing(dosages: Dosages) -> NDArray[np.bool_]:
    """Which calls are missing."""
    return np.isnan(dosages) if dosages.dtype.kind == "f" else dosages == MISSING_CALL


def known_name(name: str | None) -> str:
    """A file's ID, or empty for the ways of saying that there is none.

    >>> known_name("rs12"), known_name(".")
    ('rs12', '')
    """
    return "" if name is None or name in (".", "", "0") else name
