#!/usr/bin/env python3
"""Transfer learning with cached embeddings: learning rates and batch sizes at one number of examples, against the published mode.

    benchmarks/training.py --checkpoint PREFIX --tfrecords DIR [--examples 20480] [--seeds 1 2] [--without-published]

Every run sees the same number of windows. Prints for each setting the validation loss and mean Pearson R at the best validation (mean over
seeds), the step of that validation, and CPU seconds (embedding once, not counted, is printed first).
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bin"))

CACHED = [
    (8, 1e-4),
    (8, 5e-4),
    (8, 1e-3),
    (8, 2e-3),
    (32, 1e-3),
    (32, 2e-3),
    (64, 1e-4),
    (64, 1e-3),
    (64, 2e-3),
    (64, 5e-3),
    (64, 1e-2),
]
PUBLISHED = [(8, 1e-4), (8, 5e-4)]
VALIDATIONS = 20  # per run


def run(
    arguments: argparse.Namespace, folder: Path, kind: str, batch: int, rate: float, seed: int
) -> tuple[float, float, int, float]:
    """Best validation loss, its Pearson R and step, CPU seconds."""
    import pandas as pd
    from tcra.enformer.settings import TrainingSchedule, TrainOptions
    from tcra.enformer.train import TrainInputs, train_tracks

    steps = arguments.examples // batch
    schedule = TrainingSchedule(steps, batch, rate, max(steps // VALIDATIONS, 1), patience=0, seed=seed)
    options = TrainOptions(
        schedule,
        architecture="baseline" if kind == "baseline" else "enformer",
        scope=arguments.scope,
        trunk_mode="published" if kind == "published" else "cached",
    )
    out = folder / f"{kind}-{batch}-{rate}-{seed}"
    inputs = TrainInputs(arguments.tfrecords, arguments.checkpoint, folder / "embeddings")
    start = time.process_time()
    train_tracks(inputs, options, out)
    history = pd.read_parquet(out / "history.parquet")
    best = history[history["split"] == "valid"].sort_values("loss", kind="stable").iloc[0]
    return best["loss"], best["pearson"], int(best["step"]), time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--tfrecords", type=Path, required=True)
    parser.add_argument("--examples", type=int, default=20_480)
    parser.add_argument("--scope", default="head+pointwise")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--without-published", action="store_true")
    arguments = parser.parse_args()
    from tcra.enformer.checkpoint import load_model
    from tcra.enformer.embed import embed_shards
    from tcra.tracks.dataset_statistics import Statistics
    from tcra.tracks.record_shards import shard_names

    statistics = Statistics.read(arguments.tfrecords)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = load_model(arguments.checkpoint, statistics.seq_length, statistics.target_length)
        start = time.process_time()
        shards = [shard for split in ("train", "valid") for shard in shard_names(arguments.tfrecords, split)]
        windows = embed_shards(model, arguments.tfrecords, shards, folder / "embeddings")
        print(f"embedding {windows} windows: {time.process_time() - start:.1f} CPU s", flush=True)
        print("mode       batch  rate     loss      R       step  CPU s", flush=True)
        settings = [("cached", *setting) for setting in CACHED]
        if not arguments.without_published:
            settings += [("published", *setting) for setting in PUBLISHED] + [("baseline", 16, 1e-3)]
        for kind, batch, rate in settings:
            results = np.mean([run(arguments, folder, kind, batch, rate, seed) for seed in arguments.seeds], axis=0)
            print(
                f"{kind:9s} {batch:6d}  {rate:<7g} {results[0]:8.5f}  {results[1]:.4f} {results[2]:6.0f} {results[3]:6.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
