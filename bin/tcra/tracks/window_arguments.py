"""The flags that plan_tracks.py and plan_windows.py share: windows, genome, bins and shards."""

import argparse
from pathlib import Path

from tcra import cli
from tcra.tracks.settings import PlanOptions


def add_window_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --bed, --fasta, --out, and how windows become bins and shards."""
    add, default = parser.add_argument, PlanOptions.settings
    add("--bed", type=cli.existing_file, required=True,
        help="windows: chromosome, start, end, split (train, valid, test; or fold0, fold1, …)")  # fmt: skip
    add("--fasta", type=cli.existing_file, required=True, help="the genome")
    add("--out", metavar="DIR", type=Path, required=True, help="folder to write the plan to")
    add("--crop", type=cli.whole_number, default=default.crop_bp, help="bp to drop at each end of a window")
    add("--width", type=cli.positive_int, default=default.bin_width_bp, help="bp per bin")
    add("--sequences-per-shard", type=cli.positive_int, default=PlanOptions.sequences_per_shard,
        help="windows in a TFRecord shard")  # fmt: skip
    add("--test-fold", type=cli.whole_number, default=PlanOptions.test_fold, metavar="N",
        help="of windows in folds (fold0, fold1, …) the one to test on; the next one validates, the others train")  # fmt: skip
