"""Inputs and options of the ranking stage."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from tcra.common.choices import check_choice
from tcra.errors import UserError

TrackSummary = Literal["mean", "maximum", "rank"]
NamedFile = tuple[str, Path]
EVIDENCE_KINDS = ("annotation", "states", "gwas", "variant_list", "clinvar")


@dataclass(frozen=True)
class RankInputs:
    """Files of a run. scores, second_scores: score files or folders of them. rsids: a table of rs numbers that counts before the scores'.

    annotation (BED), states (BED), gwas, variant_list, clinvar (VCF): (name, file) pairs. frequencies: also for matched controls, as genes
    (GTF). fasta: the scores' genome.
    """

    scores: tuple[Path, ...]
    second_scores: tuple[Path, ...] = ()
    rsids: Path | None = None
    annotation: tuple[NamedFile, ...] = ()
    states: tuple[NamedFile, ...] = ()
    gwas: tuple[NamedFile, ...] = ()
    variant_list: tuple[NamedFile, ...] = ()
    clinvar: tuple[NamedFile, ...] = ()
    frequencies: Path | None = None
    genes: Path | None = None
    fasta: Path | None = None

    def __post_init__(self) -> None:
        names = [name for name, _ in self.evidence]
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            raise UserError(f"two annotations are called {repeated[0]}; give each its own name")

    @property
    def evidence(self) -> list[NamedFile]:
        """All named files."""
        return [pair for kind in EVIDENCE_KINDS for pair in getattr(self, kind)]

    @property
    def files(self) -> list[Path]:
        """All files and folders."""
        single = [self.rsids, self.frequencies, self.genes, self.fasta]
        named = [path for _, path in self.evidence]
        return [*self.scores, *self.second_scores, *named, *(path for path in single if path)]


@dataclass(frozen=True)
class RankOptions:
    """Settings of a run.

    set_sizes: numbers of variants, or fractions below 1, as text. rank_by: how a variant's |scores| are summed up over tracks.
    tracks: the tracks to use; none means all. state_groups: `NAME=STATES` such as `promoter=1,2,10,11`; none means the published ones.
    gwas_p: below it a GWAS variant counts. prune_distance_bp: within it of a better GWAS variant there is no other lead variant.
    matched_controls: controls per variant of a set; 0 for none. seed: of the controls' draw.
    """

    set_sizes: tuple[str, ...] = ("200000", "500000", "1000000", "1500000", "2000000", "3500000")
    rank_by: TrackSummary = "mean"
    tracks: tuple[str, ...] = ()
    name: str = "tCRA"
    second_name: str = "Enformer"
    state_groups: tuple[str, ...] = ()
    gwas_p: float = 5e-8
    prune_distance_bp: int = 500_000
    matched_controls: int = 0
    seed: int = 20240528

    def __post_init__(self) -> None:
        check_choice("--rank-by", self.rank_by, get_args(TrackSummary))
        if not 0 <= self.gwas_p <= 1:
            raise UserError(f"--gwas-p {self.gwas_p:g}: expected a number between 0 and 1")
        if self.prune_distance_bp < 0 or self.matched_controls < 0:
            raise UserError("--prune-distance and --matched-controls: expected whole numbers of at least 0")
