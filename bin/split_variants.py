#!/usr/bin/env python3
"""Check variants against the genome and split them into position-sorted shards by chromosome."""

import argparse
from pathlib import Path

from tcra import cli
from tcra.variants.genome_arguments import add_genome_arguments
from tcra.variants.reading.settings import SplitInputs, SplitOptions


def make_parser() -> argparse.ArgumentParser:
    usual = SplitOptions()
    parser = cli.make_parser(__doc__)
    parser.add_argument(
        "--variants", type=cli.existing_file, nargs="+", required=True,
        help="one file, or one per chromosome: VCF or BCF, text with chrom_pos_ref_alt (1-based) per line, "
        "or a table with chrom, pos, ref, alt",
    )  # fmt: skip
    add_genome_arguments(parser)
    parser.add_argument(
        "--shard-size", type=cli.positive_int, default=usual.shard_size, help="largest number of variants per shard"
    )
    parser.add_argument("--out", type=Path, required=True, help="output folder, made or replaced")
    return parser


def main(arguments: argparse.Namespace) -> None:
    from tcra.variants.reading.split_variants import split_variants

    inputs = SplitInputs(tuple(arguments.variants), arguments.fasta, arguments.other_fasta)
    split_variants(inputs, SplitOptions(arguments.shard_size), arguments.out)


if __name__ == "__main__":
    cli.run(main, make_parser())
