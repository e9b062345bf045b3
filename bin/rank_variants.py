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
    add(
        "--gwas",
        nargs="*",
        action="extend",
        type=named_file,
        default=[],
        metavar="NAME=FILE",
        help="GWAS summary statistics with p: variants below --gwas-p, and the lead ones of them",
    )
    add("--gwas-p", type=cli.fraction, default=5e-8, help="p-value below which a GWAS variant counts")
    add(
        "--prune-distance",
        type=cli.whole_number,
        default=500_000,
        help="bp around a better GWAS variant without a lead of their own",
    )
    add(
        "--variant-list",
        nargs="*",
        action="extend",
        type=named_file,
        default=[],
        metavar="NAME=FILE",
        help="eQTLs or any list: variants or rs numbers, a table, or a VCF",
    )
    add(
        "--clinvar",
        nargs="*",
        action="extend",
        type=named_file,
        default=[],
        metavar="NAME=VCF",
        help="ClinVar VCF: pathogenic variants",
    )
    add(
        "--frequencies",
        type=cli.existing_file,
        help="table (af or maf, and ld_proxies for matching) or VCF: frequency bins, and controls matched by them",
    )
    add(
        "--matched-controls",
        type=cli.whole_number,
        default=0,
        help="controls for each variant of a set, matched by --frequencies, --genes or both (0: none)",
    )
    add(
        "--genes",
        type=cli.existing_file,
        help="GTF: controls are matched by distance to the nearest transcription start",
    )
    add("--seed", type=cli.whole_number, default=20240528, help="seed of the controls' draw")
    add("--fasta", type=cli.existing_file, help="the scores' genome: stops if a variant lies beyond a chromosome's end")
    return parser


def main(arguments: argparse.Namespace) -> None:
    from tcra.variants.ranking.rank_variants import rank_variants

    rank_variants(arguments)


if __name__ == "__main__":
    cli.run(main, make_parser())
