"""Fine-mapping as the page shows it: posterior probabilities of genes and SNPs, by trait."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from tcra.common.accounting import accounting_paths
from tcra.common.files import read_json
from tcra.finemapping.finemap_tables import GENES_FILE, MAPPED, SETS_FILE, SNPS_FILE
from tcra.report.read_tables import read_columns

LEAST_PIP = 0.001  # genes below it are not listed in the page
MEMBERS_SHOWN = 20  # of a credible set
_GENE_TEXT = ("region", "gene", "tissue", "snp_set", "evidence", "joint_or_conditional", "flags", "status")
_GENE_NUMBERS = (
    "pip",
    "single_effect_pip",
    "gene_pip",
    "tissue_share",
    "credible_set",
    "joint_z",
    "lead_snp_share",
    "rho_avg",
)


@dataclass(frozen=True)
class FineMapping:
    """Of one trait: genes, the rows of genes.tsv that were fine-mapped; sets, those of credible_sets.tsv; snps: chrom, pos, ref, alt,
    pip."""

    genes: pd.DataFrame
    sets: pd.DataFrame
    snps: pd.DataFrame


def read_finemapping(folders: Sequence[Path]) -> dict[str, FineMapping]:
    """By trait, which each folder's accounting names; the folders of a trait's chromosomes are put together."""
    parts: dict[str, list[FineMapping]] = {}
    for folder in folders:
        genes = read_columns(folder / GENES_FILE, list(_GENE_TEXT), list(_GENE_NUMBERS))
        sets = read_columns(
            folder / SETS_FILE,
            ["region", "member", "kind", "tissue", "reported", "shadow"],
            ["credible_set", "alpha", "purity", "gene_share"],
        )
        snps = read_columns(folder / SNPS_FILE, ["chrom", "ref", "alt"], ["pos", "pip"])
        trait = str(read_json(accounting_paths(folder)[0]).get("trait", ""))
        parts.setdefault(trait, []).append(FineMapping(genes[genes["status"] == MAPPED], sets, snps))
    return {
        trait: FineMapping(
            *(pd.concat([getattr(one, name) for one in found], ignore_index=True) for name in ("genes", "sets", "snps"))
        )
        for trait, found in parts.items()
    }


def finemapped_genes(fine: Mapping[str, FineMapping], place: Mapping[str, int]) -> list[list[Any]]:
    """Rows trait, gene (its number in the page), tissue, SNP set, evidence, joint or conditional, flags, the numbers of _GENE_NUMBERS,
    the first members of its credible set (name, kind, α), how many members that has."""
    rows: list[list[Any]] = []
    for trait, one in sorted(fine.items()):
        shown = one.genes[(one.genes["pip"] >= LEAST_PIP) & one.genes["gene"].isin(list(place))]
        for row in shown.to_dict("records"):
            numbers = [None if pd.isna(row[name]) else float(f"{row[name]:.4g}") for name in _GENE_NUMBERS]
            mine = (one.sets["region"] == row["region"]) & (one.sets["credible_set"] == row["credible_set"])
            found = one.sets.loc[mine, ["member", "kind", "alpha"]].itertuples(index=False)
            members = [[member, kind, float(f"{alpha:.3g}")] for member, kind, alpha in found]
            text = [row[name] for name in ("tissue", "snp_set", "evidence", "joint_or_conditional", "flags")]
            rows.append([trait, place[row["gene"]], *text, *numbers, members[:MEMBERS_SHOWN], len(members)])
    return rows
