"""Checks that need only the files' headers, so that a run stops before its first task and not after its last."""

from collections.abc import Sequence
from pathlib import Path

from tcra.common.files import open_text
from tcra.common.genome.chromosomes import name_for_files, naming_hint, plain_name
from tcra.common.genome.genes import read_annotation
from tcra.errors import UserError
from tcra.expression.covariates import read_covariates
from tcra.expression.expression_table import read_expression_layout
from tcra.expression.genotypes.open import open_genotypes
from tcra.expression.samples import shared_samples


def check_expression(
    genotypes: Path | Sequence[Path], expression: Path, genes: Path, covariates: Path | Sequence[Path] | None = None
) -> None:
    """Sample overlap of genotypes and expression, layouts and columns, chromosome names, genes of the expression in the annotation.

    Errors: UserError naming the file and what was expected.
    """
    paths = [genotypes] if isinstance(genotypes, Path) else list(genotypes)
    files = [open_genotypes(path) for path in paths]
    samples, chromosomes, some_genes = _read_outline(expression)
    for file in files:
        shared_samples(file.path, file.samples, expression, samples)
    for chrom in chromosomes:
        name_for_files(chrom, expression)
    annotation = read_annotation(genes)
    if not any(annotation.find(gene_id, chrom) for chrom, gene_id in some_genes):
        raise UserError(
            f"{genes}: none of the {len(some_genes)} genes of {expression} (such as {some_genes[0][1]} on {some_genes[0][0]}) is in it; "
            f"{naming_hint(chromosomes, annotation.chromosomes)}"
        )
    present = {plain_name(name) for file in files for name in file.chromosomes}
    if (
        present
        and all(file.chromosomes for file in files)
        and not present & {plain_name(chrom) for chrom in chromosomes}
    ):
        raise UserError(f"{paths[0]} has no chromosome of {expression}; {naming_hint(chromosomes, sorted(present))}")
    for path in [covariates] if isinstance(covariates, Path) else covariates or []:
        read_covariates(path, samples)


def _read_outline(path: Path) -> tuple[list[str], list[str], list[tuple[str, str]]]:
    """Samples, chromosomes in order, and (chromosome, gene id) of every row, without reading the numbers."""
    with open_text(path) as text:
        layout = read_expression_layout(path, text.readline())
        places = []
        for line in text:
            cells = line.split(layout.separator, layout.first_sample)
            if len(cells) > layout.gene_id:
                places.append((plain_name(cells[layout.chrom]), cells[layout.gene_id]))
    if not places:
        raise UserError(f"{path} has no genes")
    return layout.samples, list(dict.fromkeys(chrom for chrom, _ in places)), places
