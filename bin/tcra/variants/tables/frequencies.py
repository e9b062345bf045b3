"""Allele frequencies of variants, from a table of frequencies or a VCF."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tcra.errors import UserError
from tcra.variants.tables.match_variants import values_of
from tcra.variants.tables.sites import Sites
from tcra.variants.tables.variant_tables import VariantTable, read_variant_table

log = logging.getLogger(__name__)


def read_frequencies(path: Path, also: Sequence[str] = ()) -> VariantTable:
    """A table with frequencies (column `af`, `maf` or another name for them, or counts of alleles: PLINK's .acount) or a VCF; `also`:
    other numbers to read where present.

    Errors: UserError for a table without such a column, or with a frequency outside [0, 1].
    """
    table = read_variant_table(path, ["af", "alt_count", "allele_count", *also])
    if "af" not in table.numbers and {"alt_count", "allele_count"} <= table.numbers.keys():
        total = table.numbers["allele_count"]
        counted = np.divide(table.numbers["alt_count"], total, out=np.full(len(total), np.nan), where=total > 0)
        table = replace(table, numbers={**table.numbers, "af": counted})
    given = table.number("af")
    if np.nanmin(given, initial=0) < 0 or np.nanmax(given, initial=0) > 1:
        raise UserError(f"{path}: frequencies from {np.nanmin(given):g} to {np.nanmax(given):g}, expected 0 to 1")
    return table


def minor_allele_frequencies(table: VariantTable, sites: Sites) -> NDArray[np.float64]:
    """Minor allele frequency of each variant (in any order): (n,) float64, NaN where unknown."""
    known = values_of(table, table.number("af"), sites, turn=True)
    return np.minimum(known, 1 - known)


def alternate_allele_frequencies(table: VariantTable, sites: Sites) -> NDArray[np.float64]:
    """Frequency of each variant's alt allele (in any order): (n,) float64, NaN where unknown.

    Errors: UserError if the table has the minor allele's frequency.
    """
    require_alternate(table)
    return values_of(table, table.number("af"), sites, turn=True)


def require_alternate(table: VariantTable) -> None:
    """UserError if the table's frequencies are of the minor allele, or it is not certain of which allele they are."""
    if table.ambiguous:
        raise UserError(f"{table.path}: {table.ambiguous}; give a table with columns ref, alt and af")
    if table.minor:
        raise UserError(
            f"{table.path}: its frequencies are of the minor allele (column maf), which does not say which allele that is; "
            "give those of the effect or alternate allele (column eaf or af)"
        )


def require_known(table: VariantTable, known: int, variants: int) -> None:
    """UserError if the frequency of no variant is known; else the log says of how many it is."""
    if not known:
        raise UserError(
            f"{table.path} has a frequency of none of the variants; expected chrom, pos, ref, alt (or variant_id) and af of the same "
            "genome build, or a VCF (rs numbers alone are not looked up)"
        )
    log.info("%s: frequencies of %d of %d variants", table.path, known, variants)
