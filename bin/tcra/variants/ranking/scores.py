"""Score tables as the scoring stage writes them: many Parquet shards read as one, a few columns at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from tcra.cli import UserError
from tcra.common.tables import require_columns
from tcra.variants.ranking.sites import Sites, SitesBuilder

IDENTITY = ("variant_id", "chrom", "pos", "ref", "alt")
MEAN = "mean_abs"
# Tracks read at a time: enough for few reads, few enough for little memory (a row group's rows × 16 × 4 bytes).
TRACKS_AT_A_TIME = 16


@dataclass(frozen=True)
class ScoreTable:
    """Shards with the same columns. tracks: names of the score columns, in file order. rows: variants in all shards."""

    paths: tuple[Path, ...]
    tracks: tuple[str, ...]
    rows: int

    def sites(self) -> Sites:
        """Identity of every variant, in file order."""
        builder = SitesBuilder()
        for path in self.paths:
            for batch in _batches(path, IDENTITY[1:]):
                builder.add(*(batch.column(name) for name in IDENTITY[1:]))
        try:
            return builder.build()
        except ValueError as error:
            raise UserError(f"{self.paths[0]} and the other scores: {error}") from None

    def column(self, name: str) -> NDArray[np.float32]:
        """One column of all shards: (rows,) float32."""
        values = np.empty(self.rows, np.float32)
        for start, block in self.blocks([name]):
            values[start : start + len(block)] = block[:, 0]
        return values

    def blocks(self, names: Sequence[str]) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """(first row, values (rows of the block, len(names)) float32), a row group's share at a time, in file order."""
        start = 0
        for path in self.paths:
            for batch in _batches(path, names):
                block = np.empty((batch.num_rows, len(names)), np.float32)
                for place, name in enumerate(names):
                    block[:, place] = batch.column(name).to_numpy(zero_copy_only=False)
                yield start, block
                start += batch.num_rows


def open_scores(inputs: Sequence[Path]) -> ScoreTable:
    """Score files, or folders of them (`*.parquet`, by name). Shards may be in any order.

    Errors: UserError for a file that is not Parquet, lacks a column, or has other tracks than the first.
    """
    paths = [path for given in inputs for path in _files(Path(given))]
    first = _columns(paths[0])
    rows = 0
    for path in paths:
        columns = _columns(path)
        require_columns(path, columns, (*IDENTITY, MEAN))
        if columns != first:
            other = next(iter(set(columns) ^ set(first)), "the order of tracks")
            raise UserError(
                f"{path}: its tracks are not those of {paths[0]} ({other} differs); score both with one model"
            )
        rows += pq.read_metadata(path).num_rows
    tracks = tuple(name for name in first if name not in (*IDENTITY, MEAN))
    if not rows:
        raise UserError(f"{paths[0]}: no variants in the scores; see the scoring stage's rejected.tsv.gz")
    return ScoreTable(tuple(paths), tracks, rows)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(path.glob("*.parquet"))
    if not found:
        raise UserError(f"{path}: no .parquet file in this folder; expected the output of score_variants.py")
    return found


def _columns(path: Path) -> list[str]:
    try:
        schema = pq.read_schema(path)
    except pa.ArrowInvalid as error:
        raise UserError(f"{path} is not a Parquet file ({error}); expected the output of score_variants.py") from None
    for field in schema:
        if field.name not in IDENTITY and not pa.types.is_floating(field.type):
            raise UserError(f"{path}: column {field.name} holds {field.type}, expected numbers (float32)")
    return list(schema.names)


def _batches(path: Path, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """The named columns, at most a row group at a time."""
    try:
        with pq.ParquetFile(path, pre_buffer=False) as file:
            for group in range(file.num_row_groups):
                yield from (
                    file.read_row_group(group, columns=list(names), use_threads=False).combine_chunks().to_batches()
                )
    except (pa.ArrowInvalid, OSError) as error:
        raise UserError(f"{path} is damaged ({error}); run its scoring shard again") from None
