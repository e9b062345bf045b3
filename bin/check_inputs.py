#!/usr/bin/env python3
"""Check the inputs of a run before any work: columns, chromosome names, samples in common, GWAS columns."""

import argparse
from pathlib import Path

from tcra import cli


def make_parser() -> argparse.ArgumentParser:
    parser = cli.make_parser(__doc__ or "")
    parser.add_argument(
        "--genotypes", type=cli.existing_file, nargs="+", help="genotypes (VCF, BCF, .bed, .pgen), one or several files"
    )
    parser.add_argument("--expression", type=cli.existing_file, help="expression table (GTEx BED or CSV)")
    parser.add_argument("--covariates", type=cli.existing_file, help="known covariates, one column per sample")
    parser.add_argument("--genes", type=cli.existing_file, help="gene annotation (GTF or BED)")
    parser.add_argument("--traits", type=cli.existing_file, help="traits table (trait,path,…)")
    parser.add_argument(
        "--gwas", type=cli.existing_path, nargs="*", default=[], help="GWAS of each trait, in the table's order"
    )
    parser.add_argument("--models", type=cli.existing_path, help="folder of model databases and their covariances")
    parser.add_argument("--out", type=Path, required=True, help="what was checked (JSON)")
    return parser


def main(arguments: argparse.Namespace) -> None:
    import json

    from tcra.association.gwas.check_gwas import check_gwas
    from tcra.association.gwas.traits_table import read_traits
    from tcra.common.files import atomic_text
    from tcra.expression.check_expression import check_expression, chromosomes_of_files

    checked: dict[str, object] = {}
    if arguments.genotypes:
        genotypes = check_expression(arguments.genotypes, arguments.expression, arguments.genes, arguments.covariates)
        checked["genotypes"] = chromosomes_of_files(genotypes)
        checked["expression"] = arguments.expression.name
    if arguments.traits:
        traits = read_traits(arguments.traits, arguments.gwas)
        for trait in traits:
            check_gwas(trait.path, trait.settings, trait.pattern)
        checked["traits"] = [trait.name for trait in traits]
    if arguments.models:
        from tcra.association.models.model_folder import find_models

        checked["models"] = [path.name for path in find_models(arguments.models).databases]
    with atomic_text(arguments.out) as text:
        json.dump(checked, text, indent=1, sort_keys=True)


if __name__ == "__main__":
    cli.run(main, make_parser())
