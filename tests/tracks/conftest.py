"""Made bigWigs, windows and genomes for the tests of this room."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

MakeBigWig = Callable[..., Path]


@pytest.fixture(scope="session")
def make_bigwig() -> MakeBigWig:
    """Writes a bigWig: `make_bigwig(path, {"chr1": 5000}, [("chr1", 0, 10, 1.5), …])`."""
    import pyBigWig

    def make(path: Path, lengths: dict[str, int], runs: Iterable[tuple[str, int, int, float]]) -> Path:
        with pyBigWig.open(str(path), "w") as file:
            file.addHeader(list(lengths.items()))
            for chrom in lengths:
                rows = [run for run in runs if run[0] == chrom]
                if rows:
                    _, starts, ends, values = zip(*rows, strict=True)
                    file.addEntries([chrom] * len(rows), list(starts), ends=list(ends), values=list(map(float, values)))
        return path

    return make
