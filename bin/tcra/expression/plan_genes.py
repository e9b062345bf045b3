"""Genes cut into chunks, one task each: contiguous runs of a chromosome's genes, in the order in which they are fitted."""

from pathlib import Path

import pandas as pd

from tcra.common.files import open_text
from tcra.common.genome.chromosomes import name_for_files, sort_key
from tcra.common.table_text import write_table
from tcra.common.tables import require_columns
from tcra.errors import UserError
from tcra.expression.expression_table import CSV_COLUMNS

GENE_CHUNK_COLUMNS = ("chrom", "first_gene", "number_of_genes")


def write_gene_chunks(expression: Path, genes_per_chunk: int, out: Path) -> None:
    """Write `chrom first_gene number_of_genes` (first_gene counts from 0 within the chromosome) for a normalised expression table.

    Errors: UserError for a table without the columns `chr` and `gene_id`, a gene twice, a row of another length than
    the header, or a chromosome that no output can be named after.
    """
    with open_text(expression, whole=True) as text:
        header = text.readline().rstrip("\n").split(",")
        require_columns(expression, header, CSV_COLUMNS[:2])
        columns = [header.index(name) for name in CSV_COLUMNS[:2]]
        genes: dict[tuple[str, ...], None] = {}
        for number, line in enumerate(text, 2):
            cells = line.rstrip("\n").split(",")
            if len(cells) != len(header):
                raise UserError(f"{expression} line {number}: {len(cells)} cells, but the header has {len(header)}")
            gene = tuple(cells[column] for column in columns)
            if gene in genes:
                raise UserError(f"{expression} line {number}: gene {gene[1]} stands twice on {gene[0]}")
            genes[gene] = None
    found = [chrom for chrom, _ in genes]
    names = {cell: name_for_files(cell, expression) for cell in dict.fromkeys(found)}
    chromosomes = [names[cell] for cell in found]
    chunks = [
        (chrom, first, min(genes_per_chunk, number - first))
        for chrom, number in sorted(
            pd.Series(chromosomes).value_counts().items(), key=lambda item: sort_key(str(item[0]))
        )
        for first in range(0, number, genes_per_chunk)
    ]
    write_table(out, pd.DataFrame(chunks, columns=list(GENE_CHUNK_COLUMNS)))
