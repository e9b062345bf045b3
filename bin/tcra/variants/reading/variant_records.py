"""Records of a variant file as they stand there, one for each alternate allele, not yet checked.

Read are, told apart by content: VCF and BCF (plain, gzip, bgzip; an index is not needed), text with one notation a line
(`1_100000223_C_T`, `chr1:100000223:C:T`, `chr1_100000223_C_T_b38`), and tables with the columns chrom, pos, ref and alt.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tcra.common.files import open_text, read_start
from tcra.common.genome.variants import split_notation
from tcra.errors import UserError
from tcra.variants.tables.rs_numbers import RS_NUMBER, first_rs_number

BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # editors on Windows begin a text with it
TABLE_COLUMNS = ("chrom", "pos", "ref", "alt")


class VariantRecord(NamedTuple):
    """One alternate allele. chrom: as spelt. start: 0-based. ref, alt: as spelt ("" if there is none). rsid: "" if it has none.
    where: `file line N` or `file record N`."""

    chrom: str
    start: int
    ref: str
    alt: str
    rsid: str
    where: str


def read_variant_records(path: Path) -> Iterator[VariantRecord]:
    """All records of a file in its order.

    Errors: UserError that names the file and the line for text that is no variant, and for files that cannot be read.
    """
    start = read_start(path, 4096).removeprefix(BYTE_ORDER_MARK)
    if start.startswith(b"BCF"):
        return read_bcf(path)
    if start.startswith(b"##fileformat=VCF"):
        return read_vcf(path)
    head = start.decode("utf-8", errors="replace").split("\n", 1)[0].rstrip("\r")
    if head.startswith("#CHROM\tPOS"):
        raise UserError(f"{path}: a VCF begins with ##fileformat=VCFv4.x; this file's first line is {head[:60]!r}")
    if set(TABLE_COLUMNS) <= set(head.split("\t")):
        return read_table_records(path)
    return read_notations(path)


def read_vcf(path: Path) -> Iterator[VariantRecord]:
    """Records of a VCF file; samples are not parsed. A site without an alternate allele gives one record with alt "".

    Read as text rather than by htslib, for line numbers in errors and because cyvcf2 ends the process (a segmentation fault) on a
    malformed record of a contig that the header does not declare.
    """
    with open_text(path) as text:
        for number, line in enumerate(text, 1):
            if line.startswith("#") or not line.strip():
                continue
            cells = line.rstrip("\r\n").split("\t", 5)
            if len(cells) < 5 or not cells[1].isdecimal():
                raise UserError(
                    f"{path} line {number}: expected CHROM, POS, ID, REF and ALT, tab-separated, found {line.strip()[:60]!r}"
                )
            chrom, position, identifiers, ref, alts = cells[:5]
            rsid, where = first_rs_number(identifiers), f"{path.name} line {number}"
            for alt in alts.split(","):
                yield VariantRecord(chrom, int(position) - 1, ref, "" if alt == "." else alt, rsid, where)


def read_bcf(path: Path) -> Iterator[VariantRecord]:
    """Records of a BCF file by cyvcf2; samples are not parsed."""
    import cyvcf2

    number = 0
    try:
        reader = cyvcf2.VCF(str(path), lazy=True)
        for number, record in enumerate(reader, 1):
            rsid, where = first_rs_number(record.ID or ""), f"{path.name} record {number}"
            for alt in record.ALT or [""]:
                yield VariantRecord(record.CHROM, record.start, record.REF, alt, rsid, where)
        reader.close()
    except Exception as error:  # cyvcf2 raises plain exceptions
        raise UserError(f"{path} cannot be read as BCF after record {number}: {error}") from None


def read_table_records(path: Path) -> Iterator[VariantRecord]:
    """Records of a tab-separated table with the columns chrom, pos (1-based), ref, alt and perhaps rsid, as split_variants.py writes."""
    with open_text(path) as text:
        names = text.readline().rstrip("\r\n").split("\t")
        chrom, pos, ref, alt = (names.index(name) for name in TABLE_COLUMNS)
        rsid = names.index("rsid") if "rsid" in names else None
        for number, line in enumerate(text, 2):
            cells = line.rstrip("\r\n").split("\t")
            if cells == [""]:
                continue
            if len(cells) != len(names):
                raise UserError(f"{path} line {number}: {len(cells)} cells, but the header has {len(names)}")
            if not cells[pos].isdecimal() or int(cells[pos]) < 1:
                raise UserError(f"{path} line {number}: pos is {cells[pos]!r}, expected a whole number of at least 1")
            identifier = cells[rsid] if rsid is not None and RS_NUMBER.match(cells[rsid]) else ""
            where = f"{path.name} line {number}"
            yield VariantRecord(cells[chrom], int(cells[pos]) - 1, cells[ref], cells[alt], identifier, where)


def read_notations(path: Path) -> Iterator[VariantRecord]:
    """Records of text with a notation as the first word of each line; empty lines and lines from `#` on are skipped."""
    with open_text(path) as text:
        for number, line in enumerate(text, 1):
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            try:
                chrom, start, ref, alt = split_notation(words[0])
            except ValueError as error:
                if number == 1 and words[0].lower() in ("variant_id", "variant", "snp", "id"):
                    continue
                raise UserError(f"{path} line {number}: {error}") from None
            if start < 0:
                raise UserError(f"{path} line {number}: position 0; positions are counted from 1")
            rsid = words[1] if len(words) > 1 and RS_NUMBER.match(words[1]) else ""
            yield VariantRecord(chrom, start, ref, alt, rsid, f"{path.name} line {number}")
