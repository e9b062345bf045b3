"""What to compute and write, and how to match, beyond the GWAS's own settings."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tcra.association.gwas.settings import GwasSettings
from tcra.errors import UserError


@dataclass(frozen=True)
class Options:
    """What to compute and write, beyond the GWAS's own settings; names and meanings are S-PrediXcan's flags."""

    trait: str = ""
    model_db_snp_key: str | None = None
    single_snp_model: bool = False
    additional_output: bool = False
    remove_ens_version: bool = False
    gwas_h2: float | None = None
    gwas_N: float | None = None
    resolve_strand: bool = False
    match_by: Literal["id", "position"] = "id"
    liftover: Path | None = None
    max_frequency_difference: float | None = None
    snps_used: Path | None = None
    correlations: Path | None = None
    joint_covariance: list[Path] = field(default_factory=list)
    gwas_points: Path | None = None
    overwrite: bool = False
    settings: GwasSettings = field(default_factory=GwasSettings)

    def __post_init__(self) -> None:
        if (self.gwas_h2 is None) != (self.gwas_N is None):
            raise UserError("--gwas_h2 and --gwas_N go together: calibration needs both, or give neither")
        if self.gwas_h2 is not None and not 0 <= self.gwas_h2 <= 1:
            raise UserError(f"--gwas_h2 {self.gwas_h2}: expected a heritability between 0 and 1")
        if self.liftover is not None and self.match_by != "position":
            raise UserError("--liftover changes positions; give --match-by position too")
        if self.joint_covariance and self.correlations is None:
            raise UserError("--joint-covariance is for the table of --correlations; give that too, or leave both out")
        if self.gwas_N is not None and self.gwas_N <= 0:
            raise UserError(f"--gwas_N {self.gwas_N}: expected the number of samples")
