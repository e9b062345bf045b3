"""Score files as the scoring stage writes them, made up for the tests of what reads them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

WriteScores = Callable[..., Path]


@pytest.fixture(scope="session")
def made_up_scores() -> Callable[..., pd.DataFrame]:
    """`made_up_scores(n, tracks, seed)`: n variants on 1, 2, 10 and X, by place, none repeated.

    A third has no rs number; a tenth of the scores are tied.
    """

    def make(number: int, tracks: int = 4, seed: int = 0, longest: int = 1) -> pd.DataFrame:
        generator = np.random.default_rng(seed)
        chrom = np.sort(generator.integers(0, 4, number))
        bases = np.array(list("ACGT"))
        ref = generator.integers(0, 4, number)
        frame = pd.DataFrame(
            {"chrom": np.array(["1", "2", "10", "X"])[chrom], "pos": generator.integers(1, 200_000, number)}
        )
        frame["ref"], frame["alt"] = bases[ref], bases[(ref + generator.integers(1, 4, number)) % 4]
        frame["code"] = chrom
        frame = (
            frame.drop_duplicates(["chrom", "pos"])
            .sort_values(["code", "pos"])
            .drop(columns="code")
            .reset_index(drop=True)
        )
        height = len(frame)
        if longest > 1:
            frame["ref"] = [
                base + "".join(generator.choice(bases, generator.integers(0, longest))) for base in frame["ref"]
            ]
        frame.insert(
            0, "variant_id", frame["chrom"] + "_" + frame["pos"].astype(str) + "_" + frame["ref"] + "_" + frame["alt"]
        )
        values = (generator.gamma(0.4, 1, (height, tracks)) * generator.choice([-1, 1], (height, tracks))).astype(
            np.float32
        )
        values[generator.random(height) < 0.1] = np.float32(0.5)
        frame["rsid"] = [f"rs{place + 1}" if place % 3 else None for place in range(height)]
        frame["mean_abs"] = np.abs(values).mean(axis=1, dtype=np.float32)
        return frame.assign(**{f"track{place}": values[:, place] for place in range(tracks)})

    return make


@pytest.fixture(scope="session")
def write_scores() -> WriteScores:
    """`write_scores(folder, frame, shards, row_group)`: Parquet shards of consecutive rows."""

    def write(folder: Path, frame: pd.DataFrame, shards: int = 1, row_group: int = 300) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for shard, rows in enumerate(np.array_split(np.arange(len(frame)), shards)):
            table = pa.Table.from_pandas(frame.iloc[rows], preserve_index=False)
            pq.write_table(table, folder / f"scores-{shard:03d}.parquet", row_group_size=row_group)
        return folder

    return write
