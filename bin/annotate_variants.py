#!/usr/bin/env python3
"""Write annotation files for stratified LD score regression and polyfun from variant scores, a folder per combination of sources."""

import argparse
from pathlib import Path
from typing import get_args

from tcra import cli
from tcra.variants.annotation.settings import AnnotateInputs, AnnotateOptions, AnnotationTextLayout, Rule


def make_parser() -> argparse.ArgumentParser:
    usual = AnnotateOptions()
    parser = cli.make_parser(__doc__ or "")
    add = parser.add_argument
    add("--scores", nargs="+", type=cli.existing_path, required=True, help="score files or folders of them (Parquet)")
    add("--out", type=Path, required=True, help="output folder")
    add("--name", default=usual.name, help="name of these scores in folder and column names")
    add(
        "--rule",
        choices=get_args(Rule),
        default=usual.rule,
        help="1 where |score| is at least the track's mean on the chromosome; 1 for the top fraction; or |score| itself",
    )
    add(
        "--fraction",
        type=cli.fraction,
        default=usual.fraction,
        help="top fraction of each chromosome, with --rule fraction",
    )
    add(
        "--second-scores",
        nargs="+",
        type=cli.existing_path,
        default=[],
        help="scores of another model, such as the original Enformer's",
    )
    add("--second-name", default=usual.second_name, help="name of the second scores")
    add(
        "--baseline",
        type=cli.existing_path,
        help="folder of baseline annotation files (NAME.CHROM.annot.parquet or .annot.gz)",
    )
    add("--baseline-name", default=usual.baseline_name, help="name of the baseline")
    add(
        "--sites",
        nargs="+",
        type=cli.existing_path,
        default=[],
        help="PLINK .bim files or VCFs of the LD reference, or folders of them: files get exactly their rows in their order; those without "
        "a score are 0",
    )
    add(
        "--rsids",
        type=cli.existing_path,
        help="table, VCF or folder of split shards with rs numbers for the column SNP, which count before those in the scores",
    )
    add("--frequencies", type=cli.existing_file, help="table (af or maf) or VCF with frequencies, for .l2.M_5_50")
    add(
        "--text-layout",
        choices=get_args(AnnotationTextLayout),
        default=usual.text_layout,
        help=".annot.gz starts with CHR SNP BP A2 A1 (polyfun) or CHR BP SNP CM (ldsc.py)",
    )
    return parser


def main(arguments: argparse.Namespace) -> None:
    from tcra.variants.annotation.annotate_variants import annotate_variants

    inputs = AnnotateInputs(
        scores=tuple(arguments.scores),
        second_scores=tuple(arguments.second_scores),
        baseline=arguments.baseline,
        sites=tuple(arguments.sites),
        rsids=arguments.rsids,
        frequencies=arguments.frequencies,
    )
    options = AnnotateOptions(
        name=arguments.name,
        second_name=arguments.second_name,
        baseline_name=arguments.baseline_name,
        rule=arguments.rule,
        fraction=arguments.fraction,
        text_layout=arguments.text_layout,
    )
    annotate_variants(inputs, options, arguments.out)


if __name__ == "__main__":
    cli.run(main, make_parser())
