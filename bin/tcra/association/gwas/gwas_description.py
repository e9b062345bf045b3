"""How a GWAS file was understood, in a few lines: for the log of every run, and for `associate.py --explain`."""

from collections import Counter
from collections.abc import Sequence

from tcra.association.gwas.gwas_columns import ALLELE_OF_ID, GwasColumns
from tcra.common.delimited import TextLayout

VARIANTS_SHOWN = 3
_SEPARATORS = {"\t": "tabs", ",": "commas", ";": "semicolons", " ": "single blanks"}


def describe_file(layout: TextLayout, columns: GwasColumns) -> list[str]:
    """The separator and the dialect, the column of each role, and what the effect allele and z are."""
    separator = "runs of white space" if layout.collapse else _SEPARATORS.get(layout.separator, repr(layout.separator))
    header = f"header of {columns.dialect}" if columns.recognised else "columns as named"
    named = [role for role in columns.roles if role not in columns.recognised]
    roles = ", ".join(f"{role} = {name}{' (named)' if role in named else ''}" for role, name in columns.roles.items())
    return [
        f"separated by {separator}; {header}, header in line {layout.first_line - 1}",
        f"columns: {roles}" + (f"; rows of {columns.test} = ADD" if columns.test else ""),
        f"effect allele: {_effect_allele(columns)}; {_z(columns)}",
    ]


def _effect_allele(columns: GwasColumns) -> str:
    if columns.roles["effect_allele"] == ALLELE_OF_ID:
        return f"the last one of {columns.roles['snp']}, the other before it"
    if columns.ref_alt:
        return (
            f"{columns.roles['effect_allele']}, other allele: the one of {' and '.join(columns.ref_alt)} that it is not"
        )
    return f"{columns.roles['effect_allele']}, other allele: {columns.roles['non_effect_allele']}"


def _z(columns: GwasColumns) -> str:
    roles = columns.roles
    size = f"ln {roles['or']}" if "or" in roles else roles.get("beta", roles.get("beta_sign", ""))
    if "zscore" in roles:
        return f"z = {roles['zscore']}"
    for role, what in (("pvalue", ""), ("minus_log10_pvalue", "-log10 p ")):
        if role in roles:
            return f"z from {what}{roles[role]} with the sign of {size}"
    return f"z = {size} / {roles['se']}"


def describe_rows(rows: int, usable: int, use: str, lost: Counter[str]) -> str:
    """Rows by fate, the most frequent first.

    >>> describe_rows(5, 3, "usable", Counter({"p is missing": 1, "too few cells": 1}))
    '5 rows: 3 usable; 1 p is missing; 1 too few cells'
    """
    fates = [f"{number} {reason}" for reason, number in lost.most_common() if number]
    return f"{rows} rows: " + "; ".join([f"{usable} {use}", *fates])


def describe_variants(variants: Sequence[tuple[str, str, str, float]]) -> str:
    """The first (id, effect allele, other allele, z).

    >>> describe_variants([("rs1", "G", "A", 5.0)])
    'first variants: rs1 (effect allele G, other A) z = 5'
    """
    shown = [f"{name} (effect allele {effect}, other {other}) z = {z:.6g}" for name, effect, other, z in variants]
    return f"first variants: {', '.join(shown) or 'none that can be used'}"
