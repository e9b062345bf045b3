"""Tables of variants that others made (GWAS, eQTLs, ClinVar, frequencies, rsids), whatever their format and column names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tcra.common.files import DAMAGED, open_bytes, open_text
from tcra.common.genome.variants import parse_variant
from tcra.errors import UserError
from tcra.variants.tables.column_aliases import COLUMN_ALIASES, find_column
from tcra.variants.tables.rs_numbers import first_rs_number, rs_numbers
from tcra.variants.tables.sites import POSITION_BITS, Sites, SitesBuilder
from tcra.variants.tables.variant_text import first_words, header_names, text_columns
from tcra.variants.tables.vcf_alleles import vcf_alleles

ALLELES_AT_ONCE = 200_000
PARQUET_MAGIC, BCF_MAGIC = b"PAR1", b"BCF"


@dataclass(frozen=True)
class VariantTable:
    """Rows of a table of variants.

    path: the file. placed: (rows,) bool, those with a place and alleles. sites: of the placed rows, in file order; alt is the effect
    allele where the table has one.
    rs_numbers: (rows,) int64, 0 where there is none. numbers: wanted columns, (rows,) float64, NaN where there is none.
    unread: rows whose variant cannot be read (a symbolic allele, a name that is neither a variant nor an rsid), as (line or record, text).
    minor: the frequencies are of the minor allele, whichever that is.
    """

    path: Path
    placed: NDArray[np.bool_]
    sites: Sites
    rs_numbers: NDArray[np.int64]
    numbers: dict[str, NDArray[np.float64]]
    unread: tuple[tuple[int, str], ...] = ()
    minor: bool = False

    def __len__(self) -> int:
        return len(self.placed)

    def number(self, name: str) -> NDArray[np.float64]:
        """A wanted column. Errors: UserError that lists the names it may have."""
        if name not in self.numbers:
            raise UserError(f"{self.path} has no column of {name}; expected one of {', '.join(COLUMN_ALIASES[name])}")
        return self.numbers[name]


def read_variant_table(path: Path, wanted: Sequence[str] = ()) -> VariantTable:
    """Parquet, VCF/BCF (each alternate allele a row), a table with a header, or one variant or rsid a line; plain, gzip or zstd.

    wanted: numeric columns to read where present, by their names in `COLUMN_ALIASES`. Positions are 1-based.
    Errors: UserError for a table without variants or rsids, naming the columns it has.
    """
    try:
        with open_bytes(path) as raw:
            start = raw.read(64)
        if start.startswith(PARQUET_MAGIC):
            import pyarrow.parquet as pq

            file = pq.ParquetFile(path)
            names = file.schema_arrow.names
            return _from_columns(path, file.read(columns=_looked_at(names, wanted)), names, wanted)
        if start.startswith((BCF_MAGIC, b"##fileformat=VCF")):
            return _from_vcf(path, wanted)
        return _from_text(path, wanted)
    except (pa.ArrowInvalid, *DAMAGED) as error:
        raise UserError(f"{path} is damaged or cut short ({error}); copy or download it again") from None


def _looked_at(names: Sequence[str], wanted: Sequence[str]) -> list[str]:
    roles = ("chrom", "pos", "ref", "alt", "effect", "variant_id", "rsid", *wanted)
    return sorted({name for role in roles if (name := find_column(names, role))})


def _from_text(path: Path, wanted: Sequence[str]) -> VariantTable:
    with open_text(path) as text:
        first = next((line for line in text if line.strip() and not line.startswith("##")), "")
    names = header_names(first)
    roles = {role: find_column(names, role) for role in ("chrom", "pos", "variant_id", "rsid")}
    if (roles["chrom"] and roles["pos"]) or roles["variant_id"] or roles["rsid"]:
        return _from_columns(path, text_columns(path, first, _looked_at(names, wanted)), names, wanted)
    return _from_columns(path, first_words(path), ["variant_id"], wanted)


def _from_columns(path: Path, table: pa.Table, names: Sequence[str], wanted: Sequence[str]) -> VariantTable:
    """names: all columns of the file, by which it is recognised; `table` has those that are looked at."""
    if not len(table):
        raise UserError(f"{path} has a header and no rows")
    role = {name: find_column(names, name) for name in COLUMN_ALIASES}

    def text(name: str) -> pa.Array:
        column = table.column(role[name] or "").combine_chunks()
        return pc.fill_null(column.cast(pa.string()), "")

    numbers = rs_numbers(text("rsid")) if role["rsid"] else np.zeros(len(table), np.int64)
    unread: list[tuple[int, str]] = []
    if role["chrom"] and role["pos"] and role["ref"] and role["alt"]:
        ref, alt = pc.utf8_upper(text("ref")), pc.utf8_upper(text("alt"))
        if role["effect"] and role["effect"] != role["alt"]:
            ref, alt = _towards_effect(ref, alt, pc.utf8_upper(text("effect")))
        placed, sites = _placed(path, text("chrom"), text("pos"), ref, alt)
    elif role["variant_id"] or role["rsid"]:
        placed, sites, unread = _parsed(text("variant_id" if role["variant_id"] else "rsid"), numbers > 0)
    else:
        raise UserError(
            f"{path} has no variants: expected chrom, pos, ref, alt, or variant_id, or rsid; its columns: {', '.join(names[:20])}"
        )
    if not placed.any() and not numbers.any():
        raise UserError(
            f"{path} line 2: no variant and no rsid can be read; expected chrom_position_ref_alt or rs numbers"
        )
    values = {name: _numbers(text(name)) for name in wanted if role[name]}
    minor = (role["af"] or "").lower() == "maf"
    if minor and "af" in values and np.nanmax(values["af"], initial=0) > 0.5:
        raise UserError(
            f"{path}: column {role['af']} has {np.nanmax(values['af']):g}; a minor allele's frequency is at most 0.5"
        )
    return VariantTable(path, placed, sites, numbers, values, tuple(unread), minor)


def _towards_effect(ref: pa.Array, alt: pa.Array, effect: pa.Array) -> tuple[pa.Array, pa.Array]:
    """(other allele, effect allele) of a table with all three, as PLINK 2 writes it: A1 may be REF or ALT."""
    turned = pc.equal(effect, ref)
    return pc.if_else(turned, alt, ref), effect


def _placed(
    path: Path, chrom: pa.Array, pos: pa.Array, ref: pa.Array, alt: pa.Array
) -> tuple[NDArray[np.bool_], Sites]:
    # R writes 100000 as 1e+05, pandas writes a column with a gap as 100000.0.
    number = pc.match_substring_regex(pos, r"^\d+(\.\d+)?([eE]\+?\d+)?$")
    position = pc.if_else(number, pos, "nan").cast(pa.float64()).to_numpy(zero_copy_only=False)
    with np.errstate(invalid="ignore"):
        whole = (position % 1 == 0) & (position >= 1) & (position < 1 << POSITION_BITS)
    if len(whole) and not whole.any():
        raise UserError(
            f"{path} line 2: position {pos[0].as_py()!r}, expected a whole number (1-based, below {1 << POSITION_BITS})"
        )
    bases = pc.and_(pc.match_substring_regex(ref, "^[ACGTN]+$"), pc.match_substring_regex(alt, "^[ACGTN]+$"))
    placed = whole & bases.to_numpy(zero_copy_only=False)
    keep = pa.array(placed)
    builder = SitesBuilder()
    builder.add(chrom.filter(keep), pa.array(position[placed].astype(np.int64)), ref.filter(keep), alt.filter(keep))
    return placed, builder.build()


def _parsed(texts: pa.Array, named: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], Sites, list[tuple[int, str]]]:
    placed = np.zeros(len(texts), bool)
    columns: tuple[list[str], list[int], list[str], list[str]] = ([], [], [], [])
    unread = []
    for row, (word, known) in enumerate(zip(texts.to_pylist(), named.tolist(), strict=True)):
        try:
            variant = parse_variant(word)
            if variant.position >= 1 << POSITION_BITS:
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
    return placed, builder.build(), unread


def _numbers(texts: pa.Array) -> NDArray[np.float64]:
    import pandas as pd

    numbers: NDArray[np.float64] = pd.to_numeric(texts.to_pandas(), errors="coerce").to_numpy(np.float64)
    return numbers


def _from_vcf(path: Path, wanted: Sequence[str]) -> VariantTable:
    builder = SitesBuilder()
    kinds = (pa.string(), pa.int64(), pa.string(), pa.string())
    usable: list[NDArray[np.bool_]] = []
    named: list[NDArray[np.int64]] = []
    frequencies: list[NDArray[np.float64]] = []
    unread: list[tuple[int, str]] = []
    alleles, number = vcf_alleles(path), 0
    # In parts: the variants of a whole genome as Python objects take too much memory.
    while rows := list(islice(alleles, ALLELES_AT_ONCE)):
        good = [bool(re.match("^[ACGTN]+$", f"{row[2]}{row[3]}")) and row[1] < 1 << POSITION_BITS for row in rows]
        kept = [row for row, use in zip(rows, good, strict=True) if use]
        builder.add(*(pa.array([row[at] for row in kept], kind) for at, kind in enumerate(kinds)))
        usable.append(np.array(good))
        named.append(rs_numbers(pa.array([first_rs_number(name) for *_, name, _ in rows], pa.string())))
        frequencies.append(np.array([frequency for *_, frequency in rows], np.float64))
        unread += [
            (number + at + 1, f"{row[0]}:{row[1]} {row[2]}>{row[3]}")
            for at, (row, use) in enumerate(zip(rows, good, strict=True))
            if not use
        ]
        number += len(rows)
    if not number:
        raise UserError(f"{path} has no variants")
    numbers = {"af": np.concatenate(frequencies)} if "af" in wanted else {}
    return VariantTable(path, np.concatenate(usable), builder.build(), np.concatenate(named), numbers, tuple(unread))
