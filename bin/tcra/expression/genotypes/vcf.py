"""Genotypes of VCF and BCF files, by cyvcf2: dosages (DS) where the header declares them, else calls (GT)."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tcra.cli import UserError
from tcra.common.genome.chromosomes import ChromosomeNames, plain_name
from tcra.expression.genotypes.record import MISSING_CALL, Dosages, Record, Region, known_name

_CALLS = np.array([0, 1, 2, MISSING_CALL], np.int8)  # cyvcf2's codes with gts012
_UNKNOWN_ALLELES = ("*", "<", ".")


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
        self.first_chromosome = str(next((variant.CHROM for variant in vcf), ""))
        self.covers_regions = False
        vcf.close()
        if not self.samples:
            raise UserError(f"{path} has no samples: it lists sites only; give the file with the genotypes")

    def records(
        self, chrom: str, regions: Sequence[Region], positions: Collection[int], samples: Sequence[str]
    ) -> Iterator[Record]:
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
        import cyvcf2

        try:
            return cyvcf2.VCF(str(self.path), gts012=True, strict_gt=True, samples=samples)
        except OSError as error:
            raise UserError(f"{self.path} is no VCF, BCF, PLINK .bed or .pgen file ({error})") from None

    def _variants(self, vcf: Any, chrom: str, regions: Sequence[Region]) -> Iterator[Any]:
        """Variants whose position lies in a region, by the index if there is one, else by reading on to the end of the chromosome."""
        name = ChromosomeNames(self.chromosomes).find(chrom) if self.chromosomes else None
        if self.indexed:
            for first, end in regions if name else []:
                for variant in vcf(f"{name}:{first}-{end}"):
                    if first <= variant.POS <= end:  # an indel before the region reaches into it
                        yield variant
            return
        wanted, inside, region = plain_name(chrom), False, 0
        for variant in vcf:
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

    def _alleles(self, variant: Any, order: np.ndarray) -> Iterator[Record]:
        alternates = variant.ALT
        names = (variant.ID or "").split(";")
        dosage = variant.format("DS") if self.has_dosages else None
        for number, alt in enumerate(alternates):
            if alt.startswith(_UNKNOWN_ALLELES):
                continue
            values: Dosages
            if dosage is not None:
                values = np.asarray(dosage, np.float32)[:, min(number, dosage.shape[1] - 1)]
            elif len(alternates) > 1:
                values = _count_allele(variant.genotype.array()[:, :-1], number + 1)
            else:
                values = _CALLS[variant.gt_types]
            name = known_name(names[number] if len(names) == len(alternates) else names[0])
            yield Record(variant.POS, variant.REF.upper(), alt.upper(), name, values[order])


def _count_allele(alleles: np.ndarray, number: int) -> Dosages:
    """How often an allele was called. alleles: (samples, ploidy), −1 missing, −2 beyond a haploid call, which counts twice."""
    haploid = (alleles == -2).any(1)
    counts = ((alleles == number).sum(1) * np.where(haploid, 2, 1)).astype(np.int8)
    counts[(alleles == -1).any(1)] = MISSING_CALL
    return counts
