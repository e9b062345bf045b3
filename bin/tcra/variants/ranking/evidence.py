"""Which ranked variants others have found to matter: GWAS hits, pathogenic variants, eQTLs or any list, and frequency bins."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tcra.common.accounting import Count
from tcra.errors import UserError
from tcra.variants.ranking.odds_ratios import Membership
from tcra.variants.tables.sites import Sites, sites_of
from tcra.variants.tables.variant_tables import VariantTable, read_variant_table, vcf_records

log = logging.getLogger(__name__)

GENOME_WIDE = 5e-8
# Published bins of minor allele frequency; the upper edge is outside.
MAF_EDGES = (0.0, 0.01, 0.05, 0.10, 0.20)
PATHOGENIC = re.compile(r"^(Likely_)?[Pp]athogenic(/Likely_pathogenic)?(/.*)?$")


def matching_rows(table: VariantTable, sites: Sites, rsids: pa.Array | None) -> NDArray[np.int64]:
    """Row of `sites` for each row of a table, or −1: (len(table),) int64.

    By place and alleles: as they stand, with ref and alt exchanged, on the other strand, or both (GWAS files differ in this); else by rsid.
    rsids: (len(sites),) text, empty where unknown; None if none is known.
    """
    found = np.full(len(table), -1, np.int64)
    placed = np.full(len(table.sites), -1, np.int64)
    for other_strand in (False, True):
        for swapped in (False, True):
            again = placed < 0
            placed[again] = sites.find(table.sites.take(again), swapped, other_strand)
    found[table.placed] = placed
    if rsids is not None and (found < 0).any():
        by_name = pc.fill_null(pc.index_in(table.rsid, value_set=rsids), -1).to_numpy(zero_copy_only=False)
        named = pc.not_equal(table.rsid, "").to_numpy(zero_copy_only=False)
        found = np.where((found < 0) & named, by_name, found)
    return found


def listed(name: str, path: Path, sites: Sites, rsids: pa.Array | None, count: Count) -> Membership:
    """Variants of any list: eQTLs, fine-mapped variants, reporter-assay hits."""
    table = read_variant_table(path)
    rows = matching_rows(table, sites, rsids)
    return Membership(name, _marked(sites, _matched(path, rows, count)))


def gwas_hits(
    name: str,
    path: Path,
    sites: Sites,
    rsids: pa.Array | None,
    count: Count,
    threshold: float = GENOME_WIDE,
    distance: int = 500_000,
) -> Iterator[Membership]:
    """Variants with p below `threshold` in a GWAS (`name p<5e-08`), and the lead ones of them (`name lead`).

    Lead: the lowest p first, each leaving out every other hit within `distance` bp of it on the chromosome (pruning by distance in
    place of linkage disequilibrium); ties by position.
    """
    table = read_variant_table(path, ["p"])
    p = table.number("p")
    if np.isnan(p).all():
        raise UserError(f"{path}: no row has a p-value that is a number; mend its column of p-values")
    if np.nanmin(p, initial=1) < 0 or np.nanmax(p, initial=0) > 1:
        raise UserError(
            f"{path}: p-values from {np.nanmin(p):g} to {np.nanmax(p):g}, expected 0 to 1 (not their logarithm)"
        )
    rows = matching_rows(table, sites, rsids)
    hit = p < threshold
    matched = _matched(path, rows[hit], count)
    yield Membership(f"{name} p<{threshold:g}", _marked(sites, matched))
    lowest = np.full(len(sites), np.inf)
    both = hit & (rows >= 0)
    np.minimum.at(lowest, rows[both], p[both])
    yield Membership(f"{name} lead", _marked(sites, lead_variants(sites, lowest, threshold, distance)))


def lead_variants(sites: Sites, p: NDArray[np.float64], threshold: float, distance: int) -> NDArray[np.int64]:
    """Rows of lead variants: greedily by p, none within `distance` bp of a better one. `sites` by place, p: (n,)."""
    hits = np.flatnonzero(p < threshold)
    chosen: list[int] = []
    taken: dict[int, list[int]] = {}
    for row in hits[np.argsort(p[hits], kind="stable")].tolist():
        before = taken.setdefault(int(sites.chrom[row]), [])
        position = int(sites.pos[row])
        if all(abs(position - other) > distance for other in before):
            before.append(position)
            chosen.append(row)
    return np.array(sorted(chosen), np.int64)


def pathogenic(name: str, path: Path, sites: Sites, count: Count) -> Membership:
    """Variants that a ClinVar VCF calls pathogenic or likely pathogenic (INFO/CLNSIG), without conflicting ones."""
    variants = []
    for record in vcf_records(path, field="CLNSIG"):
        calls = str(record.INFO.get("CLNSIG") or "").split("|")
        if any(PATHOGENIC.match(call) for call in calls):
            variants += [(record.CHROM, record.POS, record.REF.upper(), alt.upper()) for alt in record.ALT]
    if not variants:
        raise UserError(f"{path} has no pathogenic variant")
    return Membership(name, _marked(sites, _matched(path, sites.find(sites_of(variants)), count)))


def frequencies(path: Path, sites: Sites) -> NDArray[np.float64]:
    """Minor allele frequency of each variant from a table (`af` or `maf`) or VCF: (n,), NaN where unknown.

    Errors: as of `alternate_frequencies`.
    """
    known = _frequencies(path, read_variant_table(path, ["af"]), sites)
    return np.minimum(known, 1 - known)


def alternate_frequencies(path: Path, sites: Sites) -> NDArray[np.float64]:
    """Frequency of each variant's alt allele from a table (`af`) or VCF: (n,), NaN where unknown.

    Errors: UserError for a frequency outside [0, 1], a file that has none of the variants, or one that has the minor allele's.
    """
    table = read_variant_table(path, ["af"])
    require_alternate(table)
    return _frequencies(path, table, sites)


def require_alternate(table: VariantTable) -> None:
    """UserError if the table's frequencies are of the minor allele."""
    if table.minor:
        raise UserError(
            f"{table.path}: its frequencies are of the minor allele (column maf), which does not say which allele that is; "
            "give those of the effect or alternate allele (column eaf or af)"
        )


