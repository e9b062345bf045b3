"""What loci are made of, and how."""

from dataclasses import dataclass, field
from pathlib import Path

from tcra.association.gwas.settings import GwasSettings, MatchSettings
from tcra.errors import UserError


@dataclass(frozen=True)
class LocusInputs:
    """associations: tables of COMBINE, in which genes pass (associations, omnibus tests). models: databases. genotypes: the panel, one file
    or several. rankings, scores: by tissue. states: BED files by label."""

    trait: str
    associations: tuple[Path, ...]
    models: tuple[Path, ...]
    gwas: tuple[Path, ...]
    genotypes: tuple[Path, ...]
    genes: Path
    rankings: tuple[tuple[str, Path], ...] = ()
    scores: tuple[tuple[str, Path], ...] = ()
    states: tuple[tuple[str, Path], ...] = ()


@dataclass(frozen=True)
class LocusOptions:
    """flank_bp: to both sides of a gene's start. most_genes: those with the smallest p are drawn. fdr: at which a gene passes.
    tracks: of each SNP the scores of so many tracks are kept. gene_window_bp: the models'; a flank is no longer (0: no such limit)."""

    flank_bp: int = 500_000
    most_genes: int = 200
    fdr: float = 0.05
    tracks: int = 8
    gene_window_bp: int = 0
    gwas: GwasSettings = field(default_factory=GwasSettings)
    matching: MatchSettings = field(default_factory=MatchSettings)

    def __post_init__(self) -> None:
        if self.flank_bp < 1:
            raise UserError(f"--flank {self.flank_bp}: expected a length of at least 1 bp")
        if self.gene_window_bp < 0:
            raise UserError(f"--gene-window {self.gene_window_bp}: expected a length of at least 0 bp")
        if self.most_genes < 1:
            raise UserError(f"--most-genes {self.most_genes}: expected at least 1")
        if not 0 < self.fdr <= 1:
            raise UserError(f"--fdr {self.fdr:g}: expected a share above 0, at most 1")
        if self.tracks < 1:
            raise UserError(f"--tracks-shown {self.tracks}: expected at least 1")

    @property
    def shown_bp(self) -> int:
        """What is shown to both sides of a gene's start."""
        return min(self.flank_bp, self.gene_window_bp or self.flank_bp)
