"""Positions from one genome build to another by a UCSC chain file (`liftover`, C++). Positions are 0-based."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tcra.common.files import open_text
from tcra.common.genome.chromosomes import ChromosomeNames, plain_name
from tcra.errors import UserError

LIFTED, IN_NO_CHAIN, IN_SEVERAL_CHAINS = 0, 1, 2
# Positions looked up at a time: what the library answers in lists is turned into arrays before it grows.
AT_A_TIME = 100_000


@dataclass(frozen=True)
class LiftedPositions:
    """n positions of one chromosome in the other build.

    status: (n,) uint8, LIFTED, IN_NO_CHAIN or IN_SEVERAL_CHAINS (in more than one chain: no single answer).
    chrom: (n,) int32, index into `Liftover.targets`. position: (n,) int64, 0-based, on the forward strand.
    forward: (n,) bool, False where the other build has the opposite strand. The last three say nothing unless LIFTED.
    """

    status: NDArray[np.uint8]
    chrom: NDArray[np.int32]
    position: NDArray[np.int64]
    forward: NDArray[np.bool_]


class Liftover:
    """One chain file, plain or gzip.

    source_lengths, target_lengths: chromosome lengths in bp of both builds, by the chain file's own names.
    Errors: UserError for a file that is not a chain file, or is cut short.
    """

    def __init__(self, path: Path) -> None:
        from liftover import ChainFile

        self.path = Path(path)
        self.source_lengths, self.target_lengths = _lengths(self.path)
        try:
            self._chains = ChainFile(str(self.path))
        except (ValueError, RuntimeError, OSError) as error:
            raise UserError(
                f"{path} is not a whole chain file ({error}); expected a UCSC .over.chain or .over.chain.gz"
            ) from None
        self._names = ChromosomeNames(self.source_lengths)
        self.targets: Sequence[str] = list(self.target_lengths)
        self._target_code = {name: code for code, name in enumerate(self.targets)}

    def find(self, chrom: str) -> str | None:
        """The chain file's name of a source chromosome under any naming, or None."""
        return self._names.find(chrom)

    def is_primary(self, target: str) -> bool:
        """Whether a target chromosome is one of 1–22, X, Y, M, rather than an alternate or unplaced contig."""
        plain = plain_name(target)
        return plain.isdigit() or plain in ("X", "Y", "M")

    def lift(self, chrom: str, positions: NDArray[np.int64]) -> LiftedPositions:
        """Lift positions (n,) int64, 0-based, of one chromosome (any naming; one that is not in the chain file is unmapped)."""
        number = len(positions)
        status = np.full(number, IN_NO_CHAIN, np.uint8)
        target_chrom, target = np.zeros(number, np.int32), np.zeros(number, np.int64)
        forward = np.ones(number, bool)
        name = self.find(chrom)
        if name is None or name not in self._chains:
            return LiftedPositions(status, target_chrom, target, forward)
        chains, code = self._chains[name], self._target_code
        for start in range(0, number, AT_A_TIME):
            answers = [chains[position] for position in positions[start : start + AT_A_TIME].tolist()]
            counts = np.fromiter(map(len, answers), np.int64, len(answers))
            part = slice(start, start + len(answers))
            status[part] = np.where(counts == 1, LIFTED, np.where(counts == 0, IN_NO_CHAIN, IN_SEVERAL_CHAINS))
            single = np.flatnonzero(counts == 1)
            rows = single + start
            target_chrom[rows] = [code[answers[row][0][0]] for row in single.tolist()]
            target[rows] = [answers[row][0][1] for row in single.tolist()]
            forward[rows] = [answers[row][0][2] == "+" for row in single.tolist()]
        return LiftedPositions(status, target_chrom, target, forward)


def _lengths(path: Path) -> tuple[dict[str, int], dict[str, int]]:
    """Source and target chromosome lengths from the chains' header lines (`chain score tName tSize … qName qSize …`)."""
    source: dict[str, int] = {}
    target: dict[str, int] = {}
    with open_text(path) as text:
        for number, line in enumerate(text, 1):
            if not line.startswith("chain"):
                continue
            cells = line.split()
            try:
                source[cells[2]], target[cells[7]] = int(cells[3]), int(cells[8])
            except (IndexError, ValueError):
                raise UserError(f"{path} line {number}: not a chain's header: {line.strip()[:60]!r}") from None
    if not source:
        raise UserError(f"{path} has no chain; expected a UCSC .over.chain or .over.chain.gz")
    return source, target
