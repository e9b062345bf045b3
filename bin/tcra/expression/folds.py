"""Cross-validation folds, bit for bit those that R draws with `set.seed(seed)` and `sample(1:k, n, replace = TRUE)`."""

import numpy as np
from numpy.typing import NDArray

from tcra.errors import UserError


class RRandom:
    """R's default generator (Mersenne Twister, "Rejection" sampling), seeded as `set.seed` does.

    Source: R's RNG.c (seed scrambling by a linear congruential generator) and `R_unif_index`.
    """

    def __init__(self, seed: int) -> None:
        if not 0 <= seed < 2**31:
            raise UserError(f"seed {seed}: expected a whole number from 0 to {2**31 - 1}, as R takes")
        word = seed
        for _ in range(50):
            word = (69069 * word + 1) % 2**32
        words = []
        for _ in range(625):
            word = (69069 * word + 1) % 2**32
            words.append(word)
        self._bits = np.random.MT19937()
        # The first word is R's position in the state, which set.seed overwrites with 624: "generate before the first draw".
        self._bits.state = {
            "bit_generator": "MT19937",
            "state": {"key": np.array(words[1:], np.uint32), "pos": 624},
        }

    def index(self, size: int) -> int:
        """One draw from 1…`size`, uniform."""
        bits = (size - 1).bit_length()
        while True:
            value = 0
            for _ in range(0, bits + 1, 16):
                value = 65536 * value + (int(self._bits.random_raw()) >> 16)  # floor(u · 65536) of 32 uniform bits u
            value &= (1 << bits) - 1
            if value < size:
                return value + 1

    def permutation(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        """`sample(values)`: all of them in random order.

        >>> RRandom(1).permutation(np.array([1, 2, 3, 4, 5])).tolist()  # R: set.seed(1); sample(1:5)
        [1, 4, 3, 5, 2]
        """
        left, drawn = values.tolist(), []
        while left:
            place = self.index(len(left)) - 1
            drawn.append(left[place])
            last = left.pop()
            if place < len(left):
                left[place] = last
        return np.array(drawn, np.int64)


def draw_folds(samples: int, folds: int, repeats: int, seed: int) -> NDArray[np.int64]:
    """Fold of each sample, (samples, repeats), 1-based; the same for every gene of a run, and unbalanced as in the published script.

    Errors: UserError if a fold has no sample (R then loses every gene without a word).

    >>> draw_folds(samples=6, folds=3, repeats=1, seed=1).T.tolist()  # R: set.seed(1); sample(1:3, 6, replace = TRUE)
    [[1, 3, 1, 2, 1, 3]]
    """
    if folds < 3:
        raise UserError(f"--folds {folds}: cross-validation needs at least 3 folds")
    random = RRandom(seed)
    table = np.array([[random.index(folds) for _ in range(samples)] for _ in range(repeats)], np.int64).T
    for repeat in range(repeats):
        empty = sorted(set(range(1, folds + 1)) - set(table[:, repeat].tolist()))
        if empty:
            raise UserError(
                f"repeat {repeat + 1}: fold {empty[0]} of {folds} has none of the {samples} samples with seed {seed}; "
                "use fewer --folds or another --seed"
            )
    return table
