"""Expression normalisation: quantile normalisation, inverse normal, hidden factors and covariates regressed out, inverse normal again.

Hidden factors are expression principal components: Zhou et al. 2022 (Genome Biology 23:210) found them faster than PEER and better.
Their number follows GTEx's ladder for PEER factors.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tcra.common.accounting import Accounting, Count
from tcra.common.arrays import Floats
from tcra.common.genome.genes import read_annotation
from tcra.common.provenance import provenance
from tcra.errors import UserError
from tcra.expression.covariates import read_covariates
from tcra.expression.expression_table import ExpressionTable, read_expression_table, write_expression_table
from tcra.expression.settings import NormalizationOptions

log = logging.getLogger(__name__)

LADDER = ((150, 15), (250, 30), (350, 45))  # fewer samples than …: so many factors
LADDER_TOP = 60
GENES_PER_FACTOR = 10  # few genes have few hidden factors, and more would take the genes' own signal
FEWEST_NORMALIZED_SAMPLES = 10
MISSING_COUNT = -9
DECIMALS = 10  # residuals are of order 1; what differs by less is a tie (same value, same covariates) but for rounding


def quantile_normalize(values: Floats) -> Floats:
    """Give every sample the same distribution: the mean over samples of each order statistic. values: (genes, samples).

    Genes that tie in a sample get the mean of the quantiles that they span.

    >>> quantile_normalize(np.array([[1.0, 30.0], [2.0, 10.0], [3.0, 20.0]])).tolist()
    [[5.5, 16.5], [11.0, 5.5], [16.5, 11.0]]
    """
    from scipy.stats import rankdata

    quantiles = np.sort(values, axis=0).mean(axis=1)
    between = np.arange(1, len(quantiles) + 1)
    return np.column_stack([np.interp(rankdata(column), between, quantiles) for column in values.T])


def inverse_normal(values: Floats) -> Floats:
    """Rank-based inverse normal transform of each gene across samples: Φ⁻¹(rank / (n + 1)), ties at their mean rank (GTEx's).

    values: (genes, samples).

    >>> inverse_normal(np.array([[5.0, 7.0, 100.0]])).round(3).tolist()
    [[-0.674, 0.0, 0.674]]
    """
    from scipy.special import ndtri
    from scipy.stats import rankdata

    return np.asarray(ndtri(rankdata(values, axis=1) / (values.shape[1] + 1)))


def number_of_factors(samples: int, genes: int) -> int:
    """Expression PCs by the ladder: 15, 30, 45, 60 at fewer than 150, 250, 350, and more samples; at most a tenth of the genes.

    >>> number_of_factors(samples=358, genes=20_000), number_of_factors(samples=120, genes=80)
    (60, 8)
    """
    ladder = next((factors for below, factors in LADDER if samples < below), LADDER_TOP)
    return min(ladder, genes // GENES_PER_FACTOR, max(samples // 3, 0))


def expression_factors(values: Floats, number: int) -> Floats:
    """The first `number` principal components (samples, number) of values (genes, samples), each gene centred; unit length."""
    centred = values - values.mean(axis=1, keepdims=True)
    weights, vectors = np.linalg.eigh(centred.T @ centred)
    return np.asarray(vectors[:, np.argsort(weights)[::-1][:number]])


def residuals(values: Floats, covariates: Floats) -> Floats:
    """What the covariates (samples, k) and a constant leave of each gene. values: (genes, samples). Collinear columns are harmless."""
    constant = np.ones((values.shape[1], 1))
    left, singular, _ = np.linalg.svd(np.hstack([constant, _standardized(covariates)]), full_matrices=False)
    basis = left[:, singular > singular[0] * 1e-10]
    return np.asarray(values - (values @ basis) @ basis.T)


def normalize(values: Floats, covariates: Floats, factors: int, already_normalized: bool = False) -> Floats:
    """All steps for values (genes, samples) that vary, and covariates (samples, k); of normalised values those after the second, and
    none if nothing is to be regressed out."""
    if already_normalized and not factors and not covariates.shape[1]:
        return values
    normal = values if already_normalized else inverse_normal(quantile_normalize(values))
    if factors:
        covariates = np.hstack([covariates, expression_factors(normal, factors)])
    return inverse_normal(np.round(residuals(normal, covariates), DECIMALS))


def normalize_file(
    path: Path, covariate_paths: Sequence[Path], options: NormalizationOptions, out: Path, genes: Path | None = None
) -> None:
    """Read, normalise and write the published CSV. genes: annotation, which a table without places (GCT) needs.

    Errors: UserError for missing values, or more covariates and factors than the samples can bear.
    """
    expression = read_expression_table(path, annotation=read_annotation(genes) if genes else None)
    samples = expression.samples
    if len(samples) < FEWEST_NORMALIZED_SAMPLES:
        raise UserError(f"{path} has {len(samples)} samples; normalisation needs at least {FEWEST_NORMALIZED_SAMPLES}")
    accounting = Accounting("EXPRESSION")
    count = accounting.count("genes")
    count.received(len(expression.gene_ids))
    _require_values(path, expression)
    negative = expression.values[expression.values < 0]
    if len(negative) and (negative == MISSING_COUNT).all():
        raise UserError(
            f"{path}: its only negative values are {len(negative)} of -9, PLINK's code for a missing value; fill them, or drop their genes"
        )
    if not options.already_normalized and len(negative):
        log.warning(
            "%s has negative values, which counts and TPM never are; if it is normalised already, say so (--already-normalized)",
            path,
        )
    expression = _kept(
        path, expression, count, [chrom != "" for chrom in expression.chromosomes], "not in the annotation"
    )
    expression = _varying(path, expression, count, "the same value in every sample")
    tables = [read_covariates(table, samples) for table in covariate_paths]
    covariates = np.hstack(tables) if tables else np.zeros((len(samples), 0))
    number = options.factors
    if number is None:
        number = 0 if options.already_normalized else number_of_factors(len(samples), len(expression.gene_ids))
    if number > len(expression.gene_ids):
        raise UserError(f"--factors {number}: {path} has only {len(expression.gene_ids)} genes that vary")
    if 2 * (covariates.shape[1] + number) > len(samples):
        raise UserError(
            f"{covariates.shape[1]} covariates and {number} expression PCs are more than half of the {len(samples)} samples of {path}; "
            "give fewer covariates or a smaller --factors"
        )
    normal = replace(expression, values=normalize(expression.values, covariates, number, options.already_normalized))
    normal = _varying(path, normal, count, "one rank in every sample, or wholly explained by the covariates")
    count.passed(len(normal.gene_ids))
    write_expression_table(out, normal)
    parameters: dict[str, Any] = {
        "expression_pcs": number,
        "covariates": covariates.shape[1],
        "already_normalized": options.already_normalized,
    }
    accounting.write(out, provenance(parameters, [path, *covariate_paths, *([genes] if genes else [])]))


def _require_values(path: Path, expression: ExpressionTable) -> None:
    for gene_id, values in zip(expression.gene_ids, expression.values, strict=True):
        if not np.isfinite(values).all():
            sample = expression.samples[int(np.flatnonzero(~np.isfinite(values))[0])]
            raise UserError(
                f"{path}: gene {gene_id} has no value for sample {sample}; fill or drop genes with missing values"
            )


def _varying(path: Path, expression: ExpressionTable, genes: Count, reason: str) -> ExpressionTable:
    """The genes that differ between samples; the others are rejected for `reason`."""
    varies = np.ptp(expression.values, axis=1) > 0
    if not varies.any():
        raise UserError(f"{path}: no gene varies between samples ({reason})")
    return _kept(path, expression, genes, varies.tolist(), reason)


def _kept(path: Path, expression: ExpressionTable, genes: Count, keep: Sequence[bool], reason: str) -> ExpressionTable:
    """The genes to keep; the others are rejected for `reason`."""
    if all(keep):
        return expression
    rows = [row for row, kept in enumerate(keep) if kept]
    if not rows:
        raise UserError(f"{path}: no gene is left ({reason}), such as {expression.gene_ids[0]}")
    for gene_id, kept in zip(expression.gene_ids, keep, strict=True):
        if not kept:
            genes.reject(reason, gene_id, path.name)
    return ExpressionTable(
        [expression.chromosomes[row] for row in rows],
        [expression.gene_ids[row] for row in rows],
        [expression.gene_names[row] for row in rows],
        expression.samples,
        expression.values[rows],
    )


def _standardized(covariates: Floats) -> Floats:
    centred = covariates - covariates.mean(axis=0)
    scale = centred.std(axis=0)
    return np.asarray(centred / np.where(scale > 0, scale, 1))
