#!/usr/bin/env python3
"""Transfer-learn Enformer on a tissue's tracks: a new head on the frozen trunk, from cached embeddings."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import get_args

from tcra import cli
from tcra.enformer.gamma_arguments import add_gamma_argument
from tcra.enformer.settings import (
    DEFAULT_SCHEDULES,
    Architecture,
    TrainingSchedule,
    TrainingScope,
    TrainOptions,
    TrunkMode,
)


def make_parser() -> argparse.ArgumentParser:
    parser = cli.make_parser(__doc__ or "")
    add, default, schedule = parser.add_argument, TrainOptions, TrainingSchedule
    add("--checkpoint", type=Path, help="pretrained Enformer: checkpoint prefix, or a model folder")
    add("--tfrecords", type=cli.existing_path, required=True,
        help="folder with statistics.json, targets.txt and tfrecords/")  # fmt: skip
    add("--embeddings", type=cli.existing_path,
        help="folder of embed_sequences.py (default: made and removed again)")  # fmt: skip
    add("--out", type=Path, required=True, help="folder for the model")
    add("--architecture", choices=get_args(Architecture), default=default.architecture,
        help="baseline: a convolutional network trained from scratch, for comparison; needs no checkpoint")  # fmt: skip
    add("--scope", choices=get_args(TrainingScope), default=default.scope,
        help="trained: the head, or also the final pointwise block")  # fmt: skip
    add("--trunk-mode", choices=get_args(TrunkMode), default=default.trunk_mode,
        help="cached: trunk once per window, at inference; published: the whole network in training mode at every step")  # fmt: skip
    add("--steps", type=cli.positive_int, default=schedule.steps, help="most training steps")
    add("--batch-size", type=cli.positive_int, help=f"windows per step (default: {_by_mode('batch_size')})")
    add("--learning-rate", type=float, help=f"of Adam (default: {_by_mode('learning_rate')})")
    add("--evaluate-every", type=cli.positive_int, default=schedule.evaluate_every, help="steps between validations")
    add("--patience", type=cli.whole_number, default=schedule.patience,
        help="validations without a better loss before stopping; 0 never")  # fmt: skip
    add("--dropout", type=float, default=schedule.dropout, help="multiplies the published dropout rates")
    add("--seed", type=cli.whole_number, default=schedule.seed,
        help="of the new head, the order of windows and dropout")  # fmt: skip
    add_gamma_argument(parser)
    cli.add_old_spellings(parser, {"--model": "--architecture"})
    return parser


def _by_mode(field: str) -> str:
    """A setting's default in each way to train, for the help."""
    return ", ".join(f"{getattr(schedule, field):g} {mode}" for mode, schedule in DEFAULT_SCHEDULES.items())


def main(arguments: argparse.Namespace) -> None:
    mode = "baseline" if arguments.architecture == "baseline" else arguments.trunk_mode
    given = {"batch_size": arguments.batch_size, "learning_rate": arguments.learning_rate}
    schedule = replace(
        DEFAULT_SCHEDULES[mode], steps=arguments.steps, evaluate_every=arguments.evaluate_every, patience=arguments.patience,
        seed=arguments.seed, dropout=arguments.dropout, **{name: value for name, value in given.items() if value is not None},
    )  # fmt: skip
    options = TrainOptions(
        schedule, arguments.architecture, arguments.scope, arguments.trunk_mode, arguments.gamma_maximum
    )
    from tcra.enformer.quiet import load_tensorflow

    load_tensorflow()
    from tcra.enformer.devices import make_repeatable, prepare_devices
    from tcra.enformer.train import TrainInputs, train_tracks

    prepare_devices()
    make_repeatable()
    train_tracks(TrainInputs(arguments.tfrecords, arguments.checkpoint, arguments.embeddings), options, arguments.out)


if __name__ == "__main__":
    cli.run(main, make_parser())
