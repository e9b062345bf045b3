"""Tables of variants that others made (GWAS, eQTLs, ClinVar, frequencies, rsids), whatever their format and column names."""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tcra.common.files import DAMAGED, open_bytes, open_text, require_whole_bgzf
from tcra.common.genome.variants import parse_variant
from tcra.common.gwas_dialects import recognise_dialect, recognise_header
from tcra.errors import UserError
from tcra.variants.tables.sites import POSITION_BITS, Sites, SitesBuilder

# What a column may be called, in lower case; the first that is present is taken.
NAMES = {
    "chrom": ("chrom", "#chrom", "chr", "chromosome", "hm_chrom"),
    "pos": ("pos", "position", "bp", "base_pair_location", "hm_pos"),
    "ref": ("ref", "a2", "other_allele", "non_effect_allele", "nea", "allele2"),
    "alt": ("alt", "a1", "effect_allele", "ea", "allele1"),
    "effect": ("a1", "effect_allele", "ea"),
    "variant_id": ("variant_id", "varid", "variant", "id"),
    "rsid": ("rsid", "rs_id", "rs_id_dbsnp151_grch38p7", "snp", "markername", "variant_id", "id"),
    "p": ("p", "pvalue", "p_value", "p-value", "pval", "pval_nominal", "p_bolt_lmm"),
    "beta": ("beta", "b", "effect", "z", "zscore", "log_odds", "slope"),
    "af": ("af", "alt_freq", "alt_af", "eaf", "effect_allele_frequency", "freq", "frq", "a1freq", "a1_freq", "maf"),
    "ld": ("ld_proxies", "ldscore", "ld_score", "l2"),
}
# The same by the names that programs which write GWAS are known by.
ROLES = {
    "chrom": "chromosome", "pos": "position", "ref": "non_effect_allele", "alt": "effect_allele", "effect": "effect_allele",
    "rsid": "snp", "p": "pvalue", "beta": "beta", "af": "freq",
}  # fmt: skip
ALLELES_AT_ONCE = 200_000
PARQUET_MAGIC, BCF_MAGIC = b"PAR1", b"BCF"
RSID = re.compile(r"^rs\d+$")


@dataclass(frozen=True)
class VariantTable:
    """Rows of a table of variants.

    path: the file. placed: (rows,) bool, those with a place and alleles. sites: of the placed rows, in file order; alt is the effect
    allele where the table has one.
    rsid: (rows,) text, empty where there is none. numbers: wanted columns, (rows,) float64, NaN where there is none.
    unread: rows whose variant cannot be read (a symbolic allele, a name that is neither a variant nor an rsid), as (line or record, text).
    minor: the frequencies are of the minor allele, whichever that is.
    """

    path: Path
    placed: NDArray[np.bool_]
    sites: Sites
    rsid: pa.Array
    numbers: dict[str, NDArray[np.float64]]
    unread: tuple[tuple[int, str], ...] = ()
    minor: bool = False

    def __len__(self) -> int:
        return len(self.placed)

    def number(self, name: str) -> NDArray[np.float64]:
        """A wanted column. Errors: UserError that lists the names it may have."""
        if name not in self.numbers:
            raise UserError(f"{self.path} has no column of {name}; expected one of {', '.join(NAMES[name])}")
        return self.numbers[name]


