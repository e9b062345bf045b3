"""The command line of associate.py: S-PrediXcan's flags under their own names, and ours."""

import argparse
from pathlib import Path

from tcra import cli
from tcra.association.gwas.gwas_arguments import add_gwas_arguments


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add all flags of associate.py."""
    add = parser.add_argument
    add(
        "--models",
        type=cli.existing_path,
        metavar="FOLDER",
        help="folder of models: every *.db with its covariances beside it (NAME_cov.txt.gz, as MODEL_DB writes them, or NAME.txt.gz, "
        "as GTEx's models are published) and the *_joint_covariance.txt.gz; in place of the next two",
    )
    add("--model_db_path", type=cli.existing_file, nargs="+", metavar="DB", help="PredictDB model(s), SQLite")
    add("--covariance", type=cli.existing_file, nargs="+", default=[], metavar="FILE",
        help="covariance of each model's SNPs: GENE RSID1 RSID2 VALUE; in the models' order")  # fmt: skip
    add("--output_file", type=Path, help="CSV to write (one model)")
    add("--output_folder", type=Path, help="folder for one CSV per model, named after it (several models)")
    add("--single_snp_model", action="store_true", help="models of one SNP per gene: no covariance is needed")
    add("--additional_output", action="store_true", help="add best_gwas_p and largest_weight")
    add("--remove_ens_version", action="store_true", help="cut the version off gene ids (ENSG….12 to ENSG…)")
    add("--gwas_h2", type=float, help="heritability of the trait, to calibrate with the model's phi")
    add("--gwas_N", type=float, help="number of samples of the GWAS, to calibrate with the model's phi")
    add(
        "--max-frequency-difference",
        type=cli.fraction,
        metavar="D",
        help="leave out SNPs whose allele frequency differs by more than this from the model's (default: only counted)",
    )
    add(
        "--snps-used",
        type=Path,
        metavar="FILE",
        help="write which SNPs each gene used, with weight, z, flipped, or why not",
    )
    add(
        "--correlations",
        type=Path,
        metavar="FILE",
        help="write how each gene's predicted expression correlates between the models; as correlations.tsv.gz in the output folder "
        "it gives combine_associations.py the joint tests over SNP sets and tissues",
    )
    add(
        "--joint-covariance",
        type=cli.existing_file,
        nargs="+",
        default=[],
        metavar="FILE",
        help="covariances of SNPs across the models, such as one file per tissue, for --correlations (default: those of "
        "--models, and what the models' own covariances hold)",
    )
    add(
        "--gwas-points",
        type=Path,
        metavar="FILE",
        help="write the GWAS thinned to what a figure shows; as gwas_points.tsv.gz in the output folder it gives "
        "combine_associations.py a Miami plot (a GWAS without chromosome and position columns has none)",
    )
    add("--overwrite", action="store_true", help="replace outputs that exist")
    add(
        "--explain",
        type=cli.existing_path,
        metavar="GWAS",
        help="only print how this GWAS (a file, or a folder of one) is understood with the flags below: separator, columns, effect allele, "
        "rows by fate, the first variants with their z",
    )
    add_gwas_arguments(parser)
    for flag in ("--stream_covariance", "--throw"):
        add(flag, action="store_true", help="accepted for S-PrediXcan's command lines; without effect")
    for flag in ("--verbosity", "--MAX_R"):
        add(flag, help="accepted for S-PrediXcan's command lines; without effect (all genes are tested)")
    add("--split_column", nargs="+", help="accepted for S-PrediXcan's command lines; without effect, as there")
