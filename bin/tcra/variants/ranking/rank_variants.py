"""The ranking stage: scores in; ranking, SNP sets, enrichment tables and figures out."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tcra.common.accounting import Accounting
from tcra.common.files import atomic_folder
from tcra.common.genome.chromosomes import plain_name
from tcra.common.genome.fasta import Genome
from tcra.common.provenance import provenance
from tcra.common.table_text import write_table
from tcra.errors import UserError
from tcra.figures.enrichment import draw_enrichment
from tcra.variants.ranking import annotations, controls, evidence
from tcra.variants.ranking.odds_ratios import ENRICHMENT_COLUMNS, Membership, enrichment
from tcra.variants.ranking.rank import Ranking, parse_set_sizes, rank, sets_table, write_ranking
from tcra.variants.ranking.settings import RankInputs, RankOptions
from tcra.variants.tables.frequencies import minor_allele_frequencies, read_frequencies, require_known
from tcra.variants.tables.rsids import Rsids
from tcra.variants.tables.score_tables import open_scores
from tcra.variants.tables.variant_tables import VariantTable

log = logging.getLogger(__name__)


def rank_variants(inputs: RankInputs, options: RankOptions, out: Path) -> None:
    """Write the ranking and its evidence into the folder `out`, whole or not at all.

    Files: `ranking.parquet`, `sets.tsv`, `enrichment.tsv`, `enrichment.svg` (if there is an annotation), the same against matched
    controls on request, `accounting.json` and `rejected.tsv.gz`. Errors: UserError for inputs that cannot be used or do not fit together.
    """
    _check(inputs, options)
    accounting = Accounting("RANK")
    record = provenance({**vars(inputs), **vars(options)}, inputs.files)
    rankings = _rankings(inputs, options, accounting)
    first = rankings[0]
    sizes = parse_set_sizes(options.set_sizes, min(map(len, rankings)))
    if large := [size for size in sizes if size > len(first)]:
        sizes_text = ", ".join(map(str, large))
        log.warning("sets of %s are larger than the %d ranked variants: they hold all of them", sizes_text, len(first))
    table, matched = _tables(rankings, sizes, inputs, options, accounting)
    with atomic_folder(out) as folder:
        write_ranking(folder / "ranking.parquet", first, record)
        write_table(folder / "sets.tsv", sets_table(first, sizes))
        for stem, result in (("enrichment", table), ("enrichment_matched", matched)):
            if stem == "enrichment" or len(result):
                write_table(folder / f"{stem}.tsv", result)
            if len(result):
                draw_enrichment(folder / f"{stem}.svg", result)
        accounting.write(folder, record)


def _rankings(inputs: RankInputs, options: RankOptions, accounting: Accounting) -> list[Ranking]:
    scores = open_scores(inputs.scores)
    tracks = len(options.tracks or scores.tracks)
    log.info("ranking %d variants by the %s over %d tracks", scores.rows, options.rank_by, tracks)
    rankings = [rank(scores, accounting.count("variants"), options.name, options.rank_by, options.tracks)]
    if inputs.second_scores:
        count = accounting.count(f"variants of {options.second_name}")
        rankings.append(rank(open_scores(inputs.second_scores), count, options.second_name, options.rank_by))
        both = int((rankings[1].sites.find(rankings[0].sites) >= 0).sum())
        log.info("%d of %d variants are in %s too", both, len(rankings[0]), options.second_name)
    if inputs.fasta:
        with Genome(inputs.fasta) as genome:
            lengths = {plain_name(name): length for name, length in genome.lengths.items()}
        for each in rankings:
            annotations.check_positions(each.sites, lengths, str(inputs.fasta))
    if inputs.rsids:
        known = Rsids(inputs.rsids)
        rankings = [_named(ranking, known) for ranking in rankings]
    return rankings


def _named(ranking: Ranking, known: Rsids) -> Ranking:
    """With the rs numbers of the table; where it has none, those of the scores stay."""
    numbers = known.of(ranking.sites)
    return replace(ranking, rs_numbers=np.where(numbers > 0, numbers, ranking.rs_numbers))


def _tables(
    rankings: Sequence[Ranking], sizes: Sequence[int], inputs: RankInputs, options: RankOptions, accounting: Accounting
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Enrichment of all annotations in all rankings: against all scored variants, and against matched controls (may be empty)."""
    empty = pd.DataFrame(columns=list(ENRICHMENT_COLUMNS))
    tables, matched = [empty], [empty]
    frequencies = read_frequencies(inputs.frequencies, ["ld"]) if inputs.frequencies else None
    for ranking in rankings:
        maf = None if frequencies is None else _minor_frequencies(frequencies, ranking)
        drawn = _controls(ranking, sizes, maf, frequencies, inputs, options) if options.matched_controls else None
        for membership in _memberships(ranking, maf, inputs, options, accounting):
            tables.append(enrichment(ranking, membership, sizes))
            if drawn is not None:
                matched.append(controls.matched_enrichment(ranking, membership, drawn))
    return _joined(tables), _joined(matched)


def _joined(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(tables[1:], ignore_index=True) if len(tables) > 1 else tables[0]


def _minor_frequencies(table: VariantTable, ranking: Ranking) -> NDArray[np.float64]:
    known = minor_allele_frequencies(table, ranking.sites)
    require_known(table, int((~np.isnan(known)).sum()), len(known))
    return known


def _controls(
    ranking: Ranking, sizes: Sequence[int], maf: NDArray[np.float64] | None, frequencies: VariantTable | None,
    inputs: RankInputs, options: RankOptions,
) -> controls.Controls:  # fmt: skip
    distance = controls.distance_to_tss(ranking.sites, inputs.genes) if inputs.genes else None
    ld = None if frequencies is None else evidence.ld_proxies(frequencies, ranking.sites)
    stratum = controls.strata(maf, distance, ld)
    return controls.draw_controls(ranking, sizes, stratum, options.matched_controls, options.seed)


def _memberships(
    ranking: Ranking,
    maf: NDArray[np.float64] | None,
    inputs: RankInputs,
    options: RankOptions,
    accounting: Accounting,
) -> Iterator[Membership]:
    sites, rs_numbers = ranking.sites, ranking.rs_numbers
    for name, path in inputs.annotation:
        yield annotations.bed_membership(name, path, sites)
    groups = dict(annotations.parse_state_group(text) for text in options.state_groups)
    for name, path in inputs.states:
        yield from annotations.state_memberships(name, path, sites, groups)
    for name, path in inputs.gwas:
        count = accounting.count(f"hits of {name} in {ranking.name}")
        distance = options.prune_distance_bp
        yield from evidence.gwas_hits(name, path, sites, rs_numbers, count, options.gwas_p, distance)
    for name, path in inputs.variant_list:
        yield evidence.listed(name, path, sites, rs_numbers, accounting.count(f"variants of {name} in {ranking.name}"))
    for name, path in inputs.clinvar:
        yield evidence.pathogenic(name, path, sites, accounting.count(f"variants of {name} in {ranking.name}"))
    if maf is not None:
        yield from evidence.frequency_bins(maf)


def _check(inputs: RankInputs, options: RankOptions) -> None:
    if inputs.second_scores and options.name == options.second_name:
        raise UserError(f"both rankings are called {options.name}; change --name or --second-name")
    if options.matched_controls and not (inputs.frequencies or inputs.genes):
        raise UserError("--matched-controls needs something to match by: --frequencies, --genes, or both")
