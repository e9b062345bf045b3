#!/usr/bin/env python3
"""Run the frozen Enformer trunk once per window and keep its output, for training and evaluation of any tissue on these windows."""

import argparse
import sys
from pathlib import Path
from typing import get_args

from tcra import cli
from tcra.enformer import constants
from tcra.enformer.augmentation import augmentation_text, parse_augmentations
from tcra.enformer.gamma_arguments import add_gamma_argument
from tcra.enformer.settings import EmbedOptions, TrunkPrecision
from tcra.errors import UserError
from tcra.tracks.settings import PlanOptions, TrackSettings


def make_parser() -> argparse.ArgumentParser:
    parser = cli.make_parser(__doc__ or "")
    add, default = parser.add_argument, EmbedOptions
    add("--checkpoint", type=Path, required=True,
        help="Enformer checkpoint prefix, or a model folder of train_tracks.py")  # fmt: skip
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--bed", type=cli.existing_file,
        help="windows: chromosome, start, end, split (train, valid, test); with --fasta")  # fmt: skip
    source.add_argument("--tfrecords", type=cli.existing_path,
        help="the windows of a data set instead: folder with statistics.json and tfrecords/")  # fmt: skip
    add("--fasta", type=cli.existing_file, help="the genome of --bed")
    add("--crop", type=cli.whole_number, default=constants.CROP_BP,
        help="bp without bins at each end of a window of --bed")  # fmt: skip
    add("--width", type=cli.positive_int, default=constants.BIN_WIDTH_BP, help="bp per bin, with --bed")
    add("--sequences-per-shard", type=cli.positive_int, default=PlanOptions.sequences_per_shard,
        help="windows of --bed in a shard, as in the data set that is trained on")  # fmt: skip
    add("--shards", help="only these shards, separated by commas, such as train-0-0,train-0-1 (default: all)")
    add("--out", type=Path, required=True, help="folder for the embeddings, one array file per shard")
    add("--augment", default=augmentation_text(default.augmentations),
        help="further copies of each window: rc, shift=N, shift=N+rc (N in bp), separated by commas")  # fmt: skip
    add("--batch-size", type=cli.positive_int, default=default.batch_size,
        help="windows per pass (default: by memory)")  # fmt: skip
    add("--precision", choices=get_args(TrunkPrecision), default=default.precision,
        help="arithmetic of the trunk; bfloat16 is for GPUs")  # fmt: skip
    add_gamma_argument(parser)
    return parser


def main(arguments: argparse.Namespace) -> None:
    options = EmbedOptions(
        shards=tuple(arguments.shards.split(",")) if arguments.shards else None,
        augmentations=parse_augmentations(arguments.augment),
        batch_size=arguments.batch_size,
        precision=arguments.precision,
        gamma_maximum=arguments.gamma_maximum,
    )
    if arguments.bed and not arguments.fasta:
        raise UserError("command line: --bed needs --fasta, the genome that the windows are on")
    from tcra.enformer.quiet import load_tensorflow

    load_tensorflow()
    from tcra.enformer.embed import embed_sequences
    from tcra.enformer.window_sources import GenomeWindows, RecordWindows, WindowSource

    source: WindowSource
    if arguments.bed:
        bins = TrackSettings(crop_bp=arguments.crop, bin_width_bp=arguments.width)
        source = GenomeWindows.open(arguments.bed, arguments.fasta, PlanOptions(bins, arguments.sequences_per_shard))
    else:
        source = RecordWindows(arguments.tfrecords)
    embed_sequences(arguments.checkpoint, source, options, arguments.out, command=[sys.executable, *sys.argv])


if __name__ == "__main__":
    cli.run(main, make_parser())
