"""Expression tables: the published CSV layout (`chr,gene_id,gene_name,` then samples), GTEx or QTLtools BED, and GTEx's GCT."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from tcra.common.files import atomic_text, open_text
from tcra.common.genome.chromosomes import plain_name
from tcra.common.genome.genes import GeneAnnotation
from tcra.common.number_cells import with_decimal_point
from tcra.errors import UserError

CSV_COLUMNS = ("chr", "gene_id", "gene_name")
GCT_COLUMNS = ("name", "description")
BED_PLACES = (("chr", "start", "end"), ("chrom", "start", "end"))
# Columns that BED tables have between the gene's id and the first sample.
BED_EXTRAS = {
    "gid", "pid", "length", "strand", "gene_name", "name", "symbol", "score", "info", "gene_id", "gene", "tss", "phenotype_id",
    "phenotype_group_id", "group_id", "gene_type", "gene_biotype", "biotype", "description",
}  # fmt: skip
_GTEX_SAMPLE = re.compile(r"(GTEX-[^-]+)-.+")  # donor, then tissue and aliquot


@dataclass(frozen=True)
class ExpressionTable:
    """values: (genes, samples) float64. chromosomes: as the file spells them; empty for a gene that the annotation does not place."""

    chromosomes: list[str]
    gene_ids: list[str]
    gene_names: list[str]
    samples: list[str]
    values: NDArray[np.float64]


@dataclass(frozen=True)
class ExpressionLayout:
    """Which columns of the header are what. `name` is −1 where the table has no gene names, `chrom` where it does not say where genes
    are (GCT). header_lines: number of lines to the header's end."""

    separator: str
    chrom: int
    gene_id: int
    name: int
    first_sample: int
    samples: list[str]
    header_lines: int = 1


def cells_of_line(line: str, separator: str) -> list[str]:
    """The cells of a line; a quoted cell may hold the separator.

    >>> cells_of_line('"chr1","G1","A, B",2.5\\n', ",")
    ['chr1', 'G1', 'A, B', '2.5']
    """
    line = line.rstrip("\r\n")
    return next(csv.reader([line], delimiter=separator)) if '"' in line else line.split(separator)


def read_expression_layout(path: Path, text: TextIO) -> tuple[ExpressionLayout, Iterator[str]]:
    """The layout that the header shows, and the lines behind it.

    Errors: UserError if it is no known layout, has no sample, or names a sample twice.
    """
    layout = _layout_of_header(path, text)
    first = text.readline()
    if first and len(cells_of_line(first, layout.separator)) == layout.first_sample + len(layout.samples) + 1:
        # R's write.table puts no name above its row names.
        layout = replace(
            layout, chrom=layout.chrom + 1 if layout.chrom >= 0 else -1, gene_id=layout.gene_id + 1,
            name=layout.name + 1 if layout.name >= 0 else -1, first_sample=layout.first_sample + 1,
        )  # fmt: skip
    return layout, chain([first] if first else [], text)


def _layout_of_header(path: Path, text: TextIO) -> ExpressionLayout:
    header = text.readline()
    separator = next((mark for mark in ("\t", ",", ";") if mark in header), ",")
    names = cells_of_line(header, separator)
    lower = tuple(name.strip().lower() for name in names)
    if re.fullmatch(r"#1\.[0-9]+\s*", header):
        layout = _gct_layout(path, text)
    elif separator == "\t" and (header.startswith("#") or lower[:3] in BED_PLACES):
        if len(names) < 5:
            raise UserError(
                f"{path}: a BED of expression needs #chr, start, end, gene_id and samples; its header has {len(names)} columns"
            )
        first = 4
        while first < len(names) and lower[first] in BED_EXTRAS:
            first += 1
        layout = ExpressionLayout("\t", 0, 3, -1, first, names[first:])
    else:
        start = 1 if names[0] == "" else 0  # R's and pandas' row names
        if lower[start : start + 3] != CSV_COLUMNS:
            raise UserError(
                f"{path}: its header starts with {', '.join(names[:4])[:80]}; expected a GTEx BED (#chr, start, end, gene_id, samples), "
                "a CSV (chr,gene_id,gene_name, samples) or a GCT (#1.2)"
            )
        layout = ExpressionLayout(separator, start, start + 1, start + 2, start + 3, names[start + 3 :])
    if not layout.samples:
        raise UserError(f"{path} has no sample columns")
    if len(set(layout.samples)) < len(layout.samples):
        repeated = next(sample for sample in sorted(layout.samples) if layout.samples.count(sample) > 1)
        raise UserError(f"{path}: sample {repeated} stands twice in the header; keep one column per person")
    return layout


