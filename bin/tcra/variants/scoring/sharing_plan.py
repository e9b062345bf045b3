"""Which variants share the tower, and which chunks of the chromosome at which phases that takes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tcra.enformer.sizes import Sizes
from tcra.variants.scoring.cost import chunk_cost, rows_for, tokens_cost
from tcra.variants.scoring.variant_windows import TokenGeometry, VariantWindow

LARGEST_CHUNK_BP = 16_384  # longer ones waste less halo and take more memory
SMALLEST_SPLICE_TOKENS = 6  # changed tokens of a substitution; longer alleles double it until they fit
# What an insertion or deletion may shift in the shared tower; longer ones are scored by two full towers.
LONGEST_SHIFT_BP = 1024


def chunk_length_bp(sizes: Sizes) -> int:
    """Length in bp of a chunk of the shared tower: an eighth of a window within bounds, a multiple of the bin width."""
    tokens = max(16, min(LARGEST_CHUNK_BP // sizes.bin_width, sizes.tokens // 8))
    return tokens * sizes.bin_width


@dataclass(frozen=True)
class Splice:
    """Tokens [first_token, end_token) of the alt window, from a tower on that stretch and `margin_tokens` more on each side."""

    first_token: int
    end_token: int


def splice_of(window: VariantWindow, geometry: TokenGeometry) -> Splice | None:
    """The tokens to splice, their number rounded up to 6, 12, 24, …; None if they do not fit inside the window.

    More tokens than the allele changes do no harm: they are computed from the alt window's own letters.
    """
    first, end = geometry.changed(window)
    number = SMALLEST_SPLICE_TOKENS
    while number < end - first:
        number *= 2
    # Grow to the right while there is room, else to the left.
    first = min(first, geometry.window_tokens - geometry.margin_tokens - number)
    shift_bp = max(abs(window.left_shift_bp), abs(window.right_shift_bp))
    if first < geometry.margin_tokens or first + number < end or shift_bp > LONGEST_SHIFT_BP:
        return None
    return Splice(first, first + number)


def needed_spans(window: VariantWindow, splice: Splice, geometry: TokenGeometry) -> Iterator[tuple[int, int]]:
    """Shared tokens that a variant takes: (start of the first, end of the starts) in bp; consecutive starts are one bin apart."""
    bin_bp, margin = geometry.bin_bp, geometry.margin_tokens
    last = geometry.window_tokens - margin
    yield window.start + margin * bin_bp, window.start + last * bin_bp
    if window.left_shift_bp and margin < splice.first_token:
        shifted = window.start + window.left_shift_bp
        yield shifted + margin * bin_bp, shifted + splice.first_token * bin_bp
    if window.right_shift_bp and splice.end_token < last:
        shifted = window.start + window.right_shift_bp
        yield shifted + splice.end_token * bin_bp, shifted + last * bin_bp


@dataclass
class SharedPlan:
    """Chunks of the shared tower, each `chunk_bp` long. phases: chunk number (start // chunk_bp) → bit mask of its needed phases."""

    chunk_bp: int
    phases: dict[int, int] = field(default_factory=dict)

    def add(self, window: VariantWindow, splice: Splice, geometry: TokenGeometry) -> None:
        for start, end in needed_spans(window, splice, geometry):
            bit = 1 << start % geometry.bin_bp
            # The last token of the span starts a bin before `end`.
            for chunk in range(start // self.chunk_bp, (end - geometry.bin_bp) // self.chunk_bp + 1):
                self.phases[chunk] = self.phases.get(chunk, 0) | bit

    def cost(self, sizes: Sizes) -> float:
        """Multiply-accumulates of all chunks."""
        counts: dict[int, int] = {}
        for mask in self.phases.values():
            rows = rows_for(mask.bit_count())
            counts[rows] = counts.get(rows, 0) + 1
        return sum(number * chunk_cost(sizes, self.chunk_bp, rows) for rows, number in counts.items())


@dataclass(frozen=True)
class Cluster:
    """Consecutive variants [first, end) whose windows touch; plan: their shared chunks, or None if each window has a tower of its own."""

    first: int
    end: int
    plan: SharedPlan | None


def clusters(windows: Sequence[VariantWindow], geometry: TokenGeometry, sizes: Sizes) -> list[Cluster]:
    """Cut position-sorted windows where they stop touching, and choose the cheaper way for each cluster by counted cost."""
    chunk_bp, first = chunk_length_bp(sizes), 0
    found: list[Cluster] = []
    reach: int | None = None
    for i, window in enumerate(windows):
        if reach is not None and window.start - LONGEST_SHIFT_BP - 2 * chunk_bp > reach:
            found.append(make_cluster(windows, first, i, chunk_bp, geometry, sizes))
            first = i
        reach = window.start + window.length_bp + LONGEST_SHIFT_BP
    if windows:
        found.append(make_cluster(windows, first, len(windows), chunk_bp, geometry, sizes))
    return found


def make_cluster(
    windows: Sequence[VariantWindow], first: int, end: int, chunk_bp: int, geometry: TokenGeometry, sizes: Sizes
) -> Cluster:
    """One cluster; sharing is chosen if its chunks and the windows' edges cost less than one tower per window (two for an indel)."""
    plan, edges, alone = SharedPlan(chunk_bp), 0.0, 0.0
    for window in windows[first:end]:
        splice = splice_of(window, geometry)
        if splice is None:
            continue
        plan.add(window, splice, geometry)
        indel = bool(window.left_shift_bp or window.right_shift_bp)
        piece = tokens_cost(sizes, splice.end_token - splice.first_token + 2 * geometry.margin_tokens)
        edges += (6 if indel else 4) * tokens_cost(sizes, geometry.margin_tokens) + piece
        alone += 2 * tokens_cost(sizes, sizes.tokens) if indel else tokens_cost(sizes, sizes.tokens) + piece
    return Cluster(first, end, plan if plan.phases and plan.cost(sizes) + edges < alone else None)
