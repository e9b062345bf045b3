"""Genotypes of VCF and BCF files, by cyvcf2: dosages (DS) where the records have them, else calls (GT)."""

import logging
import warnings
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tcra.common.files import open_bytes
from tcra.common.genome.chromosomes import ChromosomeNames, plain_name
from tcra.common.genome.vcf_file import open_vcf
from tcra.errors import UserError
from tcra.expression.genotypes.record import (
    MISSING_CALL,
    Dosages,
    GenotypeRecord,
    Region,
    known_name,
    only_chromosome,
)
from tcra.expression.genotypes.vcf_chromosomes import indexed_chromosomes, last_chromosome

log = logging.getLogger(__name__)

HAPLOID_CHROMOSOMES = ("X", "Y", "M")  # in some people or all
LARGEST_HAPLOID_DOSAGE = 1.001
# Calls of two alternate alleles with the dosage of one; at least so many, and more than this share of them, have a cause.
FEWEST_CONTRADICTIONS, CONTRADICTIONS = 3, 0.25
_CALLS = np.array([0, 1, 2, MISSING_CALL], np.int8)  # cyvcf2's codes with gts012
_UNKNOWN_ALLELES = ("*", "<*>", "<NON_REF>", ".")  # other symbolic ones, such as <CN0>, are variants like any other


class VcfFile:
    """A VCF or BCF. Multi-allelic sites give one record per alternate allele, which counts that allele alone."""

    def __init__(self, path: Path) -> None:
        self.path = path
        vcf = self._open()
        self.samples: list[str] = list(vcf.samples)
        self.has_index = any(Path(f"{path}{suffix}").is_file() for suffix in (".tbi", ".csi"))
        first = str(next((variant.CHROM for variant in self._whole(vcf)), ""))
        last = "" if self.has_index else last_chromosome(path)
        self.chromosomes, self.one_chromosome = _chromosomes(path, vcf, first, last, self.has_index)
        self.named_chromosomes = list(dict.fromkeys(name for name in (*vcf.seqnames, first, last) if name))
        self.covers_regions = self._warned = False
        vcf.close()

    def records(
        self, chrom: str, regions: Sequence[Region], positions: Collection[int], samples: Sequence[str]
    ) -> Iterator[GenotypeRecord]:
        self.covers_regions = False
        vcf = self._open(list(samples))
        column = {sample: i for i, sample in enumerate(vcf.samples)}
        order = np.array([column[sample] for sample in samples])
        last = 0
        for variant in self._variants(vcf, chrom, regions):
            self.covers_regions = True
            position = variant.POS
            if position < last:
                raise UserError(
                    f"{self.path} is not sorted: {variant.CHROM}:{position} follows {last}; sort it (bcftools sort)"
                )
            last = position
            if position in positions:
                yield from self._alleles(variant, order)
        vcf.close()

    def _open(self, samples: list[str] | None = None) -> Any:
        return open_vcf(self.path, gts012=True, strict_gt=True, samples=samples)

    def _variants(self, vcf: Any, chrom: str, regions: Sequence[Region]) -> Iterator[Any]:
        """Variants whose position lies in a region, by the index if there is one, else by reading on to the end of the chromosome."""
        if self.has_index:
            yield from self._indexed(vcf, chrom, regions)
            return
        wanted, inside, region = plain_name(chrom), False, 0
        for variant in self._whole(vcf):
            if plain_name(variant.CHROM) != wanted:
                if inside:
                    return
                continue
            inside = True
            while region < len(regions) and regions[region][1] < variant.POS:
                region += 1
            if region == len(regions):
                return
            if variant.POS >= regions[region][0]:
                yield variant

    def _indexed(self, vcf: Any, chrom: str, regions: Sequence[Region]) -> Iterator[Any]:
        """The same, by the index, which may spell the chromosome otherwise than the header does (22 and chr22)."""
        known, plain = ChromosomeNames(self.chromosomes).find(chrom), plain_name(chrom)
        warnings.filterwarnings("ignore", "no intervals found")  # cyvcf2, of a region without variants
        for name in dict.fromkeys([*([known] if known else []), plain, f"chr{plain}"]):
            found = False
            for first, end in regions:
                for variant in self._whole(vcf(f"{name}:{first}-{end}")):
                    found = True
                    if first <= variant.POS <= end:  # an indel before the region reaches into it
                        yield variant
            if found:
                return

    def _whole(self, variants: Iterable[Any]) -> Iterator[Any]:
        """The same variants; UserError where the file is damaged."""
        try:
            yield from variants
        except Exception as error:  # cyvcf2 raises no narrower kind
            raise UserError(f"{self.path} is damaged or cut short ({error}); copy or download it again") from None

    def _alleles(self, variant: Any, order: np.ndarray) -> Iterator[GenotypeRecord]:
        alternates = variant.ALT
        names = (variant.ID or "").split(";")
        dosage = self._dosage(variant)
        for number, alt in enumerate(alternates):
            if alt in _UNKNOWN_ALLELES:
                continue
            values = self._calls(variant, number) if dosage is None else dosage[:, number]
            name = known_name(names[number] if len(names) == len(alternates) else names[0])
            yield GenotypeRecord(variant.POS, variant.REF.upper(), alt.upper(), name, values[order])

    def _dosage(self, variant: Any) -> Dosages | None:
        """DS (samples, alternate alleles), of haploid calls twice; None where the record has none, or one number for several alleles."""
        found = variant.format("DS") if "DS" in variant.FORMAT else None
        if found is None:
            return None
        if found.ndim == 1:  # text, where the header declares it so, or not at all
            found = self._numbers(variant, found.tolist())
        if found.shape[1] != len(variant.ALT):
            return None
        dosage = np.asarray(found, np.float32)
        if np.isnan(dosage).all():
            return None
        if plain_name(variant.CHROM) not in HAPLOID_CHROMOSOMES:
            return dosage
        return self._doubled(variant, dosage)

    def _numbers(self, variant: Any, cells: list[str]) -> np.ndarray:
        """Dosages (samples, numbers of a cell) from text."""
        width = max(cell.count(",") for cell in cells) + 1
        parts = [
            ["nan"] * width if cell in ("", ".") else ["nan" if number == "." else number for number in cell.split(",")]
            for cell in cells
        ]
        try:
            return np.array(parts, np.float32)
        except ValueError:
            raise UserError(
                f"{self.path}: {variant.CHROM}:{variant.POS} has dosages (DS) that are no numbers, such as {cells[0]!r}; expected one for "
                "each alternate allele"
            ) from None

    def _doubled(self, variant: Any, dosage: Dosages) -> Dosages:
        """Dosages of a chromosome that is haploid in some people, twice where the call has one allele."""
        if "GT" not in variant.FORMAT:
            if not self._warned:
                log.warning(
                    "%s: dosages on chromosome %s have no calls (GT) beside them: haploid ones count once",
                    self.path,
                    variant.CHROM,
                )
                self._warned = True
            return dosage
        alleles = variant.genotype.array()[:, :-1]
        haploid = _haploid(alleles)
        if (dosage[haploid] > LARGEST_HAPLOID_DOSAGE).any():
            raise UserError(
                f"{self.path}: {variant.CHROM}:{variant.POS} has a haploid call with a dosage above 1; expected 0 to 1, as "
                "imputation servers write it; make the calls of these people diploid (0/0 or 1/1) if their dosages count two alleles"
            )
        twice = np.stack([(alleles == number).all(axis=1) & ~haploid for number in range(1, len(variant.ALT) + 1)], 1)
        contradictions = np.count_nonzero(twice & (dosage <= LARGEST_HAPLOID_DOSAGE))
        if contradictions >= FEWEST_CONTRADICTIONS and contradictions > CONTRADICTIONS * np.count_nonzero(twice):
            raise UserError(
                f"{self.path}: {variant.CHROM}:{variant.POS} has {contradictions} calls of two alternate alleles (1/1) with a dosage of at "
                "most 1, as where haploid calls were made diploid (bcftools +fixploidy) and their dosages were not; give the calls as they "
                "were, or leave the dosages out (bcftools annotate -x FORMAT/DS)"
            )
        return np.where(haploid[:, None], 2 * dosage, dosage)

    def _calls(self, variant: Any, number: int) -> Dosages:
        """How often the alternate allele `number` (from 0) was called. (samples,)"""
        try:
            if len(variant.ALT) > 1:
                return _count_allele(variant.genotype.array()[:, :-1], number + 1)
            return np.asarray(_CALLS[variant.gt_types])
        except Exception:  # cyvcf2 raises no narrower kind
            raise UserError(
                f"{self.path}: {variant.CHROM}:{variant.POS} has neither calls (GT) nor a dosage (DS) for each alternate allele; "
                "give a file with one of them"
            ) from None


