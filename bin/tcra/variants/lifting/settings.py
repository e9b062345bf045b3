"""Inputs and options of liftover and of harmonising with a GWAS."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from tcra.common.choices import check_choice

Palindromic = Literal["frequency", "drop", "letters"]


@dataclass(frozen=True)
class LiftInputs:
    """Files of a run. variants: score files (Parquet, or a folder of them) or any variant table. chain: from the variants' build.

    target_fasta: decides which allele is ref there. back_chain: the way back; what does not come back to its place is rejected.
    """

    variants: Path
    chain: Path
    target_fasta: Path | None = None
    back_chain: Path | None = None

    @property
    def files(self) -> list[Path]:
        """All files and folders."""
        return [path for path in (self.variants, self.chain, self.target_fasta, self.back_chain) if path]


@dataclass(frozen=True)
class HarmonizeInputs:
    """Files of a run. scores: score files or folders of them, in the GWAS's build. frequencies: of the scored variants' alt alleles."""

    scores: tuple[Path, ...]
    gwas: Path
    frequencies: Path | None = None

    @property
    def files(self) -> list[Path]:
        """All files and folders."""
        return [*self.scores, self.gwas, *([self.frequencies] if self.frequencies else [])]


@dataclass(frozen=True)
class HarmonizeOptions:
    """Settings of a run. palindromic: what decides the strand of A/T and C/G SNPs, if anything does."""

    palindromic: Palindromic = "drop"

    def __post_init__(self) -> None:
        check_choice("--palindromic", self.palindromic, get_args(Palindromic))
