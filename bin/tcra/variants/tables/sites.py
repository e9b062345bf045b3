"""Millions of variants in little memory: integer codes for chromosomes and alleles, and one exact integer key per variant."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tcra.common.genome.chromosomes import plain_name, sort_key
from tcra.common.genome.one_hot import complement

# A key holds chromosome, position and allele pair side by side, so that the order of keys is the order of variants.
CHROMOSOME_BITS, POSITION_BITS, PAIR_BITS = 13, 29, 21
SEPARATOR = "\t"


@dataclass(frozen=True)
class Sites:
    """Identity of n variants.

    chromosomes: names without `chr`, in natural order. chrom: (n,) int16, index into `chromosomes`.
    pos: (n,) int32, 1-based. pairs: distinct `ref<tab>alt`, sorted. pair: (n,) int32, index into `pairs`.
    """

    chromosomes: tuple[str, ...]
    chrom: NDArray[np.int16]
    pos: NDArray[np.int32]
    pairs: tuple[str, ...]
    pair: NDArray[np.int32]

    def __post_init__(self) -> None:
        if not len(self.chrom) == len(self.pos) == len(self.pair):
            raise ValueError(f"{len(self.chrom)} chromosomes, {len(self.pos)} positions, {len(self.pair)} allele pairs")
        if len(self.chromosomes) >= 1 << CHROMOSOME_BITS or len(self.pairs) >= 1 << PAIR_BITS:
            raise ValueError(f"{len(self.chromosomes)} chromosomes or {len(self.pairs)} allele pairs are too many")

    def __len__(self) -> int:
        return len(self.pos)

    @cached_property
    def keys(self) -> NDArray[np.int64]:
        """(n,) int64, exact: two variants have the same key only if they are the same. Ordered as chrom, pos, ref, alt."""
        return _keys(self.chrom, self.pos, self.pair)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "Sites":
        """The variants at `rows`, in that order."""
        return Sites(self.chromosomes, self.chrom[rows], self.pos[rows], self.pairs, self.pair[rows])

    def columns(self, rows: NDArray[np.int64] | slice = slice(None)) -> dict[str, pa.Array]:
        """Arrow columns `variant_id chrom pos ref alt` of some rows: text, text, int64 (1-based), text, text."""
        chrom = pa.array(self.chromosomes, pa.string()).take(pa.array(self.chrom[rows]))
        alleles = [pair.split(SEPARATOR) for pair in self.pairs]
        ref = pa.array([pair[0] for pair in alleles], pa.string()).take(pa.array(self.pair[rows]))
        alt = pa.array([pair[1] for pair in alleles], pa.string()).take(pa.array(self.pair[rows]))
        pos = pa.array(self.pos[rows].astype(np.int64))
        identifier = pc.binary_join_element_wise(chrom, pos.cast(pa.string()), ref, alt, "_")
        return {"variant_id": identifier, "chrom": chrom, "pos": pos, "ref": ref, "alt": alt}

    def identifiers(self, rows: NDArray[np.int64] | slice = slice(None)) -> list[str]:
        """`chrom_pos_ref_alt` of some rows."""
        names: list[str] = self.columns(rows)["variant_id"].to_pylist()
        return names

    def find(self, other: "Sites", swapped: bool = False, other_strand: bool = False) -> NDArray[np.int64]:
        """Row of each of the other's variants here, or −1: (len(other),) int64. `self` must be sorted by key.

        swapped: look for the variant with ref and alt exchanged. other_strand: with both alleles complemented (substitutions only).
        """
        number = {name: code for code, name in enumerate(self.chromosomes)}
        chrom_codes = np.array([number.get(name, -1) for name in other.chromosomes], np.int64)
        pair_number = {pair: code for code, pair in enumerate(self.pairs)}
        wanted = [_turned(pair, swapped, other_strand) for pair in other.pairs]
        pair_codes = np.array([pair_number.get(pair, -1) for pair in wanted], np.int64)
        if not len(other) or not len(self):
            return np.full(len(other), -1, np.int64)
        chrom, pair = chrom_codes[other.chrom], pair_codes[other.pair]
        keys = _keys(chrom, other.pos, pair)
        at = np.minimum(np.searchsorted(self.keys, keys), len(self) - 1)
        return np.where((chrom >= 0) & (pair >= 0) & (self.keys[at] == keys), at, -1)

    def find_either_way(self, other: "Sites") -> NDArray[np.int64]:
        """Row of each of the other's variants here, as given, else with ref and alt exchanged, or −1."""
        rows = self.find(other)
        return np.where(rows >= 0, rows, self.find(other, swapped=True))


