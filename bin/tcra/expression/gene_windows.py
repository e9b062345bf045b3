"""The SNPs of each gene's window, read once: genotypes stream by, and only the windows that are still open stay in memory."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tcra.common.accounting import Accounting
from tcra.common.genome.chromosomes import ChromosomeNames, plain_name
from tcra.expression.genotypes.record import MISSING_CALL, Dosages, GenotypeFile, GenotypeRecord, Region, missing
from tcra.expression.snp_sets import SnpSet


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
LAST_POSITION = 2**29  # of any chromosome; what a .tbi index can hold


class WindowReader:
    """Reads the windows of one chromosome, and accounts for every SNP in them."""

    def __init__(
        self,
        genotypes: Sequence[GenotypeFile],
        samples: Sequence[str],
        snps: SnpSet,
        limits: SnpFilter,
        accounting: Accounting,
    ) -> None:
        self.genotypes, self.samples, self.snps, self.limits = genotypes, samples, snps, limits
        self.records = accounting.count("genotype records at the SNPs")
        self.sites = accounting.count("SNPs in the windows")
        self.swapped = accounting.count("SNPs with ref and alt the other way round in the genotypes")
        self.covering: GenotypeFile | None = None  # has records in the windows, but none at a SNP of the set
        self.expected = self.matched = 0  # SNPs of the set in the windows; records that are one of them

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
        for file, record in self._records(regions, at):
            self.records.received()
            row, swapped = self._match(record, at[record.position])
            name = f"{self.snps.chrom}:{record.position}:{record.ref}:{record.alt}"
            if row is None:
                for other in at[record.position]:
                    status[other] = 2 if status[other] == 1 else status[other]
                self.records.reject("alleles of no SNP in the set", name, file.path.name)
                continue
            if status[row] not in (1, 2):
                self.records.reject("repeats an earlier record", name, file.path.name)
                continue
            self.records.passed()
            self.matched += 1
            dosages = _other_allele(record.dosages) if swapped else record.dosages
            if swapped:
                self.swapped.received()
                self.swapped.passed()
            status[row], dosages = _judge(dosages, self.limits)
            if status[row] == USED:
                yield Snp(row, record.position, record.name, dosages)

    def _records(
        self, regions: Sequence[Region], positions: Collection[int]
    ) -> Iterator[tuple[GenotypeFile, GenotypeRecord]]:
        """Records of the first file that has any; files that start on the chromosome, or are known to have it, come first."""
        chrom = self.snps.chrom
        for file in _files_of(self.genotypes, chrom):
            found = False
            for record in file.records(chrom, regions, positions, self.samples):
                found = True
                yield file, record
            if file.covers_regions:
                self.covering = file
            if found:
                return

    def _match(self, record: GenotypeRecord, rows: list[int]) -> tuple[int | None, bool]:
        for swapped in (False, True):
            alleles = (record.alt, record.ref) if swapped else (record.ref, record.alt)
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
    """1-based position and dosages (samples,) of every variant of a chromosome that passes the filter, in order of position."""
    for file in _files_of(genotypes, chrom):
        found = False
        for record in file.records(chrom, [(1, LAST_POSITION)], range(1, LAST_POSITION + 1), samples):
            found = True
            status, dosages = _judge(record.dosages, limits)
            if status == USED:
                yield record.position, dosages
        if found:
            return


def _files_of(genotypes: Sequence[GenotypeFile], chrom: str) -> list[GenotypeFile]:
    """Files that may have the chromosome; those that start on it come first."""
    files = [file for file in genotypes if not file.chromosomes or ChromosomeNames(file.chromosomes).find(chrom)]
    return sorted(files, key=lambda file: plain_name(file.first_chromosome) != chrom)


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
