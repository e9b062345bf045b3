"""Are a trait's genes over-represented in sets of genes (pathways, diseases, drug targets)? Fisher's exact test, one-sided."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import hypergeom

from tcra.common.files import open_text
from tcra.common.genome.genes import without_version
from tcra.common.multiple_testing import benjamini_hochberg
from tcra.errors import UserError

GENE_SETS_FILE = "gene_sets.tsv"
GENE_SET_COLUMNS = (
    "trait", "model", "source", "gene_set", "tested_genes", "trait_genes", "set_genes", "found", "expected", "fold", "pvalue", "fdr",
    "genes",
)  # fmt: skip
ANY_MODEL = "any model"
_FEWEST, _MOST = 2, 5_000  # tested genes of a set


@dataclass(frozen=True)
class GeneSet:
    """A line of a GMT file. source: the file's name; members: ids or symbols."""

    source: str
    name: str
    members: frozenset[str]


def read_gene_sets(path: Path) -> list[GeneSet]:
    """Read a GMT file: a set per line, with tabs: name, description, then genes (Ensembl ids with or without version, or symbols).

    Errors: UserError for a line without genes, or a name that stands twice.
    """
    sets: dict[str, GeneSet] = {}
    with open_text(path) as text:
        for number, line in enumerate(text, 1):
            cells = [cell.strip() for cell in line.rstrip("\r\n").split("\t")]
            if not any(cells):
                continue
            if len(cells) < 3 or not cells[0]:
                raise UserError(
                    f"{path} line {number}: expected name, description and genes, with tabs (GMT); found {len(cells)} cells"
                )
            if cells[0] in sets:
                raise UserError(f"{path} line {number}: gene set {cells[0]} stands twice")
            # DisGeNET and Enrichr write GENE,weight
            members = frozenset(_plain(cell.split(",")[0]) for cell in cells[2:] if cell)
            sets[cells[0]] = GeneSet(path.name, cells[0], members)
    if not sets:
        raise UserError(f"{path} has no gene sets")
    return list(sets.values())


def over_representation(table: pd.DataFrame, sets: Sequence[GeneSet], threshold: float) -> pd.DataFrame:
    """Test every set for every trait and model, and for genes of any model where a trait has several.

    table: the study's associations. The trait's genes are those with an FDR of at most `threshold`; the background is every gene that
    was tested. A gene is in a set by its id or by its name. expected: trait genes × set genes / tested genes; fdr: Benjamini–Hochberg
    over the sets of all files. Sets with fewer than 2 or more than 5,000 tested genes are left out.
    """
    rows: list[dict[str, Any]] = []
    for trait, of_trait in table[table["pvalue"].notna()].groupby("trait", sort=True):
        parts = [(str(model), part) for model, part in of_trait.groupby("model", sort=True)]
        if len(parts) > 1:
            parts.append((ANY_MODEL, of_trait))
        for model, part in parts:
            rows += _test(str(trait), model, part, sets, threshold)
    return pd.DataFrame(rows, columns=list(GENE_SET_COLUMNS))


def _test(
    trait: str, model: str, part: pd.DataFrame, sets: Sequence[GeneSet], threshold: float
) -> list[dict[str, Any]]:
    names = part.drop_duplicates("gene").set_index("gene")["gene_name"].astype(str)
    hits = set(part.loc[part["fdr"] <= threshold, "gene"])
    genes_of: dict[str, list[str]] = {}  # a symbol may stand for several genes
    for gene, name in names.items():
        for key in {_plain(str(gene)), _plain(name)}:
            genes_of.setdefault(key, []).append(str(gene))
    rows: list[dict[str, Any]] = []
    for one in sets:
        members = {gene for key in one.members if key in genes_of for gene in genes_of[key]}
        if not _FEWEST <= len(members) <= _MOST:
            continue
        found = sorted(members & hits)
        expected = len(hits) * len(members) / len(names)
        rows.append(
            {
                "trait": trait, "model": model, "source": one.source, "gene_set": one.name, "tested_genes": len(names),
                "trait_genes": len(hits), "set_genes": len(members), "found": len(found), "expected": expected,
                "fold": len(found) / expected if expected else np.nan,
                "pvalue": float(hypergeom.sf(len(found) - 1, len(names), len(members), len(hits))),
                "genes": ",".join(names[gene] for gene in found),
            }
        )  # fmt: skip
    if rows:
        for row, rate in zip(rows, benjamini_hochberg([row["pvalue"] for row in rows]).tolist(), strict=True):
            row["fdr"] = rate
    return sorted(rows, key=lambda row: (row["pvalue"], row["source"], row["gene_set"]))


def _plain(name: str) -> str:
    """Upper-case, Ensembl ids without their version."""
    return without_version(name.strip().upper())
