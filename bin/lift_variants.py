#!/usr/bin/env python3
"""Lift variants, or variant scores, to another genome build by a chain file; what has no single place there is listed with its reason."""

import argparse
from pathlib import Path

from tcra import cli


def make_parser() -> argparse.ArgumentParser:
    parser = cli.make_parser(__doc__ or "")
    add = parser.add_argument
    add(
        "--variants",
        type=cli.existing_path,
        required=True,
        help="score files (Parquet, or a folder of them), VCF/BCF, a table with chrom pos ref alt (1-based), or one variant per line",
    )
    add(
        "--chain", type=cli.existing_file, required=True, help="UCSC chain file from the variants' build, plain or gzip"
    )
    add("--target-fasta", type=cli.existing_file, help="FASTA of the target build: decides which allele is ref there")
    add(
        "--back-chain",
        type=cli.existing_file,
        help="chain file of the way back: rejects variants that do not come back to their place (segmental duplications)",
    )
    add("--out", type=Path, required=True, help="score Parquet for scores, else a table (.tsv or .tsv.gz)")
    return parser


def main(arguments: argparse.Namespace) -> None:
    from tcra.variants.lifting.lift_variants import lift_variants
    from tcra.variants.lifting.settings import LiftInputs

    inputs = LiftInputs(arguments.variants, arguments.chain, arguments.target_fasta, arguments.back_chain)
    lift_variants(inputs, arguments.out)


if __name__ == "__main__":
    cli.run(main, make_parser())
