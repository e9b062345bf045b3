"""Score tables as the scoring stage writes them: many Parquet shards read as one, a few columns at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from tcra.common.tables import require_columns
from tcra.errors import UserError
from tcra.variants.tables.columns import MEAN_ABS, RSID_COLUMN, VARIANT_COLUMNS, score_schema, tracks_of
from tcra.variants.tables.rs_numbers import rs_numbers
from tcra.variants.tables.sites import Sites, SitesBuilder

# Tracks read at a time: enough for few reads, few enough for little memory (a row group's rows × 16 × 4 bytes).
TRACKS_AT_A_TIME = 16


@dataclass(frozen=True)
class RowGroup:
    """Where some rows stand: rows [start, start + rows) of the whole table are row group `number` of the file `path`.

    named: the file has rs numbers.
    """

    path: Path
    number: int
    start: int
    rows: int
    named: bool


@dataclass(frozen=True)
class ScoreTable:
    """Shards with the same columns, read as one table.

    tracks: names of the score columns, in file order. groups: the row groups of all files, in order.
    """

    tracks: tuple[str, ...]
    groups: tuple[RowGroup, ...]

    @property
    def path(self) -> Path:
        """The first file, to name in an error."""
        return self.groups[0].path

    @property
    def rows(self) -> int:
        """Variants in all shards."""
        return self.groups[-1].start + self.groups[-1].rows

    def sites(self) -> Sites:
        """Identity of every variant, in file order."""
        builder = SitesBuilder()
        try:
            for _, batch in _read(self.groups, VARIANT_COLUMNS[1:]):
                builder.add(*(batch.column(name) for name in VARIANT_COLUMNS[1:]))
            return builder.build()
        except ValueError as error:
            raise UserError(f"{self.path} and the other scores: {error}") from None

    @property
    def named(self) -> bool:
        """Whether any shard has rs numbers."""
        return any(group.named for group in self.groups)

    def rs_numbers(self) -> NDArray[np.int64]:
        """rs number of every variant, in file order: (rows,) int64, 0 where unknown."""
        numbers = np.zeros(self.rows, np.int64)
        for start, batch in _read([group for group in self.groups if group.named], [RSID_COLUMN]):
            numbers[start : start + batch.num_rows] = rs_numbers(batch.column(RSID_COLUMN).cast(pa.string()))
        return numbers

    def column(self, name: str) -> NDArray[np.float32]:
        """One column of all shards: (rows,) float32."""
        values = np.empty(self.rows, np.float32)
        for start, block in self.blocks([name]):
            values[start : start + len(block)] = block[:, 0]
        return values

    def blocks(
        self, names: Sequence[str], groups: Sequence[RowGroup] | None = None
    ) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """(first row, values (rows of the block, len(names)) float32), at most a row group at a time, in file order.

        groups: the row groups to read; None for all.
        """
        for start, batch in _read(self.groups if groups is None else groups, names):
            block = np.empty((batch.num_rows, len(names)), np.float32, order="F")
            for place, name in enumerate(names):
                block[:, place] = batch.column(name).to_numpy(zero_copy_only=False)
            yield start, block

    def batches(self) -> Iterator[pa.RecordBatch]:
        """All columns of `score_schema`, at most a row group at a time, in file order; no rs number where a file has no column for it."""
        schema = score_schema(self.tracks, {}, self.named)
        for path, mine in groupby(self.groups, key=lambda group: group.path):
            groups = list(mine)
            names = [name for name in schema.names if groups[0].named or name != RSID_COLUMN]
            for _, batch in _read(groups, names):
                try:
                    columns = [
                        batch.column(field.name).cast(field.type)
                        if field.name in names
                        else pa.nulls(len(batch), field.type)
                        for field in schema
                    ]
                except pa.ArrowException as error:
                    raise UserError(
                        f"{path}: a column is not as in a score table: {str(error).splitlines()[0]}"
                    ) from None
                yield pa.RecordBatch.from_arrays(columns, schema=schema)


def open_scores(inputs: Sequence[Path]) -> ScoreTable:
    """Score files, or folders of them (`*.parquet`, by name). Shards may be in any order.

    Errors: UserError for a file that is not Parquet, lacks a column, or has other tracks than the first.
    """
    paths = [path for given in inputs for path in _files(Path(given))]
    first = tracks_of(_columns(paths[0]))
    groups: list[RowGroup] = []
    start = 0
    for path in paths:
        columns = _columns(path)
        require_columns(path, columns, (*VARIANT_COLUMNS, MEAN_ABS))
        if tracks_of(columns) != first:
            other = next(iter(sorted(set(tracks_of(columns)) ^ set(first))), "the order of tracks")
            raise UserError(
                f"{path}: its tracks are not those of {paths[0]} ({other} differs); score both with one model"
            )
        for number, rows in enumerate(_heights(path)):
            groups.append(RowGroup(path, number, start, rows, RSID_COLUMN in columns))
            start += rows
    if not start:
        raise UserError(f"{paths[0]}: no variants in the scores; see the scoring stage's rejected.tsv.gz")
    return ScoreTable(first, tuple(groups))


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
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(
            f"{path} is not a Parquet file, or damaged ({reason}); expected the output of score_variants.py"
        ) from None
    for field in schema:
        if field.name not in (*VARIANT_COLUMNS, RSID_COLUMN) and not pa.types.is_floating(field.type):
            raise UserError(f"{path}: column {field.name} holds {field.type}, expected numbers (float32)")
    return list(schema.names)


def _heights(path: Path) -> list[int]:
    """Rows of each row group."""
    try:
        footer = pq.read_metadata(path)
        return [footer.row_group(number).num_rows for number in range(footer.num_row_groups)]
    except (pa.ArrowException, OSError) as error:
        raise UserError(f"{path} is damaged ({str(error).splitlines()[0]}); run its scoring shard again") from None


def _read(groups: Sequence[RowGroup], names: Sequence[str]) -> Iterator[tuple[int, pa.RecordBatch]]:
    """(first row, the named columns), at most a row group at a time. Each file is opened once: a footer of many tracks is long."""
    for path, mine in groupby(groups, key=lambda group: group.path):
        try:
            with pq.ParquetFile(path, pre_buffer=False) as file:
                for group in mine:
                    start = group.start
                    table = file.read_row_group(group.number, columns=list(names), use_threads=False)
                    for batch in table.combine_chunks().to_batches():
                        yield start, batch
                        start += batch.num_rows
        except (pa.ArrowException, OSError) as error:
            raise UserError(f"{path} is damaged ({str(error).splitlines()[0]}); run its scoring shard again") from None
