"""Tables of variants that others made (GWAS, eQTLs, ClinVar, frequencies, rsids), whatever their format and column names."""

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tcra.common.arrays import Integers
from tcra.common.delimited import read_layout
from tcra.common.files import DAMAGED, read_start
from tcra.common.genome.chromosomes import mixed_names
from tcra.common.genome.position_cells import parse_positions, places_of_ids
from tcra.common.genome.variants import parse_variant
from tcra.common.gwas.effect_columns import describe_codes, missing_codes
from tcra.common.gwas.gwas_dialects import ADDITIVE_TESTS
from tcra.common.gwas.gwas_headers import normalise_name
from tcra.common.gwas.gwas_row_rules import additive_rows
from tcra.common.number_cells import parse_number_cells
from tcra.common.parquet_file import PARQUET_MAGIC
from tcra.errors import UserError
from tcra.variants.tables.column_aliases import COLUMN_ALIASES, DIALECT_ROLES, VariantColumns, find_columns_of_variants
from tcra.variants.tables.rs_numbers import first_rs_number, rs_numbers
from tcra.variants.tables.sites import POSITION_BITS, Sites, SitesBuilder
from tcra.variants.tables.variant_text import is_list, listed_variants, text_columns
from tcra.variants.tables.vcf_alleles import vcf_alleles

log = logging.getLogger(__name__)

ALLELES_AT_ONCE = 200_000
BCF_MAGIC = b"BCF"


@dataclass(frozen=True)
class VariantTable:
    """Rows of a table of variants.

    path: the file. placed: (rows,) bool, those with a place and alleles. sites: of the placed rows, in file order; alt is the effect
    allele where the table has one.
    rs_numbers: (rows,) int64, 0 where there is none. numbers: wanted columns, (rows,) float64, NaN where there is none.
    unread: rows whose variant cannot be read (a symbolic allele, a name that is neither a variant nor an rsid), as (line or record, text).
    minor: the frequencies are of the minor allele, whichever that is. ambiguous: why it is not certain which allele is the effect allele;
    empty where it is. munged: as of `RecognisedHeader`.
    """

    path: Path
    placed: NDArray[np.bool_]
    sites: Sites
    rs_numbers: NDArray[np.int64]
    numbers: dict[str, NDArray[np.float64]]
    unread: tuple[tuple[int, str], ...] = ()
    minor: bool = False
    ambiguous: str = ""
    munged: bool = False

    def __len__(self) -> int:
        return len(self.placed)

    def number(self, name: str) -> NDArray[np.float64]:
        """A wanted column. Errors: UserError that lists the names it may have."""
        if name not in self.numbers:
            raise UserError(f"{self.path} has no column of {name}; expected one of {', '.join(COLUMN_ALIASES[name])}")
        return self.numbers[name]


def read_variant_table(path: Path, wanted: Sequence[str] = ()) -> VariantTable:
    """Parquet, VCF/BCF (one row per alternate allele), a table with a header, or one variant or rsid per line; plain, gzip or zstd.

    wanted: numeric columns to read where present, by their names in `COLUMN_ALIASES`. Positions are 1-based.
    Errors: UserError for a table without variants or rsids, naming the columns it has.
    """
    try:
        start = read_start(path, 64).removeprefix(b"\xef\xbb\xbf")
        if start.startswith(PARQUET_MAGIC):
            import pyarrow.parquet as pq

            header = pq.read_schema(path).names
            columns = find_columns_of_variants(header)
            _require_variants(path, header, columns)
            return _from_columns(path, pq.read_table(path, columns=columns.all), columns, wanted)
        if start.startswith((BCF_MAGIC, b"##fileformat=VCF")):
            return _from_vcf(path, wanted)
        if is_list(path):
            return _from_columns(
                path, listed_variants(path), VariantColumns({"variant_id": "variant_id", "rsid": "variant_id"}), wanted
            )
        layout = read_layout(path)
        columns = find_columns_of_variants(layout.header)
        _require_variants(path, layout.header, columns)
        return _from_columns(path, text_columns(path, layout, columns.all), columns, wanted)
    except (pa.ArrowException, OSError, *DAMAGED) as error:
        raise UserError(
            f"{path} is damaged or cut short ({str(error).splitlines()[0]}); copy or download it again"
        ) from None


def _require_variants(path: Path, header: Sequence[str], columns: VariantColumns) -> None:
    if not columns.names.keys() & {"variant_id", "rsid"} and not _has_places(columns):
        shown = ", ".join(header[:20])[:200]
        raise UserError(
            f"{path} has no variants: expected chrom, pos, ref, alt, or variant_id, or rsid; its columns: {shown}"
        )


def _has_places(columns: VariantColumns) -> bool:
    return columns.names.keys() >= {"chrom", "pos", "alt"} and ("ref" in columns.names or columns.turned is not None)


