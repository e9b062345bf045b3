"""Checks each variant against the genome, sorts, and removes repeats: every record is kept or rejected with its reason.

Memory is bounded by the variants of one chromosome: records are spooled by chromosome to a temporary folder.
"""

import re
import tempfile
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TextIO

import numpy as np

from tcra.common.accounting import Count
from tcra.common.genome.chromosomes import naming_hint, plain_name, sort_key
from tcra.common.genome.fasta import Genome
from tcra.common.genome.one_hot import reverse_complement
from tcra.errors import UserError
from tcra.variants.reading.variant_records import VariantRecord, read_variant_records
from tcra.variants.tables.chromosome_variants import ChromosomeVariants

UNKNOWN_CHROMOSOME = "chromosome is not in the genome"
NO_ALT = "no alternate allele"
SYMBOLIC = "symbolic or star allele"
MISSING_ALLELE = "allele is missing (NA)"
OTHER_LETTERS = "allele with letters other than A, C, G, T and N"
NO_CHANGE = "alternate allele is the ref allele"
TOO_LONG = "allele is too long for the window"
OFF_CHROMOSOME = "position is off the chromosome"
MISMATCH = "ref allele is not the genome's"
DUPLICATE = "duplicate"

HIGHEST_MISMATCH = 0.05  # of ref alleles; above it the genome build is probably wrong
MOSTLY = 0.8  # of the mismatches; above it they have one cause
FEW = 5  # fewer mismatches than this stop only if nothing matches: a handful of variants is no sample
REFERENCE_BLOCK_BP = 1 << 20  # bp of reference held at once
OPEN_FILES = 200  # at most; a genome may have thousands of contigs, a process by default 1,024 files
MISSING_LETTERS = ("NA", "NAN", "N/A", "NULL", "NONE")  # as R and pandas write them; no insertion of an N and an A
_BASES = re.compile(r"[ACGTN]+")


