#!/usr/bin/env python3
"""Rank scored variants, cut nested SNP sets, and test which annotations the sets are enriched in."""

import argparse
from pathlib import Path

from tcra import cli


def named_file(text: str) -> tuple[str, Path]:
    """Argument type: NAME=FILE."""
    name, equals, path = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"{text!r}, expected NAME=FILE")
    return name, cli.existing_file(path)


def words(text: str) -> list[str]:
    """Argument type: words separated by commas."""
    return [word.strip() for word in text.split(",") if word.strip()]


def make_parser() -> argparse.ArgumentParser:
    parser = cli.make_parser(__doc__ or "")
    add = parser.add_argument
    add("--scores", nargs="+", type=cli.existing_path, required=True, help="score files or folders of them (Parquet)")
    add("--out", type=Path, required=True, help="output folder")
    add(
        "--set-sizes",
        type=words,
        default=words("200000,500000,1000000,1500000,2000000,3500000"),
        help="sizes of the nested sets: numbers of variants, or fractions below 1",
    )
    add(
        "--summary",
        choices=("mean", "maximum", "rank"),
        default="mean",
        help="value to rank by: mean or maximum of |score| over tracks, or mean over tracks of the rank within the track",
    )
    add("--tracks", type=words, default=[], help="tracks to use, separated by commas (none: all)")
    add("--name", default="tCRA", help="name of this ranking in the enrichment table")
    add(
        "--second-scores",
        nargs="+",
        type=cli.existing_path,
        help="scores of another model, ranked and tested side by side",
    )
    add("--second-name", default="Enformer", help="name of the second ranking")
    add(
        "--rsids",
        type=cli.existing_path,
        help="table, VCF or folder of split shards that gives variants their rs numbers",
    )
    evidence = parser.add_argument_group("annotations to test")
    add = evidence.add_argument
    add(
        "--annotation",
        nargs="*",
        action="extend",
        type=named_file,
        default=[],
        metavar="NAME=BED",
        help="any BED, by name",
    )
    add(
        "--states",
        nargs="*",
        action="extend",
        type=named_file,
        default=[],
        metavar="NAME=BED",
        help="chromatin states of a cell line (Roadmap 15-state BED)",
    )
    add(
        "--state-group",
        nargs="*",
        action="extend",
        default=[],
        metavar="NAME=NUMBERS",
        help="groups of states; none: promoter=1,2,10,11 and enhancer=6,7,11,12",
    )
    return parser


def main(arguments: argparse.Namespace) -> None:
    from tcra.variants.ranking.stage import rank_variants

    rank_variants(arguments)


if __name__ == "__main__":
    cli.run(main, make_parser())
