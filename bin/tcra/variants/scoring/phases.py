"""The tower shared by windows that start anywhere: every needed phase of the pooling, exactly, along the chromosome.

Convolution, batch norm and GELU commute with shifts; only pooling by two sees where a window starts, the k-th pool only the k-th bit of
its start. So with VALID convolutions the rows of a batch hold phases: at pool k, a row of phase r (mod 2^k) splits into phase r
(pairs from its even positions) and phase r + 2^k (pairs from its odd positions). After seven pools, row r holds the tokens that start at
r, r + 128, r + 256, … bp. Phases that no window needs are dropped as soon as they part from the needed ones.
"""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tcra.enformer.layers import Stage, pool_pairs

Gather = NDArray[np.int32]


def halo(stages: Sequence[Stage]) -> int:
    """bp that a token sees beyond its own on each side: Σ halo of stage k · 2^k = 7 + 2·(2 + 4 + … + 64) = 259."""
    return sum(stage.halo << k for k, stage in enumerate(stages))


def chunk_span(start: int, chunk_bp: int, stages: Sequence[Stage]) -> tuple[int, int]:
    """The reference [first, end) that the tokens starting at each of [start, start + chunk_bp) see.

    start (bp) and chunk_bp are multiples of the bin width. The last token starts at start + chunk_bp − 1 and sees its own bin and the halo.
    """
    around, width = halo(stages), 1 << len(stages)
    return start - around, start + chunk_bp - 1 + width + around


def phase_gathers(phases: Sequence[int], rows: int, pools: int) -> tuple[list[Gather], list[int]]:
    """Which rows go on after each pool, for at most `rows` phases in the end.

    phases: needed phases (start mod 2^pools). Returns, for pool k = 0 … pools−1, indices (min(2^(k+1), rows),) int32 into the stack of
    [even pairs of every row, odd pairs of every row], and the phase of each row after the last pool. Rows that are not needed repeat
    the first, so that shapes depend on `rows` alone.
    """
    if not 0 < len(set(phases)) <= rows:
        raise ValueError(f"{len(set(phases))} phases, expected 1 to {rows}")
    gathers: list[Gather] = []
    present = [0]
    for k in range(pools):
        wanted = sorted({phase % (2 << k) for phase in phases})
        wanted += wanted[:1] * (min(2 << k, rows) - len(wanted))
        parent = {phase: row for row, phase in reversed(list(enumerate(present)))}
        half = 1 << k
        gathers.append(np.array([parent[p % half] + len(present) * (p >> k & 1) for p in wanted], np.int32))
        present = wanted
    return gathers, present


def tower_at_phases(stages: Sequence[Stage], x: tf.Tensor, gathers: Sequence[tf.Tensor]) -> tf.Tensor:
    """Tokens of one chunk at every needed phase.

    x: one-hot of `chunk_span`, (1, length, 4). gathers: of `phase_gathers`. Returns (rows, chunk_bp / 128, channels): entry [i, j] is the
    token that starts at chunk start + phase of row i + 128·j.

    Index arithmetic: before pool k, position j of a row of phase r stands at start − h + r + j·2^k bp, where h (what is left of the
    halo) is a multiple of 2^(k+1); so the pairs of phase r + b·2^k begin at position b, for either bit b.
    """
    for stage, gather in zip(stages, gathers, strict=True):
        x = stage.before_pool(x, padding="VALID")
        logits = stage.pool.logits(x)
        pairs = (x.shape[1] - 1) // 2
        both = [pool_pairs(*split_pairs(x, bit, pairs), *split_pairs(logits, bit, pairs)) for bit in (0, 1)]
        x = tf.gather(tf.concat(both, axis=0), gather)
    return x


def split_pairs(x: tf.Tensor, start: int, pairs: int) -> list[tf.Tensor]:
    """First and second member of the `pairs` pairs from position `start` on, each (rows, pairs, channels)."""
    paired = tf.reshape(x[:, start : start + 2 * pairs], (-1, pairs, 2, x.shape[2]))
    return tf.unstack(paired, axis=2)