def _from_columns(path: Path, table: pa.Table, columns: VariantColumns, wanted: Sequence[str]) -> VariantTable:
    names = columns.names

    def text(name: str) -> pa.Array:
        column = table.column(name).cast(pa.string())
        return pc.fill_null(pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], pa.string()), "")

    table = _additive_rows(path, table, columns, text)
    numbers = rs_numbers(_first_rs(text(names["rsid"]))) if "rsid" in names else np.zeros(len(table), np.int64)
    unread: list[tuple[int, str]] = []
    ids = text(names["variant_id" if "variant_id" in names else "rsid"]) if not _has_places(columns) else None
    if "alt" in names and ("ref" in names or columns.turned):
        alt = pc.utf8_upper(text(names["alt"]))
        if columns.turned:
            ref, other = (pc.utf8_upper(text(name)) for name in columns.turned)
            ref = pc.if_else(pc.equal(alt, ref), other, ref)
        else:
            ref = pc.utf8_upper(text(names["ref"]))
        if ids is None:
            chrom, pos = text(names["chrom"]), _positions(path, text(names["pos"]))
        else:  # the id says where, the columns say which allele is alt
            chrom, pos = places_of_ids(ids)
            chrom = pc.fill_null(chrom, "")
        placed, sites = _placed(path, chrom, pos, ref, alt)
        if ids is not None:
            unread = [(row + 1, ids[row].as_py()) for row in np.flatnonzero(~placed & (numbers == 0)).tolist()]
    else:
        assert ids is not None
        placed, sites, unread = _parsed(path, ids, text(names["alt"]) if "alt" in names else None, numbers > 0)
    if not placed.any() and not numbers.any():
        raise UserError(f"{path}: no variant and no rsid can be read; expected chrom_position_ref_alt or rs numbers")
    if len(lost := np.flatnonzero(~placed & (numbers == 0))):
        log.warning(
            "%s: %d of %d rows have neither a readable place and alleles nor an rs number, and are not used (the first is row %d)",
            path, len(lost), len(placed), lost[0] + 1,
        )  # fmt: skip
    values = {name: _numbers(path, name, names[name], text(names[name])) for name in wanted if name in names}
    minor = normalise_name(names.get("af", "")) in ("maf", "minor_allele_frequency", "minor_af")
    if minor and "af" in values and np.nanmax(values["af"], initial=0) > 0.5:
        raise UserError(
            f"{path}: column {names['af']} has {np.nanmax(values['af']):g}; a minor allele's frequency is at most 0.5"
        )
    return VariantTable(path, placed, sites, numbers, values, tuple(unread), minor, columns.ambiguous, columns.munged)


def _first_rs(names: pa.Array) -> pa.Array:
    """Cells (n,), where a cell of several ids (rs1,rs2) is the first of them that is an rs number."""
    if not pc.any(pc.match_substring_regex(names, "[,;]")).as_py():
        return names
    parts = pc.extract_regex(names, r"(?:^|[,;])\s*(?P<rs>rs\d{1,18})\s*(?:[,;]|$)")
    return pc.fill_null(pc.struct_field(parts, "rs"), "")


def _additive_rows(path: Path, table: pa.Table, columns: VariantColumns, text: Callable[[str], pa.Array]) -> pa.Table:
    """Without the rows of other models and of covariates, where a column TEST names each row's."""
    if columns.test is None or not len(table):
        return table
    tests = text(columns.test)
    additive = additive_rows(tests)
    if additive is None:
        return table
    if not additive.any():
        found = ", ".join(sorted(set(tests.slice(0, 1000).to_pylist()))[:5])
        raise UserError(
            f"{path}: column {columns.test} has no row of an additive test ({', '.join(ADDITIVE_TESTS)}), but {found}"
        )
    if left := len(table) - int(additive.sum()):
        log.info("%s: %d rows of other tests than %s are not read", path, left, "/".join(ADDITIVE_TESTS))
    return table.filter(pa.array(additive))


def _positions(path: Path, cells: pa.Array) -> Integers:
    try:
        positions = parse_positions(cells)
    except ValueError as error:
        raise UserError(f"{path}: the position column has {error}") from None
    if len(positions) and not ((positions >= 1) & (positions < 1 << POSITION_BITS)).any():
        raise UserError(
            f"{path} line 2: position {cells[0].as_py()!r}, expected a whole number (1-based, below {1 << POSITION_BITS})"
        )
    return positions


def _placed(
    path: Path, chrom: pa.Array, position: Integers, ref: pa.Array, alt: pa.Array
) -> tuple[NDArray[np.bool_], Sites]:
    whole = (position >= 1) & (position < 1 << POSITION_BITS)
    bases = pc.and_(pc.match_substring_regex(ref, "^[ACGTN]+$"), pc.match_substring_regex(alt, "^[ACGTN]+$"))
    missing = pa.array(["NA", "NAN"])  # as R and pandas write a missing allele
    bases = pc.and_not(bases, pc.or_(pc.is_in(ref, value_set=missing), pc.is_in(alt, value_set=missing)))
    placed = whole & bases.to_numpy(zero_copy_only=False)
    keep = pa.array(placed)
    builder = SitesBuilder()
    builder.add(chrom.filter(keep), pa.array(position[placed]), ref.filter(keep), alt.filter(keep))
    return placed, _sites(path, builder)


