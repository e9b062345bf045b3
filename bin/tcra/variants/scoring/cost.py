"""What the tower costs, in multiply-accumulates counted from its widths, by which sharing or splicing is chosen."""

from tcra.enformer import constants
from tcra.enformer.sizes import Sizes

COMPILED_ROWS = (
    8,
    32,
    64,
    128,
)  # phases that one pass of the shared tower may hold; each is compiled once, when first needed


def stage_costs(sizes: Sizes) -> list[float]:
    """Multiply-accumulates per position of each stage: entry convolution, pointwise convolution, pool logits at full rate."""
    widths = (4, sizes.stem, *sizes.tower)
    entry = [constants.STEM_WIDTH, *[constants.TOWER_WIDTH] * len(sizes.tower)]
    return [
        width * inputs * outputs + 2 * outputs**2
        for width, inputs, outputs in zip(entry, widths[:-1], widths[1:], strict=True)
    ]


def tokens_cost(sizes: Sizes, tokens: float) -> float:
    """Multiply-accumulates of the plain tower on a sequence of `tokens` tokens."""
    return tokens * sum(cost * (sizes.bin_width >> k) for k, cost in enumerate(stage_costs(sizes)))


def chunk_cost(sizes: Sizes, chunk_bp: int, rows: int) -> float:
    """Multiply-accumulates of the shared tower on a chunk of `chunk_bp` with `rows` phases in the end."""
    length, total = chunk_bp + sizes.bin_width - 1 + 2 * halo_bp_of_widths(sizes), 0.0
    for k, cost in enumerate(stage_costs(sizes)):
        total += min(1 << k, rows) * length * cost
        length = (length - 1) // 2 - (constants.TOWER_WIDTH - 1)
    return total


def halo_bp_of_widths(sizes: Sizes) -> int:
    """bp that a token sees beyond its own on each side (259)."""
    return constants.STEM_WIDTH // 2 + sum(constants.TOWER_WIDTH // 2 << k for k in range(1, len(sizes.tower) + 1))


def rows_for(phases: int) -> int:
    """The smallest compiled number of rows that holds `phases`."""
    return next(rows for rows in COMPILED_ROWS if rows >= phases)
