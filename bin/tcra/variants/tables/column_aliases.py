"""What the columns of others' variant tables are called."""

from collections.abc import Sequence

from tcra.common.gwas_dialects import recognise_dialect, recognise_header

# What a column may be called, in lower case; the first that is present is taken.
COLUMN_ALIASES = {
    "chrom": ("chrom", "#chrom", "chr", "chromosome", "hm_chrom"),
    "pos": ("pos", "position", "bp", "base_pair_location", "hm_pos"),
    "ref": ("ref", "a2", "other_allele", "non_effect_allele", "nea", "allele2"),
    "alt": ("alt", "a1", "effect_allele", "ea", "allele1"),
    "effect": ("a1", "effect_allele", "ea"),
    "variant_id": ("variant_id", "varid", "variant", "id"),
    "rsid": ("rsid", "rs_id", "rs_id_dbsnp151_grch38p7", "snp", "markername", "variant_id", "id"),
    "p": ("p", "pvalue", "p_value", "p-value", "pval", "pval_nominal", "p_bolt_lmm"),
    "beta": ("beta", "b", "effect", "z", "zscore", "log_odds", "slope"),
    "af": ("af", "alt_freq", "alt_af", "eaf", "effect_allele_frequency", "freq", "frq", "a1freq", "a1_freq", "maf"),
    "ld": ("ld_proxies", "ldscore", "ld_score", "l2"),
}
# The same by the names that programs which write GWAS are known by.
DIALECT_ROLES = {
    "chrom": "chromosome", "pos": "position", "ref": "non_effect_allele", "alt": "effect_allele", "effect": "effect_allele",
    "rsid": "snp", "p": "pvalue", "beta": "beta", "af": "freq",
}  # fmt: skip


def find_column(names: Sequence[str], role: str) -> str | None:
    """The column of a table that holds `role` (a key of `COLUMN_ALIASES`), or None.

    >>> find_column(["#CHROM", "BP", "A1", "A2"], "chrom")
    '#CHROM'
    """
    if recognise_dialect(names) and role in DIALECT_ROLES:
        columns = recognise_header(names).columns
        found = {wanted: next(iter(columns.get(wanted, ())), None) for wanted in DIALECT_ROLES.values()}
        if role not in ("ref", "alt") or (found["effect_allele"] and found["non_effect_allele"]):
            if name := found[DIALECT_ROLES[role]]:
                return name
    lowered = {name.lower().strip(): name for name in reversed(list(names))}
    return next((lowered[alias] for alias in COLUMN_ALIASES[role] if alias in lowered), None)
