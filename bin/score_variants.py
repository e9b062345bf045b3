#!/usr/bin/env python3
"""Score variants: what the alternate allele changes in each track's prediction, alt minus ref, mean of the central bins."""

import argparse
from pathlib import Path
from typing import get_args

from tcra import cli
from tcra.variants.genome_arguments import add_genome_arguments
from tcra.variants.scoring.settings import Method, ScoreInputs, ScoreOptions, ScoringPrecision


def make_parser() -> argparse.ArgumentParser:
    usual = ScoreOptions()
    parser = cli.make_parser(__doc__)
    parser.add_argument(
        "--model", type=Path, required=True, nargs="+", metavar="PATH",
        help="model folder of train_tracks.py, or prefix of a TensorFlow checkpoint with the published keys; several are scored in one "
        "pass if they share their trunk",
    )  # fmt: skip
    add_genome_arguments(parser)
    parser.add_argument(
        "--variants", type=cli.existing_file, required=True,
        help="VCF or BCF, text with chrom_pos_ref_alt (1-based) per line, or a table with chrom, pos, ref, alt (split_variants.py's)",
    )  # fmt: skip
    parser.add_argument(
        "--out", type=cli.output_file, required=True, nargs="+", metavar="FILE",
        help="output, one per model: Parquet, or CSV with six decimals if the name ends with .csv or .csv.gz",
    )  # fmt: skip
    parser.add_argument(
        "--method",
        choices=get_args(Method),
        default=usual.method,
        help="naive: two full passes per variant, the definition",
    )
    parser.add_argument(
        "--input-length", type=cli.positive_int, help="bp of a window (default: the model's; 196608 for a checkpoint)"
    )
    parser.add_argument(
        "--target-bins", type=cli.positive_int, help="predicted bins (default: the model's; 896 for a checkpoint)"
    )
    parser.add_argument(
        "--central-bins",
        type=cli.positive_int,
        default=usual.central_bins,
        help="bins around the variant whose mean is the score",
    )
    parser.add_argument("--reverse-complement", action="store_true", help="average the scores of both strands")
    parser.add_argument("--absolute", action="store_true", help="write |score|")
    parser.add_argument(
        "--skip-start",
        type=cli.whole_number,
        default=usual.skip_start_bp,
        help="bp at each chromosome's start left out (published: 200000)",
    )
    parser.add_argument(
        "--precision", choices=get_args(ScoringPrecision), default=usual.precision,
        help="arithmetic; tf32 (GPU) and bfloat16 are faster on a GPU and change the scores",
    )  # fmt: skip
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="check the inputs, measure this machine, print the plan, and write nothing",
    )
    return parser


def main(arguments: argparse.Namespace) -> None:
    from tcra.enformer.quiet import load_tensorflow

    load_tensorflow()
    from tcra.variants.scoring.score_variants import score_variants

    inputs = ScoreInputs(tuple(arguments.model), arguments.fasta, arguments.variants, arguments.other_fasta)
    options = ScoreOptions(
        method=arguments.method,
        input_length=arguments.input_length,
        target_bins=arguments.target_bins,
        central_bins=arguments.central_bins,
        reverse_complement=arguments.reverse_complement,
        absolute=arguments.absolute,
        skip_start_bp=arguments.skip_start,
        precision=arguments.precision,
        dry_run=arguments.dry_run,
    )
    score_variants(inputs, options, arguments.out)


if __name__ == "__main__":
    cli.run(main, make_parser())
