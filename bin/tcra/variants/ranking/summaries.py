"""One number per variant from its scores over tracks: the value that variants are ranked by."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tcra.cli import progress
from tcra.common.tables import require_columns
from tcra.errors import UserError
from tcra.variants.ranking.settings import TrackSummary
from tcra.variants.tables.columns import MEAN_ABS
from tcra.variants.tables.score_tables import TRACKS_AT_A_TIME, ScoreTable

# Tracks held over all variants: 4 bytes × 8 for each variant.
WHOLE_TRACKS_AT_A_TIME = 8


def summarize(scores: ScoreTable, summary: TrackSummary = "mean", tracks: Sequence[str] = ()) -> NDArray[np.float32]:
    """Value of each variant, in file order: (rows,) float32; NaN where a score is NaN.

    summary: `mean` of |score| over tracks, `maximum` of |score|, or `rank`: the mean over tracks of the variant's rank by |score|
    within the track, as a fraction of all variants (0 lowest, 1 highest; ties share their mean rank), so that no loud track decides.
    tracks: the tracks to use; none means all. The mean over all tracks is the column `mean_abs`, as scored.
    Memory: a few numbers per variant, whatever the number of tracks.
    """
    names = list(tracks) or list(scores.tracks)
    if not names:
        raise UserError(f"{scores.path} has no score column beside {MEAN_ABS}")
    require_columns(scores.path, scores.tracks, names)
    if summary == "rank":
        return _mean_rank(scores, names)
    if summary == "mean" and not tracks:
        return scores.column(MEAN_ABS)
    total = np.zeros(scores.rows)
    parts = [names[at : at + TRACKS_AT_A_TIME] for at in range(0, len(names), TRACKS_AT_A_TIME)]
    for part in progress(parts, f"{summary} of |score|, {TRACKS_AT_A_TIME} tracks at a time"):
        for start, block in scores.blocks(part):
            rows = slice(start, start + len(block))
            np.abs(block, out=block)
            if summary == "mean":
                total[rows] += block.sum(axis=1, dtype=np.float64)
            else:
                total[rows] = np.maximum(total[rows], block.max(axis=1))
    return (total / len(names) if summary == "mean" else total).astype(np.float32)


def _mean_rank(scores: ScoreTable, names: Sequence[str]) -> NDArray[np.float32]:
    total = np.zeros(scores.rows)
    parts = [names[at : at + WHOLE_TRACKS_AT_A_TIME] for at in range(0, len(names), WHOLE_TRACKS_AT_A_TIME)]
    for part in progress(parts, f"ranks within tracks, {WHOLE_TRACKS_AT_A_TIME} tracks at a time"):
        columns = np.empty((len(part), scores.rows), np.float32)
        for start, block in scores.blocks(part):
            columns[:, start : start + len(block)] = np.abs(block).T
        for column in columns:
            total += rank_fraction(column)
    return (total / len(names)).astype(np.float32)


def rank_fraction(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Rank of each value ≥ 0 as a fraction in [0, 1], ties sharing their mean rank; NaN stays NaN. A single value gets 0.5.

    >>> rank_fraction(np.array([5, 1, 1], np.float32)).tolist()
    [1.0, 0.25, 0.25]
    """
    number, unknown = len(values), np.isnan(values)
    known = number - int(unknown.sum())
    if known < 2:
        return np.where(unknown, np.nan, 0.5)
    # Value and row side by side in one integer: sorting these is several times faster than an argsort. The bits of floats from 0 up
    # are in the order of the floats, NaN last.
    packed = values.view(np.uint32).astype(np.uint64) << np.uint64(32)
    packed |= np.arange(number, dtype=np.uint64)
    packed.sort()
    order = packed & np.uint64(0xFFFFFFFF)
    packed >>= np.uint64(32)
    first_of_tie = np.flatnonzero(np.concatenate(([True], packed[1:] != packed[:-1])))
    length = np.diff(np.append(first_of_tie, number))
    ranks = np.empty(number)
    ranks[order] = np.repeat((first_of_tie + (length - 1) / 2) / (known - 1), length)
    ranks[unknown] = np.nan
    return ranks
