"""The panel: genotypes of the people whose LD stands for the GWAS's, one chromosome at a time."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tcra.common.arrays import Floats, Integers
from tcra.errors import UserError
from tcra.expression.genotypes.open import open_genotypes
from tcra.expression.genotypes.record import Dosages, GenotypeFile, missing
from tcra.expression.genotypes.several_files import records_of_files

log = logging.getLogger(__name__)
FEW_PEOPLE = 300
ANY_POSITION = range(1, 1 << 60)


@dataclass(frozen=True)
class ReferencePanel:
    """p variants of one chromosome, by rising position, and n people. position (p,) int64: 1-based. ref, alt, name (p,): text, the
    name empty where the file has none. dosages (p, n): of `alt`, int8 (−1 missing) or float32 (NaN missing). frequency (p,) of `alt`.
    """

    chrom: str
    position: Integers
    ref: NDArray[np.object_]
    alt: NDArray[np.object_]
    name: NDArray[np.object_]
    dosages: Dosages
    frequency: Floats
    repeated: list[tuple[str, str]]

    @property
    def size(self) -> int:
        return len(self.position)

    @property
    def people(self) -> int:
        return int(self.dosages.shape[1])

    def filled(self, rows: Integers) -> Floats:
        """Dosages (k, n) float64 of some variants, the mean in place of missing calls."""
        values = self.dosages[rows].astype(np.float64)
        absent = missing(self.dosages[rows])
        if absent.any():
            values = np.where(absent, 2 * self.frequency[rows][:, None], values)
        return values


class PanelFiles:
    """The files of a panel; people are those in all of them, in the order of the first.

    Errors: UserError if the files share nobody.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self.files: list[GenotypeFile] = [open_genotypes(path) for path in paths]
        common = set(self.files[0].samples)
        for file in self.files[1:]:
            common &= set(file.samples)
        self.people = [sample for sample in self.files[0].samples if sample in common]
        if len(self.people) < 3:
            raise UserError(
                f"{paths[0]} and the other genotype files share {len(self.people)} people; expected the same in all"
            )
        if len(self.people) < FEW_PEOPLE:
            log.warning(
                "the panel has %d people: LD of fewer than %d is noisy, and fine-mapping with it less sure",
                len(self.people),
                FEW_PEOPLE,
            )

    def read(
        self, chrom: str, spans: Sequence[tuple[int, int]], inside: Sequence[tuple[int, int]],
        places: Collection[int], names: Collection[str],
    ) -> ReferencePanel:  # fmt: skip
        """The variants of a chromosome that lie in `inside`, or have one of the 1-based positions or names.

        spans: what is read of the file; spans and inside: disjoint, rising, 0-based half-open. Of a repeated variant the first stands.
        """
        records: list[tuple[int, str, str, str, Dosages]] = []
        seen: set[tuple[int, str, str]] = set()
        repeated: list[tuple[str, str]] = []
        starts, ends = [start for start, _ in inside], [end for _, end in inside]
        regions = [(a + 1, b) for a, b in spans]
        for file, record in records_of_files(self.files, chrom, regions, ANY_POSITION, self.people):
            at = int(np.searchsorted(starts, record.position - 1, "right")) - 1
            wanted = at >= 0 and record.position <= ends[at]
            if not wanted and record.position not in places and record.name not in names:
                continue
            key = (record.position, record.ref, record.alt)
            if key in seen or (record.position, record.alt, record.ref) in seen:
                repeated.append((f"{chrom}:{record.position}:{record.ref}:{record.alt}", file.path.name))
                continue
            seen.add(key)
            records.append((*key, record.name, record.dosages))
        return _arrange(chrom, records, len(self.people), repeated)


def _arrange(
    chrom: str, records: list[tuple[int, str, str, str, Dosages]], people: int, repeated: list[tuple[str, str]]
) -> ReferencePanel:
    if records:
        hard = all(record[4].dtype.kind != "f" for record in records)
        dosages = np.empty((len(records), people), np.int8 if hard else np.float32)
        for row, record in enumerate(records):
            dosages[row] = record[4]
            if not hard and record[4].dtype.kind != "f":
                dosages[row][missing(record[4])] = np.nan
    else:
        dosages = np.zeros((0, people), np.int8)
    return ReferencePanel(
        chrom=chrom,
        position=np.array([record[0] for record in records], np.int64),
        ref=np.array([record[1] for record in records], dtype=object),
        alt=np.array([record[2] for record in records], dtype=object),
        name=np.array([record[3] for record in records], dtype=object),
        dosages=dosages,
        frequency=_frequency(dosages),
        repeated=repeated,
    )


def _frequency(dosages: Dosages, rows_at_once: int = 20_000) -> Floats:
    """Frequency (p,) of the counted allele among known calls; NaN where all are missing."""
    parts = []
    for first in range(0, len(dosages), rows_at_once):
        block = dosages[first : first + rows_at_once]
        absent = missing(block)
        known = (~absent).sum(axis=1)
        total = np.where(absent, 0, block).sum(axis=1, dtype=np.float64)
        parts.append(np.where(known > 0, total / np.maximum(2 * known, 1), np.nan))
    return np.concatenate(parts) if parts else np.zeros(0)
