"""The course of training as a table and as TensorBoard event files."""

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import tensorflow as tf

from tcra.common.files import atomic_path
from tcra.common.provenance import as_json

HISTORY_COLUMNS = {"step": "int64", "split": "str", "loss": "float64", "pearson": "float64"}


def write_history(rows: list[dict[str, Any]], path: Path, provenance: dict[str, Any]) -> None:
    """`history.parquet`: step, split (train or valid), loss (mean Poisson), pearson (mean over tracks; empty for train)."""
    table = pd.DataFrame(rows, columns=list(HISTORY_COLUMNS)).astype(HISTORY_COLUMNS)
    write_parquet(table, path, provenance)


def write_parquet(table: pd.DataFrame, path: Path, provenance: dict[str, Any]) -> None:
    """A Parquet file with the provenance in its schema's metadata under `tcra`, atomically."""
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    arrow = arrow.replace_schema_metadata({**(arrow.schema.metadata or {}), b"tcra": as_json(provenance).encode()})
    with atomic_path(path) as temporary:
        pq.write_table(arrow, temporary, compression="zstd")


def write_events(rows: list[dict[str, Any]], folder: Path) -> None:
    """TensorBoard event file of the same rows, one run per split: `loss` and `pearson` by step.

    Written whole each time, without clock times (the wall time of a row is its step), so the same run gives the same bytes.
    """
    from tensorflow.core.util.event_pb2 import Event

    for split in sorted({row["split"] for row in rows}):
        with atomic_path(folder / split / "events.out.tfevents.0.tcra") as temporary:
            with tf.io.TFRecordWriter(str(temporary)) as writer:
                writer.write(Event(wall_time=0.0, file_version="brain.Event:2").SerializeToString())
                for row in rows:
                    if row["split"] != split:
                        continue
                    event = Event(wall_time=float(row["step"]), step=row["step"])
                    for tag in ("loss", "pearson"):
                        if row[tag] is not None:
                            event.summary.value.add(tag=tag, simple_value=row[tag])
                    writer.write(event.SerializeToString())
