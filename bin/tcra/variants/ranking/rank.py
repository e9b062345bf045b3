"""The ranking and its nested SNP sets. Ties are broken by place: chromosome in natural order, position, ref, alt."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from tcra.common.accounting import Count
from tcra.common.files import atomic_path
from tcra.common.provenance import as_json
from tcra.errors import UserError
from tcra.variants.ranking.settings import TrackSummary
from tcra.variants.ranking.summaries import summarize
from tcra.variants.tables.columns import MEAN_ABS, RSID_COLUMN, VARIANT_FIELDS
from tcra.variants.tables.rs_numbers import rs_texts
from tcra.variants.tables.score_tables import ScoreTable
from tcra.variants.tables.sites import Sites

ROWS_PER_GROUP = 200_000


@dataclass(frozen=True)
class Ranking:
    """n ranked variants.

    name: what the ranking is called in tables and figures. sites: the variants by place (chrom, pos, ref, alt), none twice.
    rs_numbers: (n,) int64, 0 where unknown. mean_abs: (n,) float32. value: (n,) float32, what they are ranked by.
    order: (n,) int64, rows of `sites` from rank 1 down.
    """

    name: str
    sites: Sites
    rs_numbers: NDArray[np.int64]
    mean_abs: NDArray[np.float32]
    value: NDArray[np.float32]
    order: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.order)


def rank(scores: ScoreTable, count: Count, name: str, summary: TrackSummary, tracks: Sequence[str] = ()) -> Ranking:
    """Rank all scored variants by descending value.

    A variant in several shards counts once (its first score); one whose value is no finite number is rejected; `count` says so.
    """
    sites = scores.sites()
    value = summarize(scores, summary, tracks)
    mean_abs = value if summary == "mean" and not tracks else scores.column(MEAN_ABS)
    count.received(len(sites))
    known = np.isfinite(value)
    _reject(count, "score is not a number", sites, np.flatnonzero(np.isnan(value)), name)
    _reject(count, "score is infinite", sites, np.flatnonzero(np.isinf(value)), name)
    by_place = np.argsort(sites.keys, kind="stable")
    by_place = by_place[known[by_place]]
    keys = sites.keys[by_place]
    first = np.concatenate(([True], keys[1:] != keys[:-1])) if len(keys) else np.zeros(0, bool)
    _reject(count, "variant scored twice", sites, by_place[~first], name)
    rows = by_place[first]
    if not len(rows):
        raise UserError(f"{scores.path}: no variant has a score that is a number")
    count.passed(len(rows))
    value = value[rows]
    # Rows are in order of place, so a stable sort leaves ties in that order.
    return Ranking(
        name, sites.take(rows), scores.rs_numbers()[rows], mean_abs[rows], value, np.argsort(-value, kind="stable")
    )


def _reject(count: Count, reason: str, sites: Sites, rows: NDArray[np.int64], where: str) -> None:
    for identifier in sites.identifiers(rows):
        count.reject(reason, identifier, where)


def parse_set_sizes(texts: Sequence[str], ranked: int) -> list[int]:
    """Numbers of variants from numbers or fractions (`400`, `0.02`), ascending, each once. A set may be larger than the ranking: it
    then holds all variants.

    >>> parse_set_sizes(["400", "0.1", "400"], ranked=1000)
    [100, 400]

    Errors: UserError for a size that is no number or not positive.
    """
    sizes = set()
    for text in texts:
        try:
            number = float(text)
        except ValueError:
            raise UserError(f"--set-sizes: {text!r} is not a number of variants or a fraction") from None
        if not math.isfinite(number):
            raise UserError(f"--set-sizes: {text} is not a number of variants or a fraction")
        size = round(number * ranked) if 0 < number < 1 else int(number)
        if size < 1 or (number >= 1 and number != size):
            raise UserError(
                f"--set-sizes: {text} gives no set; expected a whole number or a fraction of {ranked} variants"
            )
        sizes.add(size)
    if not sizes:
        raise UserError("--set-sizes: no size; give numbers of variants or fractions, such as 200000,500000")
    return sorted(sizes)


def sets_table(ranking: Ranking, sizes: Sequence[int]) -> pd.DataFrame:
    """`snp_set` (the size as text), `size`, and `lowest_value`, the value of the set's last variant. Set K is rank ≤ K."""
    last = [float(ranking.value[ranking.order[min(size, len(ranking)) - 1]]) for size in sizes]
    return pd.DataFrame({"snp_set": [str(size) for size in sizes], "size": sizes, "lowest_value": last})


def write_ranking(path: Path, ranking: Ranking, record: Mapping[str, Any]) -> None:
    """`variant_id chrom pos ref alt mean_abs rank rsid` (empty where unknown), from rank 1 down; `value` too where it is not `mean_abs`."""
    fields = [*VARIANT_FIELDS, (MEAN_ABS, pa.float32()), ("rank", pa.int64()), (RSID_COLUMN, pa.string())]
    if ranking.value is not ranking.mean_abs and not np.array_equal(ranking.value, ranking.mean_abs):
        fields.append(("value", pa.float32()))
    schema = pa.schema(fields, metadata={"tcra": as_json(record)})
    with atomic_path(path) as temporary, pq.ParquetWriter(temporary, schema, compression="zstd") as writer:
        for start in range(0, len(ranking), ROWS_PER_GROUP):
            rows = ranking.order[start : start + ROWS_PER_GROUP]
            columns: dict[str, pa.Array] = ranking.sites.columns(rows)
            columns[MEAN_ABS] = pa.array(ranking.mean_abs[rows])
            columns["rank"] = pa.array(np.arange(start + 1, start + len(rows) + 1))
            columns[RSID_COLUMN] = rs_texts(ranking.rs_numbers[rows], unknown="")
            columns["value"] = pa.array(ranking.value[rows])
            writer.write_table(pa.table([columns[name] for name in schema.names], schema=schema))
