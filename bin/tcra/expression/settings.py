"""What the stages of gene models are asked to do. The defaults stand here alone; the entry scripts take them from here."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tcra.errors import UserError

QValueMethod = Literal["bh", "storey"]
Quality = Literal["nested", "published"]
DEFAULT_PRIOR = "0.1,0.5"  # of the pipeline: fixed beforehand on real expression, not chosen per gene


@dataclass(frozen=True)
class PriorPowers:
    """Powers of a SNP's rank and of its distance from the transcription start in the prior model's penalty; 0 leaves one out."""

    rank: float
    distance: float

    def __post_init__(self) -> None:
        for power in (self.rank, self.distance):
            if not (math.isfinite(power) and power >= 0):
                raise UserError(
                    f"--prior: power {power:g}; expected two numbers of at least 0, such as {DEFAULT_PRIOR}"
                )

    @classmethod
    def parse(cls, text: str) -> "PriorPowers | None":
        """Powers from `A,B` (rank, distance); None from an empty text.

        Errors: UserError.

        >>> PriorPowers.parse("0.1,0.5")
        PriorPowers(rank=0.1, distance=0.5)
        """
        if not text.strip():
            return None
        try:
            rank, distance = map(float, text.split(","))
        except ValueError:
            raise UserError(
                f"--prior {text!r}: expected the powers of rank and distance, such as {DEFAULT_PRIOR}, or '' for no prior model"
            ) from None
        return cls(rank, distance)


@dataclass(frozen=True)
class NormalizationOptions:
    """How expression is normalised. factors: number of expression PCs to regress out, None for the ladder (none if already normalised).
    already_normalized: take the values as they are; covariates and factors, if there are any, are regressed out of them."""

    factors: int | None = None
    already_normalized: bool = False


@dataclass(frozen=True)
class ChunkInputs:
    """Files of a chunk of genes. genotypes: one or more (one per chromosome)."""

    genotypes: list[Path]
    expression: Path
    genes: Path
    snp_sets: Path


@dataclass(frozen=True)
class ChunkOptions:
    """How a chunk of genes is fitted; defaults as published.

    window_bp: to both sides of the gene's body, or with `around_tss` of its transcription start. number_of_genes: 0 for all from
    `first_gene` (0-based) on. maf: least minor allele frequency. impute: put the mean dosage for missing calls instead of dropping
    the SNP. alpha: share of the lasso in the penalty. prior: powers of the prior model, None for none. prior_set: the prior model is
    offered ranks 1 to `prior_set`; 0 for all ranked variants. quality: what decides which models are good: a nested cross-validation, or
    the published one, which measures λ on the folds that chose it (half the time).
    phi: also write the numerators of φ, for which every SNP of the chromosome is read.
    """

    set_sizes: tuple[int, ...]
    chrom: str = ""
    first_gene: int = 0
    number_of_genes: int = 0
    window_bp: int = 1_000_000
    around_tss: bool = False
    maf: float = 0.05
    impute: bool = False
    alpha: float = 0.5
    folds: int = 10
    repeats: int = 3
    seed: int = 20240528
    full_path: bool = False
    prior: PriorPowers | None = None
    prior_set: int = 0
    quality: Quality = "nested"
    phi: bool = False
    cores: int = 1

    def __post_init__(self) -> None:
        if self.maf > 0.5:
            raise UserError(f"--maf {self.maf:g}: no minor allele is so frequent; expected at most 0.5, such as 0.05")
        if self.prior_set and self.prior is None:
            raise UserError(f"--prior-set {self.prior_set} is for the prior model; give --prior {DEFAULT_PRIOR} too")


@dataclass(frozen=True)
class DatabaseOptions:
    """How chunks become databases. name: files are NAME_SET.db. keep_all: every model with a SNP, whatever its quality.
    quality: the one to go by; empty for that which the chunks were made for.
    genome_variance: Σσ² of the dosages of all SNPs of the genome, for φ; None for the sum over the chunks' chromosomes."""

    name: str
    keep_all: bool = False
    q_values: QValueMethod = "bh"
    quality: Quality | Literal[""] = ""
    genome_variance: float | None = None
