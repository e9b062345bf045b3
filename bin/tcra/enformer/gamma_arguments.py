"""The flag that every command with the trunk has."""

import argparse
from typing import get_args

from tcra.enformer.settings import GammaMaximum


def add_gamma_argument(parser: argparse.ArgumentParser) -> None:
    """Add --gamma-maximum; its default is that of the options, None."""
    parser.add_argument("--gamma-maximum", choices=get_args(GammaMaximum),
        help="scaling of the gamma position features: per-feature as DeepMind's code; global as the published transfer-learning copy "
        "(default: per-feature, or what model.json says)")  # fmt: skip
