#!/usr/bin/env python3
"""CPU time and memory of write_tfrecords.py against basenji_data_write.py on one made-up shard of many tracks, array for array.

    benchmarks/tfrecords.py --basenji BASENJI/bin/basenji_data_write.py --basenji-python PYTHON

The defaults are the published shard: 256 windows of 196,608 bp and 275 tracks of 896 bins. Each writer reads coverage files laid out as
its own reader writes them. basenji is not part of this repository; without --basenji only our side runs. Our sequences are stored one-hot,
or as indices where that basenji does (commit 54e9dba and later).
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
WINDOW, BINS, CHROMOSOME = 196_608, 896, 40_000_000


def write_genome(path: Path, random: np.random.Generator) -> None:
    """One chromosome, with a few stretches of N, and its index."""
    letters = np.frombuffer(b"ACGT", np.uint8)[random.integers(0, 4, CHROMOSOME)]
    for start in random.integers(0, CHROMOSOME, 20):
        letters[start : start + 5000] = ord("N")
    path.write_bytes(b">chr1\n" + letters.tobytes() + b"\n")
    Path(f"{path}.fai").write_text(f"chr1\t{CHROMOSOME}\t6\t{CHROMOSOME}\t{CHROMOSOME + 1}\n")


def write_coverage(folder: Path, windows: int, tracks: int, random: np.random.Generator) -> None:
    """`ours/` in chunks of 256 windows, `basenji/` in the chunks that HDF5 chooses for basenji's reader; the same values."""
    sys.path.insert(0, str(ROOT / "bin"))
    from tcra.common.genome.intervals import read_bed
    from tcra.tracks.coverage_file import write_targets
    from tcra.tracks.window_bed import windows_checksum

    (folder / "basenji").mkdir(parents=True)
    checksum = windows_checksum(read_bed(folder / "windows.bed"))
    for track in range(tracks):
        rate = 0.6 + np.where(random.random((windows, BINS)) < 0.02, random.pareto(1.5, (windows, BINS)) * 10, 0)
        counts = random.poisson(rate).astype(np.float32)
        depth = (counts + 0.5 * np.roll(counts, 1, axis=1)) * np.float32(0.0713 * 2)
        targets = np.clip(depth, 0, 64).astype(np.float16)
        write_targets(folder / f"ours/{track}.h5", targets, {}, checksum)
        with h5py.File(folder / f"basenji/{track}.h5", "w") as file:
            file.create_dataset("targets", data=targets, dtype="float16", compression="gzip")


def measure(command: list[str]) -> tuple[float, float, float]:
    """CPU seconds (user and system), wall seconds and peak memory (GB) of a command."""
    home = Path(command[1]).resolve().parent.parent  # basenji's scripts import its package from here
    start = time.monotonic()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(home)}
    )
    errors = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(command)} failed:\n{errors.decode()}")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - start, usage.ru_maxrss / 1e6


def same_records(first: Path, second: Path) -> bool:
    sys.path.insert(0, str(ROOT / "bin"))
    from tcra.tracks.record_shards import read_features, read_shard

    pairs = zip(read_shard(first), read_shard(second), strict=True)
    return all(read_features(a) == read_features(b) for a, b in pairs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tracks", type=int, default=275)
    parser.add_argument("--records", type=int, default=256, help="records of the shard (default 256)")
    parser.add_argument("--windows", type=int, default=1024, help="windows in the coverage files (default 1024)")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--basenji", type=Path, help="basenji_data_write.py")
    parser.add_argument("--basenji-python", default=sys.executable, help="a Python that has its requirements")
    parser.add_argument("--folder", type=Path, help="keep the data here and use it again")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        if not (folder / "windows.bed").exists():
            folder.mkdir(parents=True, exist_ok=True)
            random = np.random.default_rng(1)
            write_genome(folder / "genome.fa", random)
            starts = random.integers(0, CHROMOSOME - WINDOW, arguments.windows)
            (folder / "windows.bed").write_text("".join(f"chr1\t{s}\t{s + WINDOW}\ttrain\n" for s in starts))
            write_coverage(folder, arguments.windows, arguments.tracks, random)
        compare(arguments, folder)


def compare(arguments: argparse.Namespace, folder: Path) -> None:
    as_index = arguments.basenji and "= dna_1hot_index(" in arguments.basenji.read_text()
    rows = ["-s", str(arguments.windows - arguments.records), "-e", str(arguments.windows), "--umap_clip", "1.0"]
    files = {"tcra": folder / "tcra.tfr", "basenji": folder / "basenji.tfr"}
    inputs = [str(folder / "genome.fa"), str(folder / "windows.bed")]
    ours = [
        sys.executable,
        str(ROOT / "bin/write_tfrecords.py"),
        "--sequence-format",
        "index" if as_index else "one-hot",
    ]
    commands = {"tcra": [*ours, *rows, *inputs, str(folder / "ours"), str(files["tcra"])]}
    if arguments.basenji:
        theirs = [arguments.basenji_python, str(arguments.basenji)]
        commands["basenji"] = [*theirs, *rows, *inputs, str(folder / "basenji"), str(files["basenji"])]
    measured: dict[str, list[tuple[float, float, float]]] = {name: [] for name in commands}
    for _ in range(arguments.repeats):
        for name, command in commands.items():
            measured[name].append(measure(command))
    tracks = len(list((folder / "ours").glob("*.h5")))
    stored = "indices" if as_index else "one-hot"
    print(
        f"{arguments.records} records, {tracks} tracks, sequences as {stored}, {arguments.repeats} runs each, medians"
    )
    medians = {n: [statistics.median(column) for column in zip(*rows, strict=True)] for n, rows in measured.items()}
    for name, (cpu, wall, memory) in medians.items():
        size = files[name].stat().st_size / 1e6
        print(f"{name:8} CPU {cpu:8.2f} s   wall {wall:8.2f} s   peak memory {memory:.2f} GB   file {size:.1f} MB")
    if "basenji" in medians:
        ratio = medians["basenji"][0] / medians["tcra"][0]
        print(
            f"ratio of CPU time: {ratio:.1f}; records equal: {json.dumps(same_records(files['tcra'], files['basenji']))}"
        )


if __name__ == "__main__":
    main()