class SitesBuilder:
    """Collects variants batch by batch; the codes are put in order at the end. spelled: the chromosomes' names as they were given."""

    def __init__(self) -> None:
        self.spelled: set[str] = set()
        self._chromosomes: dict[str, int] = {}
        self._pairs: dict[str, int] = {}
        self._chrom: list[NDArray[np.int16]] = []
        self._pos: list[NDArray[np.int32]] = []
        self._pair: list[NDArray[np.int32]] = []

    def add(self, chrom: pa.Array, pos: pa.Array, ref: pa.Array, alt: pa.Array) -> None:
        """One batch of variants: chromosomes under any naming, positions 1-based, alleles in upper case.

        Errors: ValueError for a position below 1 or of 2^29 and more (no chromosome is so long).
        """
        places = pos.to_numpy(zero_copy_only=False)
        if len(places) and not 1 <= places.min() <= places.max() < 1 << POSITION_BITS:
            raise ValueError(
                f"positions from {places.min()} to {places.max()}, expected 1 to {(1 << POSITION_BITS) - 1}"
            )
        self.spelled.update(pc.unique(chrom).to_pylist())
        self._chrom.append(_encode(chrom, self._chromosomes, plain_name).astype(np.int16))
        self._pos.append(places.astype(np.int32))
        joined = pc.binary_join_element_wise(ref.cast(pa.string()), alt.cast(pa.string()), SEPARATOR)
        self._pair.append(_encode(joined, self._pairs, str).astype(np.int32))

    def build(self) -> Sites:
        """All variants in the order they were added."""
        chromosomes = sorted(self._chromosomes, key=sort_key)
        pairs = sorted(self._pairs, key=lambda pair: pair.split(SEPARATOR))
        chrom_rank = _places(chromosomes, self._chromosomes).astype(np.int16)
        pair_rank = _places(pairs, self._pairs).astype(np.int32)
        empty = np.empty(0, np.int64)
        chrom = np.concatenate([*self._chrom, empty]).astype(np.int64)
        pair = np.concatenate([*self._pair, empty]).astype(np.int64)
        pos = np.concatenate([*self._pos, np.empty(0, np.int32)])
        return Sites(tuple(chromosomes), chrom_rank[chrom], pos, tuple(pairs), pair_rank[pair])


def sites_of(variants: Iterable[tuple[str, int, str, str]]) -> Sites:
    """Sites of (chrom, 1-based position, ref, alt) tuples, in their order."""
    rows = list(variants)
    columns: Sequence[Sequence[object]] = list(zip(*rows, strict=True)) if rows else [[], [], [], []]
    builder = SitesBuilder()
    kinds = (pa.string(), pa.int64(), pa.string(), pa.string())
    builder.add(*(pa.array(list(column), kind) for column, kind in zip(columns, kinds, strict=True)))
    return builder.build()


def _keys(chrom: NDArray[Any], pos: NDArray[Any], pair: NDArray[Any]) -> NDArray[np.int64]:
    key = chrom.astype(np.int64)
    key <<= POSITION_BITS
    key |= pos
    key <<= PAIR_BITS
    key |= pair
    return key


def _turned(pair: str, swapped: bool, other_strand: bool) -> str:
    ref, alt = pair.split(SEPARATOR)
    if other_strand:
        if len(ref) != 1 or len(alt) != 1:
            return ""
        ref, alt = complement(ref), complement(alt)
    return SEPARATOR.join((alt, ref) if swapped else (ref, alt))


def _encode(texts: pa.Array, codes: dict[str, int], clean: Callable[[str], str]) -> NDArray[np.int64]:
    """Codes of texts in a growing dictionary; `clean` brings a text to its canonical form."""
    packed = texts.dictionary_encode()
    known = packed.dictionary.to_pylist()
    translate = np.array([codes.setdefault(clean(text), len(codes)) for text in known], np.int64)
    return translate[packed.indices.to_numpy(zero_copy_only=False)] if len(translate) else np.empty(0, np.int64)


def _places(ordered: Sequence[str], codes: dict[str, int]) -> NDArray[np.int64]:
    """For each code, the place of its text in `ordered`."""
    places = np.empty(len(ordered), np.int64)
    for place, text in enumerate(ordered):
        places[codes[text]] = place
    return places
