"""Checks that need only the files' headers, so that a run stops before its first task and not after its last."""

from collections.abc import Sequence
from pathlib import Path

from tcra.common.files import open_text
from tcra.common.genome.chromosomes import name_for_files, naming_hint, plain_name
from tcra.common.genome.genes import GeneAnnotation, read_annotation
from tcra.errors import UserError
from tcra.expression.covariates import read_covariates
from tcra.expression.expression_table import cells_of_line, read_expression_layout
from tcra.expression.genotypes.open import open_genotypes
from tcra.expression.genotypes.record import GenotypeFile
from tcra.expression.samples import shared_samples


def check_expression(
    genotypes: Path | Sequence[Path], expression: Path, genes: Path, covariates: Path | Sequence[Path] | None = None
) -> list[GenotypeFile]:
    """Sample overlap of genotypes and expression, layouts and columns, chromosome names, genes of the expression in the annotation.
    Returns the genotype files, opened.

    Errors: UserError naming the file and what was expected.
    """
    paths = [genotypes] if isinstance(genotypes, Path) else list(genotypes)
    files = [open_genotypes(path) for path in paths]
    annotation = read_annotation(genes)
    samples, chromosomes, some_genes = _read_outline(expression, annotation)
    shared_samples(files, expression, samples)
    for chrom in chromosomes:
        name_for_files(chrom, expression)
    if not any(annotation.find(gene_id, chrom) for chrom, gene_id in some_genes):
        chrom, gene_id = some_genes[0]
        raise UserError(
            f"{genes}: none of the {len(some_genes)} genes of {expression} (such as {gene_id}{f' on {chrom}' if chrom else ''}) is in it; "
            f"{naming_hint(chromosomes, annotation.chromosomes)}"
        )
    present = {plain_name(name) for file in files for name in file.named_chromosomes}
    if (
        present
        and all(file.named_chromosomes for file in files)
        and not present & {plain_name(chrom) for chrom in chromosomes}
    ):
        raise UserError(f"{paths[0]} has no chromosome of {expression}; {naming_hint(chromosomes, sorted(present))}")
    for path in [covariates] if isinstance(covariates, Path) else covariates or []:
        read_covariates(path, samples)
    return files


def chromosomes_of_files(files: Sequence[GenotypeFile]) -> dict[str, str]:
    """Names of genotype files to the plain name of the one chromosome that each holds, so that a task can be given those of its chromosome
    alone; empty for files with several, and those of which only reading all of it would tell. Empty for all if the files are not of the
    same people: models are made of people whom all files have."""
    same_people = len({frozenset(file.samples) for file in files}) == 1
    return {file.path.name: file.one_chromosome if same_people else "" for file in files}


def _read_outline(path: Path, annotation: GeneAnnotation) -> tuple[list[str], list[str], list[tuple[str, str]]]:
    """Samples, chromosomes in order, and (chromosome, gene id) of every row, without reading the numbers. The annotation says where genes
    of a GCT are; the chromosome of those that it lacks is empty."""
    places = []
    with open_text(path) as text:
        layout, lines = read_expression_layout(path, text)
        for line in lines:
            quoted = '"' in line
            cells = (
                cells_of_line(line, layout.separator) if quoted else line.split(layout.separator, layout.first_sample)
            )
            if len(cells) <= layout.gene_id:
                continue
            gene_id = cells[layout.gene_id]
            if layout.chrom >= 0:
                places.append((plain_name(cells[layout.chrom]), gene_id))
            else:
                gene = annotation.find_anywhere(gene_id)
                places.append((gene.chrom if gene else "", gene_id))
    if not places:
        raise UserError(f"{path} has no genes")
    return layout.samples, [chrom for chrom in dict.fromkeys(chrom for chrom, _ in places) if chrom], places
