#!/usr/bin/env python3
"""Put association tables together: corrected for the number of tests, combined over SNP sets, with a summary."""

import argparse
from pathlib import Path

from tcra import cli
from tcra.association.study.settings import CombineOptions


def make_parser() -> argparse.ArgumentParser:
    parser = cli.make_parser(__doc__ or "")
    add = parser.add_argument
    add("--associations", type=cli.existing_path, nargs="+", required=True, metavar="PATH",
        help="tables of associate.py (CSV), or folders of them; each with its .flags.tsv beside it")  # fmt: skip
    add(
        "--genes",
        type=cli.existing_file,
        help="GTF or BED of the genes: draw Manhattan plots (and Miami plots, with GWAS points)",
    )
    add("--gene_sets", type=cli.existing_file, nargs="+", default=[], metavar="GMT",
        help="gene sets: is each trait's share of them (FDR at the threshold) more than chance, among all tested genes?")  # fmt: skip
    add("--threshold", type=cli.fraction, default=CombineOptions.threshold,
        help="level of Bonferroni and of FDR at which hits are counted")  # fmt: skip
    add("--out", type=Path, required=True, help="folder to write")
    return parser


def main(arguments: argparse.Namespace) -> None:
    from tcra.association.study.combine import combine

    options = CombineOptions(arguments.threshold)
    combine(arguments.associations, arguments.out, options, arguments.genes, arguments.gene_sets)


if __name__ == "__main__":
    cli.run(main, make_parser())
