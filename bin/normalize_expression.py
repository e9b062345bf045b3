#!/usr/bin/env python3
"""Normalise expression: quantiles, inverse normal, covariates and expression PCs regressed out, inverse normal again."""

import argparse
from pathlib import Path

from tcra import cli


def factors(text: str) -> int | None:
    """Argument type: `auto` or a whole number."""
    return None if text == "auto" else cli.whole_number(text)


def make_parser() -> argparse.ArgumentParser:
    parser = cli.make_parser(__doc__)
    parser.add_argument(
        "--expression",
        type=cli.existing_file,
        required=True,
        metavar="FILE",
        help="GTEx or QTLtools BED, GTEx's GCT (with --genes), or CSV with chr,gene_id,gene_name and samples",
    )
    parser.add_argument(
        "--genes",
        type=cli.existing_file,
        metavar="FILE",
        help="gene annotation, GTF or BED: says where the genes of a GCT are; not used otherwise",
    )
    parser.add_argument(
        "--covariates",
        type=cli.existing_file,
        nargs="*",
        default=[],
        metavar="FILE",
        help="known covariates or PEER factors, samples as columns or rows; joined by sample name",
    )
    parser.add_argument(
        "--already-normalized",
        action="store_true",
        help="the values are normalised: leave out quantiles and inverse normal; --factors auto is then 0",
    )
    parser.add_argument(
        "--factors",
        type=factors,
        default="auto",
        metavar="N",
        help="expression PCs to regress out; auto: 15, 30, 45, 60 by number of samples, at most a tenth of the genes; 0 with PEER factors",
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FILE.csv.gz",
        help="normalised expression, CSV with chr,gene_id,gene_name and samples",
    )
    return parser


def main(arguments: argparse.Namespace) -> None:
    from tcra.expression.normalize import normalize_file
    from tcra.expression.settings import NormalizationOptions

    options = NormalizationOptions(factors=arguments.factors, already_normalized=arguments.already_normalized)
    normalize_file(arguments.expression, arguments.covariates, options, arguments.out, arguments.genes)


if __name__ == "__main__":
    cli.run(main, make_parser())
