"""Writes score files whose variants have moved: another build, or the alleles of a GWAS."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from tcra.common.files import atomic_path
from tcra.common.provenance import as_json
from tcra.variants.tables.score_tables import MEAN, ScoreTable
from tcra.variants.tables.sites import Sites

IDENTITY = (
    ("variant_id", pa.string()),
    ("chrom", pa.string()),
    ("pos", pa.int64()),
    ("ref", pa.string()),
    ("alt", pa.string()),
)


def write_moved_scores(
    path: Path,
    scores: ScoreTable,
    rows: NDArray[np.int64],
    sites: Sites,
    turned: NDArray[np.bool_],
    record: Mapping[str, Any],
) -> None:
    """A score file with the rows `rows` (ascending) of `scores`, under the identities `sites` (one each), a row group at a time.

    turned: (len(rows),) bool: ref and alt have changed places, so the scores change their sign (their size, `mean_abs`, does not).
    """
    names = [MEAN, *scores.tracks]
    schema = pa.schema([*IDENTITY, *((name, pa.float32()) for name in names)], metadata={"tcra": as_json(record)})
    sign = np.where(turned, np.float32(-1), np.float32(1))
    with atomic_path(path) as temporary, pq.ParquetWriter(temporary, schema, compression="zstd") as writer:
        for start, block in scores.blocks(names):
            low, high = np.searchsorted(rows, [start, start + len(block)])
            values = block[rows[low:high] - start]
            columns: dict[str, pa.Array] = sites.columns(slice(low, high))
            columns[MEAN] = pa.array(values[:, 0])
            columns |= {name: pa.array(values[:, at] * sign[low:high]) for at, name in enumerate(names) if at}
            writer.write_table(pa.table(columns, schema=schema))
