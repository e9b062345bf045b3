"""The columns of a score table, written down once.

variant_id   text     chrom_pos_ref_alt, such as 1_100000223_C_T
chrom        text     without `chr`
pos          int64    1-based
ref, alt     text     upper-case letters
rsid         text     rs number; null where unknown; no column where no variant has one, and in older tables
mean_abs     float32  mean over tracks of |score|
TRACK …      float32  one column per track
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from tcra.common.provenance import as_json
from tcra.errors import UserError

# The identity of a variant, in every table that has one.
VARIANT_FIELDS: tuple[tuple[str, pa.DataType], ...] = (
    ("variant_id", pa.string()),
    ("chrom", pa.string()),
    ("pos", pa.int64()),
    ("ref", pa.string()),
    ("alt", pa.string()),
)
VARIANT_COLUMNS = tuple(name for name, _ in VARIANT_FIELDS)
RSID_COLUMN = "rsid"
MEAN_ABS = "mean_abs"
# What a table of ranked variants has at least; the column `rank` counts from 1.
RANKING_COLUMNS = (*VARIANT_COLUMNS, "rank")
# What comes before the tracks.
LEADING_COLUMNS = (*VARIANT_COLUMNS, RSID_COLUMN, MEAN_ABS)


def score_schema(tracks: Sequence[str], provenance: Mapping[str, Any], named: bool = True) -> pa.Schema:
    """The Parquet schema of a score table, with the provenance under the metadata key `tcra`. named: a variant has an rs number.

    >>> score_schema(["FOXA1"], {}).names
    ['variant_id', 'chrom', 'pos', 'ref', 'alt', 'rsid', 'mean_abs', 'FOXA1']
    """
    numbers = [(name, pa.float32()) for name in (MEAN_ABS, *tracks)]
    rsids = [(RSID_COLUMN, pa.string())] if named else []
    return pa.schema([*VARIANT_FIELDS, *rsids, *numbers], metadata={"tcra": as_json(provenance)})


def tracks_of(columns: Sequence[str]) -> tuple[str, ...]:
    """The tracks of a score table by its columns, in their order.

    >>> tracks_of(["variant_id", "chrom", "pos", "ref", "alt", "mean_abs", "FOXA1", "GATA3"])
    ('FOXA1', 'GATA3')
    """
    return tuple(name for name in columns if name not in LEADING_COLUMNS)


def check_track_names(tracks: Sequence[str], where: object) -> None:
    """UserError for a track that is named twice or like one of the table's own columns."""
    seen = set(LEADING_COLUMNS)
    for track in tracks:
        if track in seen:
            raise UserError(
                f"{where}: two columns of the score table would be named {track}; give each track an id of its own"
            )
        seen.add(track)
