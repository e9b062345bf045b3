#!/usr/bin/env python3
"""Compare a finished run of the demo with the planted truth: writes truth.json and prints what was found in two lines."""

import argparse
from pathlib import Path

from tcra import cli

OF_A_TISSUE = {
    "track_correlations": "Parquet of evaluate_tracks.py with the test split",
    "ranking": "ranking.parquet of rank_variants.py",
    "model_summaries": "model_summaries.tsv of build_model_db.py, all SNP sets",
}
OF_ALL = {
    "planted": "planted.json of make_demo.py",
    "associations": "associations.tsv.gz of combine_associations.py",
    "over_tissues": "tissues.tsv.gz of combine_associations.py",
}


def make_parser() -> argparse.ArgumentParser:
    parser = cli.make_parser(__doc__ or "")
    for name, described in OF_ALL.items():
        flag = "--omnibus-over-tissues" if name == "over_tissues" else f"--{name}"
        parser.add_argument(flag, dest=name, type=cli.existing_file, required=True, metavar="FILE", help=described)
    for name, described in OF_A_TISSUE.items():
        parser.add_argument(
            "--" + name.replace("_", "-"),
            type=cli.named_file,
            nargs="+",
            required=True,
            metavar="TISSUE=FILE",
            help=f"{described}; one per tissue",
        )
    parser.add_argument("--out", type=Path, required=True, help="JSON file to write")
    cli.add_old_spellings(parser, {"--tissues": "--omnibus-over-tissues"})
    return parser


def main(arguments: argparse.Namespace) -> None:
    from tcra.demo.compare import compare_demo
    from tcra.demo.finished_run import RunFiles

    by_tissue = {name: dict(getattr(arguments, name)) for name in OF_A_TISSUE}
    files = RunFiles(**{name: getattr(arguments, name) for name in OF_ALL}, **by_tissue)
    for line in compare_demo(files, arguments.out):
        print(line)


if __name__ == "__main__":
    cli.run(main, make_parser())
