#!/usr/bin/env python3
"""Read one bigWig over windows: an HDF5 file of bins, bin for bin those of basenji_data_read.py."""

import argparse

from tcra import cli

STATISTICS = ("sum", "mean", "avg", "sum_sqrt", "mean_sqrt", "avg_sqrt", "max", "peak", "median")


def make_parser() -> argparse.ArgumentParser:
    parser = cli.make_parser(__doc__ or "")
    add = parser.add_argument
    add("bigwig", metavar="BIGWIG", type=cli.existing_file, help="one track")
    add("bed", metavar="BED", type=cli.existing_file, help="windows of one length (chromosome, start, end)")
    add(
        "out",
        metavar="OUT.h5",
        type=cli.output_file,
        help="HDF5 file to write: dataset `targets` (windows, bins) float16",
    )
    add(
        "-b",
        dest="blacklist",
        metavar="BED",
        type=cli.existing_file,
        help="regions whose bases are limited to the baseline",
    )
    add("--black_pct", type=cli.fraction, default=0.5, help="quantile of a window's bases that is its baseline")
    add("-c", "--clip", type=float, help="limit bins to ± this value")
    add("--clip_soft", type=float, help="above this value, add only the square root of the excess")
    add("--clip_pct", type=cli.fraction,
        help="limit the track to ± this quantile of its bins (0.9999 for clip-then-scale, 0.9999999 for scale-then-clip)")  # fmt: skip
    add("--crop", type=cli.whole_number, default=0, help="bp to drop at each end of a window")
    add("-i", "--interpolate", action="store_true", help="interpolate missing bases; else they count as 0")
    add("-s", "--scale", type=float, default=1.0, help="factor")
    add("-u", "--statistic", choices=STATISTICS, default="sum", help="what a bin holds of its bases")
    add("-w", "--width", type=cli.positive_int, default=1, help="bp a bin")
    add("--order", choices=("clip-then-scale", "scale-then-clip"), default="clip-then-scale",
        help="clip, then scale bins (basenji until March 2023), or scale bases, then clip (since)")  # fmt: skip
    return parser


def main(arguments: argparse.Namespace) -> None:
    from tcra.tracks.coverage import read_coverage

    read_coverage(arguments)


if __name__ == "__main__":
    cli.run(main, make_parser())
