"""The rows of annotation files: which variants, in which order, under which names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from numpy.typing import NDArray

from tcra.common.accounting import Count
from tcra.common.files import DAMAGED, open_bytes
from tcra.common.genome.chromosomes import plain_name
from tcra.errors import UserError
from tcra.variants.annotation.annotation_sources import AnnotationSource, BaselineSource, ScoreSource
from tcra.variants.tables.match_variants import places_either_way
from tcra.variants.tables.rs_numbers import rs_texts
from tcra.variants.tables.rsids import Rsids
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


def read_sites(path: Path) -> dict[str, AnnotationRows]:
    """The variants of a PLINK `.bim` or a VCF/BCF, by chromosome, in file order.

    Errors: UserError for another kind of file, or a line without six columns.
    """
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
    identifiers = sites.columns()["variant_id"]
    names = pa.array(
        [a if a not in ("", ".") else b for a, b in zip(names.to_pylist(), identifiers.to_pylist(), strict=True)]
    )
    result = {}
    for code, chrom in enumerate(sites.chromosomes):
        rows = np.flatnonzero(sites.chrom == code)
        result[chrom] = AnnotationRows(chrom, sites.take(rows), names.take(pa.array(rows)))
    return result


def _bim_columns(path: Path) -> dict[str, pa.Array]:
    names = ["chrom", "name", "cm", "pos", "a1", "a2"]
    kinds = {name: pa.string() for name in names} | {"pos": pa.int64()}
    try:
        with open_bytes(path) as raw:
            table = pyarrow.csv.read_csv(
                pa.PythonFile(raw, mode="r"),
                read_options=pyarrow.csv.ReadOptions(column_names=names),
                parse_options=pyarrow.csv.ParseOptions(delimiter="\t"),
                convert_options=pyarrow.csv.ConvertOptions(column_types=kinds),
            )
    except DAMAGED as error:
        raise UserError(f"{path} is damaged or cut short ({error}); copy or download it again") from None
    except pa.ArrowInvalid as error:
        raise UserError(
            f"{path} is not a .bim file (six columns, tabs between): {str(error).splitlines()[0]}"
        ) from None
    return {name: table.column(name).combine_chunks() for name in names}


def joined_rows(
    chrom: str,
    sources: Sequence[AnnotationSource],
    sites: Mapping[str, AnnotationRows] | None,
    rsids: Rsids | None,
    count: Count,
) -> tuple[AnnotationRows, list[NDArray[np.int64]]]:
    """Rows of one chromosome, and for each source the place of each row in the source's own order (−1: the source lacks it).

    With `sites`, the rows are those sites, all of them, in their order. Else they are the variants that all sources share, in the
    first source's order and (of a baseline) under its names. Ref and alt may be exchanged; the first source's
    order is taken. `count` gets each variant of the first source (or site): passed if the others have it, else rejected.
    """
    if sites is not None:
        rows = sites[chrom]
        places = [places_either_way(source.sites(chrom), rows.sites) for source in sources]
        count.received(len(rows.sites))
        found = np.logical_and.reduce([place >= 0 for place in places])
        count.passed(int(found.sum()))
        count.reject_many("site without a score or baseline annotation (its annotation is 0)", int((~found).sum()))
        return rows, places
    first = sources[0]
    own = first.sites(chrom)
    count.received(len(own))
    keep = np.arange(len(own))
    for other in sources[1:]:
        shared = places_either_way(other.sites(chrom), own.take(keep)) >= 0
        count.reject_many(f"not in {other.name}", int((~shared).sum()))
        keep = keep[shared]
    count.passed(len(keep))
    rows = AnnotationRows(chrom, own, _names(first, chrom, own, rsids)).take(keep)
    return rows, [keep, *(places_either_way(other.sites(chrom), rows.sites) for other in sources[1:])]


def _names(source: AnnotationSource, chrom: str, sites: Sites, rsids: Rsids | None) -> pa.Array:
    """Column SNP: a baseline's own names, else rs numbers (those of `rsids` first), else `chrom_pos_ref_alt`."""
    if isinstance(source, BaselineSource):
        return source.identity(chrom).column("SNP").cast(pa.string()).combine_chunks()
    numbers = source.rs_numbers(chrom) if isinstance(source, ScoreSource) else np.zeros(len(sites), np.int64)
    if rsids is not None:
        listed = rsids.of(sites)
        numbers = np.where(listed > 0, listed, numbers)
    return pc.coalesce(rs_texts(numbers), sites.columns()["variant_id"])


def shared_chromosomes(sources: Sequence[AnnotationSource], sites: Mapping[str, AnnotationRows] | None) -> list[str]:
    """Chromosomes that all sources have. Errors: UserError if there is none."""
    chromosomes = [plain_name(chrom) for chrom in sources[0].chromosomes()]
    for other in [set(source.chromosomes()) for source in sources[1:]] + ([set(sites)] if sites is not None else []):
        chromosomes = [chrom for chrom in chromosomes if chrom in other]
    if not chromosomes:
        named = ", ".join(source.name for source in sources) + (" and the sites" if sites is not None else "")
        raise UserError(f"{named} share no chromosome; {sources[0].name} has {', '.join(sources[0].chromosomes()[:5])}")
    return chromosomes
