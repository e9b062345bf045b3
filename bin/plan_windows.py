#!/usr/bin/env python3
"""Check windows against the genome, sort them by split, and cut them into shards: the part of a plan that all tissues share."""

import argparse
from dataclasses import replace

from tcra import cli
from tcra.tracks.settings import PlanOptions
from tcra.tracks.window_arguments import add_window_arguments


def make_parser() -> argparse.ArgumentParser:
    parser = cli.make_parser(__doc__ or "")
    add_window_arguments(parser)
    parser.add_argument("--checkpoint-files", type=cli.existing_path, nargs="+", default=[],
        help="files of the trunk's checkpoint, or its folder: also write key.txt, a name for all that embeddings depend on")  # fmt: skip
    return parser


def main(arguments: argparse.Namespace) -> None:
    from tcra.tracks.plan_windows import plan_windows

    settings = replace(PlanOptions.settings, crop_bp=arguments.crop, bin_width_bp=arguments.width)
    options = PlanOptions(settings, arguments.sequences_per_shard, arguments.test_fold)
    plan_windows(arguments.bed, arguments.fasta, options, arguments.out, arguments.checkpoint_files)


if __name__ == "__main__":
    cli.run(main, make_parser())
