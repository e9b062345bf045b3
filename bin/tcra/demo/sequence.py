"""The demo genome: random DNA with enhancers, each a cluster of TF motif instances."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tcra.demo.grammar import MOTIF_LENGTH, PARTNERS, TFS, motif_probabilities

# First-order Markov chain, rows = the letter before, CpG-poor as vertebrate genomes are.
TRANSITIONS = np.array(
    [[0.32, 0.18, 0.26, 0.24], [0.34, 0.26, 0.05, 0.35], [0.28, 0.22, 0.26, 0.24], [0.22, 0.20, 0.26, 0.32]]
)
ENHANCER_LENGTH = 300
PAIR_SHARE = 0.15  # of enhancers, those with FOX and GAT together
CHAINS = 1000  # parts of a chromosome drawn side by side


@dataclass(frozen=True)
class Instances:
    """Planted motif instances: 0-based start, TF index, whether on the reverse strand; arrays of one length, sorted by start."""

    start: NDArray[np.int64]
    tf: NDArray[np.int64]
    reverse: NDArray[np.bool_]


def random_letters(rng: np.random.Generator, length: int) -> NDArray[np.uint8]:
    """(length,) uint8 letter codes of random DNA. The chain starts anew `CHAINS` times."""
    rows = -(-length // CHAINS)
    draws = rng.random((rows, CHAINS))
    thresholds = TRANSITIONS.cumsum(1)[:, :3]
    letters = np.empty((rows, CHAINS), np.uint8)
    letters[0] = (draws[0] * 4).astype(np.uint8)
    for i in range(1, rows):
        letters[i] = (draws[i][:, None] > thresholds[letters[i - 1]]).sum(1)
    return letters.T.reshape(-1)[:length]


def plant_enhancers(rng: np.random.Generator, letters: NDArray[np.uint8], spacing: int) -> Instances:
    """Write enhancers into `letters` (in place), one per `spacing` bp on average: 1–4 instances drawn from the motifs within 300 bp."""
    probabilities = motif_probabilities().cumsum(2)[:, :, :3]
    margin = 1000
    count = (len(letters) - 2 * margin) // spacing
    taken: set[int] = set()
    planted: list[tuple[int, int, bool]] = []
    for left in np.sort(rng.integers(margin, len(letters) - margin - ENHANCER_LENGTH, count)):
        if rng.random() < PAIR_SHARE:
            tfs = [TFS.index(tf) for tf in PARTNERS]
        else:
            tfs = list(rng.integers(0, len(TFS), rng.integers(1, 5)))
        for tf in tfs:
            start, reverse = int(left + rng.integers(0, ENHANCER_LENGTH - MOTIF_LENGTH)), bool(rng.random() < 0.5)
            drawn = (rng.random(MOTIF_LENGTH)[:, None] > probabilities[tf]).sum(1).astype(np.uint8)
            cells = range(start, start + MOTIF_LENGTH)
            if taken.intersection(cells):
                continue  # an instance never overwrites another
            taken.update(cells)
            letters[start : start + MOTIF_LENGTH] = 3 - drawn[::-1] if reverse else drawn
            planted.append((start, tf, reverse))
    planted.sort()
    table = np.array(planted, np.int64).reshape(-1, 3)
    return Instances(table[:, 0], table[:, 1], table[:, 2].astype(bool))


def as_text(letters: NDArray[np.uint8]) -> str:
    """The letters A C G T of codes 0–3."""
    return np.frombuffer(b"ACGT", np.uint8)[letters].tobytes().decode()
