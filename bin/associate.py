#!/usr/bin/env python3
"""Associate genes with a trait: S-PrediXcan's statistic from a GWAS and gene-expression models."""

import argparse
from pathlib import Path

from tcra import cli
from tcra.association.settings import GwasSettings, add_gwas_arguments


def make_parser() -> argparse.ArgumentParser:
    parser = cli.make_parser(__doc__ or "")
    add = parser.add_argument
    add(
        "--model_db_path",
        type=cli.existing_file,
        nargs="+",
        required=True,
        metavar="DB",
        help="PredictDB model(s), SQLite",
    )
    add("--covariance", type=cli.existing_file, nargs="+", default=[], metavar="FILE",
        help="covariance of each model's SNPs: GENE RSID1 RSID2 VALUE; in the models' order")  # fmt: skip
    add("--gwas_file", type=cli.existing_file, help="GWAS summary statistics; plain, gzip, bgzip or zstd")
    add("--gwas_folder", type=cli.existing_path, help="folder of the files of one GWAS, such as one a chromosome")
    add("--gwas_file_pattern", help="regular expression that the names of the folder's files match from their start")
    add("--output_file", type=Path, help="CSV to write (one model)")
    add("--output_folder", type=Path, help="folder for one CSV a model, named after it (several models)")
    add("--trait", default="", help="name of the trait, carried in the accounting")
    add(
        "--traits",
        type=cli.existing_file,
        metavar="TABLE",
        help="table of traits (trait, path, columns named as the flags below): take the GWAS of --trait and its settings from it; "
        "--gwas_file and --gwas_folder win over its path",
    )
    add("--model_db_snp_key", metavar="COLUMN", help="column of the model's weights that holds the ids (usual: rsid)")
    add("--single_snp_model", action="store_true", help="models of one SNP a gene: no covariance is needed")
    add("--additional_output", action="store_true", help="add best_gwas_p and largest_weight")
    add("--remove_ens_version", action="store_true", help="cut the version off gene ids (ENSG….12 to ENSG…)")
    add("--gwas_h2", type=float, help="heritability of the trait, to calibrate with the model's phi")
    add("--gwas_N", type=float, help="number of samples of the GWAS, to calibrate with the model's phi")
    add(
        "--match-by",
        choices=["id", "position"],
        default="id",
        help="match variants by the text of the id, or by chromosome, position and alleles (model: varID; GWAS: columns or id)",
    )
    add(
        "--liftover",
        type=cli.existing_file,
        metavar="CHAIN",
        help="chain file from the GWAS's genome build to the model's, for --match-by position",
    )
    add(
        "--max-frequency-difference",
        type=cli.fraction,
        metavar="D",
        help="leave out SNPs whose allele frequency differs by more than this from the model's (usual: only counted)",
    )
    add(
        "--snps-used",
        type=Path,
        metavar="FILE",
        help="write which SNPs each gene used, with weight, z, flipped, or why not",
    )
    add("--resolve-strand", action="store_true", help="use SNPs given on the other strand, where the alleles tell")
    add("--overwrite", action="store_true", help="replace outputs that exist")
    add_gwas_arguments(parser)
    for flag in ("--stream_covariance", "--throw"):
        add(flag, action="store_true", help="accepted for S-PrediXcan's command lines; without effect")
    add("--verbosity", help="accepted for S-PrediXcan's command lines; without effect")
    return parser


def main(arguments: argparse.Namespace) -> None:
    from tcra.association.associate import Options, associate
    from tcra.association.gwas import list_gwas_files
    from tcra.association.outputs import output_paths

    settings = GwasSettings.from_arguments(arguments)
    if arguments.traits:
        from tcra.association.traits import apply_trait

        settings = apply_trait(arguments, settings)
    files = list_gwas_files(arguments.gwas_file, arguments.gwas_folder, arguments.gwas_file_pattern)
    outputs = output_paths(arguments.model_db_path, arguments.output_file, arguments.output_folder)
    options = Options(
        settings=settings,
        **{name: getattr(arguments, name) for name in (
            "trait", "model_db_snp_key", "single_snp_model", "additional_output", "remove_ens_version", "gwas_h2", "gwas_N",
            "resolve_strand", "match_by", "liftover", "max_frequency_difference", "snps_used", "overwrite",
        )},
    )  # fmt: skip
    associate(arguments.model_db_path, arguments.covariance, files, outputs, options)


if __name__ == "__main__":
    cli.run(main, make_parser())
