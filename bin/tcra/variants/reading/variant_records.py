"""Records of a variant file as written there, one for each alternate allele, not yet checked.

The format is recognised by content: VCF and BCF (plain, gzip, bgzip; an index is not needed), PLINK 2's .pvar, text with one variant per
line (`1_100000223_C_T`, `chr1:100000223:C:T`, `1-100000223-C-T`, SPDI, …), and tables (tabs, commas, semicolons or blanks) with the
columns chrom, pos, ref and alt, or one with such names. Bytes that are not UTF-8 do not matter in a column that is not read.
"""

import csv
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from tcra.common.files import open_text, read_start
from tcra.common.genome.variants import split_notation
from tcra.common.genome.vcf_file import open_vcf
from tcra.common.gwas.gwas_headers import normalise_name
from tcra.errors import UserError
from tcra.variants.tables.rs_numbers import first_rs_number

# What a table's columns may be called, as `normalise_name` writes it. A1 and A2 are not among them: they do not say which one is ref.
RECORD_COLUMNS = {
    "chrom": ("chrom", "chr", "chromosome", "contig"),
    "pos": ("pos", "position", "bp", "base_pair_location"),
    "ref": ("ref", "reference", "ref_allele", "reference_allele"),
    "alt": ("alt", "alternate", "alternative", "alt_allele", "alternate_allele", "alternative_allele"),
    "rsid": ("rsid", "rs_id", "rs", "snp", "id", "dbsnp", "variant_id"),
    "variant": ("variant_id", "varid", "variant", "snp", "id", "markername", "spdi"),
}
BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # editors on Windows begin a text with it
VCF_HEADER = "#CHROM\tPOS\tID\tREF\tALT"
EXPECTED_TABLE = "one variant per line, such as 1_100000223_C_T, or a table with columns chrom, pos, ref and alt"
_POSITION = re.compile(
    r"[0-9]+(\.[0-9]+)?([eE]\+?[0-9]+)?"
)  # R writes 100000 as 1e+05, pandas 100 as 100.0 where a row has none


class VariantRecord(NamedTuple):
    """One alternate allele. chrom: as spelt. start: 0-based. ref, alt: as spelt ("" if there is none). rsid: "" if it has none.
    where: `file line N` or `file record N`."""

    chrom: str
    start: int
    ref: str
    alt: str
    rsid: str
    where: str


Lines = Iterator[tuple[int, str]]


def read_variant_records(path: Path) -> Iterator[VariantRecord]:
    """All records of a file in its order.

    Errors: UserError that names the file and the line for text that is no variant, and for files that cannot be read.
    """
    start = read_start(path, 64).removeprefix(BYTE_ORDER_MARK)
    if start.startswith(b"BCF"):
        yield from read_bcf(path)
        return
    with open_text(path, errors="replace") as text:
        lines = ((number, line.rstrip("\r\n")) for number, line in enumerate(text, 1))
        lines = ((number, line) for number, line in lines if line.strip() and not line.startswith("##"))
        number, head = next(lines, (0, ""))
        while head.startswith("#") and not _cells(head) >= {"chrom", "pos"}:
            number, head = next(lines, (0, ""))
        if not number:
            raise UserError(f"{path} has no variants")
        if head.startswith("#CHROM\t") and {"id", "ref", "alt"} <= _cells(head):
            yield from read_vcf(path, head, lines)
        elif start.startswith(b"##fileformat=VCF"):
            yield from read_vcf(path, VCF_HEADER, chain([(number, head)], lines))
        elif _is_notation(head):
            yield from read_notations(path, chain([(number, head)], lines))
        else:
            yield from read_table_records(path, number, head, lines)


def _cells(header: str) -> set[str]:
    return {cell.strip().lower() for cell in re.split(r"[\t, ]", header.lstrip("#"))}


def _words(line: str) -> list[str]:
    return [word for word in re.split(r'[\s,;"]+', line) if word]


def _is_notation(line: str) -> bool:
    words = _words(line)
    try:
        split_notation(words[0] if words else "")
    except ValueError:
        return False
    return True


