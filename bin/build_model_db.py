#!/usr/bin/env python3
"""Merge chunks of gene models into model databases that S-PrediXcan reads: one SQLite file and covariance table a SNP set."""

import argparse
from pathlib import Path

from tcra import cli


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
        help="keep every model that has a SNP, not only those with rho_avg > 0.1 and p < 0.05",
    )
    add(
        "--q-values",
        choices=["bh", "storey"],
        default="bh",
        help="Benjamini-Hochberg or Storey q-values over a set's models",
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

    storey = arguments.q_values == "storey"
    build_databases(arguments.chunks, arguments.name, arguments.out, arguments.keep_all, storey)


if __name__ == "__main__":
    cli.run(main, make_parser())