def _sites(path: Path, builder: SitesBuilder) -> Sites:
    """Errors: UserError where two names mean one chromosome, and may be two."""
    if fault := mixed_names(builder.spelled):
        raise UserError(f"{path}: {fault}; give each chromosome one name")
    return builder.build()


def _parsed(
    path: Path, texts: pa.Array, alts: pa.Array | None, named: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], Sites, list[tuple[int, str]]]:
    """Variants of ids. alts: which of an id's alleles is alt, where a column says so (A1 of PLINK 1)."""
    effect = [None] * len(texts) if alts is None else pc.utf8_upper(alts).to_pylist()
    placed = np.zeros(len(texts), bool)
    columns: tuple[list[str], list[int], list[str], list[str]] = ([], [], [], [])
    unread = []
    for row, (word, known) in enumerate(zip(texts.to_pylist(), named.tolist(), strict=True)):
        try:
            variant = parse_variant(word)
            if effect[row] == variant.ref:
                variant = replace(variant, ref=variant.alt, alt=variant.ref)
            if variant.position >= 1 << POSITION_BITS or effect[row] not in (None, variant.alt):
                raise ValueError
        except ValueError:
            if not known:
                unread.append((row + 1, word))
            continue
        placed[row] = True
        for column, cell in zip(columns, (variant.chrom, variant.position, variant.ref, variant.alt), strict=True):
            column.append(cell)  # type: ignore[attr-defined]
    builder = SitesBuilder()
    kinds = (pa.string(), pa.int64(), pa.string(), pa.string())
    builder.add(*(pa.array(column, kind) for column, kind in zip(columns, kinds, strict=True)))
    return placed, _sites(path, builder), unread


def _numbers(path: Path, role: str, name: str, texts: pa.Array) -> NDArray[np.float64]:
    """Numbers of cells; `<1e-300` is its limit. Cells that hold something else, or -9 for missing, are NaN, and reported."""
    numbers, bad = parse_number_cells(pc.replace_substring_regex(pc.utf8_trim_whitespace(texts), "^<\\s*", ""))
    if bad.any():
        example = texts[int(np.flatnonzero(bad)[0])].as_py()
        log.warning("%s: column %s has %d cells that are no numbers (such as %r)", path, name, int(bad.sum()), example)
    if codes := missing_codes(DIALECT_ROLES.get(role, role), numbers):
        numbers = np.where(np.isin(numbers, list(codes)), np.nan, numbers)
        log.warning("%s: %s", path, describe_codes(name, codes))
    return numbers


def _from_vcf(path: Path, wanted: Sequence[str]) -> VariantTable:
    builder = SitesBuilder()
    kinds = (pa.string(), pa.int64(), pa.string(), pa.string())
    usable: list[NDArray[np.bool_]] = []
    named: list[NDArray[np.int64]] = []
    frequencies: list[NDArray[np.float64]] = []
    unread: list[tuple[int, str]] = []
    minus_log10_p: list[NDArray[np.float64]] = []
    alleles, number = vcf_alleles(path), 0
    # In parts: the variants of a whole genome as Python objects take too much memory.
    while rows := list(islice(alleles, ALLELES_AT_ONCE)):
        good = [bool(re.match("^[ACGTN]+$", f"{row[2]}{row[3]}")) and row[1] < 1 << POSITION_BITS for row in rows]
        kept = [row for row, use in zip(rows, good, strict=True) if use]
        builder.add(*(pa.array([row[at] for row in kept], kind) for at, kind in enumerate(kinds)))
        usable.append(np.array(good))
        named.append(rs_numbers(pa.array([first_rs_number(row[4]) for row in rows], pa.string())))
        frequencies.append(np.array([row[5] for row in rows], np.float64))
        minus_log10_p.append(np.array([row[6] for row in rows], np.float64))
        unread += [
            (number + at + 1, f"{row[0]}:{row[1]} {row[2]}>{row[3]}")
            for at, (row, use) in enumerate(zip(rows, good, strict=True))
            if not use
        ]
        number += len(rows)
    if not number:
        raise UserError(f"{path} has no variants")
    numbers = {"af": np.concatenate(frequencies)} if "af" in wanted else {}
    if "minus_log10_p" in wanted and not np.isnan(found := np.concatenate(minus_log10_p)).all():
        numbers["minus_log10_p"] = found
    return VariantTable(
        path, np.concatenate(usable), _sites(path, builder), np.concatenate(named), numbers, tuple(unread)
    )
