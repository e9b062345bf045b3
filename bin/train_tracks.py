#!/usr/bin/env python3
"""Transfer-learn Enformer on a tissue's tracks: a new head on the frozen trunk, from cached embeddings."""

import argparse
from pathlib import Path

from tcra import cli
from tcra.errors import UserError

DEFAULTS = {"cached": (32, 1e-3), "published": (8, 1e-4), "baseline": (16, 1e-3)}  # batch size, learning rate


def make_parser() -> argparse.ArgumentParser:
    parser = cli.make_parser(__doc__ or "")
    parser.add_argument("--checkpoint", type=Path, help="pretrained Enformer: checkpoint prefix, or a model folder")
    parser.add_argument(
        "--tfrecords", type=cli.existing_path, required=True, help="folder with statistics.json and tfrecords/"
    )
    parser.add_argument(
        "--embeddings", type=cli.existing_path, help="folder of embed_sequences.py; by default made and removed again"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the model")
    parser.add_argument(
        "--model", choices=("enformer", "baseline"), default="enformer",
        help="baseline: a convolutional network trained from scratch, for comparison; needs no checkpoint",
    )  # fmt: skip
    parser.add_argument(
        "--scope",
        choices=("head", "head+pointwise"),
        default="head+pointwise",
        help="trained: the head, or also the final pointwise block",
    )
    parser.add_argument(
        "--trunk-mode", choices=("cached", "published"), default="cached",
        help="cached: trunk once a window, at inference; published: the whole network in training mode at every step",
    )  # fmt: skip
    parser.add_argument("--steps", type=cli.positive_int, default=2560, help="most training steps")
    parser.add_argument(
        "--batch-size", type=cli.positive_int, help="windows a step; 32 cached, 8 published, 16 baseline"
    )
    parser.add_argument("--learning-rate", type=float, help="of Adam; 1e-3 cached, 1e-4 published, 1e-3 baseline")
    parser.add_argument("--evaluate-every", type=cli.positive_int, default=128, help="steps between validations")
    parser.add_argument(
        "--patience",
        type=cli.whole_number,
        default=10,
        help="validations without a better loss before stopping; 0 never",
    )
    parser.add_argument("--dropout", type=float, default=1.0, help="multiplies the published dropout rates")
    parser.add_argument(
        "--seed", type=cli.whole_number, default=1, help="of the new head, the order of windows and dropout"
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
    from tcra.enformer.train import train
    from tcra.enformer.training_loop import Schedule

    prepare_devices()
    make_repeatable()
    kind = "baseline" if arguments.model == "baseline" else arguments.trunk_mode
    batch_size, learning_rate = DEFAULTS[kind]
    try:
        schedule = Schedule(
            steps=arguments.steps,
            batch_size=arguments.batch_size or batch_size,
            learning_rate=learning_rate if arguments.learning_rate is None else arguments.learning_rate,
            evaluate_every=arguments.evaluate_every,
            patience=arguments.patience,
            seed=arguments.seed,
            dropout=arguments.dropout,
        )
    except ValueError as error:
        raise UserError(f"command line: {error}") from None
    train(arguments, schedule)


if __name__ == "__main__":
    cli.run(main, make_parser())
