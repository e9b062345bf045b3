"""Genotypes of VCF and BCF files, by cyvcf2: dosages (DS) where the header declares them, else calls (GT)."""

import warnings
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tcra.common.genome.chromosomes import ChromosomeNames, plain_name
from tcra.common.genome.vcf_file import open_vcf
from tcra.errors import UserError
from tcra.expression.genotypes.record import MISSING_CALL, Dosages, GenotypeRecord, Region, known_name

_CALLS = np.array([0, 1, 2, MISSING_CALL], np.int8)  # cyvcf2's codes with gts012
_UNKNOWN_ALLELES = ("*", "<*>", "<NON_REF>", ".")  # other symbolic ones, such as <CN0>, are variants like any other


class VcfFile:
    """A VCF or BCF. Multi-allelic sites give one record per alternate allele, which counts that allele alone."""

    def __init__(self, path: Path) -> None:
        self.path = path
        vcf = self._open()
        self.samples: list[str] = list(vcf.samples)
        self.has_dosages = "##FORMAT=<ID=DS," in vcf.raw_header
        self.indexed = any(Path(f"{path}{suffix}").is_file() for suffix in (".tbi", ".csi"))
        try:
            self.chromosomes: list[str] = list(vcf.seqnames)
        except (AttributeError, OSError):
            self.chromosomes = []
        self.first_chromosome = str(next((variant.CHROM for variant in self._whole(vcf)), ""))
        self.covers_regions = False
        vcf.close()
        if not self.samples:
            raise UserError(f"{path} has no samples: it lists sites only; give the file with the genotypes")

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
        try:
            return open_vcf(self.path, gts012=True, strict_gt=True, samples=samples)
        except UserError as error:
            raise UserError(f"{self.path} is no VCF, BCF, PLINK .bed or .pgen file that can be read ({error})") from None

    def _variants(self, vcf: Any, chrom: str, regions: Sequence[Region]) -> Iterator[Any]:
        """Variants whose position lies in a region, by the index if there is one, else by reading on to the end of the chromosome."""
        if self.indexed:
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
        declared = ChromosomeNames(self.chromosomes).find(chrom) if self.chromosomes else None
        plain = plain_name(chrom)
        warnings.filterwarnings("ignore", "no intervals found")  # cyvcf2, of a region without variants
        for name in dict.fromkeys([*([declared] if declared else []), plain, f"chr{plain}"]):
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
        """DS (samples, alternate alleles); None where the record has none, or one number for several alleles."""
        found = variant.format("DS") if self.has_dosages else None
        if found is None or found.shape[1] != len(variant.ALT):
            return None
        dosage = np.asarray(found, np.float32)
        return None if np.isnan(dosage).all() else dosage

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


def _count_allele(alleles: np.ndarray, number: int) -> Dosages:
    """How often an allele was called. alleles: (samples, ploidy), −1 missing, −2 beyond a haploid call, which counts twice.

    >>> _count_allele(np.array([[0, 1], [1, 1], [1, -2], [-1, 0]]), 1).tolist()
    [1, 2, 2, -1]
    """
    haploid = (alleles == -2).any(1)
    counts = ((alleles == number).sum(1) * np.where(haploid, 2, 1)).astype(np.int8)
    counts[(alleles == -1).any(1)] = MISSING_CALL
    return np.asarray(counts)
