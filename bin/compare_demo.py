#!/usr/bin/env python3
"""Compare a finished run of the demo with the planted truth: writes truth.json and prints what was found in two lines."""

import argparse
from pathlib import Path

from tcra import cli

INPUTS = {
    "planted": "planted.json of make_demo.py",
    "track_correlations": "Parquet of evaluate_tracks.py with the test split",
    "ranking": "ranking.parquet of rank_variants.py",
    "model_summaries": "model_summaries.tsv of build_model_db.py, all SNP sets",
    "associations": "associations.tsv.gz of combine_associations.py",
}


def make_parser() -> argparse.ArgumentParser:
    parser = cli.make_parser(__doc__ or "")
    for name, described in INPUTS.items():
        flag = "--" + name.replace("_", "-")
        parser.add_argument(flag, type=cli.existing_file, required=True, help=described)
    parser.add_argument("--out", type=Path, required=True, help="JSON file to write")
    return parser


def main(arguments: argparse.Namespace) -> None:
    from tcra.demo.compare import compare_demo

    for line in compare_demo({name: getattr(arguments, name) for name in INPUTS}, arguments.out):
        print(line)


if __name__ == "__main__":
    cli.run(main, make_parser())
