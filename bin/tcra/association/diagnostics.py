"""What to doubt about a gene's result, and which SNPs it used: the tables beside the associations."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from tcra.association.alignment import Aligned
from tcra.association.association_tables import FLAG_COLUMNS, SNPS_USED_COLUMNS, TEST_COLUMNS
from tcra.association.frequency_check import FrequencyCheck
from tcra.association.gwas.read_gwas import Gwas
from tcra.association.models.prediction_model import PredictionModel
from tcra.association.result_tables import snp_reasons
from tcra.association.statistic import GeneTests
from tcra.common.arrays import Floats
from tcra.common.table_text import write_table

TINY_VARIANCE = 1e-4
ILL_CONDITIONED = 1e8
LOW_COVERAGE = 0.5


def condition_numbers(model: PredictionModel, tests: GeneTests) -> Floats:
    """Largest over smallest eigenvalue of the covariance of each gene's used SNPs (g,); infinite if singular, NaN without one."""
    genes = len(model.gene_names)
    number = np.full(genes, np.nan)
    complete = ~np.isnan(tests.var_g) & (tests.n_used > 0)
    number[complete & (tests.n_used == 1)] = 1.0
    for n in np.unique(tests.n_used[complete & (tests.n_used > 1)]):
        of_size = np.flatnonzero(complete & (tests.n_used == n))
        for part in np.array_split(of_size, max(1, len(of_size) * n * n // 4_000_000)):
            values = np.linalg.eigvalsh(tests.matrices(part))
            smallest, largest = values[:, 0], values[:, -1]
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = largest / smallest
            number[part] = np.where(smallest <= largest * n * np.finfo(float).eps, np.inf, ratio)
    return number


def gene_flags(model: PredictionModel, tests: GeneTests, aligned: Aligned, trait: str) -> pd.DataFrame:
    """One row for each gene that has a SNP in the GWAS: SNPs used of its weights, condition number, the flags, separated by commas,
    and whose result it is: trait, model, SNP set and tissue (`FLAG_COLUMNS`).

    tiny_variance: var_g below 1e-4 (effect sizes become very large). ill_conditioned: condition number above 1e8. low_coverage: less
    than half of the weights' SNPs used. opposite_signs: effect size and z have opposite signs. other_allele: a SNP was used with the
    z of another alternate allele of its site, since the model names both by one id.
    """
    index = np.flatnonzero(tests.n_in_gwas > 0)
    weights = np.bincount(model.gene, minlength=len(model.gene_names))[index]
    coverage, condition = tests.n_used[index] / weights, condition_numbers(model, tests)[index]
    with np.errstate(invalid="ignore"):
        marks = {
            "tiny_variance": tests.var_g[index] < TINY_VARIANCE,
            "ill_conditioned": condition > ILL_CONDITIONED,
            "low_coverage": coverage < LOW_COVERAGE,
            "opposite_signs": tests.zscore[index] * tests.effect_size[index] < 0,
            "other_allele": np.bincount(model.gene[aligned.other_allele & tests.used], minlength=len(model.gene_names))[
                index
            ]
            > 0,
        }
    flags = np.full(len(index), "", dtype=object)
    for name, mark in marks.items():
        flags[mark] = [f"{flag},{name}" if flag else name for flag in flags[mark]]
    return pd.DataFrame(
        {
            "gene": pd.Series(model.gene_names[index], dtype=object),
            "n_snps_used": tests.n_used[index],
            "n_weights": weights,
            "snp_coverage": coverage,
            "condition_number": condition,
            "flags": pd.Series(flags, dtype=object),
            **dict(zip(TEST_COLUMNS, (trait, model.name, model.snp_set, model.tissue), strict=True)),
        },
        columns=list(FLAG_COLUMNS),
    )


def snp_table(
    model: PredictionModel, gwas: Gwas, aligned: Aligned, tests: GeneTests, frequency: FrequencyCheck
) -> pd.DataFrame:
    """One row for each weight: the SNP, its alleles, weight, the GWAS's z and beta for the model's effect allele, whether they were
    flipped, the frequencies compared, and `used`, or why it was not.
    """
    reason = snp_reasons(model, aligned, tests)
    names = np.concatenate([np.array(file.snp.to_pylist(), dtype=object) for file in gwas.files])
    has = aligned.source >= 0
    theirs = np.full(model.size, "", dtype=object)
    theirs[has] = names[aligned.source[has]]
    return pd.DataFrame(
        {
            "model": model.name,
            "gene": model.gene_names[model.gene],
            "snp": model.snp,
            "gwas_snp": theirs,
            "effect_allele": model.eff,
            "other_allele": model.ref,
            "weight": model.weight,
            "zscore": aligned.z,
            "beta": aligned.beta,
            "flipped": np.where(has, np.where(aligned.flipped, "yes", "no"), "NA"),
            "gwas_frequency": frequency.gwas,
            "model_frequency": frequency.model,
            "use": np.where(tests.used, "used", reason),
        },
        columns=list(SNPS_USED_COLUMNS),
    )


def write_snps(path: Path, tables: Iterable[pd.DataFrame]) -> None:
    """Write the SNP tables of all models as one TSV (gzip by the name's `.gz`)."""
    write_table(path, pd.concat(list(tables), ignore_index=True))
