"""Genes cut into chunks, one task each: contiguous runs of a chromosome's genes, in the order in which they are fitted."""

from pathlib import Path

import pandas as pd

from tcra.common.files import open_text
from tcra.common.genome.chromosomes import name_for_files, sort_key
from tcra.common.table_text import write_table
from tcra.common.tables import require_columns
from tcra.expression.expression_table import CSV_COLUMNS

GENE_CHUNK_COLUMNS = ("chrom", "first_gene", "number_of_genes")


def write_gene_chunks(expression: Path, genes_per_chunk: int, out: Path) -> None:
    """Write `chrom first_gene number_of_genes` (first_gene counts from 0 within the chromosome) for a normalised expression table.

    Errors: UserError if the table has no `chr` or `gene_id` column, or for a chromosome that no output can be named after.
    """
    with open_text(expression) as text:
        header = text.readline().rstrip("\n").split(",")
        require_columns(expression, header, CSV_COLUMNS[:2])
        column = header.index(CSV_COLUMNS[0])
        cells = [line.split(",", column + 1)[column] for line in text if line.strip()]
    names = {cell: name_for_files(cell, expression) for cell in dict.fromkeys(cells)}
    chromosomes = [names[cell] for cell in cells]
    chunks = [
        (chrom, first, min(genes_per_chunk, number - first))
        for chrom, number in sorted(
            pd.Series(chromosomes).value_counts().items(), key=lambda item: sort_key(str(item[0]))
        )
        for first in range(0, number, genes_per_chunk)
    ]
    write_table(out, pd.DataFrame(chunks, columns=list(GENE_CHUNK_COLUMNS)))
