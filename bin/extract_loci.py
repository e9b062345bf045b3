#!/usr/bin/env python3
"""Take out the loci of a trait's genes for the report: GWAS and LD around them, their models' SNPs, ranks and scores."""

import argparse
from pathlib import Path

from tcra import cli
from tcra.association.gwas.gwas_arguments import add_gwas_arguments
from tcra.report.locus_settings import LocusInputs, LocusOptions


def make_parser() -> argparse.ArgumentParser:
    usual = LocusOptions()
    parser = cli.make_parser(__doc__ or "")
    add = parser.add_argument
    many = {"type": cli.existing_file, "nargs": "+", "metavar": "FILE"}
    add(
        "--associations",
        required=True,
        **many,
        help="associations.tsv.gz, and omnibus tables, of combine_associations.py",
    )
    add("--model_db_path", required=True, **many, help="PredictDB models of all tissues and SNP sets")
    add("--genotypes", required=True, **many, help="the panel whose LD is shown: VCF, BCF, PLINK .bed or PLINK 2 .pgen")
    add(
        "--genes",
        required=True,
        type=cli.existing_file,
        metavar="FILE",
        help="GTF or BED of the genes, of the panel's build",
    )
    labelled = {"type": cli.named_file, "nargs": "+", "default": [], "metavar": "LABEL=FILE"}
    add("--rankings", **labelled, help="ranking.parquet of each tissue, for the ranks of the models' SNPs")
    add("--scores", **labelled, help="score tables (Parquet) of each tissue, for the tracks of the models' SNPs")
    add("--states", **labelled, help="BED files whose fourth column names a state, such as chromatin states")
    add(
        "--flank",
        type=cli.positive_int,
        default=usual.flank_bp,
        metavar="BP",
        help="so far to both sides of a gene's start",
    )
    add(
        "--gene-window",
        type=cli.whole_number,
        default=usual.gene_window_bp,
        metavar="BP",
        help="window of the gene models: show no more than that; 0 sets no limit",
    )
    add(
        "--most-genes",
        type=cli.positive_int,
        default=usual.most_genes,
        metavar="N",
        help="of the genes that pass, those with the smallest p",
    )
    add(
        "--fdr",
        type=float,
        default=usual.fdr,
        metavar="Q",
        help="a gene passes if any test has this false discovery rate",
    )
    add(
        "--tracks-shown",
        type=cli.positive_int,
        default=usual.tracks,
        metavar="N",
        help="of each SNP the N tracks with the largest score",
    )
    for flag in ("--gwas_h2", "--gwas_N"):
        add(flag, type=float, help="accepted as in associate.py; z-scores are not calibrated here")
    add_gwas_arguments(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write")
    return parser


def main(arguments: argparse.Namespace) -> None:
    from tcra.association.gwas.find_gwas import find_gwas
    from tcra.report.extract_loci import extract_loci

    gwas = find_gwas(vars(arguments))
    inputs = LocusInputs(
        trait=gwas.trait, associations=tuple(arguments.associations), models=tuple(arguments.model_db_path), gwas=tuple(gwas.files),
        genotypes=tuple(arguments.genotypes), genes=arguments.genes, rankings=tuple(arguments.rankings), scores=tuple(arguments.scores),
        states=tuple(arguments.states),
    )  # fmt: skip
    options = LocusOptions(
        flank_bp=arguments.flank, most_genes=arguments.most_genes, fdr=arguments.fdr, tracks=arguments.tracks_shown,
        gene_window_bp=arguments.gene_window, gwas=gwas.settings, matching=gwas.matching,
    )  # fmt: skip
    extract_loci(inputs, options, arguments.out)


if __name__ == "__main__":
    cli.run(main, make_parser())
