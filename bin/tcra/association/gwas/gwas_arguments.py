"""The flags of every command that reads a GWAS: its files, the traits table, columns, layout and matching."""

import argparse
from typing import Any, get_args

from tcra import cli
from tcra.association.gwas.settings import WHITE_SPACE, GwasSettings, MatchBy, MatchSettings

_COLUMN_HELP = {
    "snp_column": "column of the variant's id (such as SNP)",
    "effect_allele_column": "column of the allele that the effect belongs to (such as A1)",
    "non_effect_allele_column": "column of the other allele (such as A2)",
    "chromosome_column": "column of the chromosome, for --match-by position",
    "position_column": "column of the 1-based position in bp, for --match-by position",
    "freq_column": "column of the effect allele's frequency, for the frequency check",
    "beta_column": "column of the effect per allele",
    "beta_sign_column": "column of the effect's sign: + - or 1 -1",
    "or_column": "column of the odds ratio; beta is its logarithm",
    "se_column": "column of the standard error of beta (or of ln odds ratio)",
    "zscore_column": "column of the z-score; is used before p and se",
    "pvalue_column": "column of the p-value; is used before se",
    "minus_log10_pvalue_column": "column of -log10(p), in place of a p-value",
}

# A switch that may also be followed by yes or no, as in a column of the traits table.
_SWITCH: dict[str, Any] = {"nargs": "?", "const": True, "default": False, "type": cli.yes_or_no, "metavar": "YES|NO"}


def add_gwas_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags that `find_gwas` and `MatchSettings.from_arguments` read, under S-PrediXcan's names where it has them."""
    files = parser.add_argument_group("GWAS").add_argument
    files("--gwas_file", type=cli.existing_file, help="GWAS summary statistics; plain, gzip, bgzip or zstd")
    files("--gwas_folder", type=cli.existing_path, help="folder of the files of one GWAS, such as one per chromosome")
    files(
        "--gwas_file_pattern",
        "--pattern",
        help="regular expression that the names of the folder's files match from their start",
    )
    files("--trait", default="", help="name of the trait, written into every table")
    files(
        "--traits",
        type=cli.existing_file,
        metavar="TABLE",
        help="table of traits (trait, path, columns named as these flags): take the GWAS of --trait and its settings from it; "
        "a flag is used before its column",
    )
    columns = parser.add_argument_group(
        "GWAS columns",
        "Columns that are not named are recognised by the header (docs/gwas_formats.md), "
        "the effect's columns only if none of them is named.",
    )
    for name, text in _COLUMN_HELP.items():
        columns.add_argument(f"--{name}", help=text, metavar="NAME")
    _add_layout(parser)
    _add_matching(parser)


def _add_layout(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("GWAS layout").add_argument
    add(
        "--separator",
        help=f"one character, \\t, or {WHITE_SPACE}: runs of white space (default: tabs, commas or semicolons "
        "if the header has them, else runs of white space)",
    )
    add("--skip_until_header", metavar="TEXT", help="skip everything before this start of the header")
    add("--handle_empty_columns", **_SWITCH, help="every white space ends a cell, so a cell may be empty")
    add(
        "--input_pvalue_fix", type=float, default=GwasSettings.input_pvalue_fix,
        help="a p of 0 becomes this, or the file's smallest p above 0 if that is smaller; 0 rejects such rows",
    )  # fmt: skip
    add("--keep_non_rsid", **_SWITCH, help="keep variants whose id has no 'rs' in it")


def _add_matching(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("GWAS and models").add_argument
    add(
        "--match-by",
        "--match_by",
        choices=get_args(MatchBy),
        help="match variants by the text of the id, or by chromosome, position and alleles (model: varID; GWAS: columns or id) "
        f"(default: {MatchSettings.match_by})",
    )
    add(
        "--liftover",
        type=cli.existing_file,
        metavar="CHAIN",
        help="chain file from the GWAS's genome build to the models', for --match-by position",
    )
    add(
        "--snp_map_file",
        type=cli.existing_file,
        metavar="TABLE",
        help="table that gives the GWAS's variants (rsid a0 a1) the models' ids and alleles (panel_variant_id panel_variant_a0 "
        "panel_variant_a1), with swap: 1, or -1 where a1 is panel_variant_a0",
    )
    add("--model_db_snp_key", metavar="COLUMN", help="column of the models' weights that holds the ids (default: rsid)")
    add(
        "--resolve-strand",
        "--resolve_strand",
        **_SWITCH,
        help="use SNPs given on the other strand, where the alleles tell",
    )
