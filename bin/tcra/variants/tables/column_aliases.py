"""Which column of others' variant tables holds what: by the program that wrote a GWAS, else by the names that many tables use."""

from collections.abc import Sequence
from dataclasses import dataclass

from tcra.common.gwas.gwas_dialects import USUAL_NAMES
from tcra.common.gwas.gwas_headers import RecognisedHeader, normalise_name, recognise_header

# What a column may be called, as `normalise_name` writes it, beside the usual names of its role in a GWAS; the first that is there counts.
COLUMN_ALIASES = {
    "chrom": (),
    "pos": (),
    "ref": ("ref", "reference", "ref_allele", "reference_allele", "a2", "other_allele", "non_effect_allele", "nea", "allele2",
            "allele_2", "alleleb", "allele_b"),
    "alt": ("alt", "alternate", "alt_allele", "alternate_allele", "a1", "effect_allele", "ea", "allele1", "allele_1", "allelea",
            "allele_a"),
    "variant_id": ("variant_id", "varid", "variant", "id", "snp", "markername"),
    "rsid": ("rs_id_dbsnp151_grch38p7",),
    "p": (*USUAL_NAMES["pvalue"], "pval_nominal", "p_bolt_lmm", "pval_beta"),  # a dialect has no usual names for its effect
    "minus_log10_p": USUAL_NAMES["minus_log10_pvalue"],
    "af": ("alt_freqs", "alt_frq", "maf"),
    "alt_count": ("alt_cts", "ac"),
    "allele_count": ("obs_ct", "an"),
    "ld": ("ld_proxies", "ldscore", "ld_score", "l2"),
}  # fmt: skip
# The same roles by the names of `recognise_header`.
DIALECT_ROLES = {
    "chrom": "chromosome", "pos": "position", "rsid": "snp", "p": "pvalue", "minus_log10_p": "minus_log10_pvalue", "af": "freq",
}  # fmt: skip


@dataclass(frozen=True)
class VariantColumns:
    """The columns of a table by role (a key of `COLUMN_ALIASES`; roles without a column are left out).

    turned: (ref, alt) columns of a table that has its effect allele beside these (PLINK 2): `alt` is then the effect allele, and `ref` that
    of the two which it is not. test: the column that names each row's test. ambiguous: why the effect allele is not certain.
    munged: as of `RecognisedHeader`.
    """

    names: dict[str, str]
    turned: tuple[str, str] | None = None
    test: str | None = None
    ambiguous: str = ""
    munged: bool = False

    @property
    def all(self) -> list[str]:
        """Every column that is read, each once."""
        return list(dict.fromkeys([*self.names.values(), *(self.turned or ()), *([self.test] if self.test else [])]))


def find_columns_of_variants(header: Sequence[str]) -> VariantColumns:
    """The columns of a table of variants by its header.

    >>> find_columns_of_variants(["#CHROM", "BP", "A1", "A2"]).names
    {'chrom': '#CHROM', 'pos': 'BP', 'ref': 'A2', 'alt': 'A1'}
    """
    known = recognise_header(header)
    by_name: dict[str, str] = {}
    for name in header:
        by_name.setdefault(normalise_name(name), name)
    names = {}
    for role, aliases in COLUMN_ALIASES.items():
        found = known.columns.get(DIALECT_ROLES.get(role, ""), ())
        chosen = next((each for each in (*found, *(by_name.get(alias) for alias in aliases)) if each), None)
        if chosen is not None:
            names[role] = chosen
    turned = _find_alleles(known, names)
    return VariantColumns(names, turned, known.test, known.ambiguous, known.munged)


def _find_alleles(known: RecognisedHeader, names: dict[str, str]) -> tuple[str, str] | None:
    """Puts the alleles into `names`: those of the effect where the table has them; returns what `VariantColumns.turned` is."""
    effect, other = (next(iter(known.columns.get(role, ())), None) for role in ("effect_allele", "non_effect_allele"))
    if known.alleles_in_id:
        names.pop("ref", None)
        names.pop("alt", None)
    elif effect and other:
        names["alt"], names["ref"] = effect, other
    elif effect and known.ref_alt:
        names["alt"] = effect
        return known.ref_alt
    return None
