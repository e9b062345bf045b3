"""Window tokens put together from the shared tower, the recomputed edges and the spliced alternate allele."""

from collections.abc import Sequence

import numpy as np

from tcra.variants.scoring.cost import rows_for
from tcra.variants.scoring.network import ScoringNetwork, Tokens
from tcra.variants.scoring.phases import chunk_span, phase_gathers
from tcra.variants.scoring.reference_codes import Codes, StrandedReference
from tcra.variants.scoring.ring import TokenRing
from tcra.variants.scoring.sharing_plan import LONGEST_SHIFT_BP, SharedPlan, Splice
from tcra.variants.scoring.variant_windows import VariantWindow


class SharedTokens:
    """Ref and alt tokens of windows in order along one strand of a chromosome, from the chunks of one plan.

    Memory: the ring holds one window, twice the longest shift and a chunk.
    """

    def __init__(self, network: ScoringNetwork, reference: StrandedReference, plan: SharedPlan) -> None:
        self._network, self._reference, self._plan = network, reference, plan
        self._chunks = sorted(plan.phases)
        self._next = 0
        sizes = network.sizes
        capacity = sizes.tokens + (2 * LONGEST_SHIFT_BP + 2 * plan.chunk_bp) // sizes.bin_width
        self._ring = TokenRing(sizes.bin_width, capacity, sizes.channels)

    def tokens(self, windows: Sequence[VariantWindow], splices: Sequence[Splice]) -> tuple[Tokens, Tokens]:
        """Tokens (windows, tokens, channels) of the ref and the alt windows, equal to the plain tower's on each whole window."""
        geometry, sizes = self._network.geometry, self._network.sizes
        ref = np.empty((len(windows), sizes.tokens, sizes.channels), np.float32)
        alt = np.empty_like(ref)
        width, margin, last = geometry.bin_bp, geometry.margin_tokens, geometry.window_tokens - geometry.margin_tokens
        for row, (window, splice) in enumerate(zip(windows, splices, strict=True)):
            self._advance(window)
            self._ring.take(window.start + margin * width, ref[row, margin:last])
            for shift, first, end in (
                (window.left_shift_bp, margin, splice.first_token),
                (window.right_shift_bp, splice.end_token, last),
            ):
                if shift:
                    self._ring.take(window.start + shift + first * width, alt[row, first:end])
                else:
                    alt[row, first:end] = ref[row, first:end]
        self._fill_edges(windows, ref, alt)
        self._fill_pieces(windows, splices, alt)
        return ref, alt

    def _advance(self, window: VariantWindow) -> None:
        """Compute the chunks up to the window's last token; skip those that lie before its first."""
        first = (window.start - LONGEST_SHIFT_BP) // self._plan.chunk_bp
        end = window.start + window.length_bp + LONGEST_SHIFT_BP
        while self._next < len(self._chunks) and self._chunks[self._next] * self._plan.chunk_bp < end:
            if self._chunks[self._next] >= first:
                self._compute(self._chunks[self._next])
            self._next += 1

    def _compute(self, chunk: int) -> None:
        start, mask = chunk * self._plan.chunk_bp, self._plan.phases[chunk]
        phases = [phase for phase in range(self._network.sizes.bin_width) if mask >> phase & 1]
        gathers, rows = phase_gathers(phases, rows_for(len(phases)), len(self._network.stages))
        codes = self._reference.codes(*chunk_span(start, self._plan.chunk_bp, self._network.stages))
        self._ring.put(start, rows, self._network.tower_at_phases(codes, gathers))

    def _fill_edges(self, windows: Sequence[VariantWindow], ref: Tokens, alt: Tokens) -> None:
        """The outer tokens see the zero padding at the window's ends: take them from towers on its first and last 2·margin tokens.

        Ref and alt share the edge that is not shifted.
        """
        geometry, reference = self._network.geometry, self._reference
        margin, length = geometry.margin_tokens, windows[0].length_bp
        stretch = 2 * margin * geometry.bin_bp
        left = [window.ref_codes(reference, 0, stretch) for window in windows]
        right = [window.ref_codes(reference, length - stretch, length) for window in windows]
        alt_left = {i: w.alt_codes(reference, 0, stretch) for i, w in enumerate(windows) if w.left_shift_bp}
        alt_right = {
            i: w.alt_codes(reference, length - stretch, length) for i, w in enumerate(windows) if w.right_shift_bp
        }
        tokens = tower_in_batches(self._network, [*left, *right, *alt_left.values(), *alt_right.values()], len(windows))
        n = len(windows)
        for part in (ref, alt):
            part[:, :margin] = tokens[:n, :margin]
            part[:, -margin:] = tokens[n : 2 * n, -margin:]
        for row, i in enumerate(alt_left, 2 * n):
            alt[i, :margin] = tokens[row, :margin]
        for row, i in enumerate(alt_right, 2 * n + len(alt_left)):
            alt[i, -margin:] = tokens[row, -margin:]

    def _fill_pieces(self, windows: Sequence[VariantWindow], splices: Sequence[Splice], alt: Tokens) -> None:
        """The tokens that the alternate allele changes, from towers on the alt windows' letters around it."""
        margin = self._network.geometry.margin_tokens
        for number in sorted({splice.end_token - splice.first_token for splice in splices}):
            rows = [i for i, splice in enumerate(splices) if splice.end_token - splice.first_token == number]
            codes = [piece_codes(windows[i], splices[i], self._network, self._reference) for i in rows]
            tokens = tower_in_batches(self._network, codes, len(windows))
            for i, row in zip(rows, tokens, strict=True):
                alt[i, splices[i].first_token : splices[i].end_token] = row[margin:-margin]


def piece_codes(window: VariantWindow, splice: Splice, network: ScoringNetwork, reference: StrandedReference) -> Codes:
    """Codes of the alt window around its spliced tokens: [(first − margin)·128, (end + margin)·128)."""
    margin, width = network.geometry.margin_tokens, network.geometry.bin_bp
    return window.alt_codes(reference, (splice.first_token - margin) * width, (splice.end_token + margin) * width)


def tower_in_batches(network: ScoringNetwork, codes: Sequence[Codes], batch: int) -> Tokens:
    """Tokens of sequences of one length, `batch` at a time, the last batch padded so that one shape is compiled."""
    padded = [*codes, *[codes[-1]] * (-len(codes) % batch)]
    parts = [network.tower(np.stack(padded[i : i + batch])) for i in range(0, len(padded), batch)]
    return np.concatenate(parts)[: len(codes)]
