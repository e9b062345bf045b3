#!/usr/bin/env python3
"""Check tracks, windows and genome against one another, and plan the coverage tasks and TFRecord shards."""

import argparse
from typing import get_args

from tcra import cli
from tcra.errors import UserError
from tcra.tracks.settings import (
    ALIASES,
    ORDERS,
    SETTING_OF_FLAG,
    STATISTICS,
    MissingChromosomes,
    NegativeValues,
    PlanOptions,
    TrackSettings,
)


def make_parser() -> argparse.ArgumentParser:
    parser = cli.make_parser(__doc__ or "")
    add, default = parser.add_argument, PlanOptions.settings
    add("--tracks", metavar="TABLE", type=cli.existing_file, required=True,
        help="tracks table: id,bigwig[,statistic,clip,clip_soft,clip_pct,scale,order,missing_chromosomes,negative,description], "
        "or basenji's targets.txt")  # fmt: skip
    add("--bed", type=cli.existing_file, required=True,
        help="windows: chromosome, start, end, split (train, valid, test; or fold0, fold1, …)")  # fmt: skip
    add("--fasta", type=cli.existing_file, required=True, help="the genome")
    add("--out", metavar="DIR", type=cli.Path, required=True, help="folder to write the plan to")
    add("--bigwigs", metavar="BIGWIG", type=cli.existing_file, nargs="+",
        help="the bigWig of each row, in the table's order, where they are not beside the table")  # fmt: skip
    add("--crop", type=cli.whole_number, default=default.crop_bp, help="bp to drop at each end of a window")
    add("--width", type=cli.positive_int, default=default.bin_width_bp, help="bp per bin")
    add("--statistic", choices=(*STATISTICS, *ALIASES), default=default.statistic,
        help="what a bin holds of its bases, where the table says nothing")  # fmt: skip
    add("--clip", type=float, default=default.clip, help="limit bins to ± this value, where the table says nothing")
    add("--clip_soft", type=float, default=default.clip_soft, help="soft limit, where the table says nothing")
    add("--clip_pct", type=cli.fraction, default=default.clip_quantile,
        help="limit each track to ± this quantile of its bins; if not given, read_coverage.py's default for the order")  # fmt: skip
    add("--scale", type=float, default=default.scale, help="factor, where the table says nothing")
    add("--order", choices=ORDERS, default=default.order, help="see read_coverage.py")
    add("--missing_chromosomes", "--missing-chromosomes", choices=get_args(MissingChromosomes),
        default=default.missing_chromosomes,
        help="windows on a chromosome that a track's bigWig lacks: an error, or 0")  # fmt: skip
    add("--negative", choices=get_args(NegativeValues), default=default.negative,
        help="values below 0, where the table says nothing: keep them, count them as 0, or make them an error")  # fmt: skip
    add("--sequences-per-shard", type=cli.positive_int, default=PlanOptions.sequences_per_shard,
        help="windows in a TFRecord shard")  # fmt: skip
    add("--test-fold", type=cli.whole_number, default=PlanOptions.test_fold, metavar="N",
        help="of windows in folds (fold0, fold1, …) the one to test on; the next one validates, the others train")  # fmt: skip
    return parser


def main(arguments: argparse.Namespace) -> None:
    from tcra.tracks.plan_tracks import TRACK_SETTINGS, PlanInputs, plan_tracks

    inputs = PlanInputs(arguments.tracks, arguments.bed, arguments.fasta, arguments.bigwigs)
    try:
        settings = TrackSettings(**{SETTING_OF_FLAG[flag]: getattr(arguments, flag) for flag in TRACK_SETTINGS})
        options = PlanOptions(settings, arguments.sequences_per_shard, arguments.test_fold)
    except ValueError as error:
        raise UserError(f"command line: {error}") from None
    plan_tracks(inputs, options, arguments.out)


if __name__ == "__main__":
    cli.run(main, make_parser())
