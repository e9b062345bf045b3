#!/usr/bin/env python3
"""Write windows' DNA and all tracks' coverage as one TFRecord shard; records decode to those of basenji_data_write.py."""

import argparse
from typing import get_args

from tcra import cli
from tcra.tracks.settings import SequenceFormat, ShardOptions


def make_parser() -> argparse.ArgumentParser:
    parser = cli.make_parser(__doc__ or "")
    add, default = parser.add_argument, ShardOptions
    add("fasta", metavar="FASTA", type=cli.existing_file,
        help="the genome, with its .fai index beside it if there is one")  # fmt: skip
    add("bed", metavar="BED", type=cli.existing_file, help="the windows that the coverage was read over")
    add("coverage", metavar="COVERAGE_DIR", type=cli.existing_path,
        help="folder of 0.h5, 1.h5, … in the order of the tracks; with --targets, of one file per track by its id")  # fmt: skip
    add("out", metavar="OUT.tfr", type=cli.output_file, help="shard to write (zlib-compressed TFRecords)")
    add("--targets", metavar="TABLE", type=cli.existing_file,
        help="the tracks in order (targets.txt, or one id per line); their coverage files are then named as in the "
        "column `coverage` of the plan's tracks.tsv (ID.h5)")  # fmt: skip
    add("-s", "--start", type=cli.whole_number, default=default.first_row,
        help="first row of the BED file, counted from 0")  # fmt: skip
    add("-e", "--end", type=cli.whole_number, default=default.end_row,
        help="row after the last (default: all rows)")  # fmt: skip
    add("-x", "--extend", type=cli.whole_number, default=default.extend_bp,
        help="bp of DNA to add on each side of a window")  # fmt: skip
    add("-u", "--umap", metavar="NPY", type=cli.existing_file, help="unmappable bins: bool array (windows, bins)")
    add("--umap_clip", type=cli.fraction, default=default.umap_quantile,
        help="limit unmappable bins to this quantile of their track; 1 changes nothing")  # fmt: skip
    add("--umap_tfr", action="store_true", help="store the unmappable bins in the records as `umap`")
    add("-d", "--decimals", type=cli.whole_number, default=default.decimals, help="round targets to so many decimals")
    add("--sequence-format", choices=get_args(SequenceFormat), default=default.sequence_format,
        help="DNA as bool (length, 4), or as uint8 indices A 0, C 1, G 2, T 3, else 4 (basenji since 2022)")  # fmt: skip
    return parser


def main(arguments: argparse.Namespace) -> None:
    from tcra.tracks.write_shard import ShardInputs, write_tfrecords

    inputs = ShardInputs(arguments.fasta, arguments.bed, arguments.coverage, arguments.targets, arguments.umap)
    options = ShardOptions(
        first_row=arguments.start, end_row=arguments.end, extend_bp=arguments.extend, umap_quantile=arguments.umap_clip,
        store_umap=arguments.umap_tfr, decimals=arguments.decimals, sequence_format=arguments.sequence_format,
    )  # fmt: skip
    write_tfrecords(inputs, options, arguments.out)


if __name__ == "__main__":
    cli.run(main, make_parser())
