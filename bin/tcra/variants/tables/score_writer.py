"""Writes a score table, as Parquet or as CSV."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TextIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from tcra.common.files import atomic_path, atomic_text
from tcra.common.genome.chromosomes import plain_name
from tcra.variants.tables.chromosome_variants import ChromosomeVariants
from tcra.variants.tables.columns import LEADING_COLUMNS, RSID_COLUMN, score_schema

# Of scores in memory; a track's column of a row group is then this over the number of tracks.
ROW_GROUP_BYTES = 64 << 20
LARGEST_ROW_GROUP = 1 << 17


class ScoreWriter(Protocol):
    """Takes scores (variants, tracks) float32 in the table's row order, in parts of any size."""

    def add(self, variants: ChromosomeVariants, scores: NDArray[np.float32]) -> None: ...


@contextmanager
def score_writer(
    path: Path, tracks: Sequence[str], provenance: Mapping[str, Any], named: bool
) -> Iterator[ScoreWriter]:
    """A writer for `path`, which appears whole or not at all: CSV if its name ends with .csv or .csv.gz, else Parquet.

    named: a variant has an rs number; without one the table has no column for them.
    """
    if path.name.endswith((".csv", ".csv.gz")):
        with atomic_text(path) as text:
            yield CsvWriter(text, tracks, named)
        return
    with parquet_score_writer(path, tracks, provenance, named) as writer:
        yield writer


@contextmanager
def parquet_score_writer(
    path: Path, tracks: Sequence[str], provenance: Mapping[str, Any], named: bool
) -> Iterator["ParquetWriter"]:
    """As `score_writer`, Parquet whatever the name: it takes rows of the table as well as variants with their scores."""
    with atomic_path(path) as temporary:
        schema = score_schema(tracks, provenance, named)
        names = [field.name for field in schema if field.type == pa.float32()]
        # Scores hardly repeat: no dictionary. Splitting floats into byte planes lets zstd find the shared exponents.
        with pq.ParquetWriter(
            temporary, schema, compression="zstd", use_dictionary=["chrom", "ref", "alt"], use_byte_stream_split=names
        ) as parquet:
            writer = ParquetWriter(parquet, len(tracks))
            yield writer
            writer.flush()


class ParquetWriter:
    """Collects rows into row groups, so that reading one track reads large pieces whatever the parts were."""

    def __init__(self, parquet: pq.ParquetWriter, tracks: int) -> None:
        self._parquet = parquet
        self._group = min(max(ROW_GROUP_BYTES // (4 * tracks), 1024), LARGEST_ROW_GROUP)
        self._waiting: list[pa.RecordBatch] = []
        self._rows = 0

    def add(self, variants: ChromosomeVariants, scores: NDArray[np.float32]) -> None:
        for start in range(0, len(variants), self._group):
            end = min(start + self._group, len(variants))
            self.add_rows(record_batch(variants.part(start, end), scores[start:end], self._parquet.schema))

    def add_rows(self, batch: pa.RecordBatch) -> None:
        """Rows of the table, with its columns."""
        done = 0
        while done < len(batch):
            part = batch.slice(done, self._group - self._rows)
            self._waiting.append(part)
            self._rows += len(part)
            done += len(part)
            if self._rows == self._group:
                self.flush()

    def flush(self) -> None:
        if self._waiting:
            self._parquet.write_table(pa.Table.from_batches(self._waiting).combine_chunks(), row_group_size=self._rows)
        self._waiting, self._rows = [], 0


def record_batch(variants: ChromosomeVariants, scores: NDArray[np.float32], schema: pa.Schema) -> pa.RecordBatch:
    """Rows of the table."""
    keys = [
        pa.array(variants.identifiers(), pa.string()),
        pa.array([plain_name(variants.chrom)] * len(variants), pa.string()),
        pa.array(variants.starts + 1, pa.int64()),
        pa.array(variants.refs, pa.string()),
        pa.array(variants.alts, pa.string()),
    ]
    if RSID_COLUMN in schema.names:
        keys.append(pa.array([rsid or None for rsid in variants.rsids], pa.string()))
    columns = [mean_abs(scores), *np.ascontiguousarray(scores.T)]
    return pa.RecordBatch.from_arrays([*keys, *(pa.array(column) for column in columns)], schema=schema)


def mean_abs(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean over tracks of |score|, summed in float64: (variants, tracks) → (variants,) float32.

    >>> mean_abs(np.array([[1, -3], [0, 0.5]], np.float32)).tolist()
    [2.0, 0.25]
    """
    means: NDArray[np.float32] = np.abs(scores).mean(axis=1, dtype=np.float64).astype(np.float32)
    return means


class CsvWriter:
    """Text with six decimals, as the published tables have, but with a header that names every column; cells are quoted where needed."""

    def __init__(self, text: TextIO, tracks: Sequence[str], named: bool) -> None:
        self._rows, self._named = csv.writer(text, lineterminator="\n"), named
        self._rows.writerow([*(name for name in LEADING_COLUMNS if named or name != RSID_COLUMN), *tracks])

    def add(self, variants: ChromosomeVariants, scores: NDArray[np.float32]) -> None:
        chrom = plain_name(variants.chrom)
        numbers = np.column_stack([mean_abs(scores), scores])
        keys = zip(
            variants.identifiers(), variants.starts.tolist(), variants.refs, variants.alts, variants.rsids, strict=True
        )
        for (key, start, ref, alt, rsid), row in zip(keys, numbers, strict=True):
            self._rows.writerow(
                [key, chrom, start + 1, ref, alt, *([rsid] if self._named else []), *(f"{value:.6f}" for value in row)]
            )
