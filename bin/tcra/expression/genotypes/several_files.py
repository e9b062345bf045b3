"""Genotypes in several files: one per chromosome, or a chromosome in several chunks, as imputation servers give them."""

from collections.abc import Collection, Iterator, Sequence
from heapq import merge

from tcra.common.genome.chromosomes import ChromosomeNames, plain_name
from tcra.expression.genotypes.record import GenotypeFile, GenotypeRecord, Region


def records_of_files(
    files: Sequence[GenotypeFile], chrom: str, regions: Sequence[Region], positions: Collection[int], samples: Sequence[str]
) -> Iterator[tuple[GenotypeFile, GenotypeRecord]]:  # fmt: skip
    """The records of all files as of one file, each with its file; arguments as of `GenotypeFile.records`. Repeated ones are not dropped.

    A file that must be read from its start to find a chromosome, and starts on another one, is read only if no other has a record.
    """
    may_have = [file for file in files if not file.chromosomes or ChromosomeNames(file.chromosomes).find(chrom)]
    for file in files:
        file.covers_regions = False
    found = False
    for at_start in (True, False):
        group = [
            file
            for file in may_have
            if (not file.without_index or plain_name(file.first_chromosome) == plain_name(chrom)) == at_start
        ]
        streams = [_of_file(file, chrom, regions, positions, samples) for file in group]
        for found_in in merge(*streams, key=_position_of):
            found = True
            yield found_in
        if found:
            return


def _of_file(
    file: GenotypeFile, chrom: str, regions: Sequence[Region], positions: Collection[int], samples: Sequence[str]
) -> Iterator[tuple[GenotypeFile, GenotypeRecord]]:  # fmt: skip
    return ((file, record) for record in file.records(chrom, regions, positions, samples))


def _position_of(found: tuple[GenotypeFile, GenotypeRecord]) -> int:
    return found[1].position
