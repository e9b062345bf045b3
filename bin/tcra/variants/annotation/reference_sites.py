"""The variants that annotation files are about: those of an LD reference panel, in its order and under its names."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from numpy.typing import NDArray

from tcra.common.files import DAMAGED, open_bytes, read_start
from tcra.errors import UserError
from tcra.variants.tables.sites import Sites, SitesBuilder
from tcra.variants.tables.vcf_alleles import vcf_alleles

# PLINK's numbers, which LD score regression expects in CHR.
PLINK_CHROMOSOME_NUMBERS = {"X": 23, "Y": 24, "M": 26}


@dataclass(frozen=True)
class AnnotationRows:
    """The variants of one chromosome's files, in file order. names: (n,) text, column SNP."""

    chrom: str
    sites: Sites
    names: pa.Array

    def identity(self) -> dict[str, pa.Array]:
        """Columns `CHR SNP BP A2 A1`; A2 is ref, A1 is alt; CHR is a number where it has one (X is 23)."""
        columns = self.sites.columns()
        number = PLINK_CHROMOSOME_NUMBERS.get(self.chrom, self.chrom)
        kind = pa.int64() if str(number).isdigit() else pa.string()
        chrom = pa.repeat(pa.scalar(int(number) if kind == pa.int64() else number, kind), len(self.sites))
        return {"CHR": chrom, "SNP": self.names, "BP": columns["pos"], "A2": columns["ref"], "A1": columns["alt"]}

    def take(self, keep: NDArray[np.int64]) -> "AnnotationRows":
        return AnnotationRows(self.chrom, self.sites.take(keep), self.names.take(pa.array(keep)))


def read_reference_sites(paths: Sequence[Path]) -> dict[str, AnnotationRows]:
    """The variants of PLINK `.bim` files or VCF/BCFs (one, one per chromosome, or folders of them), by chromosome, in file order.

    Errors: UserError for another kind of file, a line without six columns, or a chromosome in two files.
    """
    result: dict[str, AnnotationRows] = {}
    home: dict[str, Path] = {}
    for path in (file for given in paths for file in _site_files(given)):
        for chrom, rows in _read_site_file(path).items():
            if chrom in home:
                raise UserError(f"{home[chrom]} and {path} both have chromosome {chrom}; give each chromosome once")
            result[chrom], home[chrom] = rows, path
    return result


def _site_files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    for pattern in ("*.bim", "*.vcf.gz", "*.vcf", "*.bcf"):
        if found := sorted(path.glob(pattern)):
            return found
    raise UserError(f"{path}: no .bim, .vcf, .vcf.gz or .bcf file in this folder")


def _read_site_file(path: Path) -> dict[str, AnnotationRows]:
    builder, names = SitesBuilder(), pa.array([], pa.string())
    try:
        if path.suffix == ".bim":
            columns = _bim_columns(path)
            builder.add(columns["chrom"], columns["pos"], columns["a2"], columns["a1"])
            names = columns["name"]
        else:
            records = list(vcf_alleles(path))
            kinds = (pa.string(), pa.int64(), pa.string(), pa.string())
            builder.add(*(pa.array([record[at] for record in records], kind) for at, kind in enumerate(kinds)))
            names = pa.array([record[4] for record in records], pa.string())
    except ValueError as error:
        raise UserError(f"{path}: {error}") from None
    sites = builder.build()
    unnamed = pc.is_in(names, value_set=pa.array(["", "."]))
    names = pc.if_else(unnamed, sites.columns()["variant_id"], names)
    result = {}
    for code, chrom in enumerate(sites.chromosomes):
        rows = np.flatnonzero(sites.chrom == code)
        result[chrom] = AnnotationRows(chrom, sites.take(rows), names.take(pa.array(rows)))
    return result


def _bim_columns(path: Path) -> dict[str, pa.Array]:
    names = ["chrom", "name", "cm", "pos", "a1", "a2"]
    kinds = {name: pa.string() for name in names} | {"pos": pa.int64()}
    blanks = b"\t" not in read_start(path, 4096).split(b"\n", 1)[0]
    try:
        with open_bytes(path) as raw:
            lines = (
                pa.BufferReader(b"\n".join(b"\t".join(line.split()) for line in raw))
                if blanks
                else pa.PythonFile(raw, mode="r")
            )
            table = pyarrow.csv.read_csv(
                lines,
                read_options=pyarrow.csv.ReadOptions(column_names=names),
                parse_options=pyarrow.csv.ParseOptions(delimiter="\t", quote_char=False),
                convert_options=pyarrow.csv.ConvertOptions(column_types=kinds),
            )
    except DAMAGED as error:
        raise UserError(f"{path} is damaged or cut short ({error}); copy or download it again") from None
    except pa.ArrowInvalid as error:
        raise UserError(
            f"{path} is not a .bim file (six columns, tabs or blanks between): {str(error).splitlines()[0]}"
        ) from None
    return {name: table.column(name).combine_chunks() for name in names}
