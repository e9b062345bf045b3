#!/usr/bin/env python3
"""Fit elastic-net models of gene expression on nested SNP sets and with a prior, with R's glmnet results."""

import argparse
import os
from pathlib import Path
from typing import get_args

from tcra import cli
from tcra.expression.settings import DEFAULT_PRIOR, ChunkInputs, ChunkOptions, PriorPowers, Quality


def make_parser() -> argparse.ArgumentParser:
    parser = cli.make_parser(__doc__)
    inputs = parser.add_argument_group("inputs")
    inputs.add_argument(
        "--genotypes",
        type=cli.existing_file,
        nargs="+",
        required=True,
        metavar="FILE",
        help="VCF, BCF, PLINK .bed or PLINK 2 .pgen; several if there is one per chromosome",
    )
    inputs.add_argument(
        "--expression",
        type=cli.existing_file,
        required=True,
        metavar="FILE",
        help="normalised expression: GTEx BED, or CSV with chr,gene_id,gene_name and samples",
    )
    inputs.add_argument(
        "--genes",
        type=cli.existing_file,
        required=True,
        metavar="FILE",
        help="gene annotation, GTF or BED, of the genotypes' build",
    )
    inputs.add_argument(
        "--snp-sets",
        type=cli.existing_file,
        required=True,
        metavar="FILE",
        help="ranking, TSV or Parquet: variant_id chrom pos ref alt rank [rsid], pos 1-based",
    )
    inputs.add_argument(
        "--set-sizes", type=cli.integer_list, required=True, metavar="K,K,…", help="SNP set K takes ranks 1 to K"
    )
    chunk = parser.add_argument_group("chunk of genes")
    chunk.add_argument("--chrom", default=ChunkOptions.chrom, help="genes of this chromosome only")
    chunk.add_argument(
        "--first-gene",
        type=cli.whole_number,
        default=ChunkOptions.first_gene,
        metavar="N",
        help="first gene, counted from 0 in the expression table (of that chromosome)",
    )
    chunk.add_argument(
        "--number-of-genes",
        type=cli.whole_number,
        default=ChunkOptions.number_of_genes,
        metavar="N",
        help="number of genes; 0 for all from the first on",
    )
    model = parser.add_argument_group("model")
    model.add_argument(
        "--window",
        type=cli.whole_number,
        default=ChunkOptions.window_bp,
        metavar="BP",
        help="SNPs up to so many bp from the gene's body",
    )
    model.add_argument(
        "--tss-window",
        action="store_true",
        help="measure the window from the transcription start instead of the gene's body",
    )
    model.add_argument("--maf", type=cli.fraction, default=ChunkOptions.maf, help="least minor allele frequency")
    model.add_argument(
        "--missing",
        choices=["drop", "mean"],
        default="drop",
        help="SNPs with missing calls: drop them, or put the mean dosage",
    )
    model.add_argument(
        "--alpha", type=cli.fraction, default=ChunkOptions.alpha, help="share of the lasso in the penalty"
    )
    model.add_argument(
        "--folds", type=cli.positive_int, default=ChunkOptions.folds, metavar="N", help="folds of the cross-validation"
    )
    model.add_argument(
        "--repeats",
        type=cli.positive_int,
        default=ChunkOptions.repeats,
        metavar="N",
        help="repeats of the cross-validation",
    )
    model.add_argument(
        "--seed",
        type=cli.whole_number,
        default=ChunkOptions.seed,
        metavar="N",
        help="seed of the folds, as R's set.seed takes it",
    )
    model.add_argument(
        "--prior",
        default="",
        metavar="A,B",
        help="one more model per gene, named prior: SNPs are penalised by (rank share + 0.01)^A x (distance from the transcription "
        f"start + 10 kb, in Mb)^B, such as {DEFAULT_PRIOR}; empty for none",
    )
    model.add_argument(
        "--prior-set",
        type=cli.whole_number,
        default=ChunkOptions.prior_set,
        metavar="K",
        help="offer the prior model ranks 1 to K; 0 for all ranked variants",
    )
    model.add_argument(
        "--quality",
        choices=get_args(Quality),
        default=ChunkOptions.quality,
        help="what decides which models are good: a nested cross-validation, whose folds the choice of lambda never saw, or the published "
        "one (faster, and lets noise through); the published statistics are written with both",
    )
    model.add_argument(
        "--phi",
        action="store_true",
        help="also measure how a polygenic trait inflates each gene's test (phi, for --gwas_h2 of associate.py); reads whole chromosomes",
    )
    model.add_argument(
        "--full-path",
        action="store_true",
        help="fit all 100 lambdas at once, as R does, instead of in stages (same results, slower)",
    )
    model.add_argument(
        "--keep-all",
        action="store_true",
        help="accepted for scripts: every model is written here; build_model_db.py --keep-all keeps them in the database",
    )
    parser.add_argument(
        "--cores", type=cli.positive_int, default=len(os.sched_getaffinity(0)), metavar="N", help="processes"
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder for model_summaries.tsv, weights.tsv, covariances.txt.gz, accounting.json",
    )
    return parser


def main(arguments: argparse.Namespace) -> None:
    from tcra.expression.fit_chunk import fit_chunk

    inputs = ChunkInputs(arguments.genotypes, arguments.expression, arguments.genes, arguments.snp_sets)
    options = ChunkOptions(
        set_sizes=tuple(arguments.set_sizes), chrom=arguments.chrom, first_gene=arguments.first_gene,
        number_of_genes=arguments.number_of_genes, window_bp=arguments.window, around_tss=arguments.tss_window, maf=arguments.maf,
        impute=arguments.missing == "mean", alpha=arguments.alpha, folds=arguments.folds, repeats=arguments.repeats,
        seed=arguments.seed, full_path=arguments.full_path,
        prior=PriorPowers.parse(arguments.prior), prior_set=arguments.prior_set, quality=arguments.quality,
        phi=arguments.phi, cores=arguments.cores,
    )  # fmt: skip
    fit_chunk(inputs, options, arguments.out)


if __name__ == "__main__":
    cli.run(main, make_parser())
