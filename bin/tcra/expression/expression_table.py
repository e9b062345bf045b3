"""Expression tables: the published CSV layout (`chr,gene_id,gene_name,` then samples) and GTEx or QTLtools BED."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tcra.common.files import atomic_text, open_text
from tcra.common.genome.chromosomes import plain_name
from tcra.errors import UserError

CSV_COLUMNS = ("chr", "gene_id", "gene_name")
# Columns that BED tables have between the gene's id and the first sample.
BED_EXTRAS = {"gid", "length", "strand", "gene_name", "name", "symbol", "score", "info", "gene_id", "gene", "tss"}


@dataclass(frozen=True)
class ExpressionTable:
    """values: (genes, samples) float64. chromosomes: as the file spells them."""

    chromosomes: list[str]
    gene_ids: list[str]
    gene_names: list[str]
    samples: list[str]
    values: NDArray[np.float64]


@dataclass(frozen=True)
class ExpressionLayout:
    """Which columns of the header are what. `name` is −1 where the table has no gene names."""

    separator: str
    chrom: int
    gene_id: int
    name: int
    first_sample: int
    samples: list[str]


def read_expression_layout(path: Path, header: str) -> ExpressionLayout:
    """The layout that the header line shows.

    Errors: UserError if it is neither layout, has no sample, or names a sample twice.
    """
    names = header.rstrip("\r\n").split("\t" if "\t" in header else ",")
    if header.startswith("#") and "\t" in header:
        if len(names) < 5:
            raise UserError(
                f"{path}: a BED of expression needs #chr, start, end, gene_id and samples; its header has {len(names)} columns"
            )
        first = 4
        while first < len(names) and names[first].lower() in BED_EXTRAS:
            first += 1
        layout = ExpressionLayout("\t", 0, 3, -1, first, names[first:])
    elif tuple(name.strip().lower() for name in names[:3]) == CSV_COLUMNS:
        layout = ExpressionLayout("\t" if "\t" in header else ",", 0, 1, 2, 3, names[3:])
    else:
        raise UserError(
            f"{path}: its header starts with {', '.join(names[:4])}; expected a GTEx BED (#chr, start, end, gene_id, samples) "
            "or a CSV (chr,gene_id,gene_name, samples)"
        )
    if not layout.samples:
        raise UserError(f"{path} has no sample columns")
    repeated = (
        sorted({sample for sample in layout.samples if layout.samples.count(sample) > 1})
        if len(set(layout.samples)) < len(layout.samples)
        else []
    )
    if repeated:
        raise UserError(f"{path}: sample {repeated[0]} stands twice in the header")
    return layout


def read_expression_table(path: Path, chrom: str = "") -> ExpressionTable:
    """Read the table; with `chrom` only the genes of that chromosome (any spelling), in file order. Empty cells and NA become NaN.

    Errors: UserError naming file and line: another layout, cells missing, no number, a gene twice.
    """
    chromosomes: list[str] = []
    gene_ids: list[str] = []
    names: list[str] = []
    rows: list[NDArray[np.float64]] = []
    seen: dict[tuple[str, str], int] = {}
    with open_text(path) as text:
        layout = read_expression_layout(path, text.readline())
        width = layout.first_sample + len(layout.samples)
        for number, line in enumerate(text, 2):
            cells = line.rstrip("\r\n").split(layout.separator)
            if cells == [""]:
                continue
            if len(cells) != width:
                raise UserError(f"{path} line {number}: {len(cells)} cells, but the header has {width}")
            place = plain_name(cells[layout.chrom])
            if chrom and place != plain_name(chrom):
                continue
            gene_id = cells[layout.gene_id]
            if len(gene_id.split()) != 1:
                raise UserError(
                    f"{path} line {number}: gene id {gene_id!r}, expected one word (covariance tables are split at blanks)"
                )
            if (place, gene_id) in seen:
                raise UserError(
                    f"{path} line {number}: gene {gene_id} stands on line {seen[place, gene_id]} too; keep one row for each gene"
                )
            seen[place, gene_id] = number
            chromosomes.append(cells[layout.chrom])
            gene_ids.append(gene_id)
            names.append(cells[layout.name] if layout.name >= 0 else gene_id)
            rows.append(_numbers(path, number, layout.samples, cells[layout.first_sample :]))
    if not rows:
        raise UserError(f"{path} has no genes{f' on chromosome {chrom}' if chrom else ''}")
    return ExpressionTable(chromosomes, gene_ids, names, layout.samples, np.array(rows))


def write_expression_table(path: Path, expression: ExpressionTable) -> None:
    """Write the published CSV layout, atomically; numbers with the shortest text that reads back to the same."""
    with atomic_text(path) as text:
        text.write(",".join([*CSV_COLUMNS, *expression.samples]) + "\n")
        for chrom, gene_id, name, row in zip(
            expression.chromosomes, expression.gene_ids, expression.gene_names, expression.values.tolist(), strict=True
        ):
            text.write(f"{chrom},{gene_id},{name}," + ",".join(map(repr, row)) + "\n")


def _numbers(path: Path, line: int, samples: Sequence[str], cells: Sequence[str]) -> NDArray[np.float64]:
    try:
        return np.array(cells, np.float64)
    except ValueError:
        values = []
        for sample, cell in zip(samples, cells, strict=True):
            if cell in ("", "NA", "NaN", "nan"):
                values.append(float("nan"))
                continue
            try:
                values.append(float(cell))
            except ValueError:
                raise UserError(f"{path} line {line}: sample {sample} has {cell!r}, expected a number") from None
        return np.array(values)
