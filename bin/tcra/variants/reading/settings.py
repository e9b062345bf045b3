"""Inputs and options of splitting variant files."""

from dataclasses import dataclass
from pathlib import Path

from tcra.errors import UserError


@dataclass(frozen=True)
class SplitInputs:
    """Files of a run. variants: one file, or several that are read as one. other_fasta: another genome build, in which ref alleles that do
    not match are looked up too."""

    variants: tuple[Path, ...]
    fasta: Path
    other_fasta: Path | None = None


@dataclass(frozen=True)
class SplitOptions:
    """Settings of a run. shard_size: largest number of variants per shard."""

    shard_size: int = 20_000

    def __post_init__(self) -> None:
        if self.shard_size < 1:
            raise UserError(f"--shard-size {self.shard_size}: expected a whole number of at least 1")
