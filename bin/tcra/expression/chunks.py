"""The finished chunks of genes, read back and put in the order of the genome, whatever the chunking was."""

import logging
import math
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, TextIO

import pandas as pd

from tcra.common.accounting import accounting_paths
from tcra.common.files import open_text, read_json
from tcra.common.genome.chromosomes import sort_key
from tcra.common.tables import Column, read_table
from tcra.errors import UserError
from tcra.expression.model_files import (
    COVARIANCE_COLUMNS,
    COVARIANCES,
    GENOTYPE_VARIANCE,
    JOINT_COLUMNS,
    JOINT_COVARIANCES,
    PHI_COLUMNS,
    PHI_SUMS,
    SUMMARIES,
    SUMMARY_COLUMNS,
    VARIANCE_COLUMNS,
    WEIGHT_COLUMNS,
    WEIGHTS,
)

log = logging.getLogger(__name__)

TEXT_COLUMNS = {"gene_id", "gene_name", "chrom", "status", "reason", "snp_set"}
REQUIRED_TEXT = {"gene_id", "status", "snp_set"}
# Each table's columns, and which of them is a number.
_TABLES = {
    WEIGHTS: (WEIGHT_COLUMNS, "beta"), COVARIANCES: (COVARIANCE_COLUMNS, "corvarianceValues"),
    JOINT_COVARIANCES: (JOINT_COLUMNS, "covariance"), PHI_SUMS: (PHI_COLUMNS, "phi_sum"),
    GENOTYPE_VARIANCE: (VARIANCE_COLUMNS, VARIANCE_COLUMNS[-1]),
}  # fmt: skip
OF_THE_CHUNK = ("chrom", "first_gene", "number_of_genes")  # parameters that may differ between chunks


