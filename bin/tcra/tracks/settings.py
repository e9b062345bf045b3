"""What is computed from a track: basenji's settings, checked."""

import math
from dataclasses import dataclass
from typing import Literal, get_args

Order = Literal["clip-then-scale", "scale-then-clip"]
ORDERS: tuple[Order, ...] = get_args(Order)
STATISTICS = ("sum", "mean", "sum_sqrt", "mean_sqrt", "max", "peak", "median")
ALIASES = {"avg": "mean", "avg_sqrt": "mean_sqrt"}
# The share of bins below the whole-track clip: basenji's default changed with its generations.
CLIP_FRACTION: dict[Order, float] = {"clip-then-scale": 0.9999, "scale-then-clip": 0.9999999}
MIN_BINS_FOR_BASELINE = 8


@dataclass(frozen=True)
class Settings:
    """How bases become bins.

    crop: bp dropped at each end of a window. width: bp a bin. statistic: one of STATISTICS (or an alias).
    clip: bins are limited to [-clip, clip]. clip_soft: above it, only the square root of the excess counts.
    scale: factor, applied last (`clip-then-scale`, basenji until March 2023) or to each base first (`scale-then-clip`, since).
    clip_fraction: the whole track is limited to ± this quantile of its bins; None for the default of the order.
    interpolate: missing bases are interpolated linearly, not set to 0.
    baseline_fraction: the quantile of a window's bases that blacklisted bases are limited to.
    """

    crop: int = 0
    width: int = 1
    statistic: str = "sum"
    clip: float | None = None
    clip_soft: float | None = None
    scale: float = 1.0
    order: Order = "clip-then-scale"
    clip_fraction: float | None = None
    interpolate: bool = False
    baseline_fraction: float = 0.5

    def __post_init__(self) -> None:
        object.__setattr__(self, "statistic", ALIASES.get(self.statistic, self.statistic))
        if self.statistic not in STATISTICS:
            raise ValueError(f"statistic is {self.statistic!r}, expected one of {', '.join(STATISTICS)}")
        if self.order not in ORDERS:
            raise ValueError(f"order is {self.order!r}, expected one of {', '.join(ORDERS)}")
        if self.crop < 0:
            raise ValueError(f"crop is {self.crop} bp, expected at least 0")
        if self.width < 1:
            raise ValueError(f"width is {self.width} bp, expected at least 1")
        for name in ("clip", "clip_soft"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value >= 0):
                raise ValueError(f"{name} is {value}, expected a number of at least 0")
        if not math.isfinite(self.scale) or self.scale == 0:
            raise ValueError(f"scale is {self.scale}, expected a number other than 0")
        for name in ("clip_fraction", "baseline_fraction"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 1:
                raise ValueError(f"{name} is {value}, expected a number between 0 and 1")

    @property
    def track_quantile(self) -> float:
        """The quantile of a track's bins that the whole track is limited to."""
        return CLIP_FRACTION[self.order] if self.clip_fraction is None else self.clip_fraction

    def bins(self, window_length: int) -> int:
        """Bins of a window of `window_length` bp.

        Errors: ValueError if crop leaves no whole number of bins, or none.
        """
        inner = window_length - 2 * self.crop
        if inner < self.width:
            raise ValueError(
                f"windows of {window_length} bp leave no bin of {self.width} bp after a crop of {self.crop} bp a side"
            )
        if inner % self.width:
            raise ValueError(
                f"windows of {window_length} bp, cropped by {self.crop} bp a side, are {inner} bp: no multiple of {self.width}"
            )
        return inner // self.width
