"""Finds the variants of one table among those of another, whichever way round and on whichever strand their alleles stand."""

import numpy as np
from numpy.typing import NDArray

from tcra.variants.tables.sites import Sites
from tcra.variants.tables.variant_tables import VariantTable


def matching_rows(table: VariantTable, sites: Sites, rs_numbers: NDArray[np.int64] | None) -> NDArray[np.int64]:
    """Row of `sites` (sorted by place) for each row of a table, or −1: (len(table),) int64.

    By place and alleles: as they stand, with ref and alt exchanged, on the other strand, or both (GWAS files differ in this); else by rs
    number. rs_numbers: (len(sites),) int64, 0 where unknown; None if none is known.
    """
    found = np.full(len(table), -1, np.int64)
    placed = np.full(len(table.sites), -1, np.int64)
    for other_strand in (False, True):
        for swapped in (False, True):
            again = placed < 0
            placed[again] = sites.find(table.sites.take(again), swapped, other_strand)
    found[table.placed] = placed
    if rs_numbers is not None:
        again = (found < 0) & (table.rs_numbers > 0)
        found[again] = first_places(rs_numbers, table.rs_numbers[again])
    return found


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
