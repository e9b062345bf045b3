"""Genotypes in several files: one per chromosome, or a chromosome in several chunks, as imputation servers give them."""

from collections.abc import Collection, Iterator, Sequence
from heapq import merge

from tcra.common.genome.chromosomes import ChromosomeNames
from tcra.expression.genotypes.record import GenotypeFile, GenotypeRecord, Region


def records_of_files(
    files: Sequence[GenotypeFile], chrom: str, regions: Sequence[Region], positions: Collection[int], samples: Sequence[str]
) -> Iterator[tuple[GenotypeFile, GenotypeRecord]]:  # fmt: skip
    """The records of all files that may have the chromosome, as of one file, each with its file; arguments as of `GenotypeFile.records`.
    Repeated ones are not dropped."""
    for file in files:
        file.covers_regions = False
    may_have = [file for file in files if not file.chromosomes or ChromosomeNames(file.chromosomes).find(chrom)]
    streams = [_of_file(file, chrom, regions, positions, samples) for file in may_have]
    return merge(*streams, key=_position_of)


def _of_file(
    file: GenotypeFile, chrom: str, regions: Sequence[Region], positions: Collection[int], samples: Sequence[str]
) -> Iterator[tuple[GenotypeFile, GenotypeRecord]]:  # fmt: skip
    return ((file, record) for record in file.records(chrom, regions, positions, samples))


def _position_of(found: tuple[GenotypeFile, GenotypeRecord]) -> int:
    return found[1].position
