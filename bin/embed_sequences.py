#!/usr/bin/env python3
"""Run the frozen Enformer trunk once per window of TFRecord shards and keep its output, for training and evaluation."""

import argparse
from pathlib import Path

from tcra import cli


def make_parser() -> argparse.ArgumentParser:
    parser = cli.make_parser(__doc__ or "")
    parser.add_argument(
        "--checkpoint",
        type=Path,
        required=True,
        help="Enformer checkpoint prefix, or a model folder of train_tracks.py",
    )
    parser.add_argument(
        "--tfrecords", type=cli.existing_path, required=True, help="folder with statistics.json and tfrecords/"
    )
    parser.add_argument(
        "--shards", help="only these shards, separated by commas, such as train-0-0,train-0-1; default all"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the embeddings, one array file a shard")
    parser.add_argument(
        "--augment",
        default="",
        help="further copies of each window: rc, shift=N, shift=N+rc (N in bp), separated by commas",
    )
    parser.add_argument("--batch-size", type=cli.positive_int, help="windows a pass; default by memory")
    parser.add_argument(
        "--precision",
        choices=("float32", "bfloat16"),
        default="float32",
        help="arithmetic of the trunk; bfloat16 is for GPUs",
    )
    parser.add_argument(
        "--gamma-maximum", choices=("per-feature", "global"),
        help="scaling of the gamma position features: per-feature as DeepMind's code; global as the published transfer-learning copy; "
        "default per-feature, or what model.json says",
    )  # fmt: skip
    return parser


def main(arguments: argparse.Namespace) -> None:
    from tcra.enformer.quiet import load_tensorflow

    load_tensorflow()
    from tcra.enformer.embed import embed

    embed(arguments)


if __name__ == "__main__":
    cli.run(main, make_parser())
