"""Finds the variants of one table among those of another, whichever way round and on whichever strand their alleles stand."""

import numpy as np
from numpy.typing import NDArray

from tcra.variants.tables.sites import Sites
from tcra.variants.tables.variant_tables import VariantTable


def matching_rows(table: VariantTable, sites: Sites, rs_numbers: NDArray[np.int64] | None) -> NDArray[np.int64]:
    """Row of `sites` (sorted by place) for each row of a table, or −1: (len(table),) int64.

    By place and alleles: as they stand, with ref and alt exchanged, on the other strand, or both (GWAS files differ in this); else by rs
    number, and the alleles if the row has them. rs_numbers: (len(sites),) int64, 0 where unknown; None if none is known.
    """
    found = np.full(len(table), -1, np.int64)
    found[table.placed] = _same_alleles(table.sites, sites)
    if rs_numbers is not None:
        again = (found < 0) & (table.rs_numbers > 0)
        bare = again & ~table.placed
        found[bare] = first_places(rs_numbers, table.rs_numbers[bare])
        with_alleles = again[table.placed]
        rows = again & table.placed
        found[rows] = _by_rs_number(table.sites.take(with_alleles), table.rs_numbers[rows], sites, rs_numbers)
    return found


def _by_rs_number(
    wanted: Sites, numbers: NDArray[np.int64], sites: Sites, rs_numbers: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Row of `sites` with the rs number and the alleles of each of `wanted`, or −1: the search by place, with rs numbers as places."""
    known = np.flatnonzero(rs_numbers > 0)
    named, place = np.unique(rs_numbers[known], return_inverse=True)
    there = np.flatnonzero(np.isin(numbers, named))
    found = np.full(len(wanted), -1, np.int64)
    if not len(there):
        return found
    ours = _at_places(sites.take(known), place)
    order = np.argsort(ours.keys, kind="stable")
    at = _same_alleles(_at_places(wanted.take(there), np.searchsorted(named, numbers[there])), ours.take(order))
    found[there] = np.where(at >= 0, known[order[at]], -1)
    return found


def _same_alleles(wanted: Sites, sites: Sites) -> NDArray[np.int64]:
    """Row of `sites` (sorted by key) for each of `wanted`, whichever way round and on whichever strand its alleles stand, or −1."""
    rows = np.full(len(wanted), -1, np.int64)
    for other_strand in (False, True):
        for swapped in (False, True):
            again = rows < 0
            rows[again] = sites.find(wanted.take(again), swapped, other_strand)
    return rows


def _at_places(sites: Sites, place: NDArray[np.int64]) -> Sites:
    """The same alleles at other places (n,), from 0, on one chromosome."""
    return Sites(("",), np.zeros(len(sites), np.int16), (place + 1).astype(np.int32), sites.pairs, sites.pair)


def same_place(sites: Sites, others: Sites) -> NDArray[np.bool_]:
    """(len(sites),) bool: the others have some variant at the position."""
    number = {name: code for code, name in enumerate(others.chromosomes)}
    codes = np.array([number.get(name, -1) for name in sites.chromosomes], np.int64)
    theirs = (others.chrom.astype(np.int64) << 32) | others.pos
    return np.isin((codes[sites.chrom] << 32) | sites.pos, theirs) if len(sites) else np.zeros(0, bool)


def explain_no_match(sites: Sites, others: Sites) -> str:
    """Why no variant of `sites` (of one file) is among the others (the scores), by their positions."""
    if not len(sites):
        return "it has rs numbers and no positions"
    shared = int(same_place(sites, others).sum())
    if shared:
        return f"{shared} of its {len(sites)} positions are among theirs, with other alleles: check its genome build and allele columns"
    used = [sites.chromosomes[code] for code in np.unique(sites.chrom)]
    if not set(used) & set(others.chromosomes):
        return f"its chromosomes ({', '.join(used[:5])}) are not theirs ({', '.join(others.chromosomes[:5])})"
    examples = [f"{each.chromosomes[each.chrom[0]]}:{each.pos[0]}" for each in (sites, others) if len(each)]
    return f"none of its {len(sites)} positions is one of theirs (such as {' and '.join(examples)}): check its genome build"


def first_places(values: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each wanted value stands first among `values` (in any order), or −1.

    >>> first_places(np.array([7, 0, 3, 7]), np.array([7, 4, 3])).tolist()
    [0, -1, 2]
    """
    if not len(values):
        return np.full(len(wanted), -1, np.int64)
    order = np.argsort(values, kind="stable")
    at = np.minimum(np.searchsorted(values, wanted, sorter=order), len(values) - 1)
    return np.where(values[order[at]] == wanted, order[at], -1)


def places_either_way(have: Sites, wanted: Sites) -> NDArray[np.int64]:
    """Place of each wanted variant in `have` (in any order), as given, else with ref and alt exchanged; −1 where it is not there."""
    order = np.argsort(have.keys, kind="stable")
    at = have.take(order).find_either_way(wanted)
    return np.where(at >= 0, order[at], -1) if len(order) else at


def values_of(
    table: VariantTable, values: NDArray[np.float64], sites: Sites, turn: bool = False
) -> NDArray[np.float64]:
    """A number per variant of `sites` (in any order) from `values` (rows of the table,): (len(sites),) float64, NaN where unknown.

    Alleles as given, else with ref and alt exchanged, then 1 − value if `turn`. Of repeated rows of the table the first counts.
    """
    order = np.argsort(table.sites.keys, kind="stable")
    ordered, given = table.sites.take(order), values[table.placed][order]
    known = np.full(len(sites), np.nan)
    for swapped in (True, False):  # as given last, so that it counts
        at = ordered.find(sites, swapped)
        found = at >= 0
        known[found] = (1 - given[at[found]]) if turn and swapped else given[at[found]]
    return known
