"""Inputs and options of scoring, and of converting precomputed scores."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from tcra.common.choices import check_choice
from tcra.errors import UserError

Method = Literal["fast", "naive"]
ScoringPrecision = Literal["float32", "tf32", "bfloat16"]


@dataclass(frozen=True)
class ScoreInputs:
    """Files of a run. models: folders of train_tracks.py or checkpoint prefixes, which share their trunk. other_fasta: another genome
    build, in which ref alleles that do not match are looked up too.
    """

    models: tuple[Path, ...]
    fasta: Path
    variants: Path
    other_fasta: Path | None = None


@dataclass(frozen=True)
class ScoreOptions:
    """Settings of a run.

    input_length (bp), target_bins: of the model; None for its own. central_bins: bins around the variant whose mean is the score.
    skip_start_bp: positions at each chromosome's start that are left out. dry_run: print the plan and write nothing.
    """

    method: Method = "fast"
    input_length: int | None = None
    target_bins: int | None = None
    central_bins: int = 2
    reverse_complement: bool = False
    absolute: bool = False
    skip_start_bp: int = 0
    precision: ScoringPrecision = "float32"
    dry_run: bool = False

    def __post_init__(self) -> None:
        check_choice("--method", self.method, get_args(Method))
        check_choice("--precision", self.precision, get_args(ScoringPrecision))
        for flag, number in (
            ("--input-length", self.input_length),
            ("--target-bins", self.target_bins),
            ("--central-bins", self.central_bins),
        ):
            if number is not None and number < 1:
                raise UserError(f"{flag} {number}: expected a whole number of at least 1")
        if self.skip_start_bp < 0:
            raise UserError(f"--skip-start {self.skip_start_bp}: expected a number of bp of at least 0")


@dataclass(frozen=True)
class ConvertOptions:
    """Settings of a conversion. label: only tracks whose label has this text; all if it is empty. absolute: write |score|.

    statistic: the HDF5 dataset to read, where there are several; "" for SAD, or the only one.
    """

    label: str = ""
    absolute: bool = False
    statistic: str = ""
