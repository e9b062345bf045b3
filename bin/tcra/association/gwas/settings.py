"""What the user says about a GWAS file: the names of its columns and how its lines are split."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from tcra.errors import UserError

WHITE_SPACE = "ANY_WHITESPACE"


@dataclass(frozen=True)
class GwasSettings:
    """S-PrediXcan's settings of a GWAS file, plus ours. A column that is None is looked for by the usual names.

    separator: None or `ANY_WHITESPACE` splits at runs of white space, else one character.
    input_pvalue_fix: a p of 0 becomes the smaller of this and the file's smallest p above 0; 0 rejects such rows.
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
        separator = {"\\t": "\t", "tab": "\t", "comma": ",", WHITE_SPACE: None, "": None}.get(
            self.separator or "", self.separator
        )
        object.__setattr__(self, "separator", separator)
        if separator is not None and len(separator) != 1:
            raise UserError(f"--separator {separator!r}: expected one character, \\t, or {WHITE_SPACE}")
        if not 0 <= self.input_pvalue_fix < 1:
            raise UserError(f"--input_pvalue_fix {self.input_pvalue_fix}: expected a p-value of at least 0 and below 1")

    @classmethod
    def from_arguments(cls, arguments: argparse.Namespace | Mapping[str, Any]) -> "GwasSettings":
        """The settings among parsed flags, or among the cells of a row of a traits table (empty cells are left out)."""
        items = arguments if isinstance(arguments, Mapping) else vars(arguments)
        return cls(**{f.name: items[f.name] for f in fields(cls) if items.get(f.name) not in (None, "")})


_COLUMN_HELP = {
    "snp_column": "column of the variant's id (usual: SNP)",
    "effect_allele_column": "column of the allele that the effect belongs to (usual: A1)",
    "non_effect_allele_column": "column of the other allele (usual: A2)",
    "chromosome_column": "column of the chromosome, for --match-by position",
    "position_column": "column of the 1-based position in bp, for --match-by position",
    "freq_column": "column of the effect allele's frequency, for the frequency check",
    "beta_column": "column of the effect per allele",
    "beta_sign_column": "column of the effect's sign: + - or 1 -1",
    "or_column": "column of the odds ratio; beta is its logarithm",
    "se_column": "column of the standard error of beta (or of ln odds ratio)",
    "zscore_column": "column of the z-score; wins over p and se",
    "pvalue_column": "column of the p-value; wins over se",
    "minus_log10_pvalue_column": "column of -log10(p), in place of a p-value",
}


def add_gwas_arguments(parser: argparse.ArgumentParser) -> None:
    """Add S-PrediXcan's flags for the layout of a GWAS file, under their own names."""
    group = parser.add_argument_group(
        "GWAS columns",
        "Columns that are not named are recognised by the header (GWAS-SSF, PLINK, REGENIE, SAIGE, BOLT-LMM, METAL), "
        "the effect's columns only if none of them is named.",
    )
    for name, text in _COLUMN_HELP.items():
        group.add_argument(f"--{name}", help=text, metavar="NAME")
    layout = parser.add_argument_group("GWAS layout")
    layout.add_argument("--separator", help=f"one character, \\t, or {WHITE_SPACE}: runs of white space (the default)")
    layout.add_argument("--skip_until_header", metavar="TEXT", help="skip everything before this start of the header")
    layout.add_argument(
        "--handle_empty_columns", action="store_true", help="every white space ends a cell, so a cell may be empty"
    )
    layout.add_argument(
        "--input_pvalue_fix", type=float, default=1e-50,
        help="a p of 0 becomes this, or the file's smallest p above 0 if that is smaller; 0 rejects such rows",
    )  # fmt: skip
    layout.add_argument("--keep_non_rsid", action="store_true", help="keep variants whose id has no 'rs' in it")
