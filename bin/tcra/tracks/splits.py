"""Training, validation and test windows: their order, their shards, and whether they overlap."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tcra.common.genome.intervals import Interval
from tcra.errors import UserError
from tcra.tracks.record_shards import shard_name
from tcra.tracks.window_bed import place

log = logging.getLogger(__name__)
_KNOWN = ("train", "valid", "test")
_FOLD = re.compile(r"^fold([0-9]+)$")


@dataclass(frozen=True)
class Shard:
    """Rows [start, end) of the sorted BED file, all of one split; `name` is the file's, without `.tfr`."""

    split: str
    index: int
    start: int
    end: int

    @property
    def name(self) -> str:
        return shard_name(self.split, self.index)


def sort_by_split(bed: Path, windows: Sequence[Interval], test_fold: int = 0) -> list[Interval]:
    """Windows with train first, then valid and test, each in the file's order: a shard is then a range of rows.

    test_fold: where the windows are in folds (fold0, fold1, …), the one to test on; the next one validates, the others train.

    Errors: UserError for a window whose fourth column is no split, and for a split without windows.
    """
    windows = _folds_to_splits(bed, windows, test_fold)
    for number, window in enumerate(windows, 1):
        if window.name not in _KNOWN:
            raise UserError(
                f"{bed} {place(window, number)}: column 4 is {window.name!r}, expected train, valid, test or fold0, fold1, … (not both)"
            )
    for split in _KNOWN:
        if all(window.name != split for window in windows):
            raise UserError(
                f"{bed} has no window of the split {split} in column 4; training needs train and valid, evaluation test"
            )
    return sorted(windows, key=lambda window: _KNOWN.index(window.name))


def _folds_to_splits(bed: Path, windows: Sequence[Interval], test_fold: int) -> Sequence[Interval]:
    """The windows with split instead of fold, as Borzoi's and basenji's cross-validation has it; others as they are."""
    folds = sorted({int(match[1]) for window in windows if (match := _FOLD.match(window.name))})
    if not folds or any(not _FOLD.match(window.name) for window in windows):
        return windows
    if test_fold not in folds or len(folds) < 3:
        listed = ", ".join(f"fold{fold}" for fold in folds)
        raise UserError(
            f"{bed}: its folds are {listed}; expected at least 3, and --test-fold {test_fold} to be one of them"
        )
    valid_fold = folds[(folds.index(test_fold) + 1) % len(folds)]
    log.info("%s: fold%d tests, fold%d validates, the other %d train", bed, test_fold, valid_fold, len(folds) - 2)
    splits = {f"fold{fold}": "train" for fold in folds} | {f"fold{valid_fold}": "valid", f"fold{test_fold}": "test"}
    return [replace(window, name=splits[window.name]) for window in windows]


def split_sizes(windows: Sequence[Interval]) -> dict[str, int]:
    """Windows of each split, in order of appearance."""
    sizes: dict[str, int] = {}
    for window in windows:
        sizes[window.name] = sizes.get(window.name, 0) + 1
    return sizes


def make_shards(windows: Sequence[Interval], sequences_per_shard: int) -> list[Shard]:
    """Shards of at most `sequences_per_shard` rows of windows sorted by split."""
    shards: list[Shard] = []
    first = 0
    for split, size in split_sizes(windows).items():
        for index, start in enumerate(range(first, first + size, sequences_per_shard)):
            shards.append(Shard(split, index, start, min(start + sequences_per_shard, first + size)))
        first += size
    return shards


def count_leaks(windows: Sequence[Interval], crop_bp: int = 0) -> int:
    """Windows that overlap a window of another split, after dropping `crop_bp` at each end.

    >>> windows = [Interval("1", 0, 100, "train"), Interval("1", 90, 190, "test"), Interval("1", 200, 300, "test")]
    >>> count_leaks(windows), count_leaks(windows, crop_bp=5)
    (2, 0)
    """
    edges: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for window in windows:
        edges.setdefault((window.chrom, window.name), []).append((window.start + crop_bp, window.end - crop_bp))
    sorted_edges = {key: np.sort(np.array(places), axis=0) for key, places in edges.items()}
    leaking = 0
    for (chrom, split), places in edges.items():
        starts, ends = np.array(places).T
        overlaps = np.zeros(len(places), bool)
        for (other_chrom, other_split), other in sorted_edges.items():
            if other_chrom == chrom and other_split != split:
                begun = np.searchsorted(other[:, 0], ends, side="left")
                overlaps |= begun > np.searchsorted(other[:, 1], starts, side="right")
        leaking += int(overlaps.sum())
    return leaking
