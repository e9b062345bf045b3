"""The headers of programs that write GWAS: which column is the effect allele differs from one to the next."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Dialect:
    """The header of one program's output: a column stands for a role under one of its names; `signature` must all be there."""

    name: str
    signature: tuple[str, ...]
    roles: dict[str, tuple[str, ...]]
    separator: str | None = None


DIALECTS = (
    Dialect(
        "GWAS-SSF",
        ("effect_allele", "other_allele", "standard_error", "base_pair_location"),
        {
            "snp": ("rsid", "rs_id", "variant_id"),
            "effect_allele": ("effect_allele",), "non_effect_allele": ("other_allele",),
            "chromosome": ("chromosome",), "position": ("base_pair_location",), "freq": ("effect_allele_frequency",),
            "beta": ("beta",), "or": ("odds_ratio",), "se": ("standard_error",),
            "pvalue": ("p_value",), "minus_log10_pvalue": ("neg_log_10_p_value",),
        },
        "\t",
    ),
    Dialect(
        "REGENIE",
        ("CHROM", "GENPOS", "ID", "ALLELE0", "ALLELE1", "LOG10P"),
        {
            "snp": ("ID",), "effect_allele": ("ALLELE1",), "non_effect_allele": ("ALLELE0",),
            "chromosome": ("CHROM",), "position": ("GENPOS",), "freq": ("A1FREQ",),
            "beta": ("BETA",), "se": ("SE",), "minus_log10_pvalue": ("LOG10P",),
        },
    ),
    Dialect(
        "SAIGE",
        ("MarkerID", "Allele1", "Allele2", "p.value"),
        {
            "snp": ("MarkerID",), "effect_allele": ("Allele2",), "non_effect_allele": ("Allele1",),
            "chromosome": ("CHR",), "position": ("POS",), "freq": ("AF_Allele2",),
            "beta": ("BETA",), "se": ("SE",), "pvalue": ("p.value",),
        },
    ),
    Dialect(
        "BOLT-LMM",
        ("SNP", "ALLELE1", "ALLELE0", "BETA", "SE"),
        {
            "snp": ("SNP",), "effect_allele": ("ALLELE1",), "non_effect_allele": ("ALLELE0",),
            "chromosome": ("CHR",), "position": ("BP",), "freq": ("A1FREQ",),
            "beta": ("BETA",), "se": ("SE",), "pvalue": ("P_BOLT_LMM", "P_BOLT_LMM_INF", "P_LINREG"),
        },
    ),
    Dialect(
        "METAL",
        ("MarkerName", "Allele1", "Allele2", "P-value"),
        {
            "snp": ("MarkerName",), "effect_allele": ("Allele1",), "non_effect_allele": ("Allele2",), "freq": ("Freq1",),
            "beta": ("Effect",), "se": ("StdErr",), "zscore": ("Zscore",), "pvalue": ("P-value",),
        },
    ),
    Dialect(
        "PLINK 2",
        ("ID", "REF", "ALT", "A1", "P"),
        {
            "snp": ("ID",), "effect_allele": ("A1",), "non_effect_allele": ("AX", "OMITTED"),
            "chromosome": ("CHROM",), "position": ("POS",), "freq": ("A1_FREQ",),
            "beta": ("BETA",), "or": ("OR",), "se": ("SE", "LOG(OR)_SE"), "pvalue": ("P",),
        },
    ),
    Dialect(
        "PLINK 1",
        ("SNP", "A1", "A2"),
        {
            "snp": ("SNP",), "effect_allele": ("A1",), "non_effect_allele": ("A2",),
            "chromosome": ("CHR",), "position": ("BP", "POS"), "freq": ("FRQ", "FREQ", "EAF"),
            "beta": ("BETA", "B"), "or": ("OR",), "se": ("SE",), "zscore": ("Z", "ZSCORE"), "pvalue": ("P", "PVAL"),
        },
    ),
)  # fmt: skip


def recognise(header: Sequence[str]) -> Dialect | None:
    """The program whose header this is (a `#` before a name does not count), or None."""
    bare = {name.lstrip("#") for name in header}
    return next((dialect for dialect in DIALECTS if bare.issuperset(dialect.signature)), None)
