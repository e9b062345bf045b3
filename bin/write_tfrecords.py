#!/usr/bin/env python3
"""Write windows' DNA and all tracks' coverage as one TFRecord shard; records decode to those of basenji_data_write.py."""

import argparse

from tcra import cli


def make_parser() -> argparse.ArgumentParser:
    parser = cli.make_parser(__doc__ or "")
    add = parser.add_argument
    add(
        "fasta",
        metavar="FASTA",
        type=cli.existing_file,
        help="the genome, with its .fai index beside it if there is one",
    )
    add("bed", metavar="BED", type=cli.existing_file, help="the windows that the coverage was read over")
    add(
        "coverage",
        metavar="COVERAGE_DIR",
        type=cli.existing_path,
        help="folder of 0.h5, 1.h5, … in the order of the tracks",
    )
    add("out", metavar="OUT.tfr", type=cli.output_file, help="shard to write (zlib-compressed TFRecords)")
    add("-s", "--start", type=cli.whole_number, default=0, help="first row of the BED file, counted from 0")
    add("-e", "--end", type=cli.whole_number, help="row after the last; all rows if not given")
    add("-x", "--extend", type=cli.whole_number, default=0, help="bp of DNA to add at each side of a window")
    add("-u", "--umap", metavar="NPY", type=cli.existing_file, help="unmappable bins: bool array (windows, bins)")
    add(
        "--umap_clip",
        type=cli.fraction,
        default=1.0,
        help="limit unmappable bins to this quantile of their track; 1 changes nothing",
    )
    add("--umap_tfr", action="store_true", help="store the unmappable bins in the records as `umap`")
    add("-d", "--decimals", type=cli.whole_number, help="round targets to so many decimals")
    add("--sequence-format", choices=("one-hot", "index"), default="one-hot",
        help="DNA as bool (length, 4), or as uint8 indices A 0, C 1, G 2, T 3, else 4 (basenji since 2022)")  # fmt: skip
    return parser


def main(arguments: argparse.Namespace) -> None:
    from tcra.tracks.tfrecords import write_tfrecords

    write_tfrecords(arguments)


if __name__ == "__main__":
    cli.run(main, make_parser())
