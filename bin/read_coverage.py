#!/usr/bin/env python3
"""Read one bigWig over windows: an HDF5 file of bins, bin for bin those of basenji_data_read.py."""

import argparse
from typing import get_args

from tcra import cli
from tcra.tracks.settings import (
    ALIASES,
    ORDERS,
    SETTING_OF_FLAG,
    STATISTICS,
    MissingChromosomes,
    NegativeValues,
    TrackSettings,
)


def make_parser() -> argparse.ArgumentParser:
    parser = cli.make_parser(__doc__ or "")
    add, default = parser.add_argument, TrackSettings
    add("bigwig", metavar="BIGWIG", type=cli.existing_file, help="one track")
    add("bed", metavar="BED", type=cli.existing_file, help="windows of one length (chromosome, start, end)")
    add("out", metavar="OUT.h5", type=cli.output_file,
        help="HDF5 file to write: dataset `targets` (windows, bins) float16")  # fmt: skip
    add("-b", "--blacklist", metavar="BED", type=cli.existing_file,
        help="regions whose bases are limited to the baseline")  # fmt: skip
    add("--black_pct", type=cli.fraction, default=default.baseline_quantile,
        help="quantile of a window's bases that is its baseline")  # fmt: skip
    add("-c", "--clip", type=float, default=default.clip, help="limit bins to ± this value")
    add("--clip_soft", type=float, default=default.clip_soft,
        help="above this value, add only the square root of the excess")  # fmt: skip
    add("--clip_pct", type=cli.fraction, default=default.clip_quantile,
        help="limit the track to ± this quantile of its bins (default: 0.9999 for clip-then-scale, "
        "0.9999999 for scale-then-clip)")  # fmt: skip
    add("--crop", type=cli.whole_number, default=default.crop_bp, help="bp to drop at each end of a window")
    add("-i", "--interpolate", action="store_true", help="interpolate missing bases; else they count as 0")
    add("-s", "--scale", type=float, default=default.scale, help="factor")
    add("-u", "--statistic", choices=(*STATISTICS, *ALIASES), default=default.statistic,
        help="what a bin holds of its bases")  # fmt: skip
    add("-w", "--width", type=cli.positive_int, default=default.bin_width_bp, help="bp per bin")
    add("--order", choices=ORDERS, default=default.order,
        help="clip, then scale bins (basenji until March 2023), or scale bases, then clip (since)")  # fmt: skip
    add("--missing_chromosomes", "--missing-chromosomes", choices=get_args(MissingChromosomes),
        default=default.missing_chromosomes, help="windows on a chromosome that the bigWig lacks: an error, or 0")  # fmt: skip
    add("--negative", choices=get_args(NegativeValues), default=default.negative,
        help="values below 0: keep them (as basenji), count them as 0, or make bins below 0 an error")  # fmt: skip
    return parser


def main(arguments: argparse.Namespace) -> None:
    from tcra.tracks.coverage import CoverageInputs, read_coverage

    inputs = CoverageInputs(arguments.bigwig, arguments.bed, arguments.blacklist)
    settings = TrackSettings(**{name: getattr(arguments, flag) for flag, name in SETTING_OF_FLAG.items()})
    read_coverage(inputs, settings, arguments.out)


if __name__ == "__main__":
    cli.run(main, make_parser())
