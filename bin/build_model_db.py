#!/usr/bin/env python3
"""Merge chunks of gene models into model databases that S-PrediXcan reads: one SQLite file and one covariance table per SNP set."""

import argparse
from pathlib import Path
from typing import get_args

from tcra import cli
from tcra.expression.settings import DatabaseOptions, Quality, QValueMethod


def make_parser() -> argparse.ArgumentParser:
    parser = cli.make_parser(__doc__)
    add = parser.add_argument
    add(
        "--chunks",
        type=cli.existing_path,
        nargs="+",
        required=True,
        metavar="DIR",
        help="output folders of fit_gene_models.py",
    )
    add("--name", required=True, help="name of the models; files are NAME_SET.db and NAME_SET_cov.txt.gz")
    add(
        "--keep-all",
        action="store_true",
        help="keep every model that has a SNP, not only those with rho > 0.1 and p < 0.05",
    )
    add(
        "--q-values",
        choices=get_args(QValueMethod),
        default=DatabaseOptions.q_values,
        help="Benjamini-Hochberg or Storey q-values over a set's models",
    )
    add(
        "--quality",
        choices=get_args(Quality),
        default=DatabaseOptions.quality,
        help="the quality that the rule reads (rho > 0.1 and p < 0.05) (default: that which the chunks were fitted with)",
    )
    add(
        "--genome-variance",
        type=float,
        metavar="V",
        help="sum of the dosage variances of all SNPs of the genome, for phi (default: the sum over the chunks' chromosomes)",
    )
    add(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder for databases, covariances, model_summaries.tsv, accounting.json",
    )
    return parser


def main(arguments: argparse.Namespace) -> None:
    from tcra.expression.database import build_databases

    options = DatabaseOptions(
        name=arguments.name,
        keep_all=arguments.keep_all,
        q_values=arguments.q_values,
        quality=arguments.quality,
        genome_variance=arguments.genome_variance,
    )
    build_databases(arguments.chunks, options, arguments.out)


if __name__ == "__main__":
    cli.run(main, make_parser())