def _chromosomes(path: Path, vcf: Any, first: str, last: str, has_index: bool) -> tuple[list[str], str]:
    """The chromosomes that a file may hold (none: any), and the plain name of its only one if it is known to have no other.

    first, last: those of the first and the last record. Records are taken to be sorted, so that a file that begins and ends with one
    chromosome has no other.
    """
    with open_bytes(path) as handle:
        is_bcf = handle.read(3) == b"BCF"
    if is_bcf:  # its header declares all chromosomes of its records
        names = list(vcf.seqnames)
    elif has_index:
        names = indexed_chromosomes(path)
    else:
        names = [first] if first and last == first else []
    return names, only_chromosome(names)


def _count_allele(alleles: np.ndarray, number: int) -> Dosages:
    """How often an allele was called. alleles: (samples, ploidy), −1 missing, −2 beyond a haploid call, which counts twice.

    >>> _count_allele(np.array([[0, 1], [1, 1], [1, -2], [-1, 0]]), 1).tolist()
    [1, 2, 2, -1]
    """
    counts = ((alleles == number).sum(1) * np.where(_haploid(alleles), 2, 1)).astype(np.int8)
    counts[(alleles == -1).any(1)] = MISSING_CALL
    return np.asarray(counts)


def _haploid(alleles: np.ndarray) -> np.ndarray:
    """Whose call has one allele. alleles: (samples, ploidy), −2 beyond a haploid call; ploidy 1 where all are haploid."""
    return np.asarray((alleles == -2).any(1) | (alleles.shape[1] == 1))