def _frequencies(path: Path, table: VariantTable, sites: Sites) -> NDArray[np.float64]:
    order = np.argsort(sites.keys, kind="stable")
    known = _property(table, table.number("af"), sites.take(order), turn=True)
    if np.nanmin(known, initial=0) < 0 or np.nanmax(known, initial=0) > 1:
        raise UserError(f"{path}: frequencies from {np.nanmin(known):g} to {np.nanmax(known):g}, expected 0 to 1")
    if np.isnan(known).all():
        raise UserError(
            f"{path} has a frequency of none of the {len(sites)} scored variants; is it of another genome build?"
        )
    log.info("%s: frequencies of %d of %d variants", path, int((~np.isnan(known)).sum()), len(sites))
    back = np.empty(len(sites), np.int64)
    back[order] = np.arange(len(sites))
    return known[back]


def ld_proxies(path: Path, sites: Sites) -> NDArray[np.float64] | None:
    """Number of LD proxies (or LD score) of each variant, NaN where unknown; None if the table has no such column."""
    table = read_variant_table(path, ["ld"])
    return _property(table, table.numbers["ld"], sites) if "ld" in table.numbers else None


def _property(
    table: VariantTable, values: NDArray[np.float64], sites: Sites, turn: bool = False
) -> NDArray[np.float64]:
    """A number of each variant, as given or with ref and alt exchanged (then 1 − it, if `turn`); NaN where unknown. `sites` by place."""
    given = values[table.placed]
    known = np.full(len(sites), np.nan)
    for swapped in (True, False):  # as given last, so that it stands
        rows = sites.find(table.sites, swapped)
        known[rows[rows >= 0]] = (1 - given if turn and swapped else given)[rows >= 0]
    return known


def frequency_bins(maf: NDArray[np.float64]) -> Iterator[Membership]:
    """One membership per published bin (<1 %, 1–5 %, 5–10 %, 10–20 %, ≥20 %), among the variants whose frequency is known."""
    known = ~np.isnan(maf)
    with np.errstate(invalid="ignore"):
        for low, high in zip(MAF_EDGES, (*MAF_EDGES[1:], np.inf), strict=True):
            yield Membership(_bin_name(low, high), (maf >= low) & (maf < high), known)


def _bin_name(low: float, high: float) -> str:
    if low == 0:
        return f"MAF <{high:.0%}"
    return f"MAF ≥{low:.0%}" if high > 1 else f"MAF {low * 100:.0f}–{high:.0%}"


def _matched(path: Path, rows: NDArray[np.int64], count: Count) -> NDArray[np.int64]:
    """The rows that were found; those that were not are counted."""
    count.received(len(rows))
    count.passed(int((rows >= 0).sum()))
    count.reject_many("not among the scored variants", int((rows < 0).sum()))
    if len(rows) and not (rows >= 0).any():
        log.warning(
            "%s: none of its %d variants is among the scored ones; is it of another genome build?", path, len(rows)
        )
    return rows[rows >= 0]


def _marked(sites: Sites, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    inside = np.zeros(len(sites), bool)
    inside[rows] = True
    return inside
