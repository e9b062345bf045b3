"""Windows to embed, shard by shard: those of TFRecords, or those of a BED file with their DNA from the genome."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from tcra.common.genome.fasta import Genome
from tcra.common.genome.intervals import Interval
from tcra.common.genome.one_hot import one_hot
from tcra.enformer.shard_windows import Singles, check_first_record, count_windows, read_shard_windows
from tcra.errors import UserError
from tcra.tracks.check_tracks import check_windows_on_genome
from tcra.tracks.dataset_statistics import STATISTICS_FILE, Statistics
from tcra.tracks.record_shards import find_shards
from tcra.tracks.settings import PlanOptions
from tcra.tracks.splits import Shard, make_shards, sort_by_split, split_sizes
from tcra.tracks.window_bed import count_bins, read_window_bed


class WindowSource(Protocol):
    """Where windows come from. place: what an error names. inputs: files whose checksums stand in the provenance."""

    @property
    def place(self) -> Path: ...

    @property
    def inputs(self) -> Sequence[Path]: ...

    @property
    def statistics(self) -> Statistics: ...

    def shards(self, names: Sequence[str] | None) -> list[str]:
        """Names of all shards, or of the named ones. Errors: UserError for a name that is none."""
        ...

    def count(self, shard: str) -> int:
        """Number of windows of a shard."""
        ...

    def read(self, shard: str, batch: int) -> Iterator[Singles]:
        """One-hot sequences (batch, length, 4) float32, in order; the last batch may be smaller."""
        ...


class RecordWindows:
    """The windows of a TFRecord data set in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.place = Path(folder)
        self.inputs = (self.place / STATISTICS_FILE,)
        self.statistics = Statistics.read(self.place)
        check_first_record(self.place, self.statistics)

    def shards(self, names: Sequence[str] | None) -> list[str]:
        return [path.stem for path in find_shards(self.place, names=names)]

    def count(self, shard: str) -> int:
        return count_windows(self.place, shard)

    def read(self, shard: str, batch: int) -> Iterator[Singles]:
        return (sequences for sequences, _ in read_shard_windows(self.place, shard, batch))


@dataclass(frozen=True)
class GenomeWindows:
    """The windows of `bed`, sorted by split and cut into shards as PLAN does, with DNA from `fasta`; no tissue's targets are needed."""

    bed: Path
    fasta: Path
    options: PlanOptions
    windows: Sequence[Interval]

    @classmethod
    def open(cls, bed: Path, fasta: Path, options: PlanOptions) -> "GenomeWindows":
        """Read and check the windows. Errors: UserError as in `read_window_bed`, `check_windows_on_genome` and `sort_by_split`."""
        found = read_window_bed(bed)
        with Genome(fasta) as genome:
            check_windows_on_genome(bed, found, fasta, genome.lengths)
        return cls(bed, fasta, options, sort_by_split(bed, found, options.test_fold))

    @property
    def place(self) -> Path:
        return self.bed

    @property
    def inputs(self) -> Sequence[Path]:
        return (self.bed,)

    @property
    def statistics(self) -> Statistics:
        settings, windows = self.options.settings, self.windows
        bins = count_bins(self.bed, windows, settings)
        return Statistics(
            windows[0].length, bins, 1, settings.bin_width_bp, settings.crop_bp, split_sizes(windows)
        )  # one track: their number is of no account to the trunk

    def shards(self, names: Sequence[str] | None) -> list[str]:
        there = [shard.name for shard in make_shards(self.windows, self.options.sequences_per_shard)]
        missing = [name for name in names or () if name not in there]
        if missing:
            raise UserError(f"{self.bed} has no shard {missing[0]} (its shards: {', '.join(there[:20])})")
        return list(names) if names else there

    def count(self, shard: str) -> int:
        found = self._shard(shard)
        return found.end - found.start

    def read(self, shard: str, batch: int) -> Iterator[Singles]:
        found = self._shard(shard)
        with Genome(self.fasta) as genome:
            for first in range(found.start, found.end, batch):
                rows = self.windows[first : min(first + batch, found.end)]
                letters = (genome.sequence(window.chrom, window.start, window.end) for window in rows)
                yield np.stack([one_hot(text) for text in letters]).astype(np.float32)

    def _shard(self, name: str) -> Shard:
        shards = make_shards(self.windows, self.options.sequences_per_shard)
        return next(shard for shard in shards if shard.name == name)
