#!/usr/bin/env python3
"""Put variant scores on the alleles of a GWAS: alt becomes its effect allele, and the sign of each score follows."""

import argparse
from pathlib import Path
from typing import get_args

from tcra import cli
from tcra.variants.lifting.settings import HarmonizeInputs, HarmonizeOptions, Palindromic


def make_parser() -> argparse.ArgumentParser:
    parser = cli.make_parser(__doc__ or "")
    add = parser.add_argument
    add(
        "--scores",
        nargs="+",
        type=cli.existing_path,
        required=True,
        help="score files or folders of them (Parquet), in the GWAS's build",
    )
    add(
        "--gwas",
        type=cli.existing_file,
        required=True,
        help="table with chrom, pos (1-based), effect and other allele, perhaps frequency",
    )
    add(
        "--palindromic",
        choices=get_args(Palindromic),
        default=HarmonizeOptions.palindromic,
        help="A/T and C/G SNPs: strand by frequency, left out, or as their letters say",
    )
    add(
        "--frequencies",
        type=cli.existing_file,
        help="table (af) or VCF with the alt allele's frequency, for --palindromic frequency",
    )
    add("--out", type=Path, required=True, help="score Parquet")
    return parser


def main(arguments: argparse.Namespace) -> None:
    from tcra.variants.lifting.harmonize_scores import harmonize_scores

    inputs = HarmonizeInputs(tuple(arguments.scores), arguments.gwas, arguments.frequencies)
    harmonize_scores(inputs, HarmonizeOptions(arguments.palindromic), arguments.out)


if __name__ == "__main__":
    cli.run(main, make_parser())
