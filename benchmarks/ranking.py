#!/usr/bin/env python3
"""Time and memory of ranking, annotation and liftover on generated scores.

    python benchmarks/ranking.py --variants 10000000 --tracks 357 --chain hg38ToHg19.over.chain.gz --folder /scratch/ranking

Makes score shards of random float32 (4 bytes per score, hardly compressible), runs the entry scripts one after the other, each in a process
of its own, and prints seconds, CPU seconds and peak memory. Removes what it made.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from multiprocessing import Process
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

BIN = Path(__file__).resolve().parent.parent / "bin"
SHARD, ROW_GROUP = 200_000, 20_000
# Lengths of hg38's chromosomes 1 to 22, for random positions.
LENGTHS = [248956422, 242193529, 198295559, 190214555, 181538259, 170805979, 159345973, 145138636, 138394717, 133797422, 135086622,
           133275309, 114364328, 107043718, 101991189, 90338345, 83257441, 80373285, 58617616, 64444167, 46709983, 50818468]  # fmt: skip


def identities(number: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(chrom, pos, ref, alt) of `number` different SNPs, by place."""
    ends = np.cumsum(LENGTHS)
    place = np.sort(generator.choice(ends[-1] // 100, number, replace=False)) * 100 + generator.integers(0, 100)
    code = np.searchsorted(ends, place, side="right")
    pos = place - (ends[code] - np.array(LENGTHS)[code]) + 1
    ref = generator.integers(0, 4, number)
    bases = np.array(list("ACGT"))
    return (code + 1).astype(str), pos, bases[ref], bases[(ref + generator.integers(1, 4, number)) % 4]


def write_shards(folder: Path, number: int, tracks: int) -> None:
    generator = np.random.default_rng(1)
    chrom, pos, ref, alt = identities(number, generator)
    for shard, start in enumerate(range(0, number, SHARD)):
        rows = slice(start, start + SHARD)
        scores = generator.standard_normal((tracks, len(pos[rows])), dtype=np.float32)
        names = [f"{c}_{p}_{r}_{a}" for c, p, r, a in zip(chrom[rows], pos[rows], ref[rows], alt[rows], strict=True)]
        columns = {"variant_id": names, "chrom": chrom[rows], "pos": pos[rows], "ref": ref[rows], "alt": alt[rows]}
        columns["rsid"] = [f"rs{number}" for number in range(start, start + len(names))]
        columns["mean_abs"] = np.abs(scores).mean(axis=0)
        columns |= {f"track{track:03d}": values for track, values in enumerate(scores)}
        pq.write_table(pa.table(columns), folder / f"scores-{shard:05d}.parquet", compression="zstd", row_group_size=ROW_GROUP,
                       use_dictionary=["chrom", "ref", "alt"])  # fmt: skip


def write_list(scores: Path, path: Path) -> None:
    columns = pq.read_table(scores, columns=["variant_id", "chrom", "pos", "ref", "alt"])
    pa.csv.write_csv(columns, path, pa.csv.WriteOptions(delimiter="\t", quoting_style="none"))


def write_bed(path: Path, generator: np.random.Generator) -> None:
    with open(path, "w") as text:
        for chrom, length in enumerate(LENGTHS, 1):
            for start in generator.integers(0, length - 2000, length // 10_000):
                text.write(f"chr{chrom}\t{start}\t{start + generator.integers(100, 2000)}\n")


def measure(what: str, script: str, *arguments: object) -> None:
    start = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, str(BIN / script), *map(str, arguments)], stderr=subprocess.PIPE, text=True
    )
    _, status, usage = os.wait4(process.pid, 0)
    error = process.stderr.read() if process.stderr else ""
    if status:
        sys.exit(f"{what} failed:\n{error}")
    seconds, cpu = time.monotonic() - start, usage.ru_utime + usage.ru_stime
    print(f"{what:<42} {seconds:8.1f} s {cpu:8.1f} CPU s {usage.ru_maxrss / 2**20:7.2f} GiB peak", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variants", type=int, default=200_000)
    parser.add_argument("--tracks", type=int, default=357)
    parser.add_argument(
        "--folder", type=Path, required=True, help="scratch folder; variants × tracks × 4 bytes are written"
    )
    parser.add_argument("--chain", type=Path, help="chain file from hg38, for the liftover rate")
    parser.add_argument(
        "--only", nargs="*", default=["mean", "maximum", "rank", "annotate", "lift"], help="which measurements"
    )
    given = parser.parse_args()
    scores = given.folder / "scores"
    scores.mkdir(parents=True)
    try:
        start = time.monotonic()
        # In a process of its own: a child's peak memory starts from its parent's.
        maker = Process(target=write_shards, args=(scores, given.variants, given.tracks))
        maker.start()
        maker.join()
        write_bed(given.folder / "a.bed", np.random.default_rng(2))
        size = sum(path.stat().st_size for path in scores.iterdir()) / 2**30
        print(f"{given.variants} variants × {given.tracks} tracks: {size:.1f} GiB in {time.monotonic() - start:.0f} s")
        for summary in ("mean", "maximum", "rank"):
            if summary in given.only:
                measure(f"rank_variants.py --rank-by {summary}", "rank_variants.py", "--scores", scores, "--set-sizes", "0.02,0.1,0.35",
                        "--annotation", f"a={given.folder / 'a.bed'}", "--rank-by", summary, "--out", given.folder / "ranked")  # fmt: skip
        if "annotate" in given.only:
            measure(
                "annotate_variants.py", "annotate_variants.py", "--scores", scores, "--out", given.folder / "annotated"
            )
            shutil.rmtree(given.folder / "annotated")
        if given.chain and "lift" in given.only:
            maker = Process(target=write_list, args=(scores, given.folder / "variants.tsv"))
            maker.start()
            maker.join()
            measure("lift_variants.py (table)", "lift_variants.py", "--variants", given.folder / "variants.tsv",
                    "--chain", given.chain, "--out", given.folder / "lifted.tsv")  # fmt: skip
    finally:
        shutil.rmtree(given.folder)


if __name__ == "__main__":
    main()
