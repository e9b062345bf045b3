"""Writes score files whose variants have moved: to another build, or onto the alleles of a GWAS."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from tcra.common.files import atomic_path
from tcra.variants.tables.columns import MEAN_ABS, RSID_COLUMN, score_schema
from tcra.variants.tables.rs_numbers import rs_texts
from tcra.variants.tables.score_tables import ScoreTable
from tcra.variants.tables.sites import Sites


def write_moved_scores(
    path: Path,
    scores: ScoreTable,
    rows: NDArray[np.int64],
    sites: Sites,
    turned: NDArray[np.bool_],
    record: Mapping[str, Any],
) -> None:
    """A score file with the rows `rows` (ascending) of `scores`, under the identities `sites` (one each), a row group at a time.

    turned: (len(rows),) bool: ref and alt have been exchanged, so the scores change their sign (`mean_abs` does not). rs numbers stay.
    """
    names = [MEAN_ABS, *scores.tracks]
    schema = score_schema(scores.tracks, record, scores.named)
    sign = np.where(turned, np.float32(-1), np.float32(1))
    numbers = scores.rs_numbers()[rows]
    with atomic_path(path) as temporary, pq.ParquetWriter(temporary, schema, compression="zstd") as writer:
        for start, block in scores.blocks(names):
            low, high = np.searchsorted(rows, [start, start + len(block)])
            values = block[rows[low:high] - start]
            columns: dict[str, pa.Array] = sites.columns(slice(low, high))
            if scores.named:
                columns[RSID_COLUMN] = rs_texts(numbers[low:high])
            columns[MEAN_ABS] = pa.array(values[:, 0])
            columns |= {name: pa.array(values[:, at] * sign[low:high]) for at, name in enumerate(names) if at}
            writer.write_table(pa.table(columns, schema=schema))
