"""What a user can set about a GWAS: the names of its columns, how its lines are split, and how its variants are matched."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from tcra.common.choices import check_choice
from tcra.errors import UserError

MatchBy = Literal["id", "position"]
WHITE_SPACE = "ANY_WHITESPACE"
_SEPARATORS = {"\\t": "\t", "tab": "\t", "comma": ",", "semicolon": ";", "": None}


@dataclass(frozen=True)
class GwasSettings:
    """S-PrediXcan's settings of a GWAS file, and ours. A column that is None is looked for by the usual names.

    separator: one character (`\\t`, `tab`, `comma` and `semicolon` stand for theirs), ANY_WHITESPACE for runs of white space,
    or None to find it by the header.
    input_pvalue_fix: a p of 0 becomes the smaller of this and the file's smallest p above 0; 0 rejects such rows.

    Errors: UserError for a separator or a p that cannot be one.
    """

    snp_column: str | None = None
    effect_allele_column: str | None = None
    non_effect_allele_column: str | None = None
    chromosome_column: str | None = None
    position_column: str | None = None
    freq_column: str | None = None
    beta_column: str | None = None
    beta_sign_column: str | None = None
    or_column: str | None = None
    se_column: str | None = None
    zscore_column: str | None = None
    pvalue_column: str | None = None
    minus_log10_pvalue_column: str | None = None
    separator: str | None = None
    skip_until_header: str | None = None
    handle_empty_columns: bool = False
    input_pvalue_fix: float = 1e-50
    keep_non_rsid: bool = False

    def __post_init__(self) -> None:
        separator = _SEPARATORS.get(self.separator or "", self.separator)
        object.__setattr__(self, "separator", separator)
        if separator not in (None, WHITE_SPACE) and len(separator) != 1:
            raise UserError(f"--separator {separator!r}: expected one character, \\t, or {WHITE_SPACE}")
        if not 0 <= self.input_pvalue_fix < 1:
            raise UserError(f"--input_pvalue_fix {self.input_pvalue_fix}: expected a p-value of at least 0 and below 1")

    @classmethod
    def from_arguments(cls, values: Mapping[str, Any]) -> "GwasSettings":
        """The settings among parsed flags or cells of a table, by name; those that are missing, None or empty keep their default."""
        return cls(**given_fields(cls, values))


@dataclass(frozen=True)
class MatchSettings:
    """How the variants of a GWAS are matched to those of the models.

    match_by: the text of the ids, or chromosome, position and alleles. liftover: chain file from the GWAS's genome build to the
    models'. model_db_snp_key: the column of the models' weights that holds the ids (None: rsid). resolve_strand: rows with the
    alleles of the other strand are used where the alleles are not each other's complement. snp_map_file: table that gives ids and
    alleles of the models to those of the GWAS (`SnpMap`).

    Errors: UserError for a liftover without positions, and a map of ids with positions.
    """

    match_by: MatchBy = "id"
    liftover: Path | None = None
    model_db_snp_key: str | None = None
    resolve_strand: bool = False
    snp_map_file: Path | None = None

    def __post_init__(self) -> None:
        check_choice("--match-by", self.match_by, get_args(MatchBy))
        if self.liftover is not None and self.match_by != "position":
            raise UserError("--liftover changes positions; give --match-by position too")
        if self.snp_map_file is not None and self.match_by == "position":
            raise UserError("--snp_map_file gives ids to the GWAS's variants; leave out --match-by position")

    @classmethod
    def from_arguments(cls, values: Mapping[str, Any]) -> "MatchSettings":
        """The settings among parsed flags, by name; those that are missing, None or empty keep their default."""
        return cls(**given_fields(cls, values))


def given_fields(kind: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a dataclass's fields that are given: not missing, None or empty."""
    return {f.name: values[f.name] for f in fields(kind) if values.get(f.name) not in (None, "")}