def read_variant_table(path: Path, wanted: Sequence[str] = ()) -> VariantTable:
    """Parquet, VCF/BCF (each alternate allele a row), a table with a header, or one variant or rsid a line; plain, gzip or zstd.

    wanted: numeric columns to read where present, by their names in `NAMES`. Positions are 1-based.
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
    return sorted({name for role in roles if (name := _column(names, role))})


def _column(names: Sequence[str], role: str) -> str | None:
    if recognise_dialect(names) and role in ROLES:
        columns = recognise_header(names).columns
        found = {wanted: next(iter(columns.get(wanted, ())), None) for wanted in ROLES.values()}
        if role not in ("ref", "alt") or (found["effect_allele"] and found["non_effect_allele"]):
            if name := found[ROLES[role]]:
                return name
    lowered = {name.lower().strip(): name for name in reversed(list(names))}
    return next((lowered[alias] for alias in NAMES[role] if alias in lowered), None)


def _from_text(path: Path, wanted: Sequence[str]) -> VariantTable:
    with open_text(path) as text:
        first = next((line for line in text if line.strip() and not line.startswith("##")), "")
    names = _names(first)
    roles = {role: _column(names, role) for role in ("chrom", "pos", "variant_id", "rsid")}
    if (roles["chrom"] and roles["pos"]) or roles["variant_id"] or roles["rsid"]:
        return _from_columns(path, _text_columns(path, first, _looked_at(names, wanted)), names, wanted)
    return _from_columns(path, _listed(path), ["variant_id"], wanted)


def _names(header: str) -> list[str]:
    separator = "\t" if "\t" in header else ","
    cells = header.strip().split(separator) if separator in header else header.split()
    return [name.strip().strip('"') for name in cells]


def _text_columns(path: Path, header: str, chosen: list[str]) -> pa.Table:
    """The chosen columns, as text; cells apart by tabs, else commas, else any blanks."""
    from pyarrow import csv

    separator = "\t" if "\t" in header else ","
    names = _names(header)
    convert = csv.ConvertOptions(
        column_types={name: pa.string() for name in names},
        include_columns=chosen,
        strings_can_be_null=False,
    )
    try:
        with open_bytes(path) as raw:
            lines = _TableLines(raw, blanks=separator not in header)
            source = pa.PythonFile(io.BufferedReader(lines, 1 << 20), mode="r")
            return csv.read_csv(
                source,
                read_options=csv.ReadOptions(column_names=names, skip_rows=1),
                parse_options=csv.ParseOptions(delimiter="\t" if separator not in header else separator),
                convert_options=convert,
            )
    except pa.ArrowInvalid as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"{path}: {reason}; expected a table with the columns of its first line") from None


class _TableLines(io.RawIOBase):
    """A stream without the leading `##` and empty lines; with `blanks`, runs of blanks become tabs."""

    def __init__(self, raw: IO[bytes], blanks: bool) -> None:
        self._lines = iter(raw)
        self._blanks = blanks
        self._left = b""
        for line in self._lines:
            if line.strip() and not line.startswith(b"##"):
                self._left = self._clean(line)
                break

    def _clean(self, line: bytes) -> bytes:
        return b"\t".join(line.split()) + b"\n" if self._blanks else line

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        parts, size = [self._left], len(self._left)
        while size < len(buffer):
            line = next(self._lines, b"")
            if not line:
                break
            parts.append(self._clean(line))
            size += len(parts[-1])
        whole = b"".join(parts)
        number = min(len(buffer), len(whole))
        buffer[:number], self._left = whole[:number], whole[number:]
        return number


def _listed(path: Path) -> pa.Table:
    with open_text(path) as text:
        words = [line.split()[0] for line in text if line.strip() and not line.startswith("#")]
    if not words:
        raise UserError(f"{path} has no variants")
    return pa.table({"variant_id": pa.array(words, pa.string())})


def _from_columns(path: Path, table: pa.Table, names: Sequence[str], wanted: Sequence[str]) -> VariantTable:
    """names: all columns of the file, by which it is recognised; `table` has those that are looked at."""
    if not len(table):
        raise UserError(f"{path} has a header and no rows")
    role = {name: _column(names, name) for name in NAMES}

    def text(name: str) -> pa.Array:
        column = table.column(role[name] or "").combine_chunks()
        return pc.fill_null(column.cast(pa.string()), "")

    rsid = text("rsid") if role["rsid"] else pa.array([""] * len(table), pa.string())
    named = pc.match_substring_regex(rsid, RSID.pattern)
    rsid = pc.if_else(named, rsid, "")
    unread: list[tuple[int, str]] = []
    if role["chrom"] and role["pos"] and role["ref"] and role["alt"]:
        ref, alt = pc.utf8_upper(text("ref")), pc.utf8_upper(text("alt"))
        if role["effect"] and role["effect"] != role["alt"]:
            ref, alt = _towards_effect(ref, alt, pc.utf8_upper(text("effect")))
        placed, sites = _placed(path, text("chrom"), text("pos"), ref, alt)
    elif role["variant_id"] or role["rsid"]:
        placed, sites, unread = _parsed(text("variant_id" if role["variant_id"] else "rsid"), rsid)
    else:
        raise UserError(
            f"{path} has no variants: expected chrom, pos, ref, alt, or variant_id, or rsid; its columns: {', '.join(names[:20])}"
        )
    if not placed.any() and not pc.any(named).as_py():
        raise UserError(
            f"{path} line 2: no variant and no rsid can be read; expected chrom_position_ref_alt or rs numbers"
        )
    numbers = {name: _numbers(text(name)) for name in wanted if role[name]}
    minor = (role["af"] or "").lower() == "maf"
    if minor and "af" in numbers and np.nanmax(numbers["af"], initial=0) > 0.5:
        raise UserError(
            f"{path}: column {role['af']} has {np.nanmax(numbers['af']):g}; a minor allele's frequency is at most 0.5"
        )
    return VariantTable(path, placed, sites, rsid, numbers, tuple(unread), minor)


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


def _parsed(texts: pa.Array, rsid: pa.Array) -> tuple[NDArray[np.bool_], Sites, list[tuple[int, str]]]:
    placed = np.zeros(len(texts), bool)
    columns: tuple[list[str], list[int], list[str], list[str]] = ([], [], [], [])
    unread = []
    for row, (word, known) in enumerate(zip(texts.to_pylist(), rsid.to_pylist(), strict=True)):
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

    return pd.to_numeric(texts.to_pandas(), errors="coerce").to_numpy(np.float64)


def _from_vcf(path: Path, wanted: Sequence[str]) -> VariantTable:
    builder = SitesBuilder()
    kinds = (pa.string(), pa.int64(), pa.string(), pa.string())
    usable: list[NDArray[np.bool_]] = []
    names: list[pa.Array] = []
    frequencies: list[NDArray[np.float64]] = []
    unread: list[tuple[int, str]] = []
    alleles, number = vcf_alleles(path), 0
    while rows := list(
        islice(alleles, ALLELES_AT_ONCE)
    ):  # a file of the whole genome's variants as Python objects is too large
        good = [bool(re.match("^[ACGTN]+$", f"{row[2]}{row[3]}")) and row[1] < 1 << POSITION_BITS for row in rows]
        kept = [row for row, use in zip(rows, good, strict=True) if use]
        builder.add(*(pa.array([row[at] for row in kept], kind) for at, kind in enumerate(kinds)))
        usable.append(np.array(good))
        names.append(pa.array([name if RSID.match(name) else "" for *_, name, _ in rows], pa.string()))
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
    return VariantTable(path, np.concatenate(usable), builder.build(), pa.concat_arrays(names), numbers, tuple(unread))


def vcf_alleles(path: Path) -> Iterator[tuple[str, int, str, str, str, float]]:
    """(chrom, 1-based position, ref, alt, id, alt allele's frequency) of each alternate allele of a VCF or BCF.

    The frequency is INFO/AF, else that of the genotypes (one alternate allele), else NaN.
    """
    for record in vcf_records(path):
        frequencies = record.INFO.get("AF")
        several = frequencies if isinstance(frequencies, tuple) else (frequencies,)
        for place, alt in enumerate(record.ALT):
            known = several[place] if place < len(several) else None
            if known is None and record.num_called and len(record.ALT) == 1:
                known = record.aaf
            frequency = float("nan") if known is None else float(known)
            yield record.CHROM, record.POS, record.REF.upper(), alt.upper(), record.ID or "", frequency


def vcf_records(path: Path, field: str = "") -> Iterator[Any]:
    """cyvcf2's records of a VCF or BCF. Errors: UserError for a damaged file, or one without the INFO field `field`."""
    import cyvcf2

    require_whole_bgzf(path)
    try:
        file = cyvcf2.VCF(str(path), lazy=True)
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read as VCF: {error}") from None
    if field and f"ID={field}," not in file.raw_header:
        raise UserError(f"{path} has no INFO field {field}")
    number = 0
    records = iter(file)
    while True:
        try:
            record = next(records)
        except StopIteration:
            break
        except Exception as error:  # cyvcf2 raises no narrower kind
            raise UserError(f"{path} record {number + 1} cannot be read: {error}") from None
        number += 1
        yield record
    file.close()
