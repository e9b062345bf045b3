"""The sizes of one Enformer: the published ones by default, small ones for the demo, or whatever a checkpoint's shapes say."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tcra.enformer import constants
from tcra.enformer.keys import canonical_key
from tcra.errors import UserError

Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class Sizes:
    """Sizes of an Enformer.

    channels: width of the transformer. tower: output width of each tower block (the stem's is channels / 2).
    heads, layers, key_size: of the transformer. tracks: of the head. position_features: relative position features.
    input_length: bp, a multiple of the bin width. target_bins: predicted bins at the centre of the input.
    """

    tracks: int
    input_length: int = constants.INPUT_LENGTH_BP
    target_bins: int = constants.TARGET_BINS
    channels: int = constants.CHANNELS
    heads: int = constants.HEADS
    layers: int = constants.LAYERS
    key_size: int = constants.KEY_SIZE
    tower: tuple[int, ...] = constants.TOWER_CHANNELS
    stem: int = 0
    position_features: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "tower", tuple(self.tower))
        object.__setattr__(self, "stem", self.stem or self.channels // 2)
        object.__setattr__(self, "position_features", self.position_features or self.channels // self.heads)
        for name in ("tracks", "target_bins", "heads", "layers", "key_size", "position_features"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}, expected at least 1")
        if self.channels % self.heads:
            raise ValueError(f"channels {self.channels} do not divide by {self.heads} heads")
        if self.position_features % 6:
            raise ValueError(f"{self.position_features} position features, expected a multiple of 6")
        if not self.tower or self.tower[-1] != self.channels:
            raise ValueError(f"the tower ends with width {self.tower[-1:]}, expected {self.channels}")
        if self.input_length % self.bin_width:
            raise ValueError(f"input length {self.input_length} bp, expected a multiple of {self.bin_width}")
        if self.target_bins > self.tokens or (self.tokens - self.target_bins) % 2:
            raise ValueError(
                f"{self.target_bins} target bins do not stand at the centre of {self.tokens} tokens "
                f"({self.input_length} bp); expected an even number of tokens left over"
            )

    @property
    def bin_width(self) -> int:
        """bp per token: a pooling by two in the stem and in each tower block."""
        return int(constants.POOL ** (1 + len(self.tower)))

    @property
    def tokens(self) -> int:
        """Tokens of the transformer."""
        return self.input_length // self.bin_width

    @property
    def crop_tokens(self) -> int:
        """Tokens cut off on each side before the head."""
        return (self.tokens - self.target_bins) // 2

    @property
    def value_size(self) -> int:
        """Width of one head's values."""
        return self.channels // self.heads

    @property
    def features(self) -> int:
        """Width of the final pointwise block, the head's input."""
        return 2 * self.channels

    @staticmethod
    def from_shapes(shapes: Shapes, input_length: int, target_bins: int, where: str = "the checkpoint") -> "Sizes":
        """Sizes read off a checkpoint's shapes, by canonical key (see keys.py).

        Errors: UserError that names `where` and the first variable that is missing or makes no sense.
        """

        def shape(key: str, rank: int) -> tuple[int, ...]:
            found = shapes.get(canonical_key(key))
            if found is None:
                raise UserError(
                    f"{where} has no variable {key}; expected a checkpoint with the published Enformer's keys"
                )
            if len(found) != rank:
                raise UserError(f"{where}: {key} has shape {list(found)}, expected {rank} dimensions")
            return found

        def count(prefix: str) -> int:
            numbers = {int(key[len(prefix) :].split("/")[0]) for key in shapes if key.startswith(prefix)}
            return max(numbers, default=-1) + 1

        attention = "model/_transformer/_layers/0/_layers/0/_module/_layers/1/_module/"
        _, heads, _, key_size = shape(attention + "_r_w_bias", 4)
        blocks = count("model/_downres/_layers/")
        tower = tuple(shape(f"model/_downres/_layers/{i}/_layers/0/_layers/2/w", 3)[2] for i in range(max(blocks, 1)))
        try:
            return Sizes(
                tracks=shape("model/_heads/human/_layers/0/w", 2)[1],
                input_length=input_length,
                target_bins=target_bins,
                channels=shape("model/_final_pointwise/_layers/0/_layers/2/w", 3)[1],
                heads=heads,
                layers=count("model/_transformer/_layers/"),
                key_size=key_size,
                tower=tower,
                stem=shape("model/_stem/_layers/0/w", 3)[2],
                position_features=shape(attention + "_r_k_layer/_linear/w", 2)[0],
            )
        except ValueError as error:
            raise UserError(f"{where}: {error}") from None


def tower_widths(channels: int, divisible_by: int = constants.TOWER_CHANNELS_DIVISIBLE_BY) -> tuple[int, ...]:
    """The published rule: six widths from channels / 2 to channels, exponentially spaced, rounded to `divisible_by`.

    >>> tower_widths(1536)
    (768, 896, 1024, 1152, 1280, 1536)
    """
    base = np.exp(np.log(2.0) / (constants.TOWER_BLOCKS - 1))
    raw = [channels // 2 * base**i for i in range(constants.TOWER_BLOCKS)]
    return tuple(int(np.round(width / divisible_by) * divisible_by) for width in raw)
