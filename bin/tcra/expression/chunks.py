"""The finished chunks of genes, read back and put in the order of the genome, whatever the chunking was."""

import json
import logging
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import pandas as pd

from tcra.common.files import open_text
from tcra.common.genome.chromosomes import sort_key
from tcra.common.tables import Column, read_table
from tcra.errors import UserError
from tcra.expression.model_files import (
    COVARIANCES,
    GENOTYPE_VARIANCE,
    JOINT_COVARIANCES,
    PHI_SUMS,
    SUMMARIES,
    SUMMARY_COLUMNS,
    WEIGHTS,
)

log = logging.getLogger(__name__)

TEXT_COLUMNS = {"gene_id", "gene_name", "chrom", "status", "reason", "snp_set"}
REQUIRED_TEXT = {"gene_id", "status", "snp_set"}
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
    with open_text(path) as text:
        return [line.rstrip("\n").split("\t") for line in text][1:]


def _blocks(path: Path) -> Iterator[tuple[str, list[list[str]]]]:
    with open_text(path) as text:
        next(text)
        for gene_id, lines in groupby((line.split() for line in text), key=lambda cells: cells[0]):
            yield gene_id, list(lines)


def _provenance(folder: Path) -> dict[str, Any]:
    path = folder / "accounting.json"
    for name in (SUMMARIES, WEIGHTS, COVARIANCES, JOINT_COVARIANCES, path.name):
        if not (folder / name).is_file():
            raise UserError(
                f"{folder} has no {name}: it is no finished output of fit_gene_models.py; run this chunk again"
            )
    with open_text(path) as text:
        record = json.load(text)
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
