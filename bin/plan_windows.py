#!/usr/bin/env python3
"""Check windows against the genome, sort them by split, and cut them into shards: the part of a plan that all tissues share."""

import argparse

from tcra import cli
from tcra.errors import UserError
from tcra.tracks.settings import PlanOptions, TrackSettings


def make_parser() -> argparse.ArgumentParser:
    parser = cli.make_parser(__doc__ or "")
    add, default = parser.add_argument, PlanOptions.settings
    add("--bed", type=cli.existing_file, required=True,
        help="windows: chromosome, start, end, split (train, valid, test; or fold0, fold1, …)")  # fmt: skip
    add("--fasta", type=cli.existing_file, required=True, help="the genome")
    add("--out", metavar="DIR", type=cli.Path, required=True, help="folder to write the plan to")
    add("--checkpoint-files", type=cli.existing_path, nargs="+", default=[],
        help="files of the trunk's checkpoint, or its folder: also write key.txt, a name for all that embeddings depend on")  # fmt: skip
    add("--crop", type=cli.whole_number, default=default.crop_bp, help="bp to drop at each end of a window")
    add("--width", type=cli.positive_int, default=default.bin_width_bp, help="bp per bin")
    add("--sequences-per-shard", type=cli.positive_int, default=PlanOptions.sequences_per_shard,
        help="windows in a TFRecord shard")  # fmt: skip
    add("--test-fold", type=cli.whole_number, default=PlanOptions.test_fold, metavar="N",
        help="of windows in folds (fold0, fold1, …) the one to test on; the next one validates, the others train")  # fmt: skip
    return parser


def main(arguments: argparse.Namespace) -> None:
    from tcra.tracks.plan_windows import plan_windows

    try:
        settings = TrackSettings(crop_bp=arguments.crop, bin_width_bp=arguments.width)
        options = PlanOptions(settings, arguments.sequences_per_shard, arguments.test_fold)
    except ValueError as error:
        raise UserError(f"command line: {error}") from None
    plan_windows(arguments.bed, arguments.fasta, options, arguments.out, arguments.checkpoint_files)


if __name__ == "__main__":
    cli.run(main, make_parser())
