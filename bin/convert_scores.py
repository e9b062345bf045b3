#!/usr/bin/env python3
"""Convert precomputed scores to a score table: published Enformer scores and Borzoi's (HDF5), or AlphaGenome's tables."""

import argparse
from pathlib import Path

from tcra import cli
from tcra.variants.scoring.settings import ConvertOptions


def make_parser() -> argparse.ArgumentParser:
    usual = ConvertOptions()
    parser = cli.make_parser(__doc__)
    parser.add_argument(
        "--scores", type=cli.existing_file, required=True, nargs="+", metavar="FILE",
        help="HDF5 files with chr, pos, ref, alt, SAD and target_ids (no chromosome in two of them), as published or of borzoi_sad.py and "
        "hound_snp.py; or tables of AlphaGenome's tidy_scores (CSV, TSV or Parquet)",
    )  # fmt: skip
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE",
        help="output: Parquet as of score_variants.py, or CSV if the name ends with .csv or .csv.gz",
    )  # fmt: skip
    parser.add_argument(
        "--label",
        default=usual.label,
        metavar="TEXT",
        help="only tracks with this text in their target_labels, or in AlphaGenome's track names (default: all)",
    )
    parser.add_argument(
        "--statistic", default=usual.statistic, metavar="NAME",
        help="HDF5 dataset with the scores, such as logSAD (default: SAD, or the only one)",
    )  # fmt: skip
    parser.add_argument("--absolute", action="store_true", help="write |score|")
    return parser


def main(arguments: argparse.Namespace) -> None:
    from tcra.variants.scoring.convert_scores import convert_scores

    convert_scores(
        arguments.scores, ConvertOptions(arguments.label, arguments.absolute, arguments.statistic), arguments.out
    )


if __name__ == "__main__":
    cli.run(main, make_parser())
