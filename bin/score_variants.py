#!/usr/bin/env python3
"""Score variants: what the alternate allele changes in each track's prediction, alt minus ref, mean of the central bins."""

import argparse
from pathlib import Path

from tcra import cli


def make_parser() -> argparse.ArgumentParser:
    parser = cli.make_parser(__doc__)
    parser.add_argument(
        "--model", type=Path, required=True, nargs="+", metavar="PATH",
        help="model folder of train_tracks.py, or prefix of a TensorFlow checkpoint with the published keys; several are scored in one "
        "pass if they share their trunk",
    )  # fmt: skip
    parser.add_argument("--fasta", type=cli.existing_file, required=True, help="the genome, plain FASTA")
    parser.add_argument(
        "--variants", type=cli.existing_file, required=True,
        help="VCF or BCF, text with chrom_pos_ref_alt (1-based) a line, or a table with chrom, pos, ref, alt (split_variants.py's)",
    )  # fmt: skip
    parser.add_argument(
        "--out", type=cli.output_file, required=True, nargs="+", metavar="FILE",
        help="output, one for each model: Parquet, or CSV with six decimals if the name ends with .csv or .csv.gz",
    )  # fmt: skip
    parser.add_argument(
        "--other-fasta",
        type=cli.existing_file,
        help="another genome build; ref alleles that do not match are looked up there too, to tell you",
    )
    parser.add_argument(
        "--method", choices=("fast", "naive"), default="fast", help="naive: two full passes a variant, the definition"
    )
    parser.add_argument(
        "--input-length", type=cli.positive_int, help="bp of a window (default: the model's; 196608 for a checkpoint)"
    )
    parser.add_argument(
        "--target-bins", type=cli.positive_int, help="predicted bins (default: the model's; 896 for a checkpoint)"
    )
    parser.add_argument(
        "--central-bins", type=cli.positive_int, default=2, help="bins around the variant whose mean is the score"
    )
    parser.add_argument("--reverse-complement", action="store_true", help="average the scores of both strands")
    parser.add_argument("--absolute", action="store_true", help="write |score|")
    parser.add_argument(
        "--skip-start",
        type=cli.whole_number,
        default=0,
        help="bp at each chromosome's start left out (published: 200000)",
    )
    parser.add_argument(
        "--precision", choices=("float32", "tf32", "bfloat16"), default="float32",
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

    score_variants(arguments)


if __name__ == "__main__":
    cli.run(main, make_parser())
