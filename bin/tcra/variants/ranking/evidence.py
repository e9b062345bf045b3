"""Which ranked variants others have found to matter: GWAS hits, pathogenic variants, eQTLs or any list, and frequency bins."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tcra.common.accounting import Count
from tcra.common.gwas.effect_columns import check_effect_columns
from tcra.common.gwas.gwas_row_rules import (
    REPLACED_BY_LATER_ROW,
    check_several_rows,
    describe_several_rows,
    last_rows,
)
from tcra.errors import UserError
from tcra.variants.ranking.odds_ratios import Membership
from tcra.variants.ranking.settings import RankOptions
from tcra.variants.tables.match_variants import explain_no_match, matching_rows, values_of
from tcra.variants.tables.sites import Sites, sites_of
from tcra.variants.tables.variant_tables import VariantTable, read_variant_table
from tcra.variants.tables.vcf_alleles import vcf_records

log = logging.getLogger(__name__)

# Published bins of minor allele frequency; the upper edge is outside.
FREQUENCY_BINS = (0.0, 0.01, 0.05, 0.10, 0.20)
PATHOGENIC = {"pathogenic", "likely_pathogenic"}


def listed(name: str, path: Path, sites: Sites, rs_numbers: NDArray[np.int64] | None, count: Count) -> Membership:
    """Variants of any list: eQTLs, fine-mapped variants, reporter-assay hits."""
    table = read_variant_table(path)
    rows = matching_rows(table, sites, rs_numbers)
    return Membership(name, _marked(sites, _matched(path, rows, table.sites, sites, count)))


def gwas_hits(
    name: str,
    path: Path,
    sites: Sites,
    rs_numbers: NDArray[np.int64] | None,
    count: Count,
    threshold: float = RankOptions.gwas_p,
    distance_bp: int = RankOptions.prune_distance_bp,
) -> Iterator[Membership]:
    """Variants with p below `threshold` in a GWAS (`name p<5e-08`), and the lead ones of them (`name lead`).

    Lead: the lowest p first, each leaving out every other hit within `distance_bp` of it on the chromosome (pruning by distance in
    place of linkage disequilibrium); ties by position. Of several rows of a variant the last with a p counts.

    Errors: UserError for a table without p-values, and if most variants are in several rows with other p.
    """
    table = read_variant_table(path, ["p", "minus_log10_p"])
    p = read_p_values(table)
    rows = matching_rows(table, sites, rs_numbers)
    last, conflicts, variants = last_rows(np.where(np.isnan(p), -1, rows), p)
    check_several_rows(path, conflicts, variants, "scored variants")
    if warning := describe_several_rows(conflicts, variants, "scored variants"):
        log.warning("%s: %s", path, warning)
    hit = p < threshold
    replaced = hit & (rows >= 0) & ~last
    count.received(int(replaced.sum()))
    count.reject_many(REPLACED_BY_LATER_ROW, int(replaced.sum()))
    hit &= ~replaced
    matched = _matched(path, rows[hit], table.sites, sites, count)
    yield Membership(f"{name} p<{threshold:g}", _marked(sites, matched))
    best = np.full(len(sites), np.inf)
    best[rows[hit & last]] = p[hit & last]
    yield Membership(f"{name} lead", _marked(sites, lead_variants(sites, best, threshold, distance_bp)))


def read_p_values(table: VariantTable) -> NDArray[np.float64]:
    """p of each row, NaN where there is none. Errors: UserError for a table without, or whose column is no column of p-values."""
    name = "minus_log10_p" if "minus_log10_p" in table.numbers and "p" not in table.numbers else "p"
    values = table.number(name)
    if np.isnan(values).all():
        raise UserError(f"{table.path}: no row has a p-value that is a number; fix its column of p-values")
    role = "minus_log10_pvalue" if name == "minus_log10_p" else "pvalue"
    check_effect_columns(table.path, {role: values}, {role: "of p-values" if name == "p" else "of -log10 p"})
    if name == "p":
        if np.nanmin(values) < 0 or np.nanmax(values) > 1:
            raise UserError(
                f"{table.path}: p-values from {np.nanmin(values):g} to {np.nanmax(values):g}, expected 0 to 1 (not their logarithm)"
            )
        return values
    return np.power(10.0, -values)


def lead_variants(sites: Sites, p: NDArray[np.float64], threshold: float, distance_bp: int) -> NDArray[np.int64]:
    """Rows of lead variants: greedily by p, none within `distance_bp` of a better one. `sites` by place, p: (n,)."""
    hits = np.flatnonzero(p < threshold)
    chosen: list[int] = []
    taken: dict[int, list[int]] = {}
    for row in hits[np.argsort(p[hits], kind="stable")].tolist():
        before = taken.setdefault(int(sites.chrom[row]), [])
        position = int(sites.pos[row])
        if all(abs(position - other) > distance_bp for other in before):
            before.append(position)
            chosen.append(row)
    return np.array(sorted(chosen), np.int64)


def pathogenic(name: str, path: Path, sites: Sites, count: Count) -> Membership:
    """Variants that a ClinVar VCF calls pathogenic or likely pathogenic (INFO/CLNSIG), without conflicting ones."""
    variants = []
    for record in vcf_records(path, field="CLNSIG"):
        if is_pathogenic(str(record.INFO.get("CLNSIG") or "")):
            variants += [(record.CHROM, record.POS, record.REF.upper(), alt.upper()) for alt in record.ALT]
    if not variants:
        raise UserError(f"{path} has no pathogenic variant")
    theirs = sites_of(variants)
    return Membership(name, _marked(sites, _matched(path, sites.find(theirs), theirs, sites, count)))


def is_pathogenic(significance: str) -> bool:
    """Whether a ClinVar classification (INFO/CLNSIG) has a class of pathogenic or likely pathogenic, of low penetrance too.

    >>> is_pathogenic("Pathogenic/Likely_pathogenic|drug_response"), is_pathogenic("Likely_pathogenic,_low_penetrance")
    (True, True)
    >>> is_pathogenic("Conflicting_classifications_of_pathogenicity|other")
    False
    """
    return not PATHOGENIC.isdisjoint(re.split("[|/,]_?", significance.lower()))


def ld_proxies(table: VariantTable, sites: Sites) -> NDArray[np.float64] | None:
    """Number of LD proxies (or LD score) of each variant, NaN where unknown; None if the table has no such column."""
    return values_of(table, table.numbers["ld"], sites) if "ld" in table.numbers else None


def frequency_bins(maf: NDArray[np.float64]) -> Iterator[Membership]:
    """One membership per published bin (<1 %, 1–5 %, 5–10 %, 10–20 %, ≥20 %), among the variants whose frequency is known."""
    known = ~np.isnan(maf)
    with np.errstate(invalid="ignore"):
        for low, high in zip(FREQUENCY_BINS, (*FREQUENCY_BINS[1:], np.inf), strict=True):
            yield Membership(_bin_name(low, high), (maf >= low) & (maf < high), known)


def _bin_name(low: float, high: float) -> str:
    if low == 0:
        return f"MAF <{high:.0%}"
    return f"MAF ≥{low:.0%}" if high > 1 else f"MAF {low * 100:.0f}–{high:.0%}"


def _matched(path: Path, rows: NDArray[np.int64], theirs: Sites, sites: Sites, count: Count) -> NDArray[np.int64]:
    """The rows that were found; those that were not are counted. theirs: the file's variants, to say why none was found."""
    count.received(len(rows))
    count.passed(int((rows >= 0).sum()))
    count.reject_many("not among the scored variants", int((rows < 0).sum()))
    if len(rows) and not (rows >= 0).any():
        why = explain_no_match(theirs, sites)
        log.warning("%s: none of its %d variants is among the scored ones; %s", path, len(rows), why)
    return rows[rows >= 0]


def _marked(sites: Sites, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    inside = np.zeros(len(sites), bool)
    inside[rows] = True
    return inside
