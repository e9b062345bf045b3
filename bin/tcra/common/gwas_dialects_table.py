"""The dialects of GWAS as a table for the documentation."""

from tcra.common.gwas_dialects import DIALECTS


def dialects_table() -> str:
    """The dialects as a table in Markdown, for docs/gwas_formats.md: program, columns that it is known by, effect allele, notes."""
    lines = ["| program | known by the columns | effect allele | notes |", "|---|---|---|---|"]
    for dialect in DIALECTS:
        known = " ".join(f"`{name}`" for name in dialect.signature)
        effect = ", ".join(f"`{name}`" for name in dialect.roles.get("effect_allele", ())) or "the last of the id"
        lines.append(f"| {dialect.name} ({dialect.source}) | {known} | {effect} | {dialect.note} |")
    return "\n".join(lines) + "\n"
