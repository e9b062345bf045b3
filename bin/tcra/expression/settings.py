"""What the stages of gene models are asked to do. The defaults stand here alone; the entry scripts take them from here."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tcra.errors import UserError

QValueMethod = Literal["bh", "storey"]


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

    window: bp to both sides of the gene's body, or with `around_tss` of its transcription start. number_of_genes: 0 for all from
    `first_gene` (0-based) on. maf: least minor allele frequency. impute: put the mean dosage for missing calls instead of dropping
    the SNP. alpha: share of the lasso in the penalty.
    """

    set_sizes: tuple[int, ...]
    chrom: str = ""
    first_gene: int = 0
    number_of_genes: int = 0
    window: int = 1_000_000
    around_tss: bool = False
    maf: float = 0.05
    impute: bool = False
    alpha: float = 0.5
    folds: int = 10
    repeats: int = 3
    seed: int = 20240528
    full_path: bool = False
    cores: int = 1

    def __post_init__(self) -> None:
        if self.maf > 0.5:
            raise UserError(f"--maf {self.maf:g}: no minor allele is so frequent; expected at most 0.5, such as 0.05")


@dataclass(frozen=True)
class DatabaseOptions:
    """How chunks become databases. name: files are NAME_SET.db. keep_all: every model with a SNP, whatever its quality."""

    name: str
    keep_all: bool = False
    q_values: QValueMethod = "bh"