def read_expression_table(path: Path, chrom: str = "", annotation: GeneAnnotation | None = None) -> ExpressionTable:
    """Read the table; with `chrom` only the genes of that chromosome (any spelling), in file order. Empty cells and NA become NaN.

    annotation: says where the genes of a GCT are.

    Errors: UserError naming file and line: another layout, cells missing, no number, a gene twice, a GCT without an annotation.
    """
    chromosomes: list[str] = []
    gene_ids: list[str] = []
    names: list[str] = []
    rows: list[NDArray[np.float64]] = []
    seen: dict[tuple[str, str], int] = {}
    with open_text(path) as text:
        layout, lines = read_expression_layout(path, text)
        if layout.chrom < 0 and annotation is None:
            raise UserError(
                f"{path} is a GCT table, which does not say where its genes are; give the annotation to normalize_expression.py (--genes), "
                "and here what that writes"
            )
        width = layout.first_sample + len(layout.samples)
        for number, line in enumerate(lines, layout.header_lines + 1):
            cells = cells_of_line(line, layout.separator)
            if cells == [""]:
                continue
            if len(cells) != width:
                raise UserError(f"{path} line {number}: {len(cells)} cells, but the header has {width}")
            gene_id = cells[layout.gene_id]
            if layout.chrom >= 0:
                written = cells[layout.chrom]
            else:
                gene = annotation.find_anywhere(gene_id) if annotation else None
                written = _as_in_gtex(gene.chrom) if gene else ""
            place = plain_name(written)
            if chrom and place != plain_name(chrom):
                continue
            if len(gene_id.split()) != 1:
                raise UserError(
                    f"{path} line {number}: gene id {gene_id!r}, expected one word (covariance tables are split at blanks)"
                )
            if (place, gene_id) in seen:
                raise UserError(
                    f"{path} line {number}: gene {gene_id} stands on line {seen[place, gene_id]} too; keep one row for each gene"
                )
            seen[place, gene_id] = number
            chromosomes.append(written)
            gene_ids.append(gene_id)
            names.append(cells[layout.name] if layout.name >= 0 else gene_id)
            values = cells[layout.first_sample :]
            if layout.separator == ";":
                values = list(map(with_decimal_point, values))
            rows.append(_numbers(path, number, layout.samples, values))
    if not rows:
        raise UserError(f"{path} has no genes{f' on chromosome {chrom}' if chrom else ''}")
    return ExpressionTable(chromosomes, gene_ids, names, layout.samples, np.array(rows))


def write_expression_table(path: Path, expression: ExpressionTable) -> None:
    """Write the published CSV layout, atomically; numbers with the shortest text that reads back to the same."""
    with atomic_text(path) as text:
        csv.writer(text, lineterminator="\n").writerow([*CSV_COLUMNS, *expression.samples])
        genes = csv.writer(text, lineterminator=",")
        for *gene, row in zip(
            expression.chromosomes, expression.gene_ids, expression.gene_names, expression.values.tolist(), strict=True
        ):
            genes.writerow(gene)
            text.write(",".join(map(repr, row)) + "\n")


def _gct_layout(path: Path, text: TextIO) -> ExpressionLayout:
    """Of a GCT, whose second line has its sizes and whose third is the header. GTEx's samples get their donors' names."""
    text.readline()
    names = text.readline().rstrip("\r\n").split("\t")
    numbered = int(names[0].strip().lower() == "id")  # GTEx's files of one tissue have row numbers
    if tuple(name.strip().lower() for name in names[numbered : numbered + 2]) != GCT_COLUMNS:
        raise UserError(
            f"{path} line 3: a GCT's header starts with Name and Description, here with {', '.join(names[:3])}"
        )
    donors: dict[str, str] = {}
    samples = names[numbered + 2 :]
    for sample in samples:
        found = _GTEX_SAMPLE.fullmatch(sample)
        donor = found[1] if found else sample
        if donor in donors and found:
            raise UserError(
                f"{path}: samples {donors[donor]} and {sample} are of one donor; give one tissue, one sample per donor"
            )
        donors[donor] = sample
    columns = list(donors) if len(donors) == len(samples) else samples
    return ExpressionLayout("\t", -1, numbered, numbered + 1, numbered + 2, columns, 3)


def _as_in_gtex(chrom: str) -> str:
    """`chr1` for 1; contigs keep their names."""
    return f"chr{chrom}" if chrom.isdigit() or chrom in ("X", "Y", "M") else chrom


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
