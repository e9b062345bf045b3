"""The ranking stage: scores in; ranking, SNP sets, enrichment tables and figures out."""

import argparse
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
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
from tcra.variants.ranking.odds_ratios import COLUMNS, Membership, enrichment
from tcra.variants.ranking.rank import Ranking, rank, set_sizes, sets_table, write_ranking
from tcra.variants.tables.rsids import Rsids
from tcra.variants.tables.score_tables import open_scores

log = logging.getLogger(__name__)

NAMED = ("annotation", "states", "gwas", "variant_list", "clinvar")


def rank_variants(arguments: argparse.Namespace) -> None:
    """Run the stage with the parsed arguments of `rank_variants.py`.

    Writes `ranking.parquet`, `sets.tsv`, `enrichment.tsv`, `enrichment.svg` (if there is an annotation), the same against matched
    controls on request, `accounting.json` and `rejected.tsv.gz` into the folder `--out`, whole or not at all.
    """
    _check(arguments)
    accounting = Accounting("RANK")
    record = provenance(arguments, _inputs(arguments))
    rankings = _rankings(arguments, accounting)
    first = rankings[0]
    sizes = set_sizes(arguments.set_sizes, min(map(len, rankings)))
    known = Rsids(arguments.rsids) if arguments.rsids else None
    rsids = [known.of(ranking.sites) if known else None for ranking in rankings]
    table, matched = _tables(rankings, rsids, sizes, arguments, accounting)
    with atomic_folder(arguments.out) as folder:
        write_ranking(folder / "ranking.parquet", first, rsids[0], record)
        write_table(folder / "sets.tsv", sets_table(first, sizes))
        for stem, result in (("enrichment", table), ("enrichment_matched", matched)):
            if stem == "enrichment" or len(result):
                write_table(folder / f"{stem}.tsv", result)
            if len(result):
                draw_enrichment(folder / f"{stem}.svg", result)
        accounting.write(folder, record)


def _rankings(arguments: argparse.Namespace, accounting: Accounting) -> list[Ranking]:
    scores = open_scores(arguments.scores)
    log.info(
        "ranking %d variants by the %s over %d tracks",
        scores.rows,
        arguments.summary,
        len(arguments.tracks or scores.tracks),
    )
    rankings = [rank(scores, accounting.count("variants"), arguments.name, arguments.summary, arguments.tracks)]
    if arguments.second_scores:
        count = accounting.count(f"variants of {arguments.second_name}")
        rankings.append(rank(open_scores(arguments.second_scores), count, arguments.second_name, arguments.summary))
        both = int((rankings[1].sites.find(rankings[0].sites) >= 0).sum())
        log.info("%d of %d variants are in %s too", both, len(rankings[0]), arguments.second_name)
    if arguments.fasta:
        with Genome(arguments.fasta) as genome:
            lengths = {plain_name(name): length for name, length in genome.lengths.items()}
        for each in rankings:
            annotations.check_positions(each.sites, lengths, str(arguments.fasta))
    return rankings


def _tables(
    rankings: Sequence[Ranking],
    rsids: Sequence[pa.Array | None],
    sizes: Sequence[int],
    arguments: argparse.Namespace,
    accounting: Accounting,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Enrichment of all annotations in all rankings: against all scored variants, and against matched controls (may be empty)."""
    empty = pd.DataFrame(columns=list(COLUMNS))
    tables, matched = [empty.iloc[:0]], [empty.iloc[:0]]
    for ranking, own in zip(rankings, rsids, strict=True):
        maf = evidence.frequencies(arguments.frequencies, ranking.sites) if arguments.frequencies else None
        drawn = _controls(ranking, sizes, maf, arguments) if arguments.matched_controls else None
        for membership in _memberships(ranking, own, maf, arguments, accounting):
            tables.append(enrichment(ranking, membership, sizes))
            if drawn is not None:
                matched.append(controls.matched_enrichment(ranking, membership, drawn))
    return _joined(tables), _joined(matched)


def _joined(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(tables[1:], ignore_index=True) if len(tables) > 1 else tables[0]


def _controls(
    ranking: Ranking, sizes: Sequence[int], maf: NDArray[np.float64] | None, arguments: argparse.Namespace
) -> controls.Controls:
    distance = controls.distance_to_tss(ranking.sites, arguments.genes) if arguments.genes else None
    ld = evidence.ld_proxies(arguments.frequencies, ranking.sites) if arguments.frequencies else None
    stratum = controls.strata(maf, distance, ld)
    return controls.draw_controls(ranking, sizes, stratum, arguments.matched_controls, arguments.seed)


def _memberships(
    ranking: Ranking,
    rsids: pa.Array | None,
    maf: NDArray[np.float64] | None,
    arguments: argparse.Namespace,
    accounting: Accounting,
) -> Iterator[Membership]:
    sites = ranking.sites
    for name, path in arguments.annotation:
        yield annotations.bed_membership(name, path, sites)
    groups = dict(annotations.parse_state_group(text) for text in arguments.state_group)
    for name, path in arguments.states:
        yield from annotations.state_memberships(name, path, sites, groups or annotations.STATE_GROUPS)
    for name, path in arguments.gwas:
        count = accounting.count(f"hits of {name} in {ranking.name}")
        yield from evidence.gwas_hits(name, path, sites, rsids, count, arguments.gwas_p, arguments.prune_distance)
    for name, path in arguments.variant_list:
        yield evidence.listed(name, path, sites, rsids, accounting.count(f"variants of {name} in {ranking.name}"))
    for name, path in arguments.clinvar:
        yield evidence.pathogenic(name, path, sites, accounting.count(f"variants of {name} in {ranking.name}"))
    if maf is not None:
        yield from evidence.frequency_bins(maf)


def _check(arguments: argparse.Namespace) -> None:
    names = [name for kind in NAMED for name, _ in getattr(arguments, kind)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UserError(f"two annotations are called {twice[0]}; give each its own name")
    if arguments.second_scores and arguments.name == arguments.second_name:
        raise UserError(f"both rankings are called {arguments.name}; mend --name or --second-name")
    if arguments.matched_controls and not (arguments.frequencies or arguments.genes):
        raise UserError("--matched-controls needs something to match by: --frequencies, --genes, or both")


def _inputs(arguments: argparse.Namespace) -> list[Path]:
    named = [path for kind in NAMED for _, path in getattr(arguments, kind)]
    single = [arguments.rsids, arguments.frequencies, arguments.genes, arguments.fasta]
    return [*arguments.scores, *(arguments.second_scores or []), *named, *(path for path in single if path)]
