"""Genotypes of PLINK 1 files (`.bed`, `.bim`, `.fam`), by bed-reader. Allele 1 of the `.bim` is counted: it is the alternate allele."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import numpy as np

from tcra.common.genome.chromosomes import plain_name
from tcra.errors import UserError
from tcra.expression.genotypes.companion_files import companion
from tcra.expression.genotypes.record import MISSING_CALL, GenotypeRecord, Region, known_name

VARIANTS_PER_READ = 512  # variants read at once
PLINK_MISSING = -127


class Plink1File:
    """A PLINK 1 file set. Samples are named by their IID, or FID_IID where an IID repeats."""

    def __init__(self, path: Path) -> None:
        from bed_reader import open_bed

        self.path = path
        bim, fam = companion(path, ".bim"), companion(path, ".fam")
        try:
            self._bed = open_bed(path, fam_filepath=fam, bim_filepath=bim, num_threads=1)
            iid, fid = list(map(str, self._bed.iid)), list(map(str, self._bed.fid))
            names, codes = np.unique(self._bed.chromosome, return_inverse=True)
            self._chrom = np.array([plain_name(str(name)) for name in names])[codes]
            self._position = np.asarray(self._bed.bp_position, np.int64)
        except (ValueError, OSError) as error:
            raise UserError(f"{path}: cannot be read with {bim.name} and {fam.name} ({error})") from None
        self.samples = iid if len(set(iid)) == len(iid) else [f"{f}_{i}" for f, i in zip(fid, iid, strict=True)]
        self.covers_regions = False
        self.chromosomes = [str(name) for name in names]
        self.first_chromosome = str(self._chrom[0]) if len(self._chrom) else ""

    def records(
        self, chrom: str, regions: Sequence[Region], positions: Collection[int], samples: Sequence[str]
    ) -> Iterator[GenotypeRecord]:
        column = {sample: i for i, sample in enumerate(self.samples)}
        order = np.array([column[sample] for sample in samples])
        on_chrom = np.flatnonzero(self._chrom == plain_name(chrom))
        on_positions = self._position[on_chrom]
        self.covers_regions = any(bool(((on_positions >= a) & (on_positions <= b)).any()) for a, b in regions)
        wanted = [row for row in on_chrom.tolist() if int(self._position[row]) in positions]
        wanted.sort(key=lambda row: int(self._position[row]))
        alt, ref, names = self._bed.allele_1, self._bed.allele_2, self._bed.sid
        for first in range(0, len(wanted), VARIANTS_PER_READ):
            rows = wanted[first : first + VARIANTS_PER_READ]
            try:
                block = self._bed.read(index=(order, np.array(rows)), dtype="int8", order="F")
            except (ValueError, OSError) as error:
                raise UserError(f"{self.path} is damaged or cut short ({error})") from None
            block[block == PLINK_MISSING] = MISSING_CALL
            for i, row in enumerate(rows):
                yield GenotypeRecord(
                    int(self._position[row]),
                    str(ref[row]).upper(),
                    str(alt[row]).upper(),
                    known_name(str(names[row])),
                    block[:, i],
                )
