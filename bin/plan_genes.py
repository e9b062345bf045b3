#!/usr/bin/env python3
"""Cut the genes of an expression table into chunks, one gene-model task each."""

import argparse
from pathlib import Path

from tcra import cli


def make_parser() -> argparse.ArgumentParser:
    parser = cli.make_parser(__doc__ or "")
    parser.add_argument(
        "--expression", type=cli.existing_file, required=True, help="normalised expression (CSV: chr, gene_id, …)"
    )
    parser.add_argument("--genes-per-chunk", type=cli.positive_int, default=100, help="genes in one chunk")
    parser.add_argument("--out", type=Path, required=True, help="chunks table (TSV) to write")
    return parser


def main(arguments: argparse.Namespace) -> None:
    from tcra.expression.plan_genes import write_gene_chunks

    write_gene_chunks(arguments.expression, arguments.genes_per_chunk, arguments.out)


if __name__ == "__main__":
    cli.run(main, make_parser())
