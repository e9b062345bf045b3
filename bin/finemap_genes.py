#!/usr/bin/env python3
"""Fine-map genes: which gene of a locus acts on a trait, by posterior probabilities over gene models and SNPs together."""

import argparse
from pathlib import Path
from typing import get_args

from tcra import cli
from tcra.association.gwas.gwas_arguments import add_gwas_arguments
from tcra.finemapping.settings import FinemapInputs, FinemapMethod, FinemapOptions, PriorOptions, VarianceStructure


def make_parser() -> argparse.ArgumentParser:
    parser = cli.make_parser(__doc__ or "")
    add_inputs(parser)
    add_priors(parser)
    add_method(parser)
    add_gwas_arguments(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write")
    return parser


def add_inputs(parser: argparse.ArgumentParser) -> None:
    add, usual = parser.add_argument_group("inputs").add_argument, FinemapOptions()
    add(
        "--model_db_path",
        type=cli.existing_file,
        nargs="+",
        default=[],
        metavar="DB",
        help="PredictDB models, one per tissue and SNP set",
    )
    add("--genotypes", type=cli.existing_file, nargs="+", default=[], metavar="FILE",
        help="the panel whose LD is used: VCF, BCF, PLINK .bed or PLINK 2 .pgen, several if they are by chromosome; the models' training "
        "cohort, or people of the GWAS's ancestry")  # fmt: skip
    add("--ld_panel", type=cli.existing_file, nargs="+", default=[], metavar="FILE",
        help="another panel, in place of --genotypes")  # fmt: skip
    add(
        "--regions",
        type=cli.existing_file,
        metavar="BED",
        help="independent LD blocks; without it, windows around genes are merged",
    )
    add(
        "--genes",
        type=cli.existing_file,
        metavar="FILE",
        help="GTF or BED of the genes, of the panel's build: where they start",
    )
    add("--z-table", type=cli.existing_file, nargs="+", default=[], metavar="FILE",
        help="z-scores alone (region, id, group, z; SNPs are of the group SNP): fit priors and write single-effect PIPs")  # fmt: skip
    add("--snp-scores", type=cli.existing_path, nargs="+", default=[], metavar="PATH",
        help="score tables (Parquet) or their folder: fifths of the tCRA score get priors of their own")  # fmt: skip
    add(
        "--snp-set",
        default=usual.snp_set,
        metavar="NAME",
        help="SNP set whose models are used; best: of each gene and tissue the most accurate",
    )
    add("--expression", type=cli.labelled_file, nargs="+", default=[], metavar="TISSUE=FILE",
        help="normalised expression of the panel's people, for --coloc; of one tissue, FILE is enough")  # fmt: skip
    add("--chrom", default=usual.chromosome, metavar="NAME", help="this chromosome only")


def add_priors(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("priors", "What is not given is estimated from the data (EM over all regions).")
    add, usual = group.add_argument, PriorOptions()
    add("--parameters", type=cli.existing_file, metavar="JSON", help="priors of an earlier run: its parameters.json")
    add(
        "--only-z",
        action="store_true",
        help="write z_scores.tsv.gz, to fit priors over several runs by --z-table, and stop",
    )
    add(
        "--only-priors",
        action="store_true",
        help="write parameters.json and chromosomes.tsv, for a run per chromosome, and stop",
    )
    add(
        "--gene-prior",
        type=float,
        metavar="P",
        help="probability that a gene model acts (default: estimated; with focus 0.001)",
    )
    add("--snp-prior", type=float, metavar="P", help="probability that a SNP acts")
    add("--effect-variance", type=float, metavar="V", help="variance of effects on z")
    add(
        "--variance",
        choices=get_args(VarianceStructure),
        default=usual.variance,
        help="which groups share a variance",
    )
    add("--thin", type=float, default=usual.thin, metavar="SHARE",
        help="share of the SNPs that priors are estimated from; with --z-table: the share that the table holds")  # fmt: skip
    add("--no-fallback", action="store_true", help="keep what was estimated even where there is too little data")


def add_method(parser: argparse.ArgumentParser) -> None:
    add, usual = parser.add_argument_group("method").add_argument, FinemapOptions()
    add("--method", choices=get_args(FinemapMethod), default=usual.method,
        help="susie: gene models and SNPs together; focus: adds FOCUS (gene models only); one effect is always reported too")  # fmt: skip
    add("--effects", type=cli.positive_int, default=usual.effects, metavar="L", help="most effects per region")
    add(
        "--keep-all-effects", action="store_true", help="keep effects that find nothing, in every region, as cTWAS does"
    )
    add(
        "--tolerance",
        type=float,
        default=usual.tolerance,
        help="largest change of a posterior at which a fit has converged",
    )
    add(
        "--max-causal",
        type=cli.positive_int,
        default=usual.max_causal,
        metavar="K",
        help="focus: most causal gene models per region",
    )
    add(
        "--ld-ridge",
        type=float,
        metavar="R",
        help="shrink LD towards none (default: 0 with susie, 0.1 with focus)",
    )
    add("--maf", type=cli.fraction, default=usual.maf, help="least minor allele frequency of a SNP in the panel")
    add(
        "--window",
        type=cli.positive_int,
        default=usual.window_bp,
        metavar="BP",
        help="without --regions: so far to both sides of a gene's start",
    )
    add(
        "--most-variables",
        type=cli.positive_int,
        default=usual.most_variables,
        metavar="N",
        help="without --regions: larger regions are cut between genes",
    )
    add(
        "--merge-borders",
        action="store_true",
        help="merge regions where a gene has over a tenth of its weights in the next one",
    )
    add(
        "--conditional-p",
        type=float,
        default=usual.conditional_p,
        metavar="P",
        help="level of the joint test, over all gene models",
    )
    add(
        "--min-r2",
        type=float,
        default=usual.min_r2,
        metavar="R2",
        help="joint test: smaller r² count as 0 (FUSION: 0.05)",
    )
    add("--coloc", action="store_true", help="add the colocalisation of each gene's expression with the trait")
    add("--gwas_N", type=float, metavar="N", help="number of samples of the GWAS, for --coloc")
    add(
        "--gwas_h2",
        type=float,
        help="accepted as in associate.py; z-scores are not calibrated here",
    )
    add("--case-fraction", type=float, metavar="S", help="share of cases, for --coloc of a case-control trait")


def main(arguments: argparse.Namespace) -> None:
    from tcra.association.gwas.find_gwas import find_gwas
    from tcra.errors import UserError
    from tcra.finemapping.finemap import finemap, fit_z_tables, write_priors, write_z_scores

    priors = PriorOptions(
        gene_prior=arguments.gene_prior, snp_prior=arguments.snp_prior, effect_variance=arguments.effect_variance,
        variance=arguments.variance, thin=arguments.thin, fallback=not arguments.no_fallback,
    )  # fmt: skip
    if arguments.z_table:
        fit_z_tables(arguments.z_table, priors, arguments.parameters, arguments.out)
        return
    panel = arguments.ld_panel or arguments.genotypes
    if not arguments.model_db_path or not panel:
        raise UserError("give --model_db_path and --genotypes (or --ld_panel); with z-scores alone, give --z-table")
    gwas = find_gwas(vars(arguments))
    inputs = FinemapInputs(
        models=tuple(arguments.model_db_path),
        gwas=tuple(gwas.files),
        genotypes=tuple(panel),
        genes=arguments.genes,
        regions=arguments.regions,
        scores=tuple(arguments.snp_scores),
        expression=tuple(arguments.expression),
        parameters=arguments.parameters,
    )
    options = FinemapOptions(
        method=arguments.method, priors=priors, settings=gwas.settings, matching=gwas.matching, trait=gwas.trait,
        effects=arguments.effects, keep_all_effects=arguments.keep_all_effects, tolerance=arguments.tolerance,
        max_causal=arguments.max_causal, ld_ridge=arguments.ld_ridge, maf=arguments.maf, snp_set=arguments.snp_set,
        window_bp=arguments.window, most_variables=arguments.most_variables, merge_borders=arguments.merge_borders,
        conditional_p=arguments.conditional_p, min_r2=arguments.min_r2, coloc=arguments.coloc, gwas_samples=gwas.gwas_N,
        cases=arguments.case_fraction, chromosome=arguments.chrom,
    )  # fmt: skip
    step = write_z_scores if arguments.only_z else write_priors if arguments.only_priors else finemap
    step(inputs, options, arguments.out)


if __name__ == "__main__":
    cli.run(main, make_parser())
