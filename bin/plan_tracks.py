#!/usr/bin/env python3
"""Check tracks, windows and genome against one another, and plan the coverage tasks and TFRecord shards."""

import argparse

from tcra import cli

STATISTICS = ("sum", "mean", "avg", "sum_sqrt", "mean_sqrt", "avg_sqrt", "max", "peak", "median")


def make_parser() -> argparse.ArgumentParser:
    parser = cli.make_parser(__doc__ or "")
    add = parser.add_argument
    add("--tracks", metavar="TABLE", type=cli.existing_file, required=True,
        help="tracks table: id,bigwig[,statistic,clip,clip_soft,scale,order,description], or basenji's targets.txt")  # fmt: skip
    add(
        "--bed",
        type=cli.existing_file,
        required=True,
        help="windows: chromosome, start, end, split (train, valid, test)",
    )
    add("--fasta", type=cli.existing_file, required=True, help="the genome")
    add("--out", metavar="DIR", type=cli.Path, required=True, help="folder to write the plan to")
    add(
        "--bigwigs",
        metavar="BIGWIG",
        type=cli.existing_file,
        nargs="+",
        help="the bigWig of each row, in the table's order, where they are not beside the table",
    )
    add("--crop", type=cli.whole_number, default=0, help="bp to drop at each end of a window")
    add("--width", type=cli.positive_int, default=128, help="bp a bin")
    add(
        "--statistic",
        choices=STATISTICS,
        default="mean",
        help="what a bin holds of its bases, where the table says nothing",
    )
    add("--clip", type=float, help="limit bins to ± this value, where the table says nothing")
    add("--clip_soft", type=float, help="soft limit, where the table says nothing")
    add(
        "--clip_pct",
        type=cli.fraction,
        help="limit each track to ± this quantile of its bins; if not given, read_coverage.py's default for the order",
    )
    add("--scale", type=float, default=1.0, help="factor, where the table says nothing")
    add(
        "--order",
        choices=("clip-then-scale", "scale-then-clip"),
        default="clip-then-scale",
        help="see read_coverage.py",
    )
    add("--sequences-per-shard", type=cli.positive_int, default=256, help="windows a TFRecord shard")
    return parser


def main(arguments: argparse.Namespace) -> None:
    from tcra.tracks.plan_tracks import plan_tracks

    plan_tracks(arguments)


if __name__ == "__main__":
    cli.run(main, make_parser())
