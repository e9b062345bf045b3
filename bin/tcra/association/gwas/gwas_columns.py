"""Which column of a GWAS file holds what: named by the user, or recognised by the header of the programs that write GWAS."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from tcra.association.gwas.settings import GwasSettings
from tcra.common.gwas_dialects import recognise
from tcra.errors import UserError

EFFECT_ROLES = ("beta", "beta_sign", "or", "se", "zscore", "pvalue", "minus_log10_pvalue")
GWAS_ROLES = ("snp", "effect_allele", "non_effect_allele", "chromosome", "position", "freq", *EFFECT_ROLES)


@dataclass(frozen=True)
class GwasColumns:
    """Role to column, for one header. `ref_alt`: the two columns that hold the other allele where no single column does."""

    roles: dict[str, str]
    dialect: str = ""
    separator: str | None = None
    ref_alt: tuple[str, str] | None = None
    recognised: dict[str, str] = field(default_factory=dict)

    def needed(self, places: bool = True) -> list[str]:
        """The columns to read, each once; chromosome and position only if `places`."""
        roles = {role: name for role, name in self.roles.items() if places or role not in ("chromosome", "position")}
        return list(dict.fromkeys([*roles.values(), *(self.ref_alt or ())]))

    def describe(self) -> str:
        """What was recognised by the header, for the log: `beta = BETA, pvalue = P`."""
        return ", ".join(f"{role} = {name}" for role, name in self.recognised.items())


def find_columns(path: object, header: Sequence[str], settings: GwasSettings) -> GwasColumns:
    """Decide which column holds what.

    A named column must be there. The effect's columns are recognised only if the user named none of them, so that the flags of an
    S-PrediXcan command line mean what they mean there.

    Errors: UserError that names the file, the column and the columns that there are; or says which columns an effect needs.
    """
    bare = {name.lstrip("#"): name for name in reversed(header)}
    named = {role: name for role in GWAS_ROLES if (name := getattr(settings, f"{role}_column")) is not None}
    for role, name in named.items():
        if name not in header and name not in bare:
            near = get_close_matches(name, header, 1, 0.6)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise UserError(
                f"{path} has no column {name} (--{role}_column; its columns: {', '.join(header[:20])}){hint}"
            )
    named = {role: name if name in header else bare[name] for role, name in named.items()}
    dialect = recognise(header)
    recognised: dict[str, str] = {}
    for role, names in dialect.roles.items() if dialect else ():
        skip = role in named or (role in EFFECT_ROLES and any(r in named for r in EFFECT_ROLES))
        found = next((name for name in names if name in bare), None)
        if found is not None and not skip:
            recognised[role] = bare[found]
    columns = GwasColumns({**recognised, **named}, dialect.name if dialect else "", recognised=recognised)
    if dialect and dialect.separator:
        columns = replace(columns, separator=dialect.separator)
    if dialect and dialect.name == "PLINK 2" and "non_effect_allele" not in columns.roles:
        columns = replace(columns, ref_alt=(bare["REF"], bare["ALT"]))
    _require(path, header, columns)
    return columns


def _require(path: object, header: Sequence[str], columns: GwasColumns) -> None:
    roles = columns.roles
    shown = ", ".join(header[:20])
    for role, usual in (("snp", "SNP"), ("effect_allele", "A1"), ("non_effect_allele", "A2")):
        if role not in roles and not (role == "non_effect_allele" and columns.ref_alt):
            raise UserError(f"{path} has no column {usual} (its columns: {shown}); name it with --{role}_column")
    sized = "beta" in roles or "or" in roles
    if "zscore" in roles:
        return
    if "pvalue" in roles or "minus_log10_pvalue" in roles:
        if not (sized or "beta_sign" in roles):
            raise UserError(
                f"{path}: a p-value has no direction; add --beta_column, --or_column or --beta_sign_column (its columns: {shown})"
            )
    elif "se" in roles:
        if not sized:
            raise UserError(f"{path}: a standard error needs --beta_column or --or_column too (its columns: {shown})")
    else:
        raise UserError(
            f"{path}: give --zscore_column, or --pvalue_column with --beta_column, --or_column or --beta_sign_column, "
            f"or --se_column with --beta_column or --or_column (its columns: {shown})"
        )
