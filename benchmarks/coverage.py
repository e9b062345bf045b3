#!/usr/bin/env python3
"""CPU time and memory of read_coverage.py against basenji_data_read.py on one made-up track, bin for bin.

    benchmarks/coverage.py --scale 1 --basenji BASENJI/bin/basenji_data_read.py --basenji-python PYTHON

Scale 1 is the size of the published job: 38,171 windows of 196,608 bp on a genome of 2.9 Gb, and a bigWig of 331 MB (58 million runs).
The track is like ChIP-seq coverage: fragments of 200 bp at random places, more of them in peaks, times a normalising factor. basenji is
not part of this repository; without --basenji only our side runs. Its order of clip and scale is found from its source.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np
import pyBigWig

ROOT = Path(__file__).resolve().parent.parent
WINDOWS, WINDOW, CROP, GENOME = 38_171, 196_608, 40_960, 2_900_000_000
FRAGMENT, FRAGMENTS_A_BP, FACTOR = 200, 0.012, 0.0713
FLAGS = ["--crop", str(CROP), "-w", "128", "-u", "mean", "-c", "32", "-s", "2"]


def chromosome_lengths(genome: int) -> dict[str, int]:
    """20 chromosomes, the first three times as long as the last."""
    shares = np.linspace(3, 1, 20)
    return {f"chr{i + 1}": int(genome * share / shares.sum()) for i, share in enumerate(shares)}


def write_track(path: Path, lengths: dict[str, int], random: np.random.Generator) -> int:
    """Coverage of random fragments; returns the number of runs."""
    total = 0
    with pyBigWig.open(str(path), "w") as track:
        track.addHeader(list(lengths.items()))
        for chrom, length in lengths.items():
            for first in range(0, length - length % 5_000_000 or length, 5_000_000):
                end = min(first + 5_000_000, length)
                starts, ends, depths = fragment_runs(end - first, random)
                track.addEntries(
                    [chrom] * len(starts),
                    (starts + first).tolist(),
                    ends=(ends + first).tolist(),
                    values=depths.tolist(),
                )
                total += len(starts)
    return total


def fragment_runs(length: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Runs of depth other than 0 in one stretch: starts, ends, values."""
    background = random.integers(0, length - FRAGMENT, int(length * FRAGMENTS_A_BP * 0.8))
    centres = random.integers(1000, length - 1000, max(1, length // 50_000))
    strength = random.pareto(1.5, len(centres)) + 0.2
    peaks = random.choice(centres, int(length * FRAGMENTS_A_BP * 0.2), p=strength / strength.sum())
    places = np.concatenate(
        [background, np.clip(peaks + random.normal(0, 150, len(peaks)), 0, length - FRAGMENT).astype(int)]
    )
    edges, change = np.unique(np.concatenate([places, places + FRAGMENT]), return_inverse=True)
    steps = np.bincount(change, np.repeat([1, -1], len(places)), len(edges))
    depth = np.cumsum(steps)[:-1]
    kept = (depth > 0) & (np.diff(edges) > 0)
    return edges[:-1][kept], edges[1:][kept], depth[kept] * FACTOR


def write_windows(path: Path, lengths: dict[str, int], count: int, random: np.random.Generator) -> None:
    """Windows spread evenly over the genome, in random order."""
    stride = sum(length - WINDOW for length in lengths.values()) // (count + len(lengths))
    windows = [(c, s) for c, length in lengths.items() for s in range(0, length - WINDOW, stride)]
    chosen = random.permutation(len(windows))[:count]
    path.write_text("".join(f"{windows[i][0]}\t{windows[i][1]}\t{windows[i][1] + WINDOW}\ttrain\n" for i in chosen))


def measure(command: list[str]) -> tuple[float, float, float]:
    """CPU seconds (user and system), wall seconds and peak memory (GB) of a command."""
    start = time.monotonic()
    home = Path(command[1]).resolve().parent.parent  # basenji's scripts import its package from here
    environment = {**os.environ, "PYTHONPATH": str(home)}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
    errors = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(command)} failed:\n{errors.decode()}")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - start, usage.ru_maxrss / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=0.05, help="share of the published job (default 0.05)")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--basenji", type=Path, help="basenji_data_read.py")
    parser.add_argument("--basenji-python", default=sys.executable, help="a Python that has its requirements")
    parser.add_argument("--folder", type=Path, help="keep the data here and use it again")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        track, bed = folder / "track.bw", folder / "windows.bed"
        if not bed.exists():
            random = np.random.default_rng(1)
            lengths = chromosome_lengths(int(GENOME * arguments.scale))
            print(f"{write_track(track, lengths, random):,} runs")
            write_windows(bed, lengths, int(WINDOWS * arguments.scale), random)
        compare(arguments, track, bed, folder)


def compare(arguments: argparse.Namespace, track: Path, bed: Path, folder: Path) -> None:
    order = "clip-then-scale"
    if arguments.basenji and "options.scale * seq_cov_nt" in arguments.basenji.read_text():
        order = "scale-then-clip"
    outputs = {"tcra": folder / "tcra.h5", "basenji": folder / "basenji.h5"}
    inputs = [*FLAGS, str(track), str(bed)]
    ours = [sys.executable, str(ROOT / "bin/read_coverage.py"), "--order", order]
    commands = {"tcra": [*ours, *inputs, str(outputs["tcra"])]}
    if arguments.basenji:
        commands["basenji"] = [arguments.basenji_python, str(arguments.basenji), *inputs, str(outputs["basenji"])]
    measured: dict[str, list[tuple[float, float, float]]] = {name: [] for name in commands}
    for _ in range(arguments.repeats):
        for name, command in commands.items():
            measured[name].append(measure(command))
    windows = sum(1 for _ in open(bed))
    print(
        f"{windows:,} windows, bigWig of {track.stat().st_size / 1e6:.1f} MB, order {order}, {arguments.repeats} runs each, medians"
    )
    medians = {
        name: [statistics.median(column) for column in zip(*rows, strict=True)] for name, rows in measured.items()
    }
    for name, (cpu, wall, memory) in medians.items():
        size = outputs[name].stat().st_size / 1e6
        print(f"{name:8} CPU {cpu:8.2f} s   wall {wall:8.2f} s   peak memory {memory:.2f} GB   file {size:.1f} MB")
    if "basenji" in medians:
        a, b = (h5py.File(outputs[name])["targets"][:] for name in ("tcra", "basenji"))
        print(
            f"ratio of CPU time: {medians['basenji'][0] / medians['tcra'][0]:.1f}; {(a != b).sum()} of {a.size} bins differ"
        )


if __name__ == "__main__":
    main()
