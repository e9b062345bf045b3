#!/usr/bin/env python3
"""Join score tables of the same tracks into one, with the rows in the order of the tables."""

import argparse

from tcra import cli


def make_parser() -> argparse.ArgumentParser:
    parser = cli.make_parser(__doc__ or "")
    add = parser.add_argument
    add("--scores", nargs="+", type=cli.existing_path, required=True, help="score files or folders of them (Parquet)")
    add("--out", type=cli.output_file, required=True, help="score Parquet")
    return parser


def main(arguments: argparse.Namespace) -> None:
    from tcra.variants.tables.join_scores import join_scores

    join_scores(arguments.scores, arguments.out)


if __name__ == "__main__":
    cli.run(main, make_parser())
