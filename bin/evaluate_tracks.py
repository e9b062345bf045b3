#!/usr/bin/env python3
"""Correlation of predicted with observed coverage for every track, on windows that training did not see."""

import argparse
from pathlib import Path

from tcra import cli


def make_parser() -> argparse.ArgumentParser:
    parser = cli.make_parser(__doc__ or "")
    parser.add_argument(
        "--model", type=Path, required=True, help="model folder of train_tracks.py, or a checkpoint prefix"
    )
    parser.add_argument(
        "--model-tracks", type=cli.existing_file, help="ids of a checkpoint's tracks: targets.txt, or one id a line"
    )
    parser.add_argument(
        "--tfrecords", type=cli.existing_path, required=True, help="folder with statistics.json and tfrecords/"
    )
    parser.add_argument(
        "--embeddings", type=cli.existing_path, help="folder of embed_sequences.py; default: run the whole network"
    )
    parser.add_argument("--splits", nargs="+", default=["valid", "test"], help="splits to evaluate")
    parser.add_argument(
        "--out", type=cli.output_file, required=True, help="Parquet file, a row for each split and track"
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
    from tcra.enformer.devices import make_repeatable, prepare_devices
    from tcra.enformer.evaluate import evaluate

    prepare_devices()
    make_repeatable()
    evaluate(arguments)


if __name__ == "__main__":
    cli.run(main, make_parser())
