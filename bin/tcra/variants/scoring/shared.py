"""Window tokens put together from the shared tower, the recomputed edges and the spliced alternate allele."""

from collections.abc import Sequence

import numpy as np

from tcra.variants.scoring.cost import rows_for
from tcra.variants.scoring.network import Network, Tokens
from tcra.variants.scoring.phases import chunk_span, phase_gathers
from tcra.variants.scoring.reference_codes import Codes, Reference
from tcra.variants.scoring.ring import TokenRing
from tcra.variants.scoring.sharing_plan import LONGEST_SHIFT, SharedPlan, Splice
from tcra.variants.scoring.variant_windows import Window


class SharedTokens:
    """Ref and alt tokens of windows in order along one strand of a chromosome, from the chunks of one plan.

    Memory: the ring holds one window, twice the longest shift and a chunk.
    """

    def __init__(self, network: Network, reference: Reference, plan: SharedPlan) -> None:
        self._network, self._reference, self._plan = network, reference, plan
        self._chunks = sorted(plan.phases)
        self._next = 0
        sizes = network.sizes
        capacity = sizes.tokens + (2 * LONGEST_SHIFT + 2 * plan.size) // sizes.bin_width
        self._ring = TokenRing(sizes.bin_width, capacity, sizes.channels)

    def tokens(self, windows: Sequence[Window], splices: Sequence[Splice]) -> tuple[Tokens, Tokens]:
        """Tokens (windows, tokens, channels) of the ref and the alt windows, equal to the plain tower's on each whole window."""
        geometry, sizes = self._network.geometry, self._network.sizes
        ref = np.empty((len(windows), sizes.tokens, sizes.channels), np.float32)
        alt = np.empty_like(ref)
        width, margin, last = geometry.bin_width, geometry.margin, geometry.tokens - geometry.margin
        for row, (window, splice) in enumerate(zip(windows, splices, strict=True)):
            self._advance(window)
            self._ring.take(window.start + margin * width, ref[row, margin:last])
            for shift, first, end in ((window.left, margin, splice.first), (window.right, splice.end, last)):
                if shift:
                    self._ring.take(window.start + shift + first * width, alt[row, first:end])
                else:
                    alt[row, first:end] = ref[row, first:end]
        self._fill_edges(windows, ref, alt)
        self._fill_pieces(windows, splices, alt)
        return ref, alt

    def _advance(self, window: Window) -> None:
        """Compute the chunks up to the window's last token; skip those that lie before its first."""
        first = (window.start - LONGEST_SHIFT) // self._plan.size
        end = window.start + window.length + LONGEST_SHIFT
        while self._next < len(self._chunks) and self._chunks[self._next] * self._plan.size < end:
            if self._chunks[self._next] >= first:
                self._compute(self._chunks[self._next])
            self._next += 1

    def _compute(self, chunk: int) -> None:
        start, mask = chunk * self._plan.size, self._plan.phases[chunk]
        phases = [phase for phase in range(self._network.sizes.bin_width) if mask >> phase & 1]
        gathers, rows = phase_gathers(phases, rows_for(len(phases)), len(self._network.stages))
        codes = self._reference.codes(*chunk_span(start, self._plan.size, self._network.stages))
        self._ring.put(start, rows, self._network.tower_at_phases(codes, gathers))

    def _fill_edges(self, windows: Sequence[Window], ref: Tokens, alt: Tokens) -> None:
        """The outer tokens see the zero padding at the window's ends: take them from towers on its first and last 2·margin tokens.

        Ref and alt share the edge that is not shifted.
        """
        geometry, reference = self._network.geometry, self._reference
        margin, length = geometry.margin, windows[0].length
        stretch = 2 * margin * geometry.bin_width
        left = [window.ref_codes(reference, 0, stretch) for window in windows]
        right = [window.ref_codes(reference, length - stretch, length) for window in windows]
        alt_left = {i: w.alt_codes(reference, 0, stretch) for i, w in enumerate(windows) if w.left}
        alt_right = {i: w.alt_codes(reference, length - stretch, length) for i, w in enumerate(windows) if w.right}
        tokens = tower_in_batches(self._network, [*left, *right, *alt_left.values(), *alt_right.values()], len(windows))
        n = len(windows)
        for part in (ref, alt):
            part[:, :margin] = tokens[:n, :margin]
            part[:, -margin:] = tokens[n : 2 * n, -margin:]
        for row, i in enumerate(alt_left, 2 * n):
            alt[i, :margin] = tokens[row, :margin]
        for row, i in enumerate(alt_right, 2 * n + len(alt_left)):
            alt[i, -margin:] = tokens[row, -margin:]

    def _fill_pieces(self, windows: Sequence[Window], splices: Sequence[Splice], alt: Tokens) -> None:
        """The tokens that the alternate allele changes, from towers on the alt windows' letters around it."""
        margin = self._network.geometry.margin
        for number in sorted({splice.end - splice.first for splice in splices}):
            rows = [i for i, splice in enumerate(splices) if splice.end - splice.first == number]
            codes = [piece_codes(windows[i], splices[i], self._network, self._reference) for i in rows]
            tokens = tower_in_batches(self._network, codes, len(windows))
            for i, row in zip(rows, tokens, strict=True):
                alt[i, splices[i].first : splices[i].end] = row[margin:-margin]


def piece_codes(window: Window, splice: Splice, network: Network, reference: Reference) -> Codes:
    """Codes of the alt window around its spliced tokens: [(first − margin)·128, (end + margin)·128)."""
    margin, width = network.geometry.margin, network.geometry.bin_width
    return window.alt_codes(reference, (splice.first - margin) * width, (splice.end + margin) * width)


def tower_in_batches(network: Network, codes: Sequence[Codes], batch: int) -> Tokens:
    """Tokens of sequences of one length, `batch` at a time, the last batch padded so that one shape is compiled."""
    padded = [*codes, *[codes[-1]] * (-len(codes) % batch)]
    parts = [network.tower(np.stack(padded[i : i + batch])) for i in range(0, len(padded), batch)]
    return np.concatenate(parts)[: len(codes)]
