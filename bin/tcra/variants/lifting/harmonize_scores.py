"""Scores on the alleles of a GWAS: alt is the effect allele, so that score and effect size have the same direction."""

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tcra.common.accounting import Accounting
from tcra.common.genome.one_hot import complement
from tcra.common.gwas.effect_columns import check_not_munged
from tcra.common.gwas.gwas_row_rules import check_several_rows, describe_several_rows
from tcra.common.provenance import provenance
from tcra.errors import UserError
from tcra.variants.lifting.settings import HarmonizeInputs, HarmonizeOptions, Palindromic
from tcra.variants.tables.frequencies import alternate_allele_frequencies, read_frequencies, require_alternate
from tcra.variants.tables.match_variants import explain_no_match, same_place
from tcra.variants.tables.moved_scores import write_moved_scores
from tcra.variants.tables.score_tables import open_scores
from tcra.variants.tables.sites import SEPARATOR, Sites
from tcra.variants.tables.variant_tables import read_variant_table

log = logging.getLogger(__name__)

# A palindromic SNP whose minor allele is more frequent than this does not show its strand by frequency.
HIGHEST_MAF = 0.4
AS_GIVEN, SWAPPED, STRAND, STRAND_SWAPPED = range(4)
CASES = ("as given", "ref and alt exchanged", "other strand", "other strand, ref and alt exchanged")
NOT_THERE = "not in the GWAS"
GWAS_OTHER_ALLELES = "GWAS has other alleles there"
PALINDROME = "palindromic, left out"
UNCLEAR = "palindromic, and frequencies do not show the strand"


@dataclass(frozen=True)
class Harmonized:
    """What became of n scored variants.

    gwas_row: (n,) int64, the placed GWAS row that fits, or −1. case: (n,) int8, index into `CASES`, −1 without a row.
    reason: (n,) object, why there is none, or None. by_frequency: (n,) bool, palindromic ones that frequencies decided.
    several: (n,) bool, several rows with other numbers fit; the last one was taken.
    """

    gwas_row: NDArray[np.int64]
    case: NDArray[np.int8]
    reason: NDArray[np.object_]
    by_frequency: NDArray[np.bool_]
    several: NDArray[np.bool_]

    @property
    def turned(self) -> NDArray[np.bool_]:
        """(n,) bool: the effect allele is ref, so the score changes its sign."""
        turned: NDArray[np.bool_] = (self.case == SWAPPED) | (self.case == STRAND_SWAPPED)
        return turned


def harmonize(
    sites: Sites,
    gwas: Sites,
    palindromic: Palindromic,
    gwas_af: NDArray[np.float64] | None,
    own_af: NDArray[np.float64] | None,
    gwas_p: NDArray[np.float64] | None = None,
) -> Harmonized:
    """Find each scored variant in a GWAS.

    gwas: its variants, alt the effect allele, ref the other. gwas_af: frequency of the effect allele; own_af: frequency of alt of each
    scored variant; gwas_p: p of the GWAS's variants (or another number), to see whether several rows of one differ. Looked for are the
    alleles as given and exchanged, then on the other strand; of several rows the last one counts (the last with a p, if some have none).
    A/T and C/G SNPs look the same on both strands. `frequency` takes the orientation in which both frequencies lie on the same side of
    one half, if both minor alleles are rarer than 0.4, else leaves the SNP out; `drop` leaves all out; `letters` trusts the letters.
    """
    p = np.full(len(gwas), np.nan) if gwas_p is None else gwas_p
    order = np.lexsort((~np.isnan(p), gwas.keys))
    ordered, of_p = gwas.take(order), p[order]
    precedence = np.arange(len(gwas)) + len(gwas) * ~np.isnan(p)
    number = len(sites)
    row, case = np.full(number, -1, np.int64), np.full(number, -1, np.int8)
    several = np.zeros(number, bool)
    for pair in ((AS_GIVEN, SWAPPED), (STRAND, STRAND_SWAPPED)):
        open_ones = row < 0
        for which in pair:
            swapped, other_strand = which in (SWAPPED, STRAND_SWAPPED), which in (STRAND, STRAND_SWAPPED)
            found = np.flatnonzero(open_ones)
            at = ordered.find(sites.take(found), swapped=swapped, other_strand=other_strand)
            found, at = found[at >= 0], at[at >= 0]
            last = np.searchsorted(ordered.keys, ordered.keys[at], side="right") - 1
            new, before = order[last], row[found]
            several[found] |= _differ(of_p, at, last)
            # As given and exchanged: both may be there.
            twice = before >= 0
            several[found[twice]] |= _other_numbers(p[before[twice]], p[new[twice]])
            later = ~twice | (precedence[new] > precedence[before])
            row[found[later]], case[found[later]] = new[later], which
    reason = np.full(number, None, dtype=object)
    reason[row < 0] = np.where(same_place(sites, gwas)[row < 0], GWAS_OTHER_ALLELES, NOT_THERE)
    by_frequency = _decide_palindromes(sites, row, case, reason, palindromic, gwas_af, own_af)
    row[reason != None] = -1  # noqa: E711 (elementwise)
    case[row < 0] = -1
    return Harmonized(row, case, reason, by_frequency, several & (row >= 0))


