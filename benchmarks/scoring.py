#!/usr/bin/env python3
"""CPU time a variant of fast and naive scoring at the published size, and the largest difference of their scores.

    benchmarks/scoring.py [--model PREFIX] [--repeats 3] [--variants 3]

Without --model a model of the published size with 275 tracks and made-up weights is used; the genome is made up. Naive in graph mode
with the published softmax pooling, naive under XLA, and the streaming fast driver take turns; medians are printed. The shared tower's
share is its CPU time a chunk over the variants that a chunk serves, with as many phases as the density needs.
"""

import argparse
import os
import resource
import statistics
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bin"))

import numpy as np
import tensorflow as tf
from tcra.common.genome.fasta import Genome
from tcra.enformer.checkpoint import load_model
from tcra.enformer.layers import AttentionPool
from tcra.enformer.model import Enformer
from tcra.enformer.sizes import Sizes
from tcra.enformer.variables import Variables
from tcra.variants.reading.check import ChromosomeVariants
from tcra.variants.scoring.cost import rows_for
from tcra.variants.scoring.fast import FastScorer
from tcra.variants.scoring.naive import NaiveScorer
from tcra.variants.scoring.network import Network
from tcra.variants.scoring.phases import chunk_span, phase_gathers
from tcra.variants.scoring.plan import chunk_size
from tcra.variants.scoring.reference import Reference
from tcra.variants.scoring.windows import VariantWindows

Result = TypeVar("Result")
SPACINGS = (100, 300, 1_000, 10_000)


def made_up_value(key: str, shape: tuple[int, ...]) -> np.ndarray:
    """Weights with which every layer matters."""
    random = np.random.default_rng(zlib.crc32(key.encode()))
    if key.endswith("_counter"):
        return np.array(1, np.int64)
    if "moving_variance" in key or key.endswith("scale"):
        return random.uniform(0.7, 1.3, shape).astype(np.float32)
    if "_logit_linear" in key:
        return (2 * np.eye(*shape) + 0.02 * random.standard_normal(shape)).astype(np.float32)
    spread = 0.1 if len(shape) < 2 or "bias" in key or "moving" in key else np.prod(shape[:-1]) ** -0.5
    return (spread * random.standard_normal(shape)).astype(np.float32)


def cpu(work: Callable[..., Result], *arguments: object) -> tuple[float, Result]:
    """CPU seconds of all threads, and what `work` returned."""
    start = time.process_time()
    result = work(*arguments)
    return time.process_time() - start, result


@contextmanager
def published_pool() -> Iterator[None]:
    """While a function is traced: pooling as the published code writes it, a softmax over an axis of two."""

    def softmax_pool(self: AttentionPool, x: tf.Tensor) -> tf.Tensor:
        pairs = tf.reshape(x, (-1, x.shape[1] // 2, 2, x.shape[2]))
        return tf.reduce_sum(pairs * tf.nn.softmax(self.logits(pairs), axis=-2), axis=-2)

    ours = AttentionPool.__call__
    AttentionPool.__call__ = softmax_pool  # type: ignore[method-assign]
    try:
        yield
    finally:
        AttentionPool.__call__ = ours  # type: ignore[method-assign]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="prefix of a checkpoint")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--variants", type=int, default=3, help="variants of the fast driver a turn")
    arguments = parser.parse_args()
    source = Variables(source=made_up_value)
    model = load_model(arguments.model) if arguments.model else Enformer(Sizes(tracks=275), variables=source)
    sizes = model.sizes
    with tempfile.TemporaryDirectory() as folder:
        letters = np.random.default_rng(0).choice(list("ACGT"), 500_000)
        (Path(folder) / "genome.fa").write_text(">1\n" + "".join(letters) + "\n")
        with Genome(Path(folder) / "genome.fa") as genome:
            measure(arguments, model, sizes, genome)


def measure(arguments: argparse.Namespace, model: Enformer, sizes: Sizes, genome: Genome) -> None:
    starts = np.arange(200_000, 280_000, 300)
    refs = [genome.sequence("1", int(s), int(s) + 1) for s in starts]
    alts = ["A" if ref != "A" else "G" for ref in refs]
    variants = ChromosomeVariants("1", starts, refs, alts, [""] * len(starts))
    windows, reference = VariantWindows(variants, sizes.input_length), Reference(genome, "1")
    network, published = Network([model]), Network([model], jit=False)
    fast = FastScorer(network, reference, windows, 1)
    naive = NaiveScorer(network, genome, windows, 1)
    ways: dict[str, Callable[[int, int], np.ndarray]] = {
        "naive, graph": NaiveScorer(published, genome, windows, 1).score,
        "naive, jit": naive.score,
        "fast": fast.score,
    }
    print("compiling, and filling the ring of shared tokens", file=sys.stderr, flush=True)
    with published_pool():
        ways["naive, graph"](0, 1)
    ways["naive, jit"](0, 1)
    warm, _ = cpu(ways["fast"], 0, 1)
    times: dict[str, list[float]] = {name: [] for name in ways}
    differences, largest = [], []
    for turn in range(arguments.repeats):
        first = 1 + turn * arguments.variants
        scores: dict[str, np.ndarray] = {}
        for name, way in ways.items():
            number = arguments.variants if name == "fast" else 1
            taken, scores[name] = cpu(way, first, first + number)
            times[name].append(taken / number)
        differences.append(np.abs(scores["fast"][0] - scores["naive, jit"][0]).max())
        largest.append(np.abs(scores["naive, jit"][0]).mean())
        print({name: [round(t, 2) for t in values] for name, values in times.items()}, file=sys.stderr, flush=True)
    size = chunk_size(sizes)
    chunk = {rows: chunk_time(network, reference, rows, size) for rows in (32, 64, 128)}
    medians = {name: statistics.median(values) for name, values in times.items()}
    print(f"first variant, ring filled from empty: {warm:.1f} CPU s")
    print("shared tower, CPU s a chunk of", size, "bp:", {rows: round(t, 2) for rows, t in chunk.items()})
    print("CPU s a variant:", {name: round(t, 2) for name, t in medians.items()}, "(fast: without the shared tower)")
    print("spacing_bp\tfast_cpu_s\tnaive_graph_ratio\tnaive_jit_ratio")
    for spacing in SPACINGS:
        phases = min(sizes.input_length // spacing, sizes.bin_width)
        total = medians["fast"] + chunk[max(rows_for(phases), 32)] * spacing / size
        print(f"{spacing}\t{total:.2f}\t{medians['naive, graph'] / total:.1f}\t{medians['naive, jit'] / total:.1f}")
    print(f"largest difference of fast from naive: {max(differences):.1e}; mean |score| {np.mean(largest):.1e}")
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GiB")


def chunk_time(network: Network, reference: Reference, rows: int, size: int) -> float:
    """CPU seconds of the shared tower on one chunk with `rows` phases, compiled before."""
    gathers, _ = phase_gathers(list(range(rows)), rows, len(network.stages))
    codes = reference.codes(*chunk_span(size * 10, size, network.stages))
    network.tower_at_phases(codes, gathers)
    return statistics.median(cpu(network.tower_at_phases, codes, gathers)[0] for _ in range(2))


if __name__ == "__main__":
    main()
