"""The options of this room, each with its default: what is computed from a track, what a plan holds, how a shard is written."""

import math
from dataclasses import dataclass
from typing import Any, Literal, get_args

from tcra.common.choices import check_choice
from tcra.errors import UserError

Order = Literal["clip-then-scale", "scale-then-clip"]
MissingChromosomes = Literal["error", "zero"]
NegativeValues = Literal["keep", "zero", "error"]
SequenceFormat = Literal["one-hot", "index"]
ORDERS: tuple[Order, ...] = get_args(Order)
STATISTICS = ("sum", "mean", "sum_sqrt", "mean_sqrt", "max", "peak", "median")
ALIASES = {"avg": "mean", "avg_sqrt": "mean_sqrt"}
# The share of bins below the whole-track clip: basenji's default changed with its generations.
CLIP_QUANTILE: dict[Order, float] = {"clip-then-scale": 0.9999, "scale-then-clip": 0.9999999}
MIN_BINS_FOR_BASELINE = 8
# Each setting of a track by its long flag of read_coverage.py, which is also its column in a tracks table and its name in the provenance.
SETTING_OF_FLAG = {
    "crop": "crop_bp", "width": "bin_width_bp", "statistic": "statistic", "clip": "clip", "clip_soft": "clip_soft",
    "clip_pct": "clip_quantile", "scale": "scale", "order": "order", "missing_chromosomes": "missing_chromosomes",
    "negative": "negative", "interpolate": "interpolate", "black_pct": "baseline_quantile",
}  # fmt: skip


@dataclass(frozen=True)
class TrackSettings:
    """How bases become bins.

    crop_bp: dropped at each end of a window. bin_width_bp. statistic: one of STATISTICS (or an alias).
    clip: bins are limited to [-clip, clip]. clip_soft: above it, only the square root of the excess counts.
    clip_quantile: the whole track is limited to ± this quantile of its bins; None for the default of the order.
    scale: factor, applied last (`clip-then-scale`, basenji until March 2023) or to each base first (`scale-then-clip`, since).
    missing_chromosomes: `zero` if a chromosome that the bigWig lacks has no coverage, rather than being an error.
    negative: `keep` values below 0 as basenji does, count them as 0 (`zero`), or make bins below 0 an `error`.
    interpolate: missing bases are interpolated linearly, not set to 0.
    baseline_quantile: the quantile of a window's bases that blacklisted bases are limited to.
    """

    crop_bp: int = 0
    bin_width_bp: int = 1
    statistic: str = "sum"
    clip: float | None = None
    clip_soft: float | None = None
    clip_quantile: float | None = None
    scale: float = 1.0
    order: Order = "clip-then-scale"
    missing_chromosomes: MissingChromosomes = "error"
    negative: NegativeValues = "keep"
    interpolate: bool = False
    baseline_quantile: float = 0.5

    def __post_init__(self) -> None:
        object.__setattr__(self, "statistic", ALIASES.get(self.statistic, self.statistic))
        check_choice("statistic", self.statistic, STATISTICS)
        check_choice("order", self.order, ORDERS)
        check_choice("missing_chromosomes", self.missing_chromosomes, get_args(MissingChromosomes))
        check_choice("negative", self.negative, get_args(NegativeValues))
        if self.crop_bp < 0:
            raise UserError(f"crop is {self.crop_bp} bp, expected at least 0")
        if self.bin_width_bp < 1:
            raise UserError(f"width is {self.bin_width_bp} bp, expected at least 1")
        if self.clip is not None and not (math.isfinite(self.clip) and self.clip > 0):
            raise UserError(f"clip is {self.clip}, expected a number above 0 (0 would make every bin 0)")
        if self.clip_soft is not None and not (math.isfinite(self.clip_soft) and self.clip_soft >= 0):
            raise UserError(f"clip_soft is {self.clip_soft}, expected a number of at least 0")
        if not math.isfinite(self.scale) or self.scale == 0:
            raise UserError(f"scale is {self.scale}, expected a number other than 0")
        if self.clip_quantile is not None and not 0 < self.clip_quantile <= 1:
            raise UserError(f"clip_pct is {self.clip_quantile}, expected a number above 0, at most 1")
        if not 0 <= self.baseline_quantile <= 1:
            raise UserError(f"black_pct is {self.baseline_quantile}, expected a number between 0 and 1")

    @property
    def track_quantile(self) -> float:
        """The quantile of a track's bins that the whole track is limited to."""
        return CLIP_QUANTILE[self.order] if self.clip_quantile is None else self.clip_quantile

    def by_flag(self) -> dict[str, Any]:
        """Each setting by its long flag of read_coverage.py."""
        return {flag: getattr(self, setting) for flag, setting in SETTING_OF_FLAG.items()}

    def bins(self, window_bp: int) -> int:
        """Bins of a window of `window_bp`.

        >>> TrackSettings(crop_bp=40_960, bin_width_bp=128).bins(196_608)
        896

        Errors: ValueError if crop leaves no whole number of bins, or none.
        """
        inner = window_bp - 2 * self.crop_bp
        if inner < self.bin_width_bp:
            raise ValueError(
                f"windows of {window_bp} bp leave no bin of {self.bin_width_bp} bp after a crop of {self.crop_bp} bp on each side"
            )
        if inner % self.bin_width_bp:
            raise ValueError(
                f"windows of {window_bp} bp, cropped by {self.crop_bp} bp on each side, are {inner} bp: no multiple of {self.bin_width_bp}"
            )
        return inner // self.bin_width_bp


@dataclass(frozen=True)
class PlanOptions:
    """A plan.

    settings: of every track, where the tracks table says nothing; by default bins as Enformer's and basenji's `mean`, and no values
    below 0, which the Poisson loss of the training cannot take. sequences_per_shard: windows in a TFRecord shard.
    test_fold: the fold to test on, where the windows are in folds; the next one validates.
    """

    settings: TrackSettings = TrackSettings(bin_width_bp=128, statistic="mean", negative="error")
    sequences_per_shard: int = 256
    test_fold: int = 0

    def __post_init__(self) -> None:
        if self.test_fold < 0:
            raise UserError(f"--test-fold is {self.test_fold}, expected at least 0")
        if self.sequences_per_shard < 1:
            raise UserError(f"--sequences-per-shard is {self.sequences_per_shard}, expected at least 1")


@dataclass(frozen=True)
class ShardOptions:
    """How a shard is written.

    first_row, end_row: rows [first, end) of the BED file, counted from 0; None for all to the end. extend_bp: DNA to add on each side.
    umap_quantile: unmappable bins are limited to this quantile of their track; 1 changes nothing. store_umap: keep them as `umap`.
    decimals: round targets to so many. sequence_format: one-hot bool (length, 4), or uint8 indices.
    """

    first_row: int = 0
    end_row: int | None = None
    extend_bp: int = 0
    umap_quantile: float = 1.0
    store_umap: bool = False
    decimals: int | None = None
    sequence_format: SequenceFormat = "one-hot"

    def __post_init__(self) -> None:
        for name in ("first_row", "end_row", "extend_bp", "decimals"):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise UserError(f"{name.replace('_', ' ')} is {value}, expected at least 0")
        if not 0 <= self.umap_quantile <= 1:
            raise UserError(f"--umap_clip is {self.umap_quantile}, expected a number between 0 and 1")
        check_choice("--sequence-format", self.sequence_format, get_args(SequenceFormat))

    @property
    def uses_umap(self) -> bool:
        """Whether the unmappable bins matter."""
        return self.store_umap or self.umap_quantile < 1
