"""A model's pieces as compiled functions for scoring: tower, shared tower, and everything after it for the central bins only."""

from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tcra.enformer.enformer_model import Enformer
from tcra.enformer.layers import Stage
from tcra.errors import UserError
from tcra.variants.scoring.phases import Gather, halo, tower_at_phases
from tcra.variants.scoring.variant_windows import TokenGeometry

Tokens = NDArray[np.float32]
TrackScores = NDArray[np.float32]  # (variants, tracks of all models)
Tick = Callable[[int], None]
TAIL = ("model/_final_pointwise/", "model/_heads/")


def no_tick(number: int) -> None:
    """For scoring without a progress display."""


class ScoringNetwork:
    """One trunk with the tails of one or several models, as functions that are traced once per shape.

    jit: compile them by XLA; by default on a GPU only, as TensorFlow's own matrix products are faster on a CPU.
    central_bins: how many bins around the variant are averaged. reverse: score the other strand, whose bins come in reverse order.
    Scores are (batch, tracks of all models) float32, the models' tracks one after the other.
    """

    def __init__(self, models: Sequence[Enformer], central_bins: int = 2, jit: bool | None = None) -> None:
        jit = bool(tf.config.list_physical_devices("GPU")) if jit is None else jit
        trunk = models[0]
        if not 1 <= central_bins <= trunk.sizes.target_bins:
            raise UserError(f"{central_bins} central bins, expected 1 to the model's {trunk.sizes.target_bins} bins")
        self.models, self.sizes, self.central_bins = models, trunk.sizes, central_bins
        self.geometry = TokenGeometry(trunk.sizes.bin_width, halo(trunk.stages), trunk.sizes.tokens)
        self._trunk = trunk
        self._keys = trunk.relative_keys()

        def compiled(function):  # type: ignore[no-untyped-def]
            return tf.function(function, jit_compile=jit, autograph=False)

        self._tower = compiled(lambda codes: trunk.tower(one_hot_tensor(codes)))
        self._tower_at_phases = compiled(
            lambda codes, gathers: tower_at_phases(trunk.stages, one_hot_tensor(codes), gathers)
        )
        self._difference = compiled(self._token_difference)
        self._spliced = compiled(self._spliced_difference)
        self._two_towers = compiled(self._two_tower_difference)
        self._naive = compiled(self._full_prediction)

    @property
    def stages(self) -> Sequence[Stage]:
        """Stem and tower blocks of the trunk."""
        return self._trunk.stages

    @property
    def tracks(self) -> list[int]:
        """Tracks of each model."""
        return [model.sizes.tracks for model in self.models]

    def central(self, reverse: bool) -> tuple[int, int]:
        """Tokens [first, end) whose predictions are averaged: `central_bins` around the middle, from the centre token's left neighbour
        for two; on the other strand their mirror image."""
        first = self.sizes.tokens // 2 - self.central_bins // 2
        end = first + self.central_bins
        return (self.sizes.tokens - end, self.sizes.tokens - first) if reverse else (first, end)

    def tower(self, codes: NDArray[np.uint8]) -> Tokens:
        """Tokens of sequences with zero padding at both ends: (batch, length) → (batch, length / 128, channels)."""
        return self._tower(tf.constant(codes)).numpy()

    def tower_at_phases(self, codes: NDArray[np.uint8], gathers: Sequence[Gather]) -> Tokens:
        """Tokens of a chunk at several phases (`phases.tower_at_phases`): (length,) → (rows, size / 128, channels)."""
        return self._tower_at_phases(tf.constant(codes[np.newaxis]), [tf.constant(g) for g in gathers]).numpy()

    def difference(self, ref: Tokens, alt: Tokens, reverse: bool) -> NDArray[np.float32]:
        """Scores from the windows' tokens, each (batch, tokens, channels)."""
        return self._difference(tf.constant(ref), tf.constant(alt), reverse).numpy()

    def spliced_difference(
        self, ref_codes: NDArray[np.uint8], piece_codes: NDArray[np.uint8], firsts: NDArray[np.int32], reverse: bool
    ) -> NDArray[np.float32]:
        """Scores of substitutions from whole ref windows (batch, length) and pieces of the alt windows.

        piece_codes: (batch, (n + 2·margin)·128), alt windows from token firsts − margin on; the n middle tokens replace ref's.
        """
        return self._spliced(tf.constant(ref_codes), tf.constant(piece_codes), tf.constant(firsts), reverse).numpy()

    def two_tower_difference(
        self, ref_codes: NDArray[np.uint8], alt_codes: NDArray[np.uint8], reverse: bool
    ) -> NDArray[np.float32]:
        """Scores from whole windows, each (batch, length), where nothing can be shared or spliced; only the end is pruned."""
        return self._two_towers(tf.constant(ref_codes), tf.constant(alt_codes), reverse).numpy()

    def naive_difference(
        self, ref_codes: NDArray[np.uint8], alt_codes: NDArray[np.uint8], reverse: bool
    ) -> NDArray[np.float32]:
        """Scores by two full passes over whole windows, each (batch, length): the definition."""
        ref, alt = (self._naive(tf.constant(codes)).numpy() for codes in (ref_codes, alt_codes))
        first, end = (token - self.sizes.crop_tokens for token in self.central(reverse))
        return (alt[:, first:end] - ref[:, first:end]).mean(axis=1)

    def _full_prediction(self, codes: tf.Tensor) -> tf.Tensor:
        trunk = self._trunk.trunk(one_hot_tensor(codes))
        return tf.concat([model.tail(trunk) for model in self.models], axis=-1)

    def _central_prediction(self, tokens: tf.Tensor, reverse: bool) -> tf.Tensor:
        x = self._trunk.transform(tokens, self._keys, rows=self.central(reverse))
        return tf.concat([model.tail(x) for model in self.models], axis=-1)

    def _token_difference(self, ref: tf.Tensor, alt: tf.Tensor, reverse: bool) -> tf.Tensor:
        """Mean over the central bins of alt − ref. Both pass together: on a CPU that costs the same as one after the other."""
        predictions = self._central_prediction(tf.concat([ref, alt], axis=0), reverse)
        ref_part, alt_part = tf.split(predictions, 2)
        return tf.reduce_mean(alt_part - ref_part, axis=1)

    def _spliced_difference(
        self, ref_codes: tf.Tensor, piece: tf.Tensor, firsts: tf.Tensor, reverse: bool
    ) -> tf.Tensor:
        ref = self._trunk.tower(one_hot_tensor(ref_codes))
        margin, tokens = self.geometry.margin_tokens, self.sizes.tokens
        middle = self._trunk.tower(one_hot_tensor(piece))[:, margin:-margin]
        within = tf.range(tokens)[tf.newaxis] - firsts[:, tf.newaxis]
        replaced = (within >= 0) & (within < middle.shape[1])
        source = tf.where(replaced, tokens + within, tf.range(tokens)[tf.newaxis])
        alt = tf.gather(tf.concat([ref, middle], axis=1), source, axis=1, batch_dims=1)
        return self._token_difference(ref, alt, reverse)

    def _two_tower_difference(self, ref_codes: tf.Tensor, alt_codes: tf.Tensor, reverse: bool) -> tf.Tensor:
        ref, alt = (self._trunk.tower(one_hot_tensor(codes)) for codes in (ref_codes, alt_codes))
        return self._token_difference(ref, alt, reverse)


def one_hot_tensor(codes: tf.Tensor) -> tf.Tensor:
    """Letter codes (batch, length) uint8 → (batch, length, 4) float32; code 4 gives zeros."""
    return tf.one_hot(codes, 4, dtype=tf.float32)


def check_shared_trunk(models: Sequence[Enformer], names: Sequence[object]) -> None:
    """UserError unless all models have the same sizes and trunk values, so that one pass through the trunk serves all."""
    first = models[0].variables_by_key
    for model, name in zip(models[1:], names[1:], strict=True):
        for key, variable in model.variables_by_key.items():
            if key.startswith(TAIL):
                continue
            if key not in first or first[key].shape != variable.shape or not np.array_equal(first[key], variable):
                raise UserError(
                    f"{name} has another trunk than {names[0]} ({key} differs); models in one pass share everything up to the final "
                    "pointwise block: score them one at a time"
                )
        if (
            model.sizes.input_length != models[0].sizes.input_length
            or model.sizes.target_bins != models[0].sizes.target_bins
        ):
            raise UserError(
                f"{name} has another input length or number of bins than {names[0]}; score them one at a time"
            )
