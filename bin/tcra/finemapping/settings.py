"""What to fine-map, and how: inputs and options, with their defaults."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tcra.association.gwas.settings import GwasSettings, MatchSettings
from tcra.errors import UserError

FinemapMethod = Literal["susie", "focus"]
VarianceStructure = Literal["shared_all", "shared_type", "independent"]
BEST = "best"


@dataclass(frozen=True)
class FinemapInputs:
    """Files of a run. genotypes: the panel, one file or one per chromosome. expression: by tissue, for colocalisation.

    parameters: priors of an earlier run (its `parameters.json`).
    """

    models: tuple[Path, ...]
    gwas: tuple[Path, ...]
    genotypes: tuple[Path, ...]
    genes: Path | None = None
    regions: Path | None = None
    scores: tuple[Path, ...] = ()
    expression: tuple[tuple[str, Path], ...] = ()
    parameters: Path | None = None

    @property
    def files(self) -> list[Path]:
        """All of them but a liftover's chain, for the record."""
        optional = [path for path in (self.genes, self.regions, self.parameters) if path is not None]
        return [
            *self.models,
            *self.gwas,
            *self.genotypes,
            *self.scores,
            *(path for _, path in self.expression),
            *optional,
        ]


@dataclass(frozen=True)
class FixedPriors:
    """What the user has fixed; None is estimated."""

    gene_prior: float | None = None
    snp_prior: float | None = None
    variance: float | None = None

    @property
    def complete(self) -> bool:
        return None not in (self.gene_prior, self.snp_prior, self.variance)


@dataclass(frozen=True)
class PriorOptions:
    """gene_prior, snp_prior, effect_variance: None is estimated. thin: share of the SNPs that the estimate is made from.

    em: E step by one effect per region, or (`susie`) by several in regions with |z| > 3.5, four rounds more.
    """

    gene_prior: float | None = None
    snp_prior: float | None = None
    effect_variance: float | None = None
    variance: VarianceStructure = "shared_type"
    thin: float = 1.0
    fallback: bool = True

    def __post_init__(self) -> None:
        for name, value in (("gene", self.gene_prior), ("snp", self.snp_prior)):
            if value is not None and not 0 < value < 1:
                raise UserError(f"--{name}-prior {value:g}: expected a probability between 0 and 1")
        if self.effect_variance is not None and not self.effect_variance > 0:
            raise UserError(
                f"--effect-variance {self.effect_variance:g}: expected a variance above 0, on the scale of z"
            )
        if not 0 < self.thin <= 1:
            raise UserError(f"--thin {self.thin:g}: expected a share of the SNPs above 0, at most 1")

    @property
    def fixed(self) -> FixedPriors:
        return FixedPriors(self.gene_prior, self.snp_prior, self.effect_variance)


@dataclass(frozen=True)
class FinemapOptions:
    """Settings of a run. window_bp: gene windows without --regions, to both sides of the TSS. most_variables: a larger region made of
    windows is split. ld_ridge: None is 0 for susie, 0.1 for focus. maf: least minor allele frequency of a SNP in the panel.
    gwas_samples, cases: for colocalisation. chromosome: only this one; empty for all.
    """

    method: FinemapMethod = "susie"
    priors: PriorOptions = field(default_factory=PriorOptions)
    settings: GwasSettings = field(default_factory=GwasSettings)
    matching: MatchSettings = field(default_factory=MatchSettings)
    trait: str = ""
    effects: int = 5
    keep_all_effects: bool = False
    tolerance: float = 1e-6
    max_causal: int = 3
    ld_ridge: float | None = None
    maf: float = 0.01
    snp_set: str = BEST
    window_bp: int = 500_000
    most_variables: int = 10_000
    merge_borders: bool = False
    conditional_p: float = 0.05
    min_r2: float = 0.0
    coloc: bool = False
    gwas_samples: float | None = None
    cases: float | None = None
    chromosome: str = ""

    def __post_init__(self) -> None:
        if self.effects < 1:
            raise UserError(f"--effects {self.effects}: expected at least 1")
        if self.max_causal < 1:
            raise UserError(f"--max-causal {self.max_causal}: expected at least 1")
        if not 0 < self.tolerance < 1:
            raise UserError(f"--tolerance {self.tolerance:g}: expected a number between 0 and 1, such as 1e-6")
        if self.ld_ridge is not None and not 0 <= self.ld_ridge < 1:
            raise UserError(f"--ld-ridge {self.ld_ridge:g}: expected a share of at least 0, below 1")
        if not 0 <= self.maf <= 0.5:
            raise UserError(f"--maf {self.maf:g}: no minor allele is so frequent; expected 0 to 0.5, such as 0.01")
        if not 0 < self.conditional_p < 1:
            raise UserError(f"--conditional-p {self.conditional_p:g}: expected a level between 0 and 1")
        if not 0 <= self.min_r2 < 1:
            raise UserError(f"--min-r2 {self.min_r2:g}: expected a squared correlation of at least 0, below 1")
        if self.window_bp < 1 or self.most_variables < 2:
            raise UserError("--window and --most-variables: expected whole numbers of at least 1 and 2")
        if self.coloc and self.gwas_samples is None:
            raise UserError("--coloc needs the number of samples of the GWAS: give --gwas_N")

    @property
    def ridge(self) -> float:
        return self.ld_ridge if self.ld_ridge is not None else 0.1 if self.method == "focus" else 0.0
