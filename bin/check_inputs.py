#!/usr/bin/env python3
"""Check the inputs of a run before any work: columns, chromosome names, samples in common, GWAS columns."""

import argparse
from pathlib import Path

from tcra import cli


def make_parser() -> argparse.ArgumentParser:
    parser = cli.make_parser(__doc__ or "")
    parser.add_argument("--genotypes", type=cli.existing_file, help="genotypes (VCF, BCF, .bed, .pgen)")
    parser.add_argument("--expression", type=cli.existing_file, help="expression table (GTEx BED or CSV)")
    parser.add_argument("--covariates", type=cli.existing_file, help="known covariates, a column a sample")
    parser.add_argument("--genes", type=cli.existing_file, help="gene annotation (GTF or BED)")
    parser.add_argument("--traits", type=cli.existing_file, help="traits table (trait,path,…)")
    parser.add_argument(
        "--gwas", type=cli.existing_path, nargs="*", default=[], help="GWAS of each trait, in the table's order"
    )
    parser.add_argument("--out", type=Path, required=True, help="what was checked (JSON)")
    return parser


def main(arguments: argparse.Namespace) -> None:
    from tcra.report.check_inputs import check_inputs

    check_inputs(arguments)


if __name__ == "__main__":
    cli.run(main, make_parser())
