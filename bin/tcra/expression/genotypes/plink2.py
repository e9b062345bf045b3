"""Genotypes of PLINK 2 files (`.pgen`, `.pvar` or `.pvar.zst`, `.psam`), by Pgenlib; dosages where the file has them."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import numpy as np

from tcra.cli import UserError
from tcra.common.files import open_text
from tcra.common.genome.chromosomes import plain_name
from tcra.expression.genotypes.open import companion
from tcra.expression.genotypes.record import Record, Region, known_name

PGEN_MISSING = -9.0


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
        self._read_pvar()
        self.chromosomes = sorted(set(self._chrom))

    def records(
        self, chrom: str, regions: Sequence[Region], positions: Collection[int], samples: Sequence[str]
    ) -> Iterator[Record]:
        import pgenlib

        column = {sample: i for i, sample in enumerate(self.samples)}
        order = np.array([column[sample] for sample in samples])
        offsets = np.concatenate([[0], np.cumsum([1 + len(alternates) for alternates in self._alternates])]).astype(
            np.uintp
        )
        try:
            reader = pgenlib.PgenReader(
                bytes(self.path),
                raw_sample_ct=len(self.samples),
                variant_ct=len(self._position),
                allele_idx_offsets=offsets,
            )
        except (RuntimeError, ValueError) as error:
            raise UserError(f"{self.path}: cannot be read with {self._pvar.name} ({error})") from None
        name = plain_name(chrom)
        wanted = [i for i, place in enumerate(self._chrom) if place == name and self._position[i] in positions]
        buffer = np.empty(len(self.samples), np.float32)
        for row in sorted(wanted, key=lambda i: self._position[i]):
            for number, alt in enumerate(self._alternates[row], 1):
                reader.read_dosages(row, buffer, allele_idx=number)
                dosages = buffer[order]
                dosages[dosages == PGEN_MISSING] = np.nan
                yield Record(self._position[row], self._ref[row], alt, self._names[row], dosages)
        reader.close()

    def _read_pvar(self) -> None:
        self._chrom: list[str] = []
        self._position: list[int] = []
        self._names: list[str] = []
        self._ref: list[str] = []
        self._alternates: list[list[str]] = []
        header = ["CHROM", "ID", "CM", "POS", "ALT", "REF"]  # of a .pvar without header: the .bim's columns
        with open_text(self._pvar) as text:
            for number, line in enumerate(text, 1):
                if line.startswith("##") or not line.strip():
                    continue
                cells = line.split()
                if line.startswith("#"):
                    header = [cell.lstrip("#") for cell in cells]
                    continue
                row = dict(zip(header, cells, strict=False))
                try:
                    self._position.append(int(row["POS"]))
                    self._chrom.append(plain_name(row["CHROM"]))
                    self._names.append(known_name(row["ID"]))
                    self._ref.append(row["REF"].upper())
                    self._alternates.append(row["ALT"].upper().split(","))
                except (KeyError, ValueError) as error:
                    raise UserError(
                        f"{self._pvar} line {number}: expected CHROM, POS, ID, REF and ALT ({error})"
                    ) from None


def _read_psam(path: Path) -> list[str]:
    with open_text(path) as text:
        lines = [line.split() for line in text if line.strip() and not line.startswith("##")]
    header = [cell.lstrip("#") for cell in lines[0]] if lines and lines[0][0].startswith("#") else None
    if header is None:
        return [cells[1] for cells in lines]  # no header: the .fam's columns
    if "IID" not in header:
        raise UserError(f"{path} has no column IID")
    return [cells[header.index("IID")] for cells in lines[1:]]
