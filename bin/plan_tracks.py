#!/usr/bin/env python3
"""Check tracks, windows and genome against one another, and plan the coverage tasks and TFRecord shards."""

import argparse
from dataclasses import replace
from typing import get_args

from tcra import cli
from tcra.tracks.settings import (
    ALIASES,
    ORDERS,
    SETTING_OF_FLAG,
    STATISTICS,
    MissingChromosomes,
    NegativeValues,
    PlanOptions,
)
from tcra.tracks.window_arguments import add_window_arguments


def make_parser() -> argparse.ArgumentParser:
    parser = cli.make_parser(__doc__ or "")
    add, default = parser.add_argument, PlanOptions.settings
    add("--tracks", metavar="TABLE", type=cli.existing_file, required=True,
        help="tracks table: id,bigwig[,statistic,clip,clip_soft,clip_pct,scale,order,missing_chromosomes,negative,description], "
        "or basenji's targets.txt")  # fmt: skip
    add_window_arguments(parser)
    add("--bigwigs", metavar="BIGWIG", type=cli.existing_file, nargs="+",
        help="the bigWig of each row, in the table's order, where they are not beside the table")  # fmt: skip
    add("--statistic", choices=(*STATISTICS, *ALIASES), default=default.statistic,
        help="what a bin holds of its bases, where the table says nothing")  # fmt: skip
    add("--clip", type=float, default=default.clip, help="limit bins to ± this value, where the table says nothing")
    add("--clip_soft", type=float, default=default.clip_soft, help="soft limit, where the table says nothing")
    add("--clip_pct", type=cli.fraction, default=default.clip_quantile,
        help="limit each track to ± this quantile of its bins (default: read_coverage.py's for the order)")  # fmt: skip
    add("--scale", type=float, default=default.scale, help="factor, where the table says nothing")
    add("--order", choices=ORDERS, default=default.order, help="see read_coverage.py")
    add("--missing_chromosomes", "--missing-chromosomes", choices=get_args(MissingChromosomes),
        default=default.missing_chromosomes,
        help="windows on a chromosome that a track's bigWig lacks: an error, or 0")  # fmt: skip
    add("--negative", choices=get_args(NegativeValues), default=default.negative,
        help="values below 0, where the table says nothing: keep them, count them as 0, or make them an error")  # fmt: skip
    return parser


def main(arguments: argparse.Namespace) -> None:
    from tcra.tracks.plan_tracks import PlanInputs, plan_tracks

    inputs = PlanInputs(arguments.tracks, arguments.bed, arguments.fasta, arguments.bigwigs)
    given = {name: getattr(arguments, flag) for flag, name in SETTING_OF_FLAG.items() if flag in arguments}
    settings = replace(PlanOptions.settings, **given)
    plan_tracks(inputs, PlanOptions(settings, arguments.sequences_per_shard, arguments.test_fold), arguments.out)


if __name__ == "__main__":
    cli.run(main, make_parser())
