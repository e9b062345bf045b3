"""Which variants share the tower, and which chunks of the chromosome at which phases that takes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tcra.enformer.sizes import Sizes
from tcra.variants.scoring.cost import chunk_cost, rows_for, tokens_cost
from tcra.variants.scoring.variant_windows import TokenGeometry, Window

LARGEST_CHUNK = 16_384  # bp; longer ones waste less halo and take more memory
SMALLEST_PIECE = 6  # changed tokens of a substitution; longer alleles double it until they fit
LONGEST_SHIFT = (
    1024  # bp that an insertion or deletion may shift in the shared tower; longer ones are scored by two full towers
)


def chunk_size(sizes: Sizes) -> int:
    """bp a chunk of the shared tower: an eighth of a window within bounds, a multiple of the bin width."""
    tokens = max(16, min(LARGEST_CHUNK // sizes.bin_width, sizes.tokens // 8))
    return tokens * sizes.bin_width


@dataclass(frozen=True)
class Splice:
    """Tokens [first, end) of the alt window that come from a tower on the stretch [first − margin, end + margin)."""

    first: int
    end: int


def splice_of(window: Window, geometry: TokenGeometry) -> Splice | None:
    """The tokens to splice, their number rounded up to 6, 12, 24, …; None if they do not fit inside the window.

    More tokens than the allele changes do no harm: they are computed from the alt window's own letters.
    """
    first, end = geometry.changed(window)
    number = SMALLEST_PIECE
    while number < end - first:
        number *= 2
    # Grow to the right while there is room, else to the left.
    first = min(first, geometry.tokens - geometry.margin - number)
    if first < geometry.margin or first + number < end or max(abs(window.left), abs(window.right)) > LONGEST_SHIFT:
        return None
    return Splice(first, first + number)


def needed_spans(window: Window, splice: Splice, geometry: TokenGeometry) -> Iterator[tuple[int, int]]:
    """Shared tokens that a variant takes: (start of the first, end of the starts) in bp; consecutive starts are a bin apart."""
    width, margin, last = geometry.bin_width, geometry.margin, geometry.tokens - geometry.margin
    yield window.start + margin * width, window.start + last * width
    if window.left and margin < splice.first:
        yield window.start + window.left + margin * width, window.start + window.left + splice.first * width
    if window.right and splice.end < last:
        yield window.start + window.right + splice.end * width, window.start + window.right + last * width


@dataclass
class SharedPlan:
    """Chunks of the shared tower. phases: chunk number (start // size) → bit mask of the phases needed in it."""

    size: int
    phases: dict[int, int] = field(default_factory=dict)

    def add(self, window: Window, splice: Splice, geometry: TokenGeometry) -> None:
        for start, end in needed_spans(window, splice, geometry):
            bit = 1 << start % geometry.bin_width
            # The last token of the span starts a bin before `end`.
            for chunk in range(start // self.size, (end - geometry.bin_width) // self.size + 1):
                self.phases[chunk] = self.phases.get(chunk, 0) | bit

    def cost(self, sizes: Sizes) -> float:
        """Multiply-accumulates of all chunks."""
        counts: dict[int, int] = {}
        for mask in self.phases.values():
            rows = rows_for(mask.bit_count())
            counts[rows] = counts.get(rows, 0) + 1
        return sum(number * chunk_cost(sizes, self.size, rows) for rows, number in counts.items())


@dataclass(frozen=True)
class Cluster:
    """Consecutive variants [first, end) whose windows touch; plan: their shared chunks, or None if each has a tower of its own."""

    first: int
    end: int
    plan: SharedPlan | None


def clusters(windows: Sequence[Window], geometry: TokenGeometry, sizes: Sizes) -> list[Cluster]:
    """Cut position-sorted windows where they stop touching, and choose the cheaper way for each cluster by counted cost."""
    size, first = chunk_size(sizes), 0
    found: list[Cluster] = []
    reach: int | None = None
    for i, window in enumerate(windows):
        if reach is not None and window.start - LONGEST_SHIFT - 2 * size > reach:
            found.append(make_cluster(windows, first, i, size, geometry, sizes))
            first = i
        reach = window.start + window.length + LONGEST_SHIFT
    if windows:
        found.append(make_cluster(windows, first, len(windows), size, geometry, sizes))
    return found


def make_cluster(
    windows: Sequence[Window], first: int, end: int, size: int, geometry: TokenGeometry, sizes: Sizes
) -> Cluster:
    """One cluster; sharing wins if its chunks and the windows' edges cost less than a tower a window (two for an indel)."""
    plan, edges, alone = SharedPlan(size), 0.0, 0.0
    for window in windows[first:end]:
        splice = splice_of(window, geometry)
        if splice is None:
            continue
        plan.add(window, splice, geometry)
        indel = bool(window.left or window.right)
        piece = tokens_cost(sizes, splice.end - splice.first + 2 * geometry.margin)
        edges += (6 if indel else 4) * tokens_cost(sizes, geometry.margin) + piece
        alone += 2 * tokens_cost(sizes, sizes.tokens) if indel else tokens_cost(sizes, sizes.tokens) + piece
    return Cluster(first, end, plan if plan.phases and plan.cost(sizes) + edges < alone else None)
