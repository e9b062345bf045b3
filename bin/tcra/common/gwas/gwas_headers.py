"""What the header of a table of a GWAS tells: the program that wrote it, and which column holds what."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tcra.common.gwas.gwas_dialects import DIALECTS, EFFECT_ROLES, GWAS_ROLES, USUAL_NAMES, Dialect


@dataclass(frozen=True)
class RecognisedHeader:
    """What a header tells without the user: the dialect's name (or `usual names`), and the columns of each role, best first.

    ref_alt: the columns that hold the other allele where no single column does. alleles_in_id: as of `Dialect`. test: the column that
    names the test of each row. ambiguous: why the effect allele is not certain, empty where it is. munged: the header is also how
    MungeSumstats begins its tables, whose effect allele is A2 and whose A1 is the genome's ref allele (`check_not_munged`).
    """

    dialect: str = ""
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ref_alt: tuple[str, str] | None = None
    alleles_in_id: bool = False
    test: str | None = None
    ambiguous: str = ""
    munged: bool = False


# Pairs of which one program means the first and another the second by its effect allele.
_AMBIGUOUS_PAIRS = (
    ("allele1", "allele2", "METAL's effect allele is the first, SAIGE's the second"),
    ("allele_1", "allele_2", "METAL's effect allele is the first, SAIGE's the second"),
    ("allelea", "alleleb", "SNPTEST's effect allele is the second, other programs' the first"),
    ("allele_a", "allele_b", "SNPTEST's effect allele is the second, other programs' the first"),
)
# Columns that MungeSumstats leaves or adds, and PLINK never writes: there A2 is the effect allele.
_MUNGESUMSTATS = ("lp", "imputation_gen_build", "imputation_snp", "convert_n", "flipped", "es")
_NUMBERED = re.compile(r"^#?\s*\[\d+\]")
_MUNGESUMSTATS_ORDER = ("snp", "chr", "bp", "a1", "a2")


def normalise_name(name: str) -> str:
    """A column's name as it is compared: lower case, without quotes, `#` and the numbers of bcftools query, other marks as `_`.

    >>> normalise_name("P-value"), normalise_name("# [1]CHROM"), normalise_name("LOG(OR)_SE"), normalise_name('"Effect allele"')
    ('p_value', 'chrom', 'log_or_se', 'effect_allele')
    """
    return re.sub(r"[^a-z0-9]+", "_", _NUMBERED.sub("", name.lower())).strip("_")


def recognise_dialect(header: Sequence[str]) -> Dialect | None:
    """The dialect whose signature the header has, or None."""
    have = {normalise_name(name) for name in header}
    return next((dialect for dialect in DIALECTS if have.issuperset(dialect.signature)), None)


def recognise_header(header: Sequence[str]) -> RecognisedHeader:
    """What each column is, by the dialect, and by usual names where the dialect has no column for a role (or there is no dialect).

    The columns of the effect are the dialect's alone, if there is one: another program's p would not be that of its beta.

    >>> found = recognise_header(["rsid", "EA", "NEA", "Beta", "SE", "P-value"])
    >>> found.dialect, found.columns["effect_allele"], found.columns["pvalue"]
    ('usual names', ('EA',), ('P-value',))
    """
    dialect = recognise_dialect(header)
    by_name: dict[str, str] = {}
    for name in header:
        by_name.setdefault(normalise_name(name), name)
    by_name.pop("", None)
    columns: dict[str, tuple[str, ...]] = {}
    for role in GWAS_ROLES:
        names = dialect.roles.get(role, ()) if dialect else ()
        if not names and not (dialect and role in ("effect_allele", "non_effect_allele", *EFFECT_ROLES)):
            names = USUAL_NAMES.get(role, ())
        elif role == "chromosome":  # one meaning, whatever the program calls it; a position may be of another build
            names = (*names, *USUAL_NAMES[role])
        if dialect and dialect.name == "GWAS-VCF" and role in ("freq", *EFFECT_ROLES):
            columns[role] = tuple(name.upper() for name in names)
        else:
            columns[role] = tuple(by_name[name] for name in names if name in by_name)
    columns = {role: found for role, found in columns.items() if found}
    ref_alt = (by_name["ref"], by_name["alt"]) if "ref" in by_name and "alt" in by_name else None
    ambiguous = ""
    if dialect is None:
        columns, ambiguous = _settle_alleles(columns, by_name, ref_alt)
    elif dialect.name == "PLINK 1" and (marks := [name for name in _MUNGESUMSTATS if name in by_name]):
        ambiguous = (
            f"the effect allele is not certain: A1 in PLINK's tables, but A2 in those of MungeSumstats, which the column "
            f"{by_name[marks[0]]} is a mark of"
        )
    if not ((dialect is None or dialect.ref_alt) and "effect_allele" in columns and "non_effect_allele" not in columns):
        ref_alt = None
    return RecognisedHeader(
        dialect.name if dialect else "usual names" if columns else "",
        columns,
        ref_alt,
        bool(dialect and dialect.alleles_in_id),
        by_name.get("test"),
        ambiguous,
        bool(dialect and tuple(map(normalise_name, header[:5])) == _MUNGESUMSTATS_ORDER),
    )


def _settle_alleles(
    columns: dict[str, tuple[str, ...]], by_name: Mapping[str, str], ref_alt: tuple[str, str] | None
) -> tuple[dict[str, tuple[str, ...]], str]:
    """Without a dialect: the alleles by names that have one meaning, else ref and alt; and why they are not certain, if so."""
    if "effect_allele" in columns:
        return columns, ""
    for one, two, why in _AMBIGUOUS_PAIRS:
        if one in by_name and two in by_name:
            return columns, f"the effect allele is not certain, {by_name[one]} or {by_name[two]}: {why}"
    if ref_alt and "non_effect_allele" not in columns:
        return {**columns, "effect_allele": (ref_alt[1],), "non_effect_allele": (ref_alt[0],)}, ""
    return columns, ""
