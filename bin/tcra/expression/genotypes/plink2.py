"""Genotypes of PLINK 2 files (`.pgen`, `.pvar` or `.pvar.zst`, `.psam`), by Pgenlib; dosages where the file has them."""

from array import array
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tcra.common.files import open_text
from tcra.common.genome.chromosomes import plain_name
from tcra.common.tables import require_columns
from tcra.errors import UserError
from tcra.expression.genotypes.companion_files import companion
from tcra.expression.genotypes.record import GenotypeRecord, Region, known_name, only_chromosome

PGEN_MISSING = -9.0


@dataclass(frozen=True)
class _Variant:
    row: int
    position: int
    name: str
    ref: str
    alternates: list[str]


class Plink2File:
    """A PLINK 2 file set. Samples are named by their IID; each alternate allele of a multi-allelic variant is one record."""

    def __init__(self, path: Path) -> None:
        try:
            import pgenlib  # noqa: F401
        except ImportError:
            raise UserError(
                f"{path}: reading .pgen needs the package Pgenlib; install it, or convert to BCF or .bed"
            ) from None
        self.path = path
        self._pvar = companion(path, ".pvar", ".pvar.zst")
        self.samples = _read_psam(companion(path, ".psam"))
        alleles = array("L")
        chromosomes: dict[str, None] = {}
        for _, cells, column in self._lines():
            alleles.append(2 + cells[column["ALT"]].count(","))
            chromosomes[cells[column["CHROM"]]] = None
        self._offsets = np.concatenate([[0], np.cumsum(np.asarray(alleles, np.int64))]).astype(np.uintp)
        self.covers_regions = False
        self.chromosomes = self.named_chromosomes = list(chromosomes)
        self.one_chromosome = only_chromosome(chromosomes)

    def records(
        self, chrom: str, regions: Sequence[Region], positions: Collection[int], samples: Sequence[str]
    ) -> Iterator[GenotypeRecord]:
        import pgenlib

        place = {sample: i for i, sample in enumerate(self.samples)}
        order = np.array([place[sample] for sample in samples])
        try:
            reader = pgenlib.PgenReader(
                bytes(self.path),
                raw_sample_ct=len(self.samples),
                variant_ct=len(self._offsets) - 1,
                allele_idx_offsets=self._offsets,
            )
        except (RuntimeError, ValueError) as error:
            raise UserError(f"{self.path}: cannot be read with {self._pvar.name} ({error})") from None
        self.covers_regions = False
        buffer = np.empty(len(self.samples), np.float32)
        for variant in sorted(self._variants(plain_name(chrom), regions, positions), key=lambda v: v.position):
            for number, alt in enumerate(variant.alternates, 1):
                try:
                    reader.read_dosages(variant.row, buffer, allele_idx=number)
                except RuntimeError as error:
                    raise UserError(f"{self.path} is damaged or cut short ({error}); copy or make it again") from None
                dosages = buffer[order]
                dosages[dosages == PGEN_MISSING] = np.nan
                yield GenotypeRecord(variant.position, variant.ref, alt, variant.name, dosages)
        reader.close()

    def _variants(self, chrom: str, regions: Sequence[Region], positions: Collection[int]) -> Iterator[_Variant]:
        for row, (number, cells, column) in enumerate(self._lines()):
            if plain_name(cells[column["CHROM"]]) != chrom:
                continue
            try:
                position = int(cells[column["POS"]])
            except ValueError:
                raise UserError(
                    f"{self._pvar} line {number}: POS has {cells[column['POS']]!r}, expected a whole number"
                ) from None
            self.covers_regions = self.covers_regions or any(first <= position <= last for first, last in regions)
            if position in positions:
                alternates = cells[column["ALT"]].upper().split(",")
                yield _Variant(row, position, known_name(cells[column["ID"]]), cells[column["REF"]].upper(), alternates)

    def _lines(self) -> Iterator[tuple[int, list[str], dict[str, int]]]:
        """Line number, cells and columns of each variant; the table is read anew each time, since it may be long."""
        column = {
            name: i for i, name in enumerate(("CHROM", "ID", "CM", "POS", "ALT", "REF"))
        }  # without header: the .bim's
        with open_text(self._pvar) as text:
            for number, line in enumerate(text, 1):
                if line.startswith("##") or not line.strip():
                    continue
                if line.startswith("#"):
                    column = {cell.lstrip("#"): i for i, cell in enumerate(line.split())}
                    require_columns(self._pvar, column, ("CHROM", "POS", "ID", "REF", "ALT"))
                    continue
                cells = line.split(None, max(column.values()) + 1)
                if len(cells) < len(column):
                    raise UserError(f"{self._pvar} line {number}: {len(cells)} cells, expected {len(column)}")
                yield number, cells, column


def _read_psam(path: Path) -> list[str]:
    with open_text(path) as text:
        lines = [line.split() for line in text if line.strip() and not line.startswith("##")]
    header = [cell.lstrip("#") for cell in lines[0]] if lines and lines[0][0].startswith("#") else None
    if header is None:
        return [cells[1] for cells in lines]  # no header: the .fam's columns
    if "IID" not in header:
        raise UserError(f"{path} has no column IID")
    return [cells[header.index("IID")] for cells in lines[1:]]
