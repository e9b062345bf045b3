"""Genotypes of PLINK 1 files (`.bed`, `.bim`, `.fam`), by bed-reader. Allele 1 of the `.bim` is counted: it is the alternate allele."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from tcra.common.delimited import TextLayout, read_batches
from tcra.common.files import open_text
from tcra.common.genome.chromosomes import plain_name
from tcra.errors import UserError
from tcra.expression.genotypes.companion_files import companion
from tcra.expression.genotypes.record import MISSING_CALL, GenotypeRecord, Region, known_name

VARIANTS_PER_READ = 512  # variants read at once
PLINK_MISSING = -127
BIM_COLUMNS = ("chrom", "name", "morgan", "position", "allele_1", "allele_2")
FAM_CELLS = 6
# What bed-reader would read from .bim and .fam itself.
_OWN_PROPERTIES = (
    "fid", "iid", "father", "mother", "sex", "pheno", "chromosome", "sid", "cm_position", "bp_position", "allele_1", "allele_2",
)  # fmt: skip


class Plink1File:
    """A PLINK 1 file set. Samples are named by their IID, or FID_IID where an IID repeats."""

    def __init__(self, path: Path) -> None:
        from bed_reader import open_bed

        self.path = path
        bim, fam = companion(path, ".bim"), companion(path, ".fam")
        fid, iid = _read_fam(fam)
        self._variants = _read_bim(bim)
        encoded = self._variants["chrom"].combine_chunks().dictionary_encode()
        names = encoded.dictionary.to_pylist()
        self._chrom = np.array([plain_name(name) for name in names], dtype=object)[encoded.indices.to_numpy()]
        self._position = self._variants["position"].to_numpy()
        try:
            # Its own reader of the .bim makes every allele as wide as the longest.
            self._bed = open_bed(
                path, iid_count=len(iid), sid_count=self._variants.num_rows, properties=dict.fromkeys(_OWN_PROPERTIES), num_threads=1
            )  # fmt: skip
        except (ValueError, OSError) as error:
            raise UserError(f"{path}: cannot be read with {bim.name} and {fam.name} ({error})") from None
        self.samples = iid if len(set(iid)) == len(iid) else [f"{f}_{i}" for f, i in zip(fid, iid, strict=True)]
        self.covers_regions = False
        self.chromosomes = names
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
        alt, ref, names = (self._variants[name] for name in ("allele_1", "allele_2", "name"))
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
                    ref[row].as_py().upper(),
                    alt[row].as_py().upper(),
                    known_name(names[row].as_py()),
                    block[:, i],
                )


def _read_fam(path: Path) -> tuple[list[str], list[str]]:
    """Family and individual identifiers. Errors: UserError for a line that has not six cells."""
    people = []
    with open_text(path) as text:
        for number, line in enumerate(text, 1):
            cells = line.split()
            if len(cells) != FAM_CELLS:
                raise UserError(f"{path} line {number}: {len(cells)} cells, expected {FAM_CELLS}")
            people.append((cells[0], cells[1]))
    return [fid for fid, _ in people], [iid for _, iid in people]


def _read_bim(path: Path) -> pa.Table:
    """The columns of BIM_COLUMNS but morgan, texts but for position (int64). Errors: UserError for a line that is no variant."""

    malformed: list[tuple[int | None, int]] = []
    layout = TextLayout(BIM_COLUMNS, "\t", True, 0, 1)
    columns = [name for name in BIM_COLUMNS if name != "morgan"]
    types = {"position": pa.int64()}
    batches = list(
        read_batches(path, layout, columns, types, lambda line, cells, _text: malformed.append((line, cells)))
    )
    if malformed:
        raise UserError(f"{path} line {malformed[0][0]}: {malformed[0][1]} cells, expected {len(BIM_COLUMNS)}")
    table = pa.Table.from_batches(batches, pa.schema([(name, types.get(name, pa.string())) for name in columns]))
    if any(table[name].null_count for name in columns):
        raise UserError(f"{path}: a line has no {next(name for name in columns if table[name].null_count)}")
    return table
