"""Which ranked variants lie in which annotation: BED intervals and chromatin states."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tcra.common.genome.chromosomes import naming_hint
from tcra.common.genome.intervals import Interval, IntervalIndex, read_bed
from tcra.errors import UserError
from tcra.variants.ranking.chromatin_states import ChromatinState, group_states, parse_state
from tcra.variants.ranking.odds_ratios import Membership
from tcra.variants.tables.sites import Sites

log = logging.getLogger(__name__)

# A segmentation covers the whole genome; so few variants inside mean another build.
LEAST_SHARE_IN_STATES = 0.5
# A BED that should hold this many variants by chance and holds none is of another build.
EXPECTED_BY_CHANCE = 100


def bed_membership(name: str, path: Path, sites: Sites) -> Membership:
    """Variants whose first ref base lies in an interval.

    Errors: UserError if the BED shares no chromosome with the variants, or holds none of them where many were to be expected.
    """
    index = IntervalIndex(read_bed(path))
    inside = positions_inside(index, sites)
    _check_build(path, index, sites, inside)
    return Membership(name, inside)


def positions_inside(index: IntervalIndex, sites: Sites) -> NDArray[np.bool_]:
    """Whether the first ref base of each variant lies in an interval: (n,) bool. `sites` sorted by place."""
    inside = np.zeros(len(sites), bool)
    for chrom, rows in chromosome_rows(sites):
        inside[rows] = index.contains(chrom, sites.pos[rows].astype(np.int64) - 1)
    return inside


def chromosome_rows(sites: Sites) -> Iterator[tuple[str, slice]]:
    """(chromosome, its rows) of variants sorted by place."""
    bounds = np.searchsorted(sites.chrom, np.arange(len(sites.chromosomes) + 1))
    for code, chrom in enumerate(sites.chromosomes):
        if bounds[code] < bounds[code + 1]:
            yield chrom, slice(int(bounds[code]), int(bounds[code + 1]))


def state_memberships(
    name: str, path: Path, sites: Sites, groups: Mapping[str, Sequence[int]] | None = None
) -> Iterator[Membership]:
    """One membership per chromatin state of a segmentation BED (fourth column `1_TssA`, `E1`, `1` or `TssA`), then one per group.

    Named `name state` and `name group`. groups: numbers of the states of each; none for promoters and enhancers (`group_states`).
    Errors: UserError for a name that is no state's, for states of unknown meaning, or if most variants lie in no state.
    """
    intervals = read_bed(path)
    by_state: dict[ChromatinState, list[Interval]] = {}
    states: dict[str, ChromatinState | None] = {}
    for interval in intervals:
        if interval.name not in states:
            states[interval.name] = parse_state(interval.name)
        state = states[interval.name]
        if state is None:
            raise UserError(
                f"{path}: state {interval.name!r}, expected a number and a name such as 1_TssA, or E1, in the fourth column"
            )
        by_state.setdefault(state, []).append(interval)
    grouped = group_states(path, sorted(by_state), groups or {})
    everywhere = IntervalIndex(intervals)
    anywhere = positions_inside(everywhere, sites)
    _check_build(path, everywhere, sites, anywhere)
    if anywhere.mean() < LEAST_SHARE_IN_STATES:
        raise UserError(
            f"{path}: only {anywhere.mean():.1%} of {len(sites)} variants lie in any state; it is probably of another genome build: "
            "lift it or the scores over (lift_variants.py)"
        )
    inside = {state: positions_inside(IntervalIndex(by_state[state]), sites) for state in sorted(by_state)}
    for state, members in inside.items():
        yield Membership(f"{name} {state.name}", members)
    for group, members_of in grouped.items():
        columns = [inside[state] for state in members_of]
        yield Membership(f"{name} {group}", np.logical_or.reduce(columns) if columns else np.zeros(len(sites), bool))


def parse_state_group(text: str) -> tuple[str, tuple[int, ...]]:
    """`promoter=1,2,10,11`. Errors: UserError."""
    name, _, states = text.partition("=")
    try:
        return name, tuple(int(state) for state in states.split(","))
    except ValueError:
        raise UserError(f"--state-group: {text!r}, expected NAME=NUMBERS such as promoter=1,2,10,11") from None


def check_positions(sites: Sites, lengths: Mapping[str, int], source: str) -> None:
    """UserError if a variant stands beyond the end of its chromosome, as it does in another build; `lengths` in bp, without `chr`."""
    for chrom, rows in chromosome_rows(sites):
        length, last = lengths.get(chrom), int(sites.pos[rows].max())
        if length is None:
            raise UserError(
                f"{source} has no chromosome {chrom}, which the scores have; {naming_hint([chrom], lengths)}"
            )
        if last > length:
            raise UserError(
                f"scores have a variant at {chrom}:{last}, beyond the chromosome's end in {source} ({length}): another build"
            )


def _check_build(path: Path, index: IntervalIndex, sites: Sites, inside: NDArray[np.bool_]) -> None:
    present = [chrom for chrom, _ in chromosome_rows(sites)]
    shared = [chrom for chrom in present if chrom in index.covered]
    if not shared:
        raise UserError(
            f"{path} shares no chromosome with the scores ({', '.join(present[:5])}); {naming_hint(present, index.chromosomes)}"
        )
    missing = [chrom for chrom in present if chrom not in index.covered]
    if missing:
        log.warning("%s has no interval on %s", path, ", ".join(missing))
    if not inside.any() and (expected := _by_chance(index, sites, shared)) >= EXPECTED_BY_CHANCE:
        raise UserError(
            f"{path}: none of {len(sites)} variants lies inside, {expected:.0f} would by chance; it is probably of another genome build"
        )


def _by_chance(index: IntervalIndex, sites: Sites, chromosomes: Iterable[str]) -> float:
    """Variants inside if they were spread evenly over their chromosomes."""
    total, wanted = 0.0, set(chromosomes)
    for chrom, rows in chromosome_rows(sites):
        if chrom in wanted:
            span = max(int(sites.pos[rows].max()), index.last_end[chrom])
            total += (rows.stop - rows.start) * index.covered[chrom] / span
    return total
