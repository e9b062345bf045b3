"""Exact scores at a fraction of the cost, in one pass along the chromosome: pruned end, spliced allele, shared tower, recomputed edges."""

from collections.abc import Iterator, Sequence

import numpy as np
import tensorflow as tf

from tcra.variants.scoring.network import ScoringNetwork, Tick, TrackScores, no_tick
from tcra.variants.scoring.reference_codes import StrandedReference
from tcra.variants.scoring.shared import SharedTokens, piece_codes
from tcra.variants.scoring.sharing_plan import Cluster, Splice, clusters, splice_of
from tcra.variants.scoring.variant_windows import VariantWindow

TOKENS_PER_BATCH = {"CPU": 2048, "GPU": 8192}  # of ref windows in one pass: one published window, many small ones


def windows_per_batch(network: ScoringNetwork) -> int:
    """Windows per pass on this machine."""
    device = "GPU" if tf.config.list_physical_devices("GPU") else "CPU"
    return max(1, TOKENS_PER_BATCH[device] // network.sizes.tokens)


class FastScorer:
    """Scores the variants of one chromosome on one strand, in the order of `windows` (sorted by start), from any variant on.

    Every batch is padded to `batch` windows, so that one shape is compiled. Scores do not depend on where a run of `score` calls
    begins: a chunk of the shared tower holds the same phases whichever variants are scored.
    """

    def __init__(
        self, network: ScoringNetwork, reference: StrandedReference, windows: Sequence[VariantWindow], batch: int
    ) -> None:
        self._network, self._reference, self._windows, self._batch = network, reference, windows, batch
        self.clusters = clusters(windows, network.geometry, network.sizes)
        self._shared: tuple[Cluster, SharedTokens] | None = None

    def score(self, first: int, end: int, tick: Tick = no_tick) -> TrackScores:
        """Scores of variants [first, end): (variants, tracks of all models) float32. Calls go forward along the windows.

        tick: called with the number of variants of each batch that is done.
        """
        scores = np.empty((end - first, sum(self._network.tracks)), np.float32)
        for cluster in self.clusters:
            rows = range(max(first, cluster.first), min(end, cluster.end))
            for indices, values in self._score_cluster(cluster, rows) if rows else ():
                scores[np.array(indices) - first] = values[: len(indices)]
                tick(len(indices))
        return scores

    def _score_cluster(self, cluster: Cluster, rows: range) -> Iterator[tuple[Sequence[int], TrackScores]]:
        """Batches of variant numbers with their (padded) scores."""
        alone: dict[int, list[int]] = {}  # by the number of spliced tokens, 0 for two whole towers
        together: list[int] = []
        for i in rows:
            window = self._windows[i]
            splice = splice_of(window, self._network.geometry)
            if splice is not None and cluster.plan is not None:
                together.append(i)
            else:
                # Alone, an indel's shifted tokens are in no tower but its own.
                whole = splice is None or window.left_shift_bp or window.right_shift_bp
                alone.setdefault(0 if whole or splice is None else splice.end_token - splice.first_token, []).append(i)
        for batch in in_batches(together, self._batch):
            yield batch, self._score_shared(cluster, batch)
        for spliced, members in alone.items():
            for batch in in_batches(members, self._batch):
                yield batch, self._score_spliced(batch) if spliced else self._score_whole(batch)

    def _score_shared(self, cluster: Cluster, batch: Sequence[int]) -> TrackScores:
        if self._shared is None or self._shared[0] is not cluster:
            assert cluster.plan is not None
            self._shared = cluster, SharedTokens(self._network, self._reference, cluster.plan)
        windows = self._padded(batch)
        ref, alt = self._shared[1].tokens(windows, self._splices(windows))
        return self._network.difference(ref, alt, self._reference.reverse)

    def _score_spliced(self, batch: Sequence[int]) -> TrackScores:
        """Substitutions: a whole tower for ref, a splice for alt."""
        windows, reference = self._padded(batch), self._reference
        splices = self._splices(windows)
        ref = np.stack([window.ref_codes(reference, 0, window.length_bp) for window in windows])
        pieces = [piece_codes(w, splice, self._network, reference) for w, splice in zip(windows, splices, strict=True)]
        firsts = np.array([splice.first_token for splice in splices], np.int32)
        return self._network.spliced_difference(ref, np.stack(pieces), firsts, reference.reverse)

    def _score_whole(self, batch: Sequence[int]) -> TrackScores:
        """Anything: two whole towers."""
        windows, reference = self._padded(batch), self._reference
        ref = np.stack([window.ref_codes(reference, 0, window.length_bp) for window in windows])
        alt = np.stack([window.alt_codes(reference, 0, window.length_bp) for window in windows])
        return self._network.two_tower_difference(ref, alt, reference.reverse)

    def _splices(self, windows: Sequence[VariantWindow]) -> list[Splice]:
        found = [splice_of(window, self._network.geometry) for window in windows]
        return [splice for splice in found if splice is not None]

    def _padded(self, batch: Sequence[int]) -> list[VariantWindow]:
        windows = [self._windows[i] for i in batch]
        return windows + windows[-1:] * (self._batch - len(windows))


def in_batches(items: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    """Consecutive parts of at most `size`."""
    return (items[i : i + size] for i in range(0, len(items), size))
