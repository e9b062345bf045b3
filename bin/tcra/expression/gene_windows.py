"""The SNPs of each gene's window, read once: genotypes stream by, and only the windows that are still open stay in memory."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tcra.common.accounting import Accounting
from tcra.common.genome.one_hot import reverse_complement
from tcra.errors import UserError
from tcra.expression.genotypes.record import MISSING_CALL, Dosages, GenotypeFile, Region, missing
from tcra.expression.genotypes.several_files import records_of_files
from tcra.expression.snp_sets import RankedChromosome


@dataclass(frozen=True)
class SnpFilter:
    """Which SNPs take part. maf: least minor allele frequency. impute: put the mean for missing calls instead of dropping the SNP."""

    maf: float = 0.05
    impute: bool = False


@dataclass(frozen=True)
class Snp:
    """A SNP in use: row of the SNP set, 1-based position, the genotype file's ID, and the dosages of the SNP set's `alt`."""

    row: int
    position: int
    name: str
    dosages: Dosages


@dataclass(frozen=True)
class GeneWindow:
    """SNPs of one gene in genotype order. rows: (p,) rows of the SNP set. names: the genotype file's IDs. dosages: (samples, p)."""

    rows: NDArray[np.int64]
    names: list[str]
    dosages: Dosages


REASONS = {
    1: "not in the genotypes",
    2: "other alleles in the genotypes",
    3: "missing calls",
    4: "minor allele frequency too low",
}
USED = 0
MIXED_STRANDS = 0.01  # share of records on the other strand from which on no A/T and C/G SNP can be trusted
CLEARLY_MIXED_STRANDS = 100  # records after which the rest need not be read
LAST_POSITION = 2**29  # of any chromosome; what a .tbi index can hold


class WindowReader:
    """Reads the windows of one chromosome, and accounts for every SNP in them."""

    def __init__(
        self,
        genotypes: Sequence[GenotypeFile],
        samples: Sequence[str],
        snps: RankedChromosome,
        limits: SnpFilter,
        accounting: Accounting,
    ) -> None:
        self.genotypes, self.samples, self.snps, self.limits = genotypes, samples, snps, limits
        self.records = accounting.count("genotype records at the SNPs")
        self.sites = accounting.count("SNPs in the windows")
        self.swapped = accounting.count("SNPs with ref and alt the other way round in the genotypes")
        self.covering: GenotypeFile | None = None  # has records in the windows, but none at a SNP of the set
        self.expected = self.matched = 0  # SNPs of the set in the windows; records that are one of them
        # Records that are a SNP as the set has it, or on the other strand only; of those that can tell (not A/T, C/G).
        self.same_strand = self.other_strand = 0

    def windows(self, regions: Sequence[Region]) -> Iterator[tuple[int, GeneWindow]]:
        """(index, window) of each region (first and last 1-based position), in the order of the regions' ends.

        The accounting is complete once the iterator has ended.
        """
        order = sorted(range(len(regions)), key=lambda i: (regions[i][1], regions[i][0], i))
        # The first position that any gene still to come needs; what lies before it is dropped.
        needed = np.minimum.accumulate([regions[i][0] for i in reversed(order)])[::-1].tolist() if order else []
        status = np.zeros(len(self.snps.position), np.int8)
        inside = self._inside(regions)
        self.expected = len(inside)
        status[inside] = 1
        stream = self._snps(merge(regions), inside, status)
        held: list[Snp] = []
        upcoming = next(stream, None)
        for turn, index in enumerate(order):
            first, last = regions[index]
            held = held[bisect_left(held, needed[turn], key=_position) :]
            while upcoming is not None and upcoming.position <= last:
                held.append(upcoming)
                upcoming = next(stream, None)
            chosen = held[bisect_left(held, first, key=_position) : bisect_right(held, last, key=_position)]
            yield index, self._window(chosen)
        for _ in stream:
            raise AssertionError("a SNP behind the last window")
        self._account(inside, status)

    def _inside(self, regions: Sequence[Region]) -> NDArray[np.int64]:
        position = self.snps.position
        spans = [
            np.arange(np.searchsorted(position, a), np.searchsorted(position, b, "right")) for a, b in merge(regions)
        ]
        return np.concatenate(spans).astype(np.int64) if spans else np.zeros(0, np.int64)

    def _snps(self, regions: Sequence[Region], inside: NDArray[np.int64], status: NDArray[np.int8]) -> Iterator[Snp]:
        """The SNPs in use, in genotype order; `status` is set for every SNP that has a record."""
        at: dict[int, list[int]] = {}
        for row in inside.tolist():
            at.setdefault(int(self.snps.position[row]), []).append(row)
        if not at:
            return
        for file, record in records_of_files(self.genotypes, self.snps.chrom, regions, at, self.samples):
            self.records.received()
            row, swapped = self._match(record.ref, record.alt, at[record.position])
            name = f"{self.snps.chrom}:{record.position}:{record.ref}:{record.alt}"
            other_strand = reverse_complement(record.ref), reverse_complement(record.alt)
            if row is None:
                for other in at[record.position]:
                    status[other] = 2 if status[other] == 1 else status[other]
                on_other_strand = self._match(*other_strand, at[record.position])[0] is not None
                reason = "alleles of the other strand" if on_other_strand else "alleles of no SNP in the set"
                self.records.reject(reason, name, file.path.name)
                self.other_strand += on_other_strand
                self._require_strand(file, CLEARLY_MIXED_STRANDS)
                continue
            if status[row] not in (1, 2):
                self.records.reject("repeats an earlier record", name, file.path.name)
                continue
            self.records.passed()
            self.matched += 1
            self.same_strand += {record.ref, record.alt} != {*other_strand}
            dosages = _other_allele(record.dosages) if swapped else record.dosages
            if swapped:
                self.swapped.received()
                self.swapped.passed()
            status[row], dosages = _judge(dosages, self.limits)
            if status[row] == USED:
                yield Snp(row, record.position, record.name, dosages)
        self.covering = next((file for file in self.genotypes if file.covers_regions), None)
        if self.other_strand:
            self._require_strand(self.covering or self.genotypes[0], 1)

    def _require_strand(self, file: GenotypeFile, least: int) -> None:
        """Where alleles are on either strand, A/T and C/G SNPs have the wrong sign without a sign of it."""
        if self.other_strand < least:
            return
        known = self.same_strand + self.other_strand
        if self.other_strand > self.same_strand or (
            self.other_strand >= 3 and self.other_strand > MIXED_STRANDS * known
        ):
            raise UserError(
                f"{file.path}: {self.other_strand} of {known} records on chromosome {self.snps.chrom} have the alleles of the other strand "
                "(T/C for A/G), so that the strand of A/T and C/G SNPs cannot be detected; align the alleles to the reference "
                "genome's forward strand (such as with bcftools +fixref)"
            )

    def _match(self, ref: str, alt: str, rows: list[int]) -> tuple[int | None, bool]:
        for swapped in (False, True):
            alleles = (alt, ref) if swapped else (ref, alt)
            for row in rows:
                if (self.snps.ref[row], self.snps.alt[row]) == alleles:
                    return row, swapped
        return None, False

    def _window(self, chosen: list[Snp]) -> GeneWindow:
        dosages = np.stack([snp.dosages for snp in chosen], 1) if chosen else np.zeros((len(self.samples), 0), np.int8)
        return GeneWindow(np.array([snp.row for snp in chosen], np.int64), [snp.name for snp in chosen], dosages)

    def _account(self, inside: NDArray[np.int64], status: NDArray[np.int8]) -> None:
        self.sites.received(len(inside))
        for row in inside.tolist():
            if status[row] == USED:
                self.sites.passed()
            else:
                self.sites.reject(REASONS[int(status[row])], self.snps.variant_id[row])


