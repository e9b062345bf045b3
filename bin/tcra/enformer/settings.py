"""The options of this room, each with its default: embedding, training, evaluation. Nothing here needs TensorFlow."""

import math
from dataclasses import dataclass
from typing import Literal, get_args

from tcra.common.choices import check_choice
from tcra.enformer import constants
from tcra.enformer.augmentation import PLAIN, Augmentation
from tcra.errors import UserError

Architecture = Literal["enformer", "baseline"]
GammaMaximum = Literal["per-feature", "global"]
TrunkPrecision = Literal["float32", "bfloat16"]
TrainingScope = Literal["head", "head+pointwise"]
TrunkMode = Literal["cached", "published"]


@dataclass(frozen=True)
class EmbedOptions:
    """How windows are embedded.

    shards: only these; None for all. augmentations: the copies of each window, the plain one first. batch_size: windows per pass; None
    for as many as the memory holds. precision: the trunk's arithmetic. gamma_maximum: see `position_features`; None for what the model's
    model.json says, or per-feature.
    """

    shards: tuple[str, ...] | None = None
    augmentations: tuple[Augmentation, ...] = (PLAIN,)
    batch_size: int | None = None
    precision: TrunkPrecision = "float32"
    gamma_maximum: GammaMaximum | None = None

    def __post_init__(self) -> None:
        if self.batch_size is not None and self.batch_size < 1:
            raise UserError(f"--batch-size is {self.batch_size}, expected at least 1")
        if not self.augmentations or self.augmentations[0] != PLAIN:
            raise UserError("the first copy of a window is the plain one")
        check_choice("--precision", self.precision, get_args(TrunkPrecision))
        _check_gamma(self.gamma_maximum)


@dataclass(frozen=True)
class TrainingSchedule:
    """How long and how fast. steps: at most. batch_size: windows per step. learning_rate: of Adam. evaluate_every: steps between
    validations. patience: validations without a better loss before stopping (0: never). seed: of the new head, the order of windows and
    dropout. dropout: multiplies the published rates."""

    steps: int = 2560
    batch_size: int = 32
    learning_rate: float = 1e-3
    evaluate_every: int = 128
    patience: int = 10
    seed: int = 1
    dropout: float = 1.0

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size", "evaluate_every"):
            if getattr(self, name) < 1:
                raise UserError(f"--{name.replace('_', '-')} is {getattr(self, name)}, expected at least 1")
        for name in ("patience", "seed"):
            if getattr(self, name) < 0:
                raise UserError(f"--{name} is {getattr(self, name)}, expected at least 0")
        if not 0 < self.learning_rate < math.inf:
            raise UserError(f"--learning-rate is {self.learning_rate}, expected a number above 0")
        highest = 1 / constants.DROPOUT
        if not 0 <= self.dropout < highest:
            raise UserError(
                f"--dropout is {self.dropout}, expected a number from 0 to below {highest:g}, where the published rate of "
                f"{constants.DROPOUT} would drop everything"
            )


# The schedule of each way to train where nothing else is said; `published` has the published batch size and rate.
DEFAULT_SCHEDULES = {
    "cached": TrainingSchedule(),
    "published": TrainingSchedule(batch_size=8, learning_rate=1e-4),
    "baseline": TrainingSchedule(batch_size=16),
}


@dataclass(frozen=True)
class TrainOptions:
    """What is trained and how.

    architecture: Enformer, or a convolutional network trained from scratch, for comparison. scope: what is trained of Enformer.
    trunk_mode: `cached` runs the trunk once per window, at inference; `published` the whole network in training mode at every step.
    gamma_maximum: as in EmbedOptions.
    """

    schedule: TrainingSchedule = TrainingSchedule()
    architecture: Architecture = "enformer"
    scope: TrainingScope = "head+pointwise"
    trunk_mode: TrunkMode = "cached"
    gamma_maximum: GammaMaximum | None = None

    def __post_init__(self) -> None:
        check_choice("--architecture", self.architecture, get_args(Architecture))
        check_choice("--scope", self.scope, get_args(TrainingScope))
        check_choice("--trunk-mode", self.trunk_mode, get_args(TrunkMode))
        _check_gamma(self.gamma_maximum)


@dataclass(frozen=True)
class EvaluateOptions:
    """What is evaluated. splits: of the data set. gamma_maximum: as in EmbedOptions."""

    splits: tuple[str, ...] = ("valid", "test")
    gamma_maximum: GammaMaximum | None = None

    def __post_init__(self) -> None:
        if not self.splits or len(set(self.splits)) < len(self.splits):
            raise UserError(f"--splits are {', '.join(self.splits) or 'none'}, expected each one once")
        _check_gamma(self.gamma_maximum)


def _check_gamma(value: GammaMaximum | None) -> None:
    if value is not None:
        check_choice("--gamma-maximum", value, get_args(GammaMaximum))