def read_chunks(folders: Sequence[Path]) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Summaries of all chunks in the order of the genome (then by SNP set), with the column `chunk` (index into `folders`),
    and their common provenance.

    Errors: UserError if a folder is no finished chunk, two chunks were made with different settings or inputs, or hold the same gene.
    """
    records = [_provenance(folder) for folder in folders]
    for folder, record in zip(folders[1:], records[1:], strict=True):
        _require_same(folders[0], records[0], folder, record)
    columns = [
        Column(n, "text" if n in TEXT_COLUMNS else "number", empty=n not in REQUIRED_TEXT) for n in SUMMARY_COLUMNS
    ]
    tables = [read_table(folder / SUMMARIES, columns, "\t").assign(chunk=i) for i, folder in enumerate(folders)]
    summaries = pd.concat(tables, ignore_index=True)
    if summaries["n_samples"].nunique() > 1:
        raise UserError(
            f"{folders[0]} and other chunks were fitted to different numbers of samples; fit all chunks to the same people"
        )
    _require_unique(folders, summaries)
    order = sorted(range(len(summaries)), key=[_genome_order(row) for row in summaries.itertuples()].__getitem__)
    merged = dict(records[0])
    merged["inputs"] = {name: value for record in records for name, value in record.get("inputs", {}).items()}
    merged["parameters"] = {k: v for k, v in records[0].get("parameters", {}).items() if k not in OF_THE_CHUNK}
    return summaries.iloc[order].reset_index(drop=True), merged


class GeneLines:
    """The lines of one of the chunks' tables, gene by gene in the order of the genome; a chunk's file is open only while it is needed."""

    def __init__(self, folders: Sequence[Path], name: str, complete: bool = True) -> None:
        """complete: every modelled gene has lines; else a gene may have none."""
        self._paths = [folder / name for folder in folders]
        self._complete = complete
        self._blocks: dict[int, Iterator[tuple[str, list[list[str]]]]] = {}
        self._next: dict[int, tuple[str, list[list[str]]]] = {}

    def of(self, chunk: int, gene_id: str) -> list[list[str]]:
        """The cells of the gene's lines. Genes must be asked for in the order that the chunk's file has them; none may be left out."""
        if chunk not in self._blocks:
            self._blocks[chunk] = _blocks(self._paths[chunk])
            self._next[chunk] = next(self._blocks[chunk], ("", []))
        found, lines = self._next[chunk]
        if found == gene_id:
            self._next[chunk] = next(self._blocks[chunk], ("", []))
        elif not self._complete:
            return []
        else:
            raise UserError(
                f"{self._paths[chunk]}: found gene {found or 'no more'}, expected {gene_id}; run this chunk again"
            )
        return lines


def weights_of(folders: Sequence[Path]) -> GeneLines:
    return GeneLines(folders, WEIGHTS)


def covariances_of(folders: Sequence[Path]) -> GeneLines:
    return GeneLines(folders, COVARIANCES)


def joint_covariances_of(folders: Sequence[Path]) -> GeneLines:
    return GeneLines(folders, JOINT_COVARIANCES, complete=False)


def read_phi(folders: Sequence[Path], genome_variance: float | None) -> dict[tuple[str, str, str], float]:
    """φ of each (gene, chromosome, SNP set): the chunks' numerators over Σσ² of the genome; negative values as 0. Nothing if a chunk was
    fitted without --phi; nothing, with the reason in the log, if chromosomes of the ranking are in no chunk.

    Errors: UserError if two chunks disagree on a chromosome's variance.
    """
    if not all((folder / PHI_SUMS).is_file() for folder in folders):
        return {}
    variance: dict[str, float] = {}
    sums: dict[tuple[str, str, str], float] = {}
    missing: set[str] = set()
    for folder in folders:
        for chrom, _, cell in _cells(folder / GENOTYPE_VARIANCE):
            if cell == "NA":
                missing.add(chrom)
            elif abs(variance.setdefault(chrom, float(cell)) / float(cell) - 1) > 1e-9:
                raise UserError(
                    f"{folder / GENOTYPE_VARIANCE}: chromosome {chrom} has another variance than in other chunks"
                )
        sums |= {(gene, chrom, snp_set): float(cell) for gene, chrom, snp_set, cell in _cells(folder / PHI_SUMS)}
    missing -= variance.keys()
    if genome_variance is None and missing:
        log.warning(
            "phi is left empty: no chunk has genes of chromosome %s; fit all chromosomes, or give --genome-variance",
            ", ".join(sorted(missing, key=sort_key)),
        )
        return {}
    total = sum(variance.values()) if genome_variance is None else genome_variance
    return {key: max(0.0, value / total) for key, value in sums.items()}


def _cells(path: Path) -> list[list[str]]:
    with open_text(path, whole=True) as text:
        return list(_rows(path, text, "\t"))


def _blocks(path: Path) -> Iterator[tuple[str, list[list[str]]]]:
    with open_text(path, whole=True) as text:
        for gene_id, lines in groupby(_rows(path, text, None), key=lambda cells: cells[0]):
            yield gene_id, list(lines)


def _rows(path: Path, text: TextIO, separator: str | None) -> Iterator[list[str]]:
    """The cells of each line below the header. Errors: UserError for another header or number of cells, and for a value that is none."""
    columns, value = _TABLES[path.name]
    if tuple(text.readline().rstrip("\n").split(separator)) != columns:
        raise UserError(f"{path} has another header, expected {' '.join(columns)}; run this chunk again")
    place, width, missing = columns.index(value), len(columns), path.name == GENOTYPE_VARIANCE
    for number, line in enumerate(text, 2):
        cells = line.rstrip("\n").split(separator)
        if len(cells) != width:
            raise UserError(f"{path} line {number}: {len(cells)} cells, expected {width}; run this chunk again")
        try:
            good = math.isfinite(float(cells[place]))
        except ValueError:
            good = missing and cells[place] == "NA"
        if not good:
            raise UserError(f"{path} line {number}: {cells[place]!r} is no finite number; run this chunk again")
        yield cells


def _provenance(folder: Path) -> dict[str, Any]:
    path, _ = accounting_paths(folder)
    for name in (SUMMARIES, WEIGHTS, COVARIANCES, JOINT_COVARIANCES, path.name):
        if not (folder / name).is_file():
            raise UserError(
                f"{folder} has no {name}: it is no finished output of fit_gene_models.py; run this chunk again"
            )
    record = read_json(path)
    if not all(isinstance(record.get(name, {}), dict) for name in ("parameters", "inputs")):
        raise UserError(f"{path} is no accounting of fit_gene_models.py; run this chunk again")
    return {name: record[name] for name in ("software", "solver", "parameters", "inputs") if name in record}


def _require_same(first: Path, expected: dict[str, Any], folder: Path, record: dict[str, Any]) -> None:
    settings = {k: v for k, v in expected.get("parameters", {}).items() if k not in OF_THE_CHUNK}
    for name, value in settings.items():
        found = record.get("parameters", {}).get(name)
        if found != value:
            raise UserError(
                f"{folder} was fitted with {name} = {found}, but {first} with {value}; fit all chunks alike"
            )
    inputs = expected.get("inputs", {})
    for name, found in record.get("inputs", {}).items():
        if inputs.get(name, found) != found:
            raise UserError(
                f"{folder} was fitted to another {name} than {first} (checksums differ); fit all chunks to the same files"
            )


def _require_unique(folders: Sequence[Path], summaries: pd.DataFrame) -> None:
    repeated = summaries[summaries.duplicated(["gene_id", "chrom", "snp_set"], keep=False)]
    if len(repeated):
        gene_id = repeated["gene_id"].iloc[0]
        places = sorted({str(folders[i]) for i in repeated.loc[repeated["gene_id"] == gene_id, "chunk"]})
        raise UserError(
            f"gene {gene_id} was fitted twice (in {' and '.join(places)}); give each chunk once, without overlap"
        )


def _genome_order(row: Any) -> tuple[Any, ...]:
    size = (0, int(row.snp_set), "") if str(row.snp_set).isdigit() else (1, 0, str(row.snp_set))
    if row.window_end != row.window_end:
        return (1, (0, ""), 0, 0, row.gene_id, size)
    return (0, sort_key(row.chrom), row.window_end, row.window_start, row.gene_id, size)
