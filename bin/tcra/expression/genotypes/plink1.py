"""Genotypes of PLINK 1 files (`.bed`, `.bim`, `.fam`), by bed-reader. Allele 1 of the `.bim` is counted: it is the alternate allele."""

from array import array
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import numpy as np

from tcra.common.files import open_text
from tcra.common.genome.chromosomes import plain_name
from tcra.errors import UserError
from tcra.expression.genotypes.companion_files import companion
from tcra.expression.genotypes.record import MISSING_CALL, GenotypeRecord, Region, known_name, only_chromosome

VARIANTS_PER_READ = 512  # variants read at once
PLINK_MISSING = -127
BIM_COLUMNS = 6  # chromosome, id, cM, position, allele 1, allele 2
BED_HEADER_BYTES, SAMPLES_PER_BYTE = 3, 4


class Plink1File:
    """A PLINK 1 file set. Samples are named by their IID, or FID_IID where an IID repeats.

    Of the `.bim` only chromosomes and positions are kept in memory: alleles can be thousands of bases long.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._bim, fam = companion(path, ".bim"), companion(path, ".fam")
        self.samples = _read_fam(fam)
        codes, positions = array("L"), array("q")
        numbers: dict[str, int] = {}
        for number, cells in self._lines():
            codes.append(numbers.setdefault(cells[0], len(numbers)))
            try:
                positions.append(int(cells[3]))
            except ValueError:
                raise UserError(
                    f"{self._bim} line {number}: position {cells[3]!r}, expected a whole number in column 4"
                ) from None
        self._code, self._position = np.array(codes, np.int64), np.array(positions, np.int64)
        expected = BED_HEADER_BYTES + len(codes) * -(-len(self.samples) // SAMPLES_PER_BYTE)
        if self.samples and path.stat().st_size != expected:
            raise UserError(
                f"{path} has {path.stat().st_size} bytes; {len(codes)} variants of {self._bim.name} and {len(self.samples)} samples of "
                f"{fam.name} need {expected}: it is damaged or cut short, or they belong to another .bed"
            )
        self.covers_regions = False
        self.chromosomes = self.named_chromosomes = list(numbers)
        self.one_chromosome = only_chromosome(numbers)

    def records(
        self, chrom: str, regions: Sequence[Region], positions: Collection[int], samples: Sequence[str]
    ) -> Iterator[GenotypeRecord]:
        column = {sample: i for i, sample in enumerate(self.samples)}
        order = np.array([column[sample] for sample in samples])
        codes = [code for code, name in enumerate(self.chromosomes) if plain_name(name) == plain_name(chrom)]
        on_chrom = np.flatnonzero(np.isin(self._code, codes))
        on_positions = self._position[on_chrom]
        self.covers_regions = any(bool(((on_positions >= a) & (on_positions <= b)).any()) for a, b in regions)
        wanted = [
            row for row, position in zip(on_chrom.tolist(), on_positions.tolist(), strict=True) if position in positions
        ]
        wanted.sort(key=lambda row: int(self._position[row]))
        lines, all_wanted = enumerate(self._lines()), set(wanted)
        variants: dict[int, tuple[str, str, str]] = {}
        for first in range(0, len(wanted), VARIANTS_PER_READ):
            rows = wanted[first : first + VARIANTS_PER_READ]
            missing = set(rows).difference(variants)
            while missing:
                row, (_, cells) = next(lines)
                if row in all_wanted:
                    variants[row] = known_name(cells[1]), cells[4].upper(), cells[5].upper()
                    missing.discard(row)
            block = self._read(order, rows)
            for i, row in enumerate(rows):
                name, alt, ref = variants.pop(row)
                yield GenotypeRecord(int(self._position[row]), ref, alt, name, block[:, i])

    def _read(self, order: np.ndarray, rows: list[int]) -> np.ndarray:
        """Hard calls (samples, rows) int8."""
        from bed_reader import open_bed

        try:
            with open_bed(self.path, len(self.samples), len(self._position), num_threads=1) as bed:
                block = bed.read(index=(order, np.array(rows)), dtype="int8", order="F")
        except (ValueError, OSError) as error:
            raise UserError(f"{self.path} is damaged or cut short ({error})") from None
        block[block == PLINK_MISSING] = MISSING_CALL
        return np.asarray(block)

    def _lines(self) -> Iterator[tuple[int, list[str]]]:
        """Line number and cells of each variant; the table is read anew each time, since it may be long."""
        with open_text(self._bim) as text:
            for number, line in enumerate(text, 1):
                cells = line.split()
                if len(cells) != BIM_COLUMNS:
                    if not cells:
                        continue
                    raise UserError(f"{self._bim} line {number}: {len(cells)} cells, expected {BIM_COLUMNS}")
                yield number, cells


def _read_fam(path: Path) -> list[str]:
    with open_text(path) as text:
        lines = [line.split() for line in text if line.strip()]
    for number, cells in enumerate(lines, 1):
        if len(cells) < 2:
            raise UserError(f"{path} line {number}: {len(cells)} cells, expected family, person and four more")
    people = [cells[1] for cells in lines]
    return people if len(set(people)) == len(people) else ["_".join(cells[:2]) for cells in lines]
