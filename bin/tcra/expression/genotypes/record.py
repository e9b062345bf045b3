"""What every genotype reader gives: one record per alternate allele, in the order of position."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tcra.common.genome.chromosomes import plain_name

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
    """One genotype file. `samples` and `chromosomes` as the file spells them. `chromosomes` are those that it may hold; empty if it may
    hold any. `named_chromosomes` are those that its header or some of its records name. `one_chromosome` is the plain name of the only
    one, where it is known to have no other; else empty. `covers_regions` says whether the last call of `records` passed any record in
    its regions, at whatever position.
    """

    path: Path
    samples: list[str]
    chromosomes: list[str]
    named_chromosomes: list[str]
    one_chromosome: str
    covers_regions: bool

    def records(
        self, chrom: str, regions: Sequence[Region], positions: Collection[int], samples: Sequence[str]
    ) -> Iterator[GenotypeRecord]:
        """Records on `chrom` (any spelling) at the given 1-based positions, which all lie in `regions` (disjoint, rising).

        Positions rise; the dosages are in the order of `samples`.
        Errors: UserError if the file is not sorted or damaged.
        """


def only_chromosome(names: Iterable[str]) -> str:
    """The plain name that all names mean; empty if they mean several chromosomes, or there are none.

    >>> only_chromosome(["chr1", "1"]), only_chromosome(["1", "2"])
    ('1', '')
    """
    plain = {plain_name(name) for name in names}
    return plain.pop() if len(plain) == 1 else ""


def missing(dosages: Dosages) -> NDArray[np.bool_]:
    """Which calls are missing."""
    return np.isnan(dosages) if dosages.dtype.kind == "f" else dosages == MISSING_CALL


def known_name(name: str | None) -> str:
    """A file's ID, or empty for the ways of saying that there is none.

    >>> known_name("rs12"), known_name(".")
    ('rs12', '')
    """
    return "" if name is None or name in (".", "", "0") else name
