"""Is an annotation more frequent in the top of the ranking? An odds ratio, its 95 % interval and an exact p-value per SNP set."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tcra.variants.ranking.rank import Ranking

NORMAL_975 = 1.959963984540054


@dataclass(frozen=True)
class Membership:
    """Which variants of a ranking an annotation holds.

    name: the annotation's. inside: (n,) bool, variants in order of place. known: (n,) bool, the variants of which it can be said
    (those with a frequency, for frequency bins); None for all.
    """

    name: str
    inside: NDArray[np.bool_]
    known: NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class Odds:
    """An odds ratio with its 95 % interval and two-sided p-value."""

    ratio: float
    low95: float
    high95: float
    p: float


def odds(inside_set: int, total_set: int, inside_all: int, total_all: int) -> Odds:
    """The set against the rest of all scored variants.

    The table is (inside, outside) × (in the set, in the rest). Interval: log odds ratio ± 1.96 standard errors (Woolf); if a cell is
    zero, 0.5 is added to all four (Haldane and Anscombe) for the ratio and its interval. p: Fisher's exact test, two-sided.
    NaN, and p = 1, where the rest is empty or an annotation holds none or all.

    >>> round(odds(inside_set=8, total_set=10, inside_all=20, total_all=100).ratio, 9)
    26.0
    """
    from scipy.stats import fisher_exact

    a, b = inside_set, total_set - inside_set
    c, d = inside_all - inside_set, (total_all - total_set) - (inside_all - inside_set)
    if min(a, b, c, d) < 0:
        raise ValueError(f"{inside_set} of {total_set} in the set, {inside_all} of {total_all} in all: not a table")
    if 0 in (a + b, c + d, a + c, b + d):
        return Odds(math.nan, math.nan, math.nan, 1.0)
    p = float(fisher_exact([[a, b], [c, d]]).pvalue)
    add = 0.5 if 0 in (a, b, c, d) else 0.0
    cells = [cell + add for cell in (a, b, c, d)]
    log_ratio = math.log(cells[0]) - math.log(cells[1]) - math.log(cells[2]) + math.log(cells[3])
    reach = NORMAL_975 * math.sqrt(sum(1 / cell for cell in cells))
    return Odds(math.exp(log_ratio), math.exp(log_ratio - reach), math.exp(log_ratio + reach), p)


ENRICHMENT_COLUMNS = (
    "ranking", "annotation", "snp_set", "size", "inside_set", "total_set", "inside_background", "total_background",
    "odds_ratio", "low95", "high95", "p",
)  # fmt: skip


def enrichment(ranking: Ranking, membership: Membership, sizes: Sequence[int]) -> pd.DataFrame:
    """One row per SNP set: counts in the set and among all scored variants (the set included), odds ratio, interval, p.

    Columns: `ranking annotation snp_set size inside_set total_set inside_background total_background odds_ratio low95 high95 p`.
    """
    # A set larger than the ranking holds all of it.
    held = [min(size, len(ranking)) for size in sizes]
    cuts = np.asarray(held) - 1
    inside, members, total = membership.inside, held, len(ranking)
    if membership.known is not None:
        inside = inside & membership.known
        members = np.cumsum(membership.known[ranking.order], dtype=np.int64)[cuts].tolist()
        total = int(membership.known.sum())
    hits = np.cumsum(inside[ranking.order], dtype=np.int64)[cuts].tolist()
    everywhere = int(inside.sum())
    rows = [
        table_row(ranking.name, membership.name, size, hit, member, everywhere, total)
        for size, hit, member in zip(sizes, hits, members, strict=True)
    ]
    return pd.DataFrame(rows, columns=list(ENRICHMENT_COLUMNS))


def table_row(
    ranking: str, annotation: str, size: int, inside_set: int, total_set: int, inside_all: int, total_all: int
) -> tuple[str | int | float, ...]:
    """One row of an enrichment table."""
    result = odds(inside_set, total_set, inside_all, total_all)
    counts = (inside_set, total_set, inside_all, total_all)
    return ranking, annotation, str(size), size, *counts, result.ratio, result.low95, result.high95, result.p
