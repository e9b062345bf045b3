#!/usr/bin/env python3
"""Associate genes with a trait: S-PrediXcan's statistic from a GWAS and gene-expression models."""

import argparse

from tcra import cli
from tcra.association.arguments import add_arguments


def make_parser() -> argparse.ArgumentParser:
    parser = cli.make_parser(__doc__ or "")
    add_arguments(parser)
    return parser


def main(arguments: argparse.Namespace) -> None:
    from tcra.association.gwas.find_gwas import find_gwas

    values = vars(arguments)
    if arguments.explain:
        from tcra.association.gwas.explain_gwas import explain_gwas

        place = "gwas_folder" if arguments.explain.is_dir() else "gwas_file"
        gwas = find_gwas({**values, "gwas_file": None, "gwas_folder": None, place: arguments.explain})
        for line in explain_gwas(gwas.files, gwas.settings):
            print(line)
        return
    from tcra.association.associate import associate
    from tcra.association.models.model_folder import given_models
    from tcra.association.output_paths import output_paths
    from tcra.association.settings import AssociateOptions

    gwas, models = find_gwas(values), given_models(values)
    outputs = output_paths(models.databases, arguments.output_file, arguments.output_folder)
    options = AssociateOptions.from_arguments({**values, "joint_covariance": models.joint_covariances}, gwas)
    associate(models.databases, models.covariances, gwas.files, outputs, options)


if __name__ == "__main__":
    cli.run(main, make_parser())
