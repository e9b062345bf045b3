"""Which column of a GWAS file holds what: named by the user, or recognised by the header."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from tcra.association.gwas.settings import GwasSettings
from tcra.common.gwas.gwas_dialects import EFFECT_ROLES, GWAS_ROLES
from tcra.common.gwas.gwas_headers import normalise_name, recognise_header
from tcra.errors import UserError

# Columns that are taken out of the id (`GwasColumns.alleles_in_id`).
ALLELE_OF_ID, OTHER_ALLELE_OF_ID = "effect allele of the id", "other allele of the id"
# What stands for the id where no column has it: variants can then be matched by position alone.
ID_OF_PLACE = "chromosome:position"
_WHAT = {
    "snp": "the variant's id", "effect_allele": "the effect allele", "non_effect_allele": "the other allele",
}  # fmt: skip


@dataclass(frozen=True)
class GwasColumns:
    """Role to column, for one header.

    recognised: those of the roles that were found by the header, not named by the user. ref_alt: the two columns that hold the other
    allele where no single column does. alleles_in_id: the id is chromosome:position:other allele:effect allele. test: the column that
    names the test of each row, of which only the additive one counts. sample: of a GWAS-VCF, the column of the values. munged: as of
    `RecognisedHeader`, if the user did not name the effect allele.
    """

    roles: dict[str, str]
    dialect: str = ""
    ref_alt: tuple[str, str] | None = None
    alleles_in_id: bool = False
    test: str | None = None
    sample: str | None = None
    recognised: dict[str, str] = field(default_factory=dict)
    munged: bool = False

    @property
    def vcf_names(self) -> list[str]:
        """Of a GWAS-VCF, the names in FORMAT of the values that are read."""
        return [name for role, name in self.roles.items() if self.sample and role in ("freq", *EFFECT_ROLES)]

    def needed(self, places: bool = True) -> list[str]:
        """The columns to read from the file, each once; chromosome and position only if `places`, or where no column has the id."""
        places = places or self.roles["snp"] == ID_OF_PLACE
        roles = [name for role, name in self.roles.items() if places or role not in ("chromosome", "position")]
        derived = {ALLELE_OF_ID, OTHER_ALLELE_OF_ID, ID_OF_PLACE, *self.vcf_names}
        others = [
            *(self.ref_alt or ()),
            *([self.test] if self.test else []),
            *(["FORMAT", self.sample] if self.sample else []),
        ]
        return [name for name in dict.fromkeys([*roles, *others]) if name not in derived]


def find_columns(
    path: object, header: Sequence[str], settings: GwasSettings, empty: Collection[str] = ()
) -> GwasColumns:
    """Decide which column holds what.

    A named column must be there. The effect's columns are recognised only if the user named none of them, so that the flags of an
    S-PrediXcan command line mean what they mean there. empty: columns without any value, which are not recognised.

    Errors: UserError that names the file, the column and the columns that there are; that tells which columns an effect needs; and
    for an effect allele that is not certain.
    """
    named = _named(path, header, settings)
    found = recognise_header(header)
    recognised: dict[str, str] = {}
    effect_named = any(role in named for role in EFFECT_ROLES)
    alleles_named = "effect_allele" in named
    for role, names in found.columns.items():
        if role in named or (effect_named and role in EFFECT_ROLES):
            continue
        if name := next((name for name in names if name not in empty), None):
            recognised[role] = name
    if alleles_named or "non_effect_allele" in named:
        # The other allele of the user's is not that of another program.
        taken = set(named.values())
        recognised = {role: name for role, name in recognised.items() if name not in taken}
    roles = {role: ({**recognised, **named})[role] for role in GWAS_ROLES if role in recognised or role in named}
    if "snp" not in roles and "chromosome" in roles and "position" in roles:
        roles = {"snp": ID_OF_PLACE, **roles}
        recognised["snp"] = ID_OF_PLACE
    ref_alt = found.ref_alt if "non_effect_allele" not in roles else None
    in_id = found.alleles_in_id and "effect_allele" not in roles and "non_effect_allele" not in roles
    if in_id:
        roles |= {"effect_allele": ALLELE_OF_ID, "non_effect_allele": OTHER_ALLELE_OF_ID}
    sample = _sample(path, header) if found.dialect == "GWAS-VCF" else None
    munged = found.munged and not alleles_named
    columns = GwasColumns(roles, found.dialect, ref_alt, in_id, found.test, sample, recognised, munged)
    if found.ambiguous and not alleles_named:
        raise UserError(f"{path}: {found.ambiguous}; name it with --effect_allele_column, and the other allele too")
    _require(path, header, columns)
    return columns


def _sample(path: object, header: Sequence[str]) -> str:
    """The column of a GWAS-VCF's one sample. Errors: UserError for none or several."""
    after = header[list(header).index("FORMAT") + 1 :]
    if len(after) != 1:
        raise UserError(
            f"{path}: a GWAS-VCF with {len(after)} samples ({', '.join(after[:5])}); expected one study: choose it with bcftools view -s"
        )
    return after[0]


def _named(path: object, header: Sequence[str], settings: GwasSettings) -> dict[str, str]:
    """The columns that the user named, as the header writes them."""
    bare = {name.lstrip("#"): name for name in reversed(header)}
    named: dict[str, str] = {}
    for role in GWAS_ROLES:
        name = getattr(settings, f"{role}_column")
        if name is None:
            continue
        if name not in header and name not in bare:
            near = get_close_matches(name, header, 1, 0.6) or [
                other for other in header if normalise_name(other) == normalise_name(name)
            ]
            hint = f"; did you mean {near[0]}?" if near else ""
            raise UserError(f"{path} has no column {name} (--{role}_column; its columns: {_shown(header)}){hint}")
        named[role] = name if name in header else bare[name]
    return named


def _shown(header: Sequence[str]) -> str:
    return ", ".join(name for name in header[:20] if name) + (", …" if len(header) > 20 else "")


def _require(path: object, header: Sequence[str], columns: GwasColumns) -> None:
    roles = columns.roles
    shown = f"its columns: {_shown(header)}"
    for role, usual in (("snp", "SNP"), ("effect_allele", "A1"), ("non_effect_allele", "A2")):
        if role not in roles and not (role == "non_effect_allele" and columns.ref_alt):
            raise UserError(
                f"{path} has no column of {_WHAT[role]}, such as {usual} ({shown}); name it with --{role}_column"
            )
    sized = "beta" in roles or "or" in roles
    if "zscore" in roles:
        return
    if "pvalue" in roles or "minus_log10_pvalue" in roles:
        if not (sized or "beta_sign" in roles):
            raise UserError(
                f"{path}: a p-value has no direction; add --beta_column, --or_column or --beta_sign_column ({shown})"
            )
    elif "se" in roles:
        if not sized:
            raise UserError(f"{path}: a standard error needs --beta_column or --or_column too ({shown})")
    else:
        raise UserError(
            f"{path}: give --zscore_column, or --pvalue_column with --beta_column, --or_column or --beta_sign_column, "
            f"or --se_column with --beta_column or --or_column ({shown})"
        )