def read_vcf(path: Path, header: str, lines: Lines) -> Iterator[VariantRecord]:
    """Records of a VCF or .pvar below its header `#CHROM …`; samples are not parsed. A site without an alternate allele gives alt "".

    Read as text rather than by htslib, for line numbers in errors and because cyvcf2 ends the process (a segmentation fault) on a
    malformed record of a contig that the header does not declare.
    """
    names = header.split("\t")
    at = [names.index(name) for name in ("#CHROM", "POS", "ID", "REF", "ALT")]
    last = max(at) + 1
    for number, line in lines:
        cells = line.split("\t", last)
        if line.startswith("#"):
            continue
        if len(cells) < last or not cells[at[1]].isdecimal():
            raise UserError(
                f"{path} line {number}: expected CHROM, POS, ID, REF and ALT, tab-separated, found {line.strip()[:60]!r}"
            )
        chrom, position, identifiers, ref, alts = (cells[column] for column in at)
        rsid, where = first_rs_number(identifiers), f"{path.name} line {number}"
        for alt in alts.split(","):
            yield VariantRecord(chrom, int(position) - 1, ref, "" if alt == "." else alt, rsid, where)


def read_bcf(path: Path) -> Iterator[VariantRecord]:
    """Records of a BCF file by cyvcf2; samples are not parsed."""
    reader, number = open_vcf(path, lazy=True), 0
    try:
        for number, record in enumerate(reader, 1):
            rsid, where = first_rs_number(record.ID or ""), f"{path.name} record {number}"
            for alt in record.ALT or [""]:
                yield VariantRecord(record.CHROM, record.start, record.REF, alt, rsid, where)
        reader.close()
    except Exception as error:  # cyvcf2 raises plain exceptions
        raise UserError(f"{path} cannot be read as BCF after record {number}: {error}") from None


def read_table_records(path: Path, number: int, header: str, lines: Lines) -> Iterator[VariantRecord]:
    """Records of a table below its header (line `number`): chrom, pos (1-based), ref and alt, or one column of variants; perhaps rsid."""
    separator = next((mark for mark in ("\t", ",", ";") if mark in header), None)
    names = [normalise_name(name) for name in _split(header, separator)]
    column = {
        role: next((names.index(name) for name in known if name in names), None)
        for role, known in RECORD_COLUMNS.items()
    }
    places = [column[role] for role in ("chrom", "pos", "ref", "alt")]
    whole = all(place is not None for place in places)
    if not whole and column["variant"] is None:
        raise UserError(
            f"{path} line {number}: expected {EXPECTED_TABLE}; found {', '.join(_split(header, separator))[:80]!r}"
        )
    for number, line in lines:
        if line.startswith("#"):
            continue
        cells = _split(line, separator)
        if len(cells) != len(names):
            raise UserError(f"{path} line {number}: {len(cells)} cells, but the header has {len(names)}")
        rsid = first_rs_number(cells[column["rsid"]]) if column["rsid"] is not None else ""
        where = f"{path.name} line {number}"
        if whole:
            chrom, position, ref, alt = (cells[place] for place in places if place is not None)
            for one in alt.split(","):  # as bcftools query writes several
                yield VariantRecord(chrom, _start(path, number, position), ref, one.strip(), rsid, where)
        elif column["variant"] is not None:
            yield VariantRecord(*_notation(path, number, cells[column["variant"]]), rsid, where)


def _split(line: str, separator: str | None) -> list[str]:
    if separator is None:
        return [cell.strip('"') for cell in line.split()]
    if separator != "\t" or '"' in line:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=separator, skipinitialspace=True))]
    return [cell.strip() for cell in line.split(separator)]


def _start(path: Path, number: int, position: str) -> int:
    """0-based position of a 1-based one in text."""
    if position.isdecimal() and int(position) >= 1:
        return int(position) - 1
    if _POSITION.fullmatch(position) and float(position) >= 1 and float(position).is_integer():
        return int(float(position)) - 1
    raise UserError(f"{path} line {number}: pos is {position!r}, expected a whole number of at least 1")


def _notation(path: Path, number: int, text: str) -> tuple[str, int, str, str]:
    try:
        chrom, start, ref, alt = split_notation(text)
    except ValueError as error:
        raise UserError(f"{path} line {number}: {error}") from None
    if start < 0:
        raise UserError(f"{path} line {number}: position 0; positions are counted from 1")
    return chrom, start, ref, alt


def read_notations(path: Path, lines: Lines) -> Iterator[VariantRecord]:
    """Records of text with a variant as the first word of each line, perhaps an rs number as the second; `#` begins a comment."""
    for number, line in lines:
        words = _words(line)
        if words and not words[0].startswith("#"):
            rsid = first_rs_number(words[1]) if len(words) > 1 else ""
            yield VariantRecord(*_notation(path, number, words[0]), rsid, f"{path.name} line {number}")
