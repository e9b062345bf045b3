#!/usr/bin/env python3
"""Make the demo cohort: a small genome with planted motifs, tracks, variants, people, genes and a GWAS, and the truth about them."""

import argparse
from pathlib import Path

from tcra import cli

SHIPPED_TRUNK = Path(__file__).resolve().parent.parent / "assets" / "demo_trunk"


def make_parser() -> argparse.ArgumentParser:
    parser = cli.make_parser(__doc__ or "")
    parser.add_argument("--seed", type=cli.whole_number, default=1, help="seed of everything that is drawn")
    parser.add_argument(
        "--trunk",
        type=cli.existing_path,
        default=SHIPPED_TRUNK,
        help="folder of the pre-trained trunk (made by pretrain_demo_trunk.py)",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to write; an older one is replaced")
    return parser


def main(arguments: argparse.Namespace) -> None:
    from tcra.demo.make import make_demo

    make_demo(arguments.seed, arguments.trunk, arguments.out)


if __name__ == "__main__":
    cli.run(main, make_parser())
