"""Real lymphoblastoid cells (GEUVADIS, chromosome 22): R's models, published eQTLs, and what noise passes on real genotypes."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.stats import binom
from tcra.common.accounting import Accounting
from tcra.common.genome.genes import read_annotation
from tcra.expression.expression_table import ExpressionTable, read_expression_table, write_expression_table
from tcra.expression.fit_chunk import fit_chunk
from tcra.expression.folds import draw_folds
from tcra.expression.gene_model import FitSettings, fit_gene
from tcra.expression.gene_windows import SnpFilter, WindowReader
from tcra.expression.genotypes.open import open_genotypes
from tcra.expression.genotypes.record import Dosages
from tcra.expression.prior import penalty_factors
from tcra.expression.settings import ChunkInputs, ChunkOptions, PriorPowers
from tcra.expression.snp_sets import read_ranking

from .test_r_parity import SEED, compare


def lcl_inputs(data: Path, expression: Path | None = None) -> ChunkInputs:
    return ChunkInputs(
        [data / "genotypes.chr22.vcf.gz"],
        expression or data / "expression.csv.gz",
        data / "genes.bed",
        data / "snp_sets.tsv.gz",
    )


def tables(folder: Path) -> list[pd.DataFrame]:
    return [
        pd.read_csv(folder / name, sep="\t", dtype={"snp_set": str}) for name in ("model_summaries.tsv", "weights.tsv")
    ]


@dataclass(frozen=True)
class RealGene:
    """dosages: (people, SNPs of the best 3,000 within 250 kb). ranks, distances_bp: (SNPs,). expression: (people,)."""

    dosages: Dosages
    ranks: NDArray[np.int64]
    distances_bp: NDArray[np.int64]
    expression: NDArray[np.float64]


@pytest.fixture(scope="module")
def genes(shared_data: Path) -> list[RealGene]:
    """The first twelve of the thirty."""
    data = shared_data / "real" / "lcl_models"
    file, table = open_genotypes(data / "genotypes.chr22.vcf.gz"), read_expression_table(data / "expression.csv.gz")
    people = sorted(set(file.samples) & set(table.samples))
    column = [table.samples.index(person) for person in people]
    snps = read_ranking(data / "snp_sets.tsv.gz", 3000).chromosomes["22"]
    annotation = read_annotation(data / "genes.bed")
    found = [annotation.find(gene_id, "22") for gene_id in table.gene_ids[:12]]
    places = [gene for gene in found if gene is not None]
    reader = WindowReader([file], people, snps, SnpFilter(), Accounting("TEST"))
    windows = dict(reader.windows([gene.window(250_000) for gene in places]))
    return [
        RealGene(
            windows[i].dosages,
            snps.rank[windows[i].rows],
            np.abs(snps.position[windows[i].rows] - (gene.tss + 1)),
            table.values[i][column],
        )
        for i, gene in enumerate(places)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("number", range(12))
def test_rs_models_of_real_genes(ask_r: Callable[..., dict], genes: list[RealGene], number: int) -> None:
    """Plain and with the prior: the same SNPs and λ, weights within 1e-8."""
    gene, powers = genes[number], PriorPowers(0.1, 0.5)
    folds = draw_folds(len(gene.expression), 10, 3, SEED)
    settings = FitSettings((3000,), folds, prior=powers, prior_ranks=3000)
    plain, prior = fit_gene(gene.dosages, gene.ranks, gene.expression, settings, gene.distances_bp)
    compare(ask_r(gene.dosages, gene.expression, folds), plain)
    factors = penalty_factors(gene.ranks, gene.distances_bp, powers, 3000)
    compare(ask_r(gene.dosages, gene.expression, folds, factors), prior)


@pytest.mark.slow
def test_published_eqtls_of_thirty_genes(shared_data: Path, tmp_path: Path) -> None:
    """The check that comes with the data: usable models, sign, place and size of effects."""
    data = shared_data / "real" / "lcl_models"
    options = ChunkOptions(set_sizes=(3000, 10000, 29929), window_bp=250_000, quality="published")
    fit_chunk(lcl_inputs(data), options, tmp_path / "chunk")
    done = subprocess.run([sys.executable, data / "check.py", tmp_path / "chunk"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_what_noise_passes_on_real_genotypes(shared_data: Path, tmp_path: Path) -> None:
    """Expression shuffled over people, ten times each of thirty genes. By the nested quality as many pass as its p-value says: positive
    correlations with a two-sided p below 0.05 are 2.5 %. By the published one several times as many."""
    data = shared_data / "real" / "lcl_models"
    table = read_expression_table(data / "expression.csv.gz")
    random = np.random.default_rng(22)
    nested = published = genes = 0
    for _ in range(10):
        values = random.permuted(table.values, axis=1)
        shuffled = ExpressionTable(table.chromosomes, table.gene_ids, table.gene_names, table.samples, values)
        write_expression_table(tmp_path / "e.csv", shuffled)
        options = ChunkOptions(set_sizes=(3000,), window_bp=250_000, repeats=1)
        fit_chunk(lcl_inputs(data, tmp_path / "e.csv"), options, tmp_path / "chunk")
        summaries, _ = tables(tmp_path / "chunk")
        genes += len(summaries)
        nested += int(((summaries["nested_rho"] > 0.1) & (summaries["nested_pval"] < 0.05)).sum())
        published += int(((summaries["rho_avg"] > 0.1) & (summaries["rho_pval"] < 0.05)).sum())
    lowest, highest = binom.interval(0.99, genes, 0.025)
    print(f"{genes} noise genes: {nested} pass by the nested quality, {published} by the published one")
    assert genes == 300
    assert lowest <= nested <= highest, nested
    assert published > highest, published
