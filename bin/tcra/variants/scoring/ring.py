"""The shared tower's tokens of the last stretch of the chromosome, in a ring: memory of a window, not of the chromosome."""

import numpy as np
from numpy.typing import NDArray


class TokenRing:
    """Tokens by the bp they start at (this strand's coordinates, may be negative), float32.

    Memory: bin_width × capacity × channels × 4 bytes once every phase is used (1.3 GB at the published size); phases that no
    window needs take none.
    """

    def __init__(self, bin_width: int, capacity: int, channels: int) -> None:
        self._width, self._capacity = bin_width, capacity
        self._tokens = np.empty((bin_width, capacity, channels), np.float32)
        self._held = np.full(
            (bin_width, capacity), np.iinfo(np.int64).min
        )  # which token (start // bin_width) a slot holds

    def put(self, start: int, phases: list[int], tokens: NDArray[np.float32]) -> None:
        """Keep a chunk's tokens (rows, n, channels): row i holds those that start at start + phases[i] + 128·j.

        start: a multiple of the bin width.
        """
        first = start // self._width
        numbers = np.arange(first, first + tokens.shape[1])
        slots = numbers % self._capacity
        for row, phase in zip(tokens, phases, strict=True):
            self._tokens[phase, slots] = row
            self._held[phase, slots] = numbers

    def take(self, start: int, out: NDArray[np.float32]) -> None:
        """Fill `out` (n, channels) with the tokens that start at start, start + 128, ….

        Errors: AssertionError if one of them is not (or no longer) held: a fault of the plan.
        """
        first, phase = divmod(start, self._width)
        numbers = np.arange(first, first + len(out))
        slots = numbers % self._capacity
        if not np.array_equal(self._held[phase, slots], numbers):
            raise AssertionError(f"tokens from {start} on are not in the ring")
        np.take(self._tokens[phase], slots, axis=0, out=out)
