"""Variants from one build to another: each is lifted, or rejected with its reason."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tcra.common.genome.chromosomes import plain_name
from tcra.common.genome.fasta import Genome
from tcra.common.genome.liftover import IN_SEVERAL_CHAINS, LIFTED, Liftover
from tcra.common.genome.one_hot import complement, reverse_complement
from tcra.errors import UserError
from tcra.variants.lifting.alleles import NEITHER, PAST_END, lift_alleles
from tcra.variants.lifting.repeats import maps_as_one_piece, shift_range
from tcra.variants.tables.sites import SEPARATOR, Sites, SitesBuilder

NOT_IN_CHAIN = "chromosome is not in the chain file"
UNMAPPED = "position is in no chain"
MANY = "position maps to several places"
CONTIG = "maps to an alternate or unplaced contig"
SPLIT = "ref allele does not map as one piece"
REPEATED_VARIANT = "variant is repeated"
MOVED_REPEAT = "insertion or deletion in a repeat that has another length in the target, by the chain"
ELSEWHERE = "back-lifted, it comes to another place"
TAKEN = "another variant maps to the same place and alleles"
COMPLEMENT = np.frombuffer(complement("".join(map(chr, range(128)))).encode(), np.uint8)
# Above these shares the chain, or the genome, is that of another build.
MOST_UNMAPPED, MOST_MISMATCHED, ENOUGH = 0.5, 0.05, 20


@dataclass(frozen=True)
class LiftedSites:
    """What became of n variants.

    rows: (m,) int64, the variants that were lifted, in input order. sites: the m variants in the target build.
    forward, swapped: (m,) bool: on the same strand; ref and alt are exchanged (a score changes its sign).
    """

    rows: NDArray[np.int64]
    sites: Sites
    forward: NDArray[np.bool_]
    swapped: NDArray[np.bool_]


def lift_sites(
    sites: Sites,
    chains: Liftover,
    genome: Genome | None,
    reject: Callable[[int, str], None],
    back: Liftover | None = None,
) -> LiftedSites:
    """Lift every variant; `reject(row, reason)` is called for those without a place.

    back: chains of the way back. UCSC's chains are not each other's inverse in segmental duplications; given both, only variants
    whose first base comes back to where it was are lifted.

    Errors: UserError if positions lie beyond the chain's source chromosomes, if most positions are in no chain, or (given the target
    genome) if more than 5 % of the alleles are not in it: each means that chain, variants or genome are of another build.
    """
    number = len(sites)
    _check_ends(sites, chains)
    target = np.full(number, -1, np.int32)
    start, end = np.zeros(number, np.int64), np.zeros(number, np.int64)
    forward = np.ones(number, bool)
    reasons = np.full(number, None, dtype=object)
    lengths = np.array([[len(allele) for allele in pair.split(SEPARATOR)] for pair in sites.pairs], np.int64)
    for code, chrom in enumerate(sites.chromosomes):
        rows = np.flatnonzero(sites.chrom == code)
        if len(rows):
            place = _lift_chromosome(chains, chrom, sites.pos[rows].astype(np.int64) - 1, *lengths[sites.pair[rows]].T)
            reasons[rows], target[rows], start[rows], end[rows], forward[rows] = place
    unmapped = int((reasons == UNMAPPED).sum() + (reasons == NOT_IN_CHAIN).sum())
    if (number >= ENOUGH and unmapped > MOST_UNMAPPED * number) or (number and unmapped == number):
        raise UserError(
            f"{chains.path}: {unmapped} of {number} variants are in no chain; the chain file is probably for another build"
        )
    reasons[_repeats(sites)] = REPEATED_VARIANT
    if back is not None:
        reasons[_elsewhere(sites, chains, back, reasons, target, np.where(forward, start, end - 1))] = ELSEWHERE
    lifted = _lift_all_alleles(sites, chains, genome, reasons, target, start, end, forward)
    repeated = _repeats(lifted.sites)
    reasons[lifted.rows[repeated]] = TAKEN
    for row in np.flatnonzero(reasons != None).tolist():  # noqa: E711 (elementwise)
        reject(row, str(reasons[row]))
    keep = ~repeated
    return LiftedSites(lifted.rows[keep], lifted.sites.take(keep), lifted.forward[keep], lifted.swapped[keep])


def _elsewhere(
    sites: Sites,
    chains: Liftover,
    back: Liftover,
    reasons: NDArray[np.object_],
    target: NDArray[np.int32],
    place: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Rows whose first base, at `place` (0-based) in the target build, does not come back to its place."""
    lost: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    lifted = np.flatnonzero(reasons == None)  # noqa: E711 (elementwise)
    names = np.array([plain_name(name) for name in back.targets], dtype=object)
    sources = np.array(sites.chromosomes, dtype=object)
    for code in np.unique(target[lifted]).tolist():
        rows = lifted[target[lifted] == code]
        again = back.lift(chains.targets[code], place[rows])
        same = (again.status == LIFTED) & (again.position == sites.pos[rows] - 1)
        same &= names[again.chrom] == sources[sites.chrom[rows]]
        lost.append(rows[~same])
    return np.concatenate(lost)


