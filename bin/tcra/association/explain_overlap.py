"""Why a GWAS and a model have nothing in common, in words."""

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa

from tcra.association.alignment import Aligned
from tcra.association.gwas.matching import NO_RS
from tcra.association.gwas.read_gwas import Gwas
from tcra.association.models.weights_database import first_variant

NOTATIONS = {
    "rsid": re.compile(r"^rs\d+$"),
    "chr_pos_ref_alt_b38": re.compile(r"^(chr)?[0-9XYM]+_\d+_[^_]+_[^_]+_b3[78]$"),
    "chr_pos_ref_alt": re.compile(r"^(chr)?[0-9XYM]+_\d+_[^_]+_[^_]+$"),
    "chr:pos:ref:alt": re.compile(r"^(chr)?[0-9XYM]+:\d+:[^:]+:[^:]+$"),
    "chr:pos": re.compile(r"^(chr)?[0-9XYM]+[:_]\d+$"),
    "SPDI": re.compile(r"^N[CTW]_\d+\.\d+:\d+:[A-Za-z]*:[A-Za-z]*$"),
}
POSITIONAL = [name for name in NOTATIONS if name != "rsid"]


def notation_of(identifier: str) -> str:
    """The notation of a variant's id, or `other`."""
    return next((name for name, pattern in NOTATIONS.items() if pattern.match(identifier)), "other")


def describe_notations(identifiers: Iterable[str]) -> tuple[str, str]:
    """The share of each notation as text, and the most frequent one (empty without any)."""
    counts = Counter(map(notation_of, identifiers))
    total = sum(counts.values())
    text = ", ".join(f"{100 * number / total:.0f} % {name}" for name, number in counts.most_common())
    return text or "none", counts.most_common(1)[0][0] if counts else ""


def varids_fit(models: list[Path], keys: list[pa.StringArray], sample: Iterable[str]) -> bool:
    """Whether ids of a GWAS (`sample`) name position and build as the varIDs of all models do, and are not like their ids (`keys`)."""
    theirs = Counter(map(_build_of, sample)).most_common(1)
    ours = Counter(
        _build_of(key) for of_model in keys for key in of_model[:20_000].drop_null().to_pylist()
    ).most_common(1)
    build = theirs[0][0] if theirs else ""
    return (
        bool(build) and theirs[0][0] != ours[0][0] and {_build_of(first_variant(model)) for model in models} == {build}
    )


def _build_of(identifier: str) -> str:
    """The genome build that an id such as chr1_12345_A_G_b38 ends with, empty for other ids."""
    return identifier[-3:] if notation_of(identifier) == "chr_pos_ref_alt_b38" else ""


def explain_no_overlap(path: Path, models: list[Path], keys: list[pa.StringArray], gwas: Gwas, places: str) -> str:
    """One line: what the ids look like on each side, and the option that may fit. places: where variants were matched by position,
    what became of the positions; else empty."""
    theirs, common = describe_notations(gwas.sample)
    ours, wanted = describe_notations(key for of_model in keys for key in of_model[:20_000].drop_null().to_pylist())
    refused = gwas.lost[NO_RS]
    if refused:
        advice = f"{refused} ids do match but have no 'rs' in them: give --keep_non_rsid"
    elif places:
        advice = places
    elif (common != wanted or common in POSITIONAL) and any(
        notation_of(first_variant(m)) in POSITIONAL for m in models
    ):
        advice = "the model knows positions: give --match-by position"
    elif common != wanted:
        advice = (
            f"the GWAS has {common}, the model {wanted}: name another column with --snp_column or --model_db_snp_key"
        )
    else:
        examples = [next(iter(each), "") for each in (gwas.sample, (key for k in keys for key in k.to_pylist()))]
        advice = f"the notation is the same, but no id is in both (such as {examples[0]} and {examples[1]}): check chromosomes and model"
    sides = f"ids of the GWAS: {theirs}; of the model: {ours}"
    return f"{path}: none of its {gwas.rows} variants is in {models[0].name}; {sides}; {advice}"


def explain_nothing_usable(path: Path, aligned: list[Aligned]) -> str:
    """One line: the reasons for which the variants in common could not be used."""
    counts = Counter(reason for one in aligned for reason in one.row_reason if reason)
    listed = "; ".join(f"{number} {reason}" for reason, number in counts.most_common(4))
    return f"{path}: no row of the models' variants can be used: {listed}; check the allele and effect columns"