class CheckedVariants:
    """The variants of files that can be scored on `genome`, by chromosome in natural order; the others are rejected in `count`.

    paths: one file, or several (one per chromosome, say) that are read as one: a variant of two files is a duplicate.
    longest: longest allele in bp, or None for any. other: another genome build, in which ref alleles that do not match are looked up
    too, to tell the user. named: one of them has an rs number.
    Iterate for one `ChromosomeVariants` per chromosome; may be repeated.
    Errors: UserError for unreadable files and those without variants; if no chromosome is in the genome; if more than 5 % of the ref
    alleles are not the genome's.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        genome: Genome,
        count: Count,
        longest: int | None = None,
        other: Genome | None = None,
    ) -> None:
        self._paths, self._genome, self._count, self._longest, self._other = paths, genome, count, longest, other
        self._names = named_files(paths)
        self._folder = tempfile.TemporaryDirectory()
        self._checked = self._mismatched = self._in_other = 0
        self._swapped = self._other_strand = 0
        self._example = ""
        self.named = False
        self._found: dict[str, str | None] = {}
        try:
            spooled = self._spool()
            self.sizes = {chrom: self._check_chromosome(chrom) for chrom in sorted(spooled, key=sort_key)}
            self._stop_if_other_build()
        except BaseException:
            self._folder.cleanup()
            raise

    def __enter__(self) -> "CheckedVariants":
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def __len__(self) -> int:
        return sum(self.sizes.values())

    def __iter__(self) -> Iterator[ChromosomeVariants]:
        for chrom, size in self.sizes.items():
            if size:
                yield self.load(chrom)

    def load(self, chrom: str) -> ChromosomeVariants:
        """The checked variants of one chromosome (the FASTA's name)."""
        with open(self._file(chrom, "checked"), encoding="utf-8") as checked:
            rows = [line.rstrip("\n").split("\t") for line in checked]
        starts = np.array([int(row[0]) for row in rows], np.int64)
        return ChromosomeVariants(chrom, starts, [r[1] for r in rows], [r[2] for r in rows], [r[3] for r in rows])

    def _file(self, chrom: str, kind: str) -> Path:
        return Path(self._folder.name) / f"{self._genome.names.names.index(chrom)}.{kind}"

    def _spool(self) -> list[str]:
        """Records by chromosome, less those whose alleles or chromosome rule them out; returns the FASTA's names of the chromosomes."""
        found: dict[str, None] = {}
        files: dict[str, TextIO] = {}
        unknown: list[str] = []
        try:
            for record in chain.from_iterable(map(self._records, self._paths)):
                self._count.received()
                chrom = self._find(record.chrom)
                reason = self._why_not(record, chrom)
                if reason or chrom is None:
                    if chrom is None and record.chrom not in unknown and len(unknown) < 100:
                        unknown.append(record.chrom)
                    self._count.reject(reason, name(record), record.where)
                    continue
                if chrom not in files:
                    if len(files) == OPEN_FILES:
                        files.pop(next(iter(files))).close()
                    files[chrom] = open(self._file(chrom, "spool"), "a", encoding="utf-8")
                    found[chrom] = None
                cells = (str(record.start), record.ref.upper(), record.alt.upper(), record.rsid, record.where)
                files[chrom].write("\t".join(cells) + "\n")
        finally:
            for file in files.values():
                file.close()
        if unknown and not found and self._count.rejected[UNKNOWN_CHROMOSOME] == self._count.number_in:
            hint = naming_hint(unknown, self._genome.lengths)
            raise UserError(
                f"{self._names}: none of its chromosomes ({', '.join(unknown[:5])}) is in {self._genome.path}; {hint}"
            )
        return list(found)

    def _records(self, path: Path) -> Iterator[VariantRecord]:
        """The records of one file. Errors: UserError where it has none."""
        before = self._count.number_in
        yield from read_variant_records(path)
        if self._count.number_in == before:
            raise UserError(f"{path} has no variants")

    def _find(self, chrom: str) -> str | None:
        """The FASTA's name of a chromosome, or None. Errors: UserError where the name stands for several, or cannot name a file."""
        if chrom not in self._found:
            name = self._found[chrom] = self._genome.names.find(chrom)
            if name is not None and len(several := self._genome.names.of_one_name(name)) > 1:
                raise UserError(
                    f"{self._genome.path}: {', '.join(several)} all mean chromosome {plain_name(name)}, but differ; rename "
                    "all but one in the genome and in the variants, or leave their variants out"
                )
            if name is not None and "/" in name:
                raise UserError(f"{self._genome.path}: chromosome {name!r} has a / in its name; rename it")
        return self._found[chrom]

    def _why_not(self, record: VariantRecord, chrom: str | None) -> str:
        """Why a record cannot be scored whatever the genome's letters are; "" if it may be."""
        ref, alt = record.ref.upper(), record.alt.upper()
        if alt in ("", "."):
            return NO_ALT
        if ref in MISSING_LETTERS or alt in MISSING_LETTERS:
            return MISSING_ALLELE
        if "*" in alt or any(mark in ref + alt for mark in "<>[]"):
            return SYMBOLIC
        if not (_BASES.fullmatch(ref) and _BASES.fullmatch(alt)):
            return OTHER_LETTERS
        if ref == alt:
            return NO_CHANGE
        if chrom is None:
            return UNKNOWN_CHROMOSOME
        if record.start < 0 or record.start + len(ref) > self._genome.lengths[chrom]:
            return OFF_CHROMOSOME
        if self._longest is not None and max(len(ref), len(alt)) > self._longest:
            return TOO_LONG
        return ""

    def _check_chromosome(self, chrom: str) -> int:
        """Sort, remove repeats, compare ref alleles; returns how many variants are left."""
        rows: list[tuple[int, str, str, str, str]] = []
        with open(self._file(chrom, "spool"), encoding="utf-8") as spool:
            for line in spool:
                first, *cells = line.rstrip("\n").split("\t")
                rows.append((int(first), cells[0], cells[1], cells[2], cells[3]))
        rows.sort(key=lambda row: row[:3])  # stable: of repeats the first in the file stays
        kept, block, block_start = 0, "", 0
        before: tuple[int, str, str] | None = None
        with open(self._file(chrom, "checked"), "w", encoding="utf-8") as out:
            for start, ref, alt, rsid, where in rows:
                if not block_start <= start <= start + len(ref) <= block_start + len(block):
                    block_start, block = (
                        start,
                        self._genome.sequence(chrom, start, start + max(REFERENCE_BLOCK_BP, len(ref))),
                    )
                found = block[start - block_start : start - block_start + len(ref)]
                identifier = f"{plain_name(chrom)}_{start + 1}_{ref}_{alt}"
                if before == (start, ref, alt):
                    self._count.reject(DUPLICATE, identifier, where)
                    continue
                before = (start, ref, alt)
                self._checked += 1
                if found != ref:
                    self._mismatched += 1
                    self._swapped += (
                        found[: len(alt)] == alt if len(ref) == len(alt) else self._stands(chrom, start, alt)
                    )
                    self._other_strand += reverse_complement(ref) == found
                    self._example = self._example or f"{identifier} at {where}, where the genome has {shorten(found)}"
                    detail = mismatch_detail(ref, alt, found) + self._other_detail(chrom, start, ref)
                    self._count.reject(MISMATCH, identifier, where, detail)
                    continue
                out.write(f"{start}\t{ref}\t{alt}\t{rsid}\n")
                self.named |= bool(rsid)
                kept += 1
        return kept

    def _stands(self, chrom: str, start: int, allele: str) -> bool:
        return self._genome.sequence(chrom, start, start + len(allele)) == allele

    def _other_detail(self, chrom: str, start: int, ref: str) -> str:
        """Whether the other build has `ref` at the same position."""
        if self._other is None or self._other.names.find(chrom) is None:
            return ""
        found = self._other.sequence(chrom, start, start + len(ref))
        self._in_other += found == ref
        return f"; {self._other.path.name} {'has the ref allele there' if found == ref else f'has {shorten(found)}'}"

    def _stop_if_other_build(self) -> None:
        wrong, checked = self._mismatched, self._checked
        if wrong <= HIGHEST_MISMATCH * checked or (wrong < FEW and wrong != checked):
            return
        found = f"{wrong} of {checked} ref alleles ({wrong / checked:.0%}) are not those of {self._genome.path} (such as {self._example})"
        if self._swapped >= MOSTLY * wrong:
            # By chance, as in another build, a third of the alt alleles would be the genome's.
            raise UserError(
                f"{self._names}: {found}, but in {self._swapped} of them the alt allele is: ref and alt are swapped, as in files made from "
                "PLINK 1's; put them right with plink2 --ref-from-fa force or bcftools norm --check-ref s"
            )
        if self._other_strand >= MOSTLY * wrong:
            raise UserError(
                f"{self._names}: {found}, but in {self._other_strand} of them the other strand's letters are; put the alleles on the "
                "forward strand (as bcftools +fixref does)"
            )
        other = "" if self._other is None else f", {self._in_other} of these match {self._other.path}"
        raise UserError(
            f"{self._names}: {found}{other}; the variants are probably of another genome build: give the FASTA of their build, "
            "or lift them over"
        )


def named_files(paths: Sequence[Path]) -> str:
    """The files as messages name them.

    >>> named_files([Path("chr1.vcf"), Path("chr2.vcf"), Path("chr3.vcf")])
    'chr1.vcf and 2 more files'
    """
    more = len(paths) - 1
    return f"{paths[0]}{f' and {more} more file' if more else ''}{'s' if more > 1 else ''}"


def name(record: VariantRecord) -> str:
    """The identifier of a record whose alleles may be anything."""
    return f"{plain_name(record.chrom)}_{record.start + 1}_{record.ref}_{record.alt}"


def mismatch_detail(ref: str, alt: str, found: str) -> str:
    """What the genome has instead of `ref`, and whether swapped alleles or the other strand would match."""
    detail = f"the genome has {shorten(found)}"
    if reverse_complement(ref) == found:
        detail += "; the other strand's allele would match"
    if alt == found:
        detail += "; the alt allele would match: ref and alt may be swapped"
    return detail


def shorten(letters: str) -> str:
    return letters if len(letters) <= 20 else f"{letters[:17]}… ({len(letters)} bp)"
