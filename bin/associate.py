#!/usr/bin/env python3
"""Associate genes with a trait: S-PrediXcan's statistic from a GWAS and gene-expression models."""

import argparse

from tcra import cli
from tcra.association.arguments import add_arguments
from tcra.association.gwas.settings import GwasSettings


def make_parser() -> argparse.ArgumentParser:
    parser = cli.make_parser(__doc__ or "")
    add_arguments(parser)
    return parser


def main(arguments: argparse.Namespace) -> None:
    from tcra.association.associate import associate
    from tcra.association.gwas.read_gwas import list_gwas_files
    from tcra.association.output_paths import output_paths
    from tcra.association.settings import Options

    settings = GwasSettings.from_arguments(arguments)
    if arguments.traits:
        from tcra.association.gwas.traits_table import apply_trait

        settings = apply_trait(arguments, settings)
    files = list_gwas_files(arguments.gwas_file, arguments.gwas_folder, arguments.gwas_file_pattern)
    outputs = output_paths(arguments.model_db_path, arguments.output_file, arguments.output_folder)
    given = {name: value for name, value in vars(arguments).items() if name in Options.__dataclass_fields__}
    options = Options(settings=settings, **given)
    associate(arguments.model_db_path, arguments.covariance, files, outputs, options)


if __name__ == "__main__":
    cli.run(main, make_parser())
