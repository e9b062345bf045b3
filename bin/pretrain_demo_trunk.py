#!/usr/bin/env python3
"""Pre-train the demo's small trunk on made-up genomes (about five minutes on two cores) and write the checkpoint that is shipped."""

import argparse
from pathlib import Path

from tcra import cli


def make_parser() -> argparse.ArgumentParser:
    parser = cli.make_parser(__doc__ or "")
    parser.add_argument("--seed", type=cli.whole_number, default=1, help="seed of genomes, weights and dropout")
    parser.add_argument("--steps", type=cli.positive_int, default=4000, help="training batches")
    parser.add_argument("--batch-size", type=cli.positive_int, default=16, help="windows of 4,096 bp per batch")
    parser.add_argument("--learning-rate", type=float, default=4e-3, help="Adam's highest rate, after the warm-up")
    parser.add_argument("--out", type=Path, required=True, help="folder to write; an older one is replaced")
    return parser


def main(arguments: argparse.Namespace) -> None:
    from tcra.enformer.quiet import load_tensorflow

    load_tensorflow()
    from tcra.demo.trunk import pretrain_trunk

    pretrain_trunk(arguments.out, arguments.seed, arguments.steps, arguments.batch_size, arguments.learning_rate)


if __name__ == "__main__":
    cli.run(main, make_parser())
