"""What ASSOCIATE computes and writes, and how it reads and matches the GWAS."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tcra.association.gwas.find_gwas import GwasSource
from tcra.association.gwas.settings import GwasSettings, MatchSettings, given_fields
from tcra.errors import UserError


@dataclass(frozen=True)
class AssociateOptions:
    """Names and meanings are S-PrediXcan's flags, where it has them. snps_used, correlations, gwas_points: files to write.

    Errors: UserError for options that do not go together.
    """

    trait: str = ""
    single_snp_model: bool = False
    additional_output: bool = False
    remove_ens_version: bool = False
    gwas_h2: float | None = None
    gwas_N: float | None = None
    max_frequency_difference: float | None = None
    snps_used: Path | None = None
    correlations: Path | None = None
    joint_covariance: list[Path] = field(default_factory=list)
    gwas_points: Path | None = None
    overwrite: bool = False
    settings: GwasSettings = field(default_factory=GwasSettings)
    matching: MatchSettings = field(default_factory=MatchSettings)

    def __post_init__(self) -> None:
        if (self.gwas_h2 is None) != (self.gwas_N is None):
            raise UserError("--gwas_h2 and --gwas_N go together: calibration needs both, or give neither")
        if self.gwas_h2 is not None and not 0 <= self.gwas_h2 <= 1:
            raise UserError(f"--gwas_h2 {self.gwas_h2}: expected a heritability between 0 and 1")
        if self.joint_covariance and self.correlations is None:
            raise UserError("--joint-covariance is for the table of --correlations; give that too, or leave both out")
        if self.gwas_N is not None and self.gwas_N <= 0:
            raise UserError(f"--gwas_N {self.gwas_N}: expected the number of samples")

    @classmethod
    def from_arguments(cls, values: Mapping[str, Any], gwas: GwasSource) -> "AssociateOptions":
        """The options among parsed flags, by name, with what the GWAS brings."""
        brought = ("trait", "settings", "matching", "gwas_h2", "gwas_N")
        return cls(**{**given_fields(cls, values), **{name: getattr(gwas, name) for name in brought}})
