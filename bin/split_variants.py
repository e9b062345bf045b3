#!/usr/bin/env python3
"""Check variants against the genome and split them into position-sorted shards by chromosome."""

import argparse
from pathlib import Path

from tcra import cli


def make_parser() -> argparse.ArgumentParser:
    parser = cli.make_parser(__doc__)
    parser.add_argument(
        "--variants", type=cli.existing_file, required=True,
        help="VCF or BCF, text with chrom_pos_ref_alt (1-based) a line, or a table with chrom, pos, ref, alt",
    )  # fmt: skip
    parser.add_argument("--fasta", type=cli.existing_file, required=True, help="the genome, plain FASTA")
    parser.add_argument(
        "--other-fasta",
        type=cli.existing_file,
        help="another genome build; ref alleles that do not match are looked up there too, to tell you",
    )
    parser.add_argument("--shard-size", type=cli.positive_int, default=20000, help="largest number of variants a shard")
    parser.add_argument("--out", type=Path, required=True, help="output folder, made or replaced")
    return parser


def main(arguments: argparse.Namespace) -> None:
    from tcra.variants.reading.split_variants import split_variants

    split_variants(arguments)


if __name__ == "__main__":
    cli.run(main, make_parser())
