#!/usr/bin/env python3
"""Correlation of predicted with observed coverage for every track, on windows that training did not see."""

import argparse
from pathlib import Path

from tcra import cli
from tcra.enformer.gamma_arguments import add_gamma_argument
from tcra.enformer.settings import EvaluateOptions


def make_parser() -> argparse.ArgumentParser:
    parser = cli.make_parser(__doc__ or "")
    add, default = parser.add_argument, EvaluateOptions
    add("--model", type=Path, required=True, help="model folder of train_tracks.py, or a checkpoint prefix")
    add("--model-tracks", type=cli.existing_file,
        help="ids of a checkpoint's tracks: targets.txt, or one id per line")  # fmt: skip
    add("--tfrecords", type=cli.existing_path, required=True,
        help="folder with statistics.json, targets.txt and tfrecords/")  # fmt: skip
    add("--embeddings", type=cli.existing_path,
        help="folder of embed_sequences.py (default: run the whole network)")  # fmt: skip
    add("--splits", nargs="+", default=list(default.splits), help="splits to evaluate")
    add("--out", type=cli.output_file, required=True, help="Parquet file, one row per split and track")
    add_gamma_argument(parser)
    return parser


def main(arguments: argparse.Namespace) -> None:
    options = EvaluateOptions(tuple(arguments.splits), arguments.gamma_maximum)
    from tcra.enformer.quiet import load_tensorflow

    load_tensorflow()
    from tcra.enformer.devices import make_repeatable, prepare_devices
    from tcra.enformer.evaluate import EvaluateInputs, evaluate_tracks

    prepare_devices()
    make_repeatable()
    inputs = EvaluateInputs(arguments.model, arguments.tfrecords, arguments.embeddings, arguments.model_tracks)
    evaluate_tracks(inputs, options, arguments.out)


if __name__ == "__main__":
    cli.run(main, make_parser())
