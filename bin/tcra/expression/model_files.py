"""The tables of a chunk of genes: summaries, weights, covariances (published columns first, `snp_set` last), and the covariances of
all SNPs of a gene's models together, which the joint test over SNP sets needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np

from tcra.common.genome.genes import Gene
from tcra.common.table_text import format_cell
from tcra.expression.gene_model import GeneModel
from tcra.expression.snp_sets import RankedChromosome

SUMMARIES, WEIGHTS, COVARIANCES = "model_summaries.tsv", "weights.tsv", "covariances.txt.gz"
JOINT_COVARIANCES = "joint_covariances.txt.gz"
SUMMARY_COLUMNS = (
    "gene_id", "gene_name", "alpha", "cv_mse", "lambda_iteration", "lambda_min", "n_snps_in_model", "cv_R2_avg", "cv_R2_sd",
    "in_sample_R2", "pred_perf_R2", "pred_perf_pval",
    "rho_avg", "rho_zscore", "rho_pval", "n_samples", "n_snps_in_window", "chrom", "window_start", "window_end",
    "status", "reason", "nested_r2", "nested_rho", "nested_zscore", "nested_pval", "snp_set",
)  # fmt: skip
WEIGHT_COLUMNS = ("gene_id", "rsid", "varID", "ref", "alt", "beta", "snp_set")
COVARIANCE_COLUMNS = ("gene_id", "rsid1", "rsid2", "corvarianceValues", "snp_set")  # spelled as published
PHI_SUMS, GENOTYPE_VARIANCE = "phi_sums.tsv", "genotype_variance.tsv"  # only of chunks fitted with --phi
PHI_COLUMNS = ("gene_id", "chrom", "snp_set", "phi_sum")
VARIANCE_COLUMNS = (
    "chrom",
    "n_snps",
    "dosage_variance",
)  # all chromosomes of the ranking; NA where the chunk has none of its genes
JOINT_COLUMNS = ("gene_id", "rsid1", "rsid2", "covariance")


@dataclass(frozen=True)
class GeneText:
    """The lines of one gene in each of the four tables."""

    summaries: str
    weights: str
    covariances: str
    joint: str


@dataclass(frozen=True)
class GeneTask:
    """A gene and the SNPs of its window. tss: 1-based position of the transcription start. chrom is empty and region None for a
    gene that the annotation does not have."""

    gene_id: str
    gene_name: str
    chrom: str = ""
    region: tuple[int, int] | None = None
    tss: int = 0


def task_of(gene: Gene, gene_id: str, region: tuple[int, int]) -> GeneTask:
    """The expression table's id, the annotation's name and place."""
    return GeneTask(gene_id, gene.name, gene.chrom, region, gene.tss + 1)


def window_rsids(snps: RankedChromosome, rows: Sequence[int], names: Sequence[str]) -> list[str]:
    """The rsid of each SNP of a window: the SNP set's, else the genotype file's ID, else the variant's id.

    One that repeats within the window (the alternate alleles of one site) gives way to the variant's id, since the model
    database and its covariances are looked up by rsid.
    """
    chosen: list[str] = []
    seen: set[str] = set()
    for row, name in zip(rows, names, strict=True):
        rsid = snps.rsid[row] or name or snps.variant_id[row]
        chosen.append(snps.variant_id[row] if rsid in seen else rsid)
        seen.add(rsid)
    return chosen


def gene_text(
    task: GeneTask,
    models: Sequence[GeneModel],
    joint: Sequence[tuple[int, int, float]],
    variants: Sequence[tuple[str, str, str, str]],
    alpha: float,
    samples: int,
) -> GeneText:
    """Lines of all SNP sets of a gene. joint: pairs of SNPs of all models (columns of the window) and
    their covariance. variants: (rsid, variant_id, ref, alt) of each SNP of the window."""
    summaries: list[str] = []
    weights: list[str] = []
    covariances: list[str] = []
    for model in models:
        summaries.append(_summary(task, model, alpha, samples))
        if model.columns is None or model.weights is None or model.covariance is None:
            continue
        columns = model.columns.tolist()
        order = [i for _, i in sorted((variants[column][1], i) for i, column in enumerate(columns))]
        chosen = [variants[columns[i]] for i in order]
        for (rsid, variant_id, ref, alt), i in zip(chosen, order, strict=True):
            cells = (task.gene_id, rsid, variant_id, ref, alt, float(model.weights[i]), model.snp_set)
            weights.append("\t".join(map(format_cell, cells)) + "\n")
        values = model.covariance[np.ix_(order, order)].tolist()
        covariances.extend(
            f"{task.gene_id} {chosen[a][0]} {chosen[b][0]} {values[a][b]!r} {model.snp_set}\n"
            for a in range(len(chosen))
            for b in range(a, len(chosen))
        )
    pairs = "".join(f"{task.gene_id} {variants[a][0]} {variants[b][0]} {value!r}\n" for a, b, value in joint)
    return GeneText("".join(summaries), "".join(weights), "".join(covariances), pairs)


def _summary(task: GeneTask, model: GeneModel, alpha: float, samples: int) -> str:
    performance = model.performance
    start, end = task.region or (None, None)
    cells = (
        task.gene_id, task.gene_name, alpha, model.error, model.step or None, model.penalty,
        0 if model.columns is None else len(model.columns),
        performance.cv_r2_mean, performance.cv_r2_sd, performance.in_sample_r2, performance.pred_perf_r2, performance.pred_perf_p,
        performance.rho_mean, performance.rho_z, performance.rho_p, samples, model.snps_in_window,
        task.chrom or None, start, end, model.status, model.reason or None,
        model.nested.r2, model.nested.rho, model.nested.z, model.nested.p, model.snp_set,
    )  # fmt: skip
    return "\t".join(map(format_cell, cells)) + "\n"


class ModelTables:
    """The open tables of one output folder."""

    def __init__(self, summaries: TextIO, weights: TextIO, covariances: TextIO, joint: TextIO) -> None:
        self._files = (summaries, weights, covariances, joint)
        summaries.write("\t".join(SUMMARY_COLUMNS) + "\n")
        weights.write("\t".join(WEIGHT_COLUMNS) + "\n")
        covariances.write(" ".join(COVARIANCE_COLUMNS) + "\n")
        joint.write(" ".join(JOINT_COLUMNS) + "\n")

    def write(self, text: GeneText) -> None:
        for file, lines in zip(self._files, (text.summaries, text.weights, text.covariances, text.joint), strict=True):
            file.write(lines)


def table_paths(folder: Path) -> tuple[Path, Path, Path, Path]:
    """Summaries, weights, covariances and joint covariances of a chunk."""
    return folder / SUMMARIES, folder / WEIGHTS, folder / COVARIANCES, folder / JOINT_COVARIANCES
