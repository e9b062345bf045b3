"""Regions that are fine-mapped on their own: LD blocks of a BED file, or merged windows around genes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tcra.common.arrays import Integers
from tcra.common.genome.chromosomes import plain_name, sort_key
from tcra.common.genome.intervals import read_bed
from tcra.errors import UserError


@dataclass(frozen=True)
class LdRegion:
    """[start, end) bp on a chromosome (plain name), 0-based."""

    name: str
    chrom: str
    start: int
    end: int


def read_regions(path: Path) -> list[LdRegion]:
    """Regions of a BED file, in the genome's order; named by its fourth column, else `chrom_start_end`.

    Errors: UserError if two regions overlap or share a name.
    """
    regions = [
        LdRegion(
            one.name or f"{plain_name(one.chrom)}_{one.start}_{one.end}", plain_name(one.chrom), one.start, one.end
        )
        for one in read_bed(path)
    ]
    regions.sort(key=lambda one: (*sort_key(one.chrom), one.start))
    names: set[str] = set()
    for before, one in zip([None, *regions], regions, strict=False):
        if before is not None and before.chrom == one.chrom and one.start < before.end:
            raise UserError(
                f"{path}: regions {before.name} and {one.name} overlap; each SNP belongs to one region at most"
            )
        if one.name in names:
            raise UserError(f"{path}: region {one.name} stands twice; names (column 4) must differ")
        names.add(one.name)
    return regions


def window_regions(chrom: str, positions: Sequence[int], window_bp: int) -> list[LdRegion]:
    """Windows of `window_bp` to both sides of 0-based positions, merged while they overlap."""
    spans = merge_spans((max(0, place - window_bp), place + window_bp + 1) for place in positions)
    return [named_region(chrom, start, end) for start, end in spans]


def merge_spans(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Disjoint half-open spans in rising order that cover the same positions; spans that touch are merged."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def named_region(chrom: str, start: int, end: int) -> LdRegion:
    return LdRegion(f"{chrom}_{start}_{end}", chrom, start, end)


def split_region(region: LdRegion, genes: Integers, snps: Integers, most: int) -> list[LdRegion]:
    """Cut a region of windows at the middle of the widest gap between its genes until no part has over `most` variables.

    genes, snps: 0-based positions, rising. A part with genes at one position only is never cut.
    """
    inside = genes[(genes >= region.start) & (genes < region.end)]
    count = len(inside) + int(np.searchsorted(snps, region.end) - np.searchsorted(snps, region.start))
    gaps = np.diff(inside)
    if count <= most or not gaps.any():
        return [region]
    widest = int(np.argmax(gaps))
    cut = int(inside[widest] + inside[widest + 1] + 1) // 2
    parts = (named_region(region.chrom, region.start, cut), named_region(region.chrom, cut, region.end))
    return [part for half in parts for part in split_region(half, genes, snps, most)]


def region_of(regions: Sequence[LdRegion], positions: Integers) -> Integers:
    """The region (k,) that holds each 0-based position (k,), -1 where none does. regions: of one chromosome, disjoint, rising."""
    if not regions:
        return np.full(len(positions), -1)
    start, end = (np.array([getattr(one, name) for one in regions]) for name in ("start", "end"))
    at = np.searchsorted(start, positions, "right") - 1
    return np.where((at >= 0) & (positions < end[np.maximum(at, 0)]), at, -1)


def merge_neighbours(regions: Sequence[LdRegion], pairs: Iterable[tuple[int, int]]) -> list[LdRegion]:
    """Regions (of one chromosome, rising) with some pairs made one, and all between them."""
    joined = list(range(len(regions)))  # the first region of the part that each belongs to
    for one, other in pairs:
        for place in range(min(one, other) + 1, max(one, other) + 1):
            joined[place] = -1
    parts: list[list[LdRegion]] = []
    for region, own in zip(regions, joined, strict=True):
        if own >= 0:
            parts.append([region])
        else:
            parts[-1].append(region)
    return [
        part[0]
        if len(part) == 1
        else LdRegion("+".join(one.name for one in part), part[0].chrom, part[0].start, part[-1].end)
        for part in parts
    ]
