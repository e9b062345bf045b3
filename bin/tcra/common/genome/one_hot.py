"""DNA letters to numbers: A C G T in this order; N and every other letter is all zero (DeepMind's and basenji's rule)."""

import numpy as np
from numpy.typing import NDArray

LETTERS = "ACGT"
_CODE = np.full(256, 4, np.uint8)
for _i, _letter in enumerate(LETTERS):
    _CODE[ord(_letter)] = _CODE[ord(_letter.lower())] = _i
_ROWS = np.zeros((5, 4), bool)
_ROWS[np.arange(4), np.arange(4)] = True
_COMPLEMENT = str.maketrans("ACGTacgtNn", "TGCAtgcaNn")


def codes(sequence: str | bytes) -> NDArray[np.uint8]:
    """Letter codes (length,) uint8: A 0, C 1, G 2, T 3, anything else 4; upper and lower case alike.

    >>> codes("ACgtN").tolist()
    [0, 1, 2, 3, 4]
    """
    raw = sequence.encode("ascii") if isinstance(sequence, str) else sequence
    return _CODE[np.frombuffer(raw, np.uint8)]


def one_hot(sequence: str | bytes) -> NDArray[np.bool_]:
    """One-hot (length, 4) bool in A C G T order; N and other letters are all zero.

    >>> one_hot("GN").astype(int).tolist()
    [[0, 0, 1, 0], [0, 0, 0, 0]]
    """
    return _ROWS[codes(sequence)]


def complement(allele: str) -> str:
    """The complement of each letter, in the same order (of a single-base allele: the other strand's).

    >>> complement("AACG"), complement("n")
    ('TTGC', 'n')
    """
    return allele.translate(_COMPLEMENT)


def reverse_complement(sequence: str) -> str:
    """The other strand, read in its own direction.

    >>> reverse_complement("AACG")
    'CGTT'
    """
    return complement(sequence)[::-1]