def _differ(p: NDArray[np.float64], first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(n,) bool: the rows first to last, those without a p first, have other numbers; or they are several and have none."""
    changes = np.cumsum(np.concatenate(([False], p[1:] != p[:-1])) & ~np.isnan(np.concatenate((p[:1], p[:-1]))))
    if not len(p):
        return np.zeros(len(first), bool)
    return np.asarray((last > first) & ((changes[last] > changes[first]) | np.isnan(p[last])))


def _other_numbers(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(n,) bool: the two numbers differ, or both are unknown."""
    unknown = np.isnan(one).astype(int) + np.isnan(other)
    return np.asarray((unknown == 2) | ((unknown == 0) & (one != other)))


def _decide_palindromes(
    sites: Sites, row: NDArray[np.int64], case: NDArray[np.int8], reason: NDArray[np.object_],
    palindromic: Palindromic, gwas_af: NDArray[np.float64] | None, own_af: NDArray[np.float64] | None,
) -> NDArray[np.bool_]:  # fmt: skip
    """Sets case, or reason, of A/T and C/G SNPs; returns those that frequencies decided."""
    pairs = [pair.split(SEPARATOR) for pair in sites.pairs]
    mirrored = np.array([len(ref) == 1 and alt == complement(ref) for ref, alt in pairs], bool)
    undecided = np.flatnonzero(mirrored[sites.pair] & (row >= 0) & (reason == None)) if len(pairs) else row[:0]  # noqa: E711
    decided = np.zeros(len(sites), bool)
    if palindromic == "letters" or not len(undecided):
        return decided
    if palindromic == "drop":
        reason[undecided] = PALINDROME
        return decided
    if gwas_af is None or own_af is None:
        raise UserError(
            "palindromic SNPs by frequency need frequencies in the GWAS and in --frequencies; or use --palindromic drop"
        )
    theirs, ours = gwas_af[row[undecided]], own_af[undecided]
    with np.errstate(invalid="ignore"):
        clear = (np.minimum(theirs, 1 - theirs) <= HIGHEST_MAF) & (np.minimum(ours, 1 - ours) <= HIGHEST_MAF)
        same = (theirs < 0.5) == (ours < 0.5)
    reason[undecided[~clear]] = UNCLEAR
    # The effect allele is alt (same side of one half) or ref. Which strand it was read on follows from the letters.
    letters_agree = case[undecided] == AS_GIVEN
    resolved = np.where(
        same, np.where(letters_agree, AS_GIVEN, STRAND), np.where(letters_agree, STRAND_SWAPPED, SWAPPED)
    )
    case[undecided[clear]] = resolved[clear]
    decided[undecided[clear]] = True
    return decided


def harmonize_scores(inputs: HarmonizeInputs, options: HarmonizeOptions, out: Path) -> None:
    """Write to `out` a score file whose alleles are the GWAS's: ref is the other, alt the effect allele, in the GWAS's letters, and each
    score has the effect allele's direction; beside it the accounting, with the number of each case, and the rejected variants.
    """
    record = provenance({**vars(inputs), **vars(options)}, inputs.files)
    scores = open_scores(inputs.scores)
    sites = scores.sites()
    table = read_variant_table(inputs.gwas, ["af", "p", "minus_log10_p"])
    if not len(table.sites):
        raise UserError(
            f"{inputs.gwas} has no positions and alleles; expected chrom, pos, effect allele and other allele"
        )
    if table.ambiguous:
        raise UserError(f"{inputs.gwas}: {table.ambiguous}; name the columns effect_allele and other_allele")
    own_af = gwas_af = None
    if options.palindromic == "frequency":
        if inputs.frequencies:
            own_af = alternate_allele_frequencies(read_frequencies(inputs.frequencies), sites)
        if "af" in table.numbers:
            require_alternate(table)
            gwas_af = table.numbers["af"][table.placed]
    numbers = next((table.numbers[name] for name in ("p", "minus_log10_p") if name in table.numbers), None)
    gwas_p = None if numbers is None else numbers[table.placed]
    result = harmonize(sites, table.sites, options.palindromic, gwas_af, own_af, gwas_p)
    rows = np.flatnonzero(result.gwas_row >= 0)
    if not len(rows):
        why = explain_no_match(table.sites, sites)
        raise UserError(f"{inputs.gwas}: none of the {len(sites)} scored variants is in it; {why}")
    if table.munged:
        check_not_munged(inputs.gwas, int(result.turned[rows].sum()), len(rows))
    check_several_rows(inputs.gwas, int(result.several.sum()), len(rows), "scored variants")
    if warning := describe_several_rows(int(result.several.sum()), len(rows), "scored variants"):
        log.warning("%s: %s", inputs.gwas, warning)
    accounting = Accounting("HARMONIZE")
    count = accounting.count("variants")
    count.received(len(sites))
    count.passed(len(rows))
    lost = np.flatnonzero(result.gwas_row < 0)
    for row, name in zip(lost.tolist(), sites.identifiers(lost), strict=True):
        if result.reason[row] == NOT_THERE:
            count.reject_many(NOT_THERE, 1)
        else:
            count.reject(str(result.reason[row]), name, inputs.gwas.name)
    cases = {name: int((result.case == which).sum()) for which, name in enumerate(CASES)}
    cases["palindromic, decided by frequency"] = int(result.by_frequency[rows].sum())
    write_moved_scores(out, scores, rows, table.sites.take(result.gwas_row[rows]), result.turned[rows], record)
    accounting.write(out, {**record, "cases": cases, "in_several_rows_with_other_numbers": int(result.several.sum())})
    log.info(
        "%d of %d variants: %s", len(rows), len(sites), ", ".join(f"{number} {name}" for name, number in cases.items())
    )
