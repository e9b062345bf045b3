"""The ranking stage: scores in; ranking, SNP sets, enrichment table and figure out."""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from tcra.cli import UserError, log
from tcra.common.accounting import Accounting
from tcra.common.files import atomic_folder
from tcra.common.provenance import provenance
from tcra.common.tables import write_table
from tcra.variants.ranking import annotations
from tcra.variants.ranking.enrichment import COLUMNS, Membership, enrichment
from tcra.variants.ranking.figures import draw_enrichment
from tcra.variants.ranking.rank import Ranking, rank, set_sizes, sets_table, write_ranking
from tcra.variants.ranking.rsids import rsids_for
from tcra.variants.ranking.scores import open_scores


def rank_variants(arguments: argparse.Namespace) -> None:
    """Run the stage with the parsed arguments of `rank_variants.py`.

    Writes `ranking.parquet`, `sets.tsv`, `enrichment.tsv`, `enrichment.svg` (if there is an annotation), `accounting.json` and
    `rejected.tsv.gz` into the folder `--out`, whole or not at all.
    """
    _check_names(arguments)
    accounting = Accounting("RANK")
    record = provenance(arguments, _inputs(arguments))
    scores = open_scores(arguments.scores)
    log.info("ranking %d variants by the %s over %d tracks", scores.rows, arguments.summary, len(scores.tracks))
    ranking = rank(scores, accounting.count("variants"), arguments.name, arguments.summary, arguments.tracks)
    sizes = set_sizes(arguments.set_sizes, len(ranking))
    rankings = [ranking]
    if arguments.second_scores:
        count = accounting.count(f"variants of {arguments.second_name}")
        second = rank(open_scores(arguments.second_scores), count, arguments.second_name, arguments.summary)
        set_sizes(arguments.set_sizes, len(second))
        log.info(
            "%d of %d variants are in %s too", (second.sites.find(ranking.sites) >= 0).sum(), len(ranking), second.name
        )
        rankings.append(second)
    rsids = rsids_for(ranking.sites, arguments.rsids) if arguments.rsids else None
    if rsids is not None:
        named = len(rsids) - sum(batch.count("") for batch in (rsids.to_pylist(),))
        log.info("%d of %d variants have an rsid", named, len(ranking))
    table = pd.concat([enrichment(each, _memberships(each, arguments), sizes) for each in rankings], ignore_index=True)
    with atomic_folder(arguments.out) as folder:
        write_ranking(folder / "ranking.parquet", ranking, rsids, record)
        write_table(folder / "sets.tsv", sets_table(ranking, sizes))
        write_table(folder / "enrichment.tsv", table[list(COLUMNS)])
        if len(table):
            draw_enrichment(folder / "enrichment.svg", table)
        accounting.write(folder, record)


def _memberships(ranking: Ranking, arguments: argparse.Namespace) -> Iterator[Membership]:
    sites = ranking.sites
    for name, path in arguments.annotation:
        yield annotations.bed_membership(name, path, sites)
    groups = dict(annotations.parse_state_group(text) for text in arguments.state_group)
    for name, path in arguments.states:
        yield from annotations.state_memberships(name, path, sites, groups or annotations.STATE_GROUPS)


def _check_names(arguments: argparse.Namespace) -> None:
    names = [name for name, _ in (*arguments.annotation, *arguments.states)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UserError(f"two annotations are called {twice[0]}; give each its own name")
    if arguments.second_scores and arguments.name == arguments.second_name:
        raise UserError(f"both rankings are called {arguments.name}; mend --name or --second-name")


def _inputs(arguments: argparse.Namespace) -> Sequence[Path]:
    files = [
        *arguments.scores,
        *(arguments.second_scores or []),
        *(path for _, path in (*arguments.annotation, *arguments.states)),
    ]
    return [*files, *([arguments.rsids] if arguments.rsids else [])]