def merge(regions: Iterable[Region]) -> list[Region]:
    """Disjoint regions in rising order that cover the same positions.

    >>> merge([(50, 60), (1, 10), (11, 20)])
    [(1, 20), (50, 60)]
    """
    merged: list[Region] = []
    for first, last in sorted(regions):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def chromosome_dosages(
    genotypes: Sequence[GenotypeFile], chrom: str, samples: Sequence[str], limits: SnpFilter
) -> Iterator[tuple[int, Dosages]]:
    """1-based position and dosages (samples,) of every variant of a chromosome that passes the filter, in order of position; of a
    repeated variant the first."""
    everywhere = range(1, LAST_POSITION + 1)
    seen: set[tuple[str, str]] = set()  # at this position
    at = 0
    for _, record in records_of_files(genotypes, chrom, [(1, LAST_POSITION)], everywhere, samples):
        seen = seen if record.position == at else set()
        at = record.position
        if (record.ref, record.alt) in seen:
            continue
        seen.add((record.ref, record.alt))
        status, dosages = _judge(record.dosages, limits)
        if status == USED:
            yield record.position, dosages


def _judge(dosages: Dosages, limits: SnpFilter) -> tuple[int, Dosages]:
    """The SNP's status, and its dosages, imputed if that was asked for."""
    absent = missing(dosages)
    if absent.any():
        if not limits.impute or absent.all():
            return 3, dosages
        dosages = dosages.astype(np.float32)
        dosages[absent] = dosages[~absent].mean(dtype=np.float64)
    frequency = dosages.mean(dtype=np.float64) / 2
    return (USED if limits.maf <= frequency <= 1 - limits.maf else 4), dosages


def _position(snp: Snp) -> int:
    return snp.position


def _other_allele(dosages: Dosages) -> Dosages:
    turned = (2 - dosages).astype(dosages.dtype)
    if dosages.dtype.kind != "f":
        turned[dosages == MISSING_CALL] = MISSING_CALL
    return turned