def _repeats(sites: Sites) -> NDArray[np.bool_]:
    """(n,) bool: variants that are repeated."""
    repeated = np.ones(len(sites), bool)
    repeated[np.unique(sites.keys, return_index=True)[1]] = False
    return repeated


def _check_ends(sites: Sites, chains: Liftover) -> None:
    for code, chrom in enumerate(sites.chromosomes):
        name, rows = chains.find(chrom), sites.chrom == code
        last = int(sites.pos[rows].max()) if name and rows.any() else 0
        if name and last > chains.source_lengths[name]:
            raise UserError(
                f"a variant at {chrom}:{last} is beyond the end of {name} ({chains.source_lengths[name]}) in {chains.path}; "
                "the variants are of another build than the chain file starts from"
            )


def _lift_chromosome(
    chains: Liftover, chrom: str, starts: NDArray[np.int64], lengths: NDArray[np.int64], alt_lengths: NDArray[np.int64]
) -> tuple[NDArray[np.object_], NDArray[np.int32], NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """(reason or None, target code, start, end, forward) of ref alleles [start, start + length), 0-based, of one chromosome.

    Where the chain has a gap right behind the ref of an insertion, as long as what is inserted, [start, end) holds it: the target has
    the insertion.
    """
    first = chains.lift(chrom, starts)
    long = np.flatnonzero(lengths > 1)
    last = chains.lift(chrom, starts[long] + lengths[long] - 1)
    reasons = np.full(len(starts), None, dtype=object)
    reasons[first.status != LIFTED] = UNMAPPED if chains.find(chrom) else NOT_IN_CHAIN
    reasons[first.status == IN_SEVERAL_CHAINS] = MANY
    primary = np.array([chains.is_primary(name) for name in chains.targets])
    if plain_name(chrom).isdigit() or plain_name(chrom) in ("X", "Y", "M"):
        reasons[(first.status == LIFTED) & ~primary[first.chrom]] = CONTIG
    low, high = first.position.copy(), first.position.copy()
    low[long], high[long] = np.minimum(low[long], last.position), np.maximum(high[long], last.position)
    whole = (last.status == LIFTED) & (last.chrom == first.chrom[long]) & (last.forward == first.forward[long])
    whole &= last.position - first.position[long] == np.where(last.forward, 1, -1) * (lengths[long] - 1)
    broken = long[~whole]
    reasons[broken[first.status[broken] == LIFTED]] = SPLIT
    rows = np.flatnonzero((alt_lengths > lengths) & (reasons == None))  # noqa: E711 (elementwise)
    after, gap = chains.lift(chrom, starts[rows] + lengths[rows]), alt_lengths[rows] - lengths[rows]
    there = np.where(first.forward[rows], high[rows] + 1 + gap, low[rows] - 1 - gap) == after.position
    there &= (after.status == LIFTED) & (after.chrom == first.chrom[rows]) & (after.forward == first.forward[rows])
    high[rows] += np.where(there & first.forward[rows], gap, 0)
    low[rows] -= np.where(there & ~first.forward[rows], gap, 0)
    return reasons, first.chrom, low, high + 1, first.forward


def _lift_all_alleles(
    sites: Sites, chains: Liftover, genome: Genome | None, reasons: NDArray[np.object_], target: NDArray[np.int32],
    start: NDArray[np.int64], end: NDArray[np.int64], forward: NDArray[np.bool_],
) -> LiftedSites:  # fmt: skip
    """Alleles of all variants without a reason against them; those that find none get their reason in `reasons`."""
    rows = np.flatnonzero(reasons == None)  # noqa: E711 (elementwise)
    pairs = [pair.split(SEPARATOR) for pair in sites.pairs]
    single = np.array([len(ref) == len(alt) == 1 for ref, alt in pairs], bool)
    short = rows[single[sites.pair[rows]]] if len(pairs) else rows
    long = np.setdiff1d(rows, short, assume_unique=True)
    swapped = np.zeros(len(sites), bool)
    letters = np.array([(ord(ref[0]), ord(alt[0])) for ref, alt in pairs], np.uint8).reshape(-1, 2)[sites.pair[short]]
    letters[~forward[short]] = COMPLEMENT[letters[~forward[short]]]
    if genome is not None:
        swapped[short] = _against_genome(chains, genome, reasons, short, target, start, letters)
    refs, alts = [], []
    for row in long.tolist():
        ref, alt = pairs[sites.pair[row]]
        name = chains.targets[target[row]]
        answer = lift_alleles(name, int(start[row]), int(end[row]), bool(forward[row]), ref, alt, genome)
        if not isinstance(answer, str) and genome is not None and end[row] - start[row] == len(ref) != len(alt):
            source = sites.chromosomes[sites.chrom[row]], int(sites.pos[row]) - 1
            if _in_moved_repeat(
                chains, genome, name, source, int(start[row]), bool(forward[row]), ref, alt, answer.swapped
            ):
                answer = MOVED_REPEAT
        if isinstance(answer, str):
            reasons[row] = answer
            continue
        start[row], swapped[row] = answer.start, answer.swapped
        refs.append(answer.ref)
        alts.append(answer.alt)
    _stop_if_other_genome(genome, int((reasons[rows] == NEITHER).sum()), len(rows))
    fits = reasons[short] == None  # noqa: E711 (elementwise)
    short, letters = short[fits], letters[fits]
    long = long[reasons[long] == None]  # noqa: E711 (elementwise)
    builder = SitesBuilder()
    names = pa.array(chains.targets, pa.string())
    alphabet = pa.array([chr(code) for code in range(128)], pa.string())
    for part, ref_column, alt_column in (
        (short, *(alphabet.take(pa.array(column)) for column in letters.T)),
        (long, pa.array(refs, pa.string()), pa.array(alts, pa.string())),
    ):
        builder.add(names.take(pa.array(target[part])), pa.array(start[part] + 1), ref_column, alt_column)
    taken = np.concatenate([short, long])
    back = np.argsort(taken, kind="stable")
    return LiftedSites(taken[back], builder.build().take(back), forward[taken[back]], swapped[taken[back]])


def _in_moved_repeat(
    chains: Liftover, genome: Genome, target: str, source: tuple[str, int], start: int, forward: bool, ref: str, alt: str,
    swapped: bool,
) -> bool:  # fmt: skip
    """Whether an insertion or deletion lies in a repeat of which the chain says that the builds have it in different lengths.

    The alleles that stand at the place in the target may then be those of another copy of the repeat. start: 0-based, of the ref allele
    in the target; source: chromosome and 0-based position. The repeat is the range along which the difference may shift.
    """
    letters = (ref, alt) if forward else (reverse_complement(ref), reverse_complement(alt))
    if swapped:
        letters = letters[::-1]
        start = start if forward else start + len(ref) - len(alt)
    left, right, unit = shift_range(target, start, *letters, genome)
    if not left and not right:
        return False
    left, right = (left, right) if forward else (right, left)
    chrom, first = source
    return not maps_as_one_piece(chains, chrom, first - left - unit, first + len(ref) + right + unit + 1)


def _against_genome(
    chains: Liftover, genome: Genome, reasons: NDArray[np.object_], rows: NDArray[np.int64], target: NDArray[np.int32],
    start: NDArray[np.int64], letters: NDArray[np.uint8],
) -> NDArray[np.bool_]:  # fmt: skip
    """Which of some single-base variants have alt in the target genome: (len(rows),) bool; their `letters` are exchanged in place.

    letters: (len(rows), 2) uint8, ref and alt. Reads one chromosome at a time. Those with neither allele get their reason.
    """
    swapped = np.zeros(len(rows), bool)
    for code in np.unique(target[rows]).tolist():
        mine = np.flatnonzero(target[rows] == code)
        name = genome.find(chains.targets[code])
        sequence = np.frombuffer(genome.sequence(name, 0, genome.lengths[name]).encode(), np.uint8)
        places = start[rows[mine]]
        inside = places < len(sequence)
        reasons[rows[mine[~inside]]] = PAST_END
        mine = mine[inside]
        base = sequence[places[inside]]
        is_ref, is_alt = base == letters[mine, 0], base == letters[mine, 1]
        swapped[mine] = is_alt & ~is_ref
        reasons[rows[mine[~is_ref & ~is_alt]]] = NEITHER
    letters[swapped] = letters[swapped][:, ::-1]
    return swapped


def _stop_if_other_genome(genome: Genome | None, mismatched: int, number: int) -> None:
    if genome is not None and number >= ENOUGH and mismatched > MOST_MISMATCHED * number:
        raise UserError(
            f"{genome.path}: {mismatched} of {number} variants have neither allele there after lifting; "
            "the FASTA is probably not of the build that the chain file leads to"
        )
