"""Matched controls: for each variant of a set, others outside it that are alike in what biases a comparison."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tcra.common.genome.genes import read_annotation
from tcra.variants.ranking.annotations import chromosome_rows
from tcra.variants.ranking.odds_ratios import ENRICHMENT_COLUMNS, Membership, table_row
from tcra.variants.ranking.rank import Ranking
from tcra.variants.tables.sites import Sites

log = logging.getLogger(__name__)

TSS_EDGES = (1_000, 5_000, 20_000, 100_000, 500_000)  # bp
MATCHING_MAF_EDGES = tuple(np.arange(0.01, 0.05, 0.01)) + tuple(np.arange(0.05, 0.5, 0.05))
LD_QUANTILES = 10


def distance_to_tss(sites: Sites, genes: Path) -> NDArray[np.int64]:
    """Distance in bp of each variant to the nearest transcription start of a gene: (n,) int64, very large without one on the chromosome.

    genes: a GTF or BED file. Errors: UserError for a file without genes.
    """
    starts: dict[str, list[int]] = {}
    for gene in read_annotation(genes):
        starts.setdefault(gene.chrom, []).append(gene.tss + 1)
    distance = np.full(len(sites), np.iinfo(np.int32).max, np.int64)
    for chrom, rows in chromosome_rows(sites):
        if chrom in starts:
            places = np.sort(np.array(starts[chrom], np.int64))
            position = sites.pos[rows].astype(np.int64)
            after = np.searchsorted(places, position)
            left = places[np.maximum(after - 1, 0)]
            right = places[np.minimum(after, len(places) - 1)]
            distance[rows] = np.minimum(np.abs(position - left), np.abs(position - right))
    return distance


def strata(
    maf: NDArray[np.float64] | None, distance: NDArray[np.int64] | None, ld: NDArray[np.float64] | None
) -> NDArray[np.int64]:
    """Number of the stratum of each variant: (n,) int64; −1 where a property is unknown. At least one property must be given.

    Strata are the combinations of bins: MAF in steps of 1 % below 5 % and of 5 % above, distance to the nearest transcription start
    (1, 5, 20, 100, 500 kb), and tenths of the LD proxy (number of proxies, or LD score, as the table has it).
    """
    bins: list[tuple[NDArray[np.int64], int]] = []
    unknown: list[NDArray[np.bool_]] = []
    if maf is not None:
        bins.append((np.digitize(maf, MATCHING_MAF_EDGES), len(MATCHING_MAF_EDGES) + 1))
        unknown.append(np.isnan(maf))
    if distance is not None:
        bins.append((np.digitize(distance, TSS_EDGES), len(TSS_EDGES) + 1))
    if ld is not None:
        known = ld[~np.isnan(ld)]
        edges = np.unique(np.quantile(known, np.linspace(0, 1, LD_QUANTILES + 1)[1:-1])) if len(known) else np.empty(0)
        bins.append((np.digitize(ld, edges), len(edges) + 1))
        unknown.append(np.isnan(ld))
    if not bins:
        raise ValueError("no property to match by")
    stratum = np.zeros(len(bins[0][0]), np.int64)
    for place, number in bins:
        stratum = stratum * number + place
    for missing in unknown:
        stratum[missing] = -1
    return stratum


def matched_controls(
    in_set: NDArray[np.bool_], stratum: NDArray[np.int64], number: int, generator: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(rows of the set that have controls, rows of their controls): `number` controls for each, outside the set, of the same stratum.

    Drawn without replacement within a stratum. Where a stratum has too few variants outside the set, as many of the set's as can be
    served are kept (drawn at random), so that set and controls have the same share of every stratum.
    """
    usable = stratum >= 0
    cases, pool = np.flatnonzero(in_set & usable), np.flatnonzero(~in_set & usable)
    case_groups, pool_groups = _by_stratum(cases, stratum), _by_stratum(pool, stratum)
    kept: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    controls: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    for label in sorted(case_groups):
        mine, others = case_groups[label], pool_groups.get(label, np.empty(0, np.int64))
        served = min(len(mine), len(others) // number)
        kept.append(mine if served == len(mine) else generator.choice(mine, served, replace=False))
        controls.append(generator.choice(others, served * number, replace=False))
    return np.sort(np.concatenate(kept)), np.sort(np.concatenate(controls))


def _by_stratum(rows: NDArray[np.int64], stratum: NDArray[np.int64]) -> dict[int, NDArray[np.int64]]:
    order = rows[np.argsort(stratum[rows], kind="stable")]
    labels, first = np.unique(stratum[order], return_index=True)
    return dict(zip(labels.tolist(), np.split(order, first[1:]), strict=True)) if len(order) else {}


Controls = dict[int, tuple[NDArray[np.int64], NDArray[np.int64]]]


def draw_controls(
    ranking: Ranking, sizes: Sequence[int], stratum: NDArray[np.int64], number: int, seed: int
) -> Controls:
    """For each set size, the set's variants that have controls, and their controls; the same seed gives the same ones."""
    drawn: Controls = {}
    for size in sizes:
        in_set = np.zeros(len(ranking), bool)
        in_set[ranking.order[:size]] = True
        drawn[size] = matched_controls(in_set, stratum, number, np.random.default_rng([seed, size]))
        if left := int(in_set.sum()) - len(drawn[size][0]):
            log.info("%s, set %d: %d variants have no matched control and are left out", ranking.name, size, left)
    return drawn


def matched_enrichment(ranking: Ranking, membership: Membership, drawn: Controls) -> pd.DataFrame:
    """As `enrichment` of one annotation, against matched controls in place of all other variants.

    total_set is the number of the set's variants that have controls, total_background that number and their controls.
    """
    rows = []
    for size, (cases, controls) in drawn.items():
        if membership.known is not None:
            cases, controls = cases[membership.known[cases]], controls[membership.known[controls]]
        hits, others = int(membership.inside[cases].sum()), int(membership.inside[controls].sum())
        rows.append(
            table_row(ranking.name, membership.name, size, hits, len(cases), hits + others, len(cases) + len(controls))
        )
    return pd.DataFrame(rows, columns=list(ENRICHMENT_COLUMNS))
