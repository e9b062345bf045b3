"""Inputs and options of splitting a variant file."""

from dataclasses import dataclass
from pathlib import Path

from tcra.errors import UserError


@dataclass(frozen=True)
class SplitInputs:
    """Files of a run. other_fasta: another genome build, in which ref alleles that do not match are looked up too."""

    variants: Path
    fasta: Path
    other_fasta: Path | None = None


@dataclass(frozen=True)
class SplitOptions:
    """Settings of a run. shard_size: largest number of variants per shard."""

    shard_size: int = 20_000

    def __post_init__(self) -> None:
        if self.shard_size < 1:
            raise UserError(f"--shard-size {self.shard_size}: expected a whole number of at least 1")
