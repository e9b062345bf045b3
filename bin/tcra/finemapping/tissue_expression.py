"""Expression of the panel's people, for colocalisation."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tcra.common.arrays import Floats, Integers
from tcra.errors import UserError
from tcra.expression.expression_table import read_expression_table
from tcra.finemapping.colocalisation import TraitDesign, colocalise

FEWEST_PEOPLE = 20


@dataclass(frozen=True)
class TissueExpression:
    """column (n,): places of the people in the panel; values: of each gene, of the same people."""

    column: Integers
    values: dict[str, Floats]


def read_tissues(
    paths: Sequence[tuple[str, Path]], tissues: Sequence[str], people: Sequence[str]
) -> dict[str, TissueExpression]:
    """Normalised expression by tissue. A path without a tissue's name is for the only tissue there is.

    Errors: UserError for a tissue that is unknown or lacks its file, and for files that share too few people with the panel.
    """
    found: dict[str, TissueExpression] = {}
    for name, path in paths:
        if not name and len(tissues) > 1:
            raise UserError(
                f"--expression {path}: there are {len(tissues)} tissues; give TISSUE={path.name} (tissues: {', '.join(tissues)})"
            )
        tissue = name or tissues[0]
        if tissue not in tissues:
            raise UserError(
                f"--expression {tissue}={path.name}: no model database is of this tissue (tissues: {', '.join(tissues)})"
            )
        table = read_expression_table(path)
        place = {sample: at for at, sample in enumerate(people)}
        shared = [at for at, sample in enumerate(table.samples) if sample in place]
        if len(shared) < FEWEST_PEOPLE:
            raise UserError(
                f"{path} and the panel share {len(shared)} people, expected at least {FEWEST_PEOPLE}; is it of another cohort?"
            )
        column = np.array([place[table.samples[at]] for at in shared])
        found[tissue] = TissueExpression(column, dict(zip(table.gene_ids, table.values[:, shared], strict=True)))
    lacking = [tissue for tissue in tissues if tissue not in found]
    if lacking:
        raise UserError(f"--coloc needs the expression of every tissue; give --expression {lacking[0]}=FILE")
    return found


def colocalise_gene(
    expression: TissueExpression, gene: str, dosages: Floats, z: Floats, frequency: Floats, design: TraitDesign
) -> Floats:
    """Posterior of H0 to H4 (5,) of a gene; NaN if it has no expression, or no SNP varies. dosages (p, n): of the panel's people."""
    values = expression.values.get(gene)
    if values is None:
        return np.full(5, np.nan)
    known = ~np.isnan(values)
    genotypes = dosages[:, expression.column[known]]
    varies = genotypes.max(axis=1) > genotypes.min(axis=1) if genotypes.size else np.zeros(0, bool)
    if not varies.any() or np.ptp(values[known]) == 0:
        return np.full(5, np.nan)
    return colocalise(genotypes[varies], values[known], z[varies], frequency[varies], design)
