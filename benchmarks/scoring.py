#!/usr/bin/env python3
"""CPU time per variant of fast and naive scoring at the published size, and the largest difference of their scores.

    benchmarks/scoring.py [--model PREFIX] [--repeats 3] [--variants 4]

Without --model a model of the published size with 275 tracks and made-up weights is used; the genome is made up. Naive in graph mode
with the published softmax pooling, naive under XLA, and the streaming fast driver take turns; medians are printed. The shared tower's
share is its CPU time a chunk over the variants that a chunk serves, with as many phases as the density needs. Last come the rate of a
matrix product here, and with it the least that any method can take that passes both windows through the transformer in float32.
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
from tcra.enformer.attention import QUERY_BLOCK
from tcra.enformer.checkpoint import load_model
from tcra.enformer.enformer_model import Enformer
from tcra.enformer.layers import AttentionPool
from tcra.enformer.sizes import Sizes
from tcra.enformer.variables import Variables
from tcra.variants.scoring.cost import rows_for
from tcra.variants.scoring.fast import FastScorer
from tcra.variants.scoring.naive import NaiveScorer
from tcra.variants.scoring.network import ScoringNetwork
from tcra.variants.scoring.phases import chunk_span, phase_gathers
from tcra.variants.scoring.reference_codes import StrandedReference
from tcra.variants.scoring.sharing_plan import chunk_length_bp
from tcra.variants.scoring.variant_windows import VariantWindows
from tcra.variants.tables.chromosome_variants import ChromosomeVariants

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
        return (2 * np.eye(shape[0], shape[1]) + 0.02 * random.standard_normal(shape)).astype(np.float32)
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
    parser.add_argument("--variants", type=int, default=4, help="variants of the fast driver a turn")
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
    """Take turns; print every turn on stderr and the table on stdout."""
    windows = VariantWindows(substitutions(genome), sizes.input_length)
    network, published, compiled = (
        ScoringNetwork([model]),
        ScoringNetwork([model], jit=False),
        ScoringNetwork([model], jit=True),
    )
    parts = {name: timed_method(network, name) for name in ("tower", "difference")}
    naive = NaiveScorer(compiled, genome, windows, 1)
    fast = FastScorer(network, StrandedReference(genome, "1"), windows, 1)
    chunks = len(fast.clusters[0].plan.phases) if fast.clusters[0].plan else 0
    report("filling the ring of shared tokens")
    filling, _ = cpu(fast.score, 0, 1)
    shape = tf.TensorSpec((1, sizes.input_length), tf.uint8)
    with published_pool():
        published._naive.get_concrete_function(shape)
    compiled._naive(tf.zeros((1, sizes.input_length), tf.uint8))  # compiles
    for part in parts.values():
        part.clear()
    times: dict[str, list[float]] = {"fast": [], "naive, jit": [], "naive, graph": []}
    differences, largest = [], []
    for turn in range(arguments.repeats):
        first = 1 + turn * arguments.variants
        taken, scores = cpu(fast.score, first, first + arguments.variants)
        times["fast"].append(taken / arguments.variants)
        report(f"fast {times['fast'][-1]:.2f}")
        taken, expected = cpu(naive.score, first, first + 1)
        times["naive, jit"].append(taken)
        differences.append(np.abs(scores[0] - expected[0]).max())
        largest.append(np.abs(expected).mean())
        report(f"naive, jit {taken:.2f}; largest difference {differences[-1]:.1e}")
        codes = windows[first].ref_codes(StrandedReference(genome, "1"), 0, sizes.input_length)
        taken, _ = cpu(published._naive, tf.constant(codes[np.newaxis]))
        times["naive, graph"].append(2 * taken)  # two such passes per variant
        report(f"naive, graph {2 * taken:.2f}")
    size = chunk_length_bp(sizes)
    chunk = {rows: chunk_time(network, StrandedReference(genome, "1"), rows, size) for rows in (32, 64, 128)}
    medians = {name: statistics.median(values) for name, values in times.items()}
    print(f"first variant, ring filled from empty with {chunks} chunks at most: {filling:.1f} CPU s")
    print(f"shared tower, CPU s per chunk of {size} bp: { ({rows: round(t, 2) for rows, t in chunk.items()}) }")
    print(
        f"CPU s per variant: { ({name: round(t, 2) for name, t in medians.items()}) } (fast: without the shared tower)"
    )
    transformer, towers = (
        sum(parts[name]) / len(times["fast"]) / arguments.variants for name in ("difference", "tower")
    )
    rest = statistics.mean(times["fast"]) - transformer - towers
    print(f"of fast: transformer and tail {transformer:.2f}, towers of edges and alleles {towers:.2f}, rest {rest:.2f}")
    print("spacing_bp\tfast_cpu_s\tnaive_graph_ratio\tnaive_jit_ratio")
    for spacing in SPACINGS:
        phases = min(sizes.input_length // spacing, sizes.bin_width)
        total = medians["fast"] + chunk[max(rows_for(phases), 32)] * spacing / size
        print(f"{spacing}\t{total:.2f}\t{medians['naive, graph'] / total:.1f}\t{medians['naive, jit'] / total:.1f}")
    work, rate = transformer_work(sizes), product_rate(sizes)
    print(f"matrix product: {rate / 1e9:.0f} GFLOP a CPU second; two transformer passes: {work / 1e12:.3f} TFLOP")
    bound = work / rate
    most = {name: medians[name] / bound for name in ("naive, graph", "naive, jit")}
    print(
        f"no method takes less than {bound:.2f} CPU s per variant, so at most { ({n: round(m, 1) for n, m in most.items()}) } times"
    )
    print(f"largest difference of fast from naive: {max(differences):.1e}; mean |score| {np.mean(largest):.1e}")
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GiB")


def timed_method(network: ScoringNetwork, name: str) -> list[float]:
    """The CPU seconds of each call of a network's method, as they come."""
    method, taken = getattr(network, name), []

    def timed(*arguments: object) -> object:
        seconds, result = cpu(method, *arguments)
        taken.append(seconds)
        return result

    setattr(network, name, timed)
    return taken


def transformer_work(sizes: Sizes) -> float:
    """Float operations of the matrix products of ref and alt in all blocks but the last (of which the two central rows hardly count).

    A token: q, k; v and the layer after attention; MLP; logits of content, of relative positions; weights times values.
    """
    channels, keys, tokens = sizes.channels, sizes.heads * sizes.key_size, sizes.tokens
    linear = 2 * channels * keys + 2 * channels**2 + 4 * channels**2
    attention = keys * tokens + keys * (tokens + QUERY_BLOCK - 1) + channels * tokens
    return 2.0 * 2 * (sizes.layers - 1) * tokens * (linear + attention)


def product_rate(sizes: Sizes) -> float:
    """Float operations a CPU second of the MLP's first product, the best of several."""
    shape = sizes.tokens, sizes.channels
    a, b = tf.random.normal(shape), tf.random.normal((sizes.channels, 2 * sizes.channels))
    product = tf.function(tf.linalg.matmul)
    product(a, b)
    best = min(cpu(lambda: [product(a, b) for _ in range(4)][-1].numpy())[0] for _ in range(10)) / 4
    return 2.0 * shape[0] * shape[1] * 2 * sizes.channels / best


def substitutions(genome: Genome) -> ChromosomeVariants:
    """300 substitutions, 300 bp apart on average, at every phase."""
    starts = np.sort(np.random.default_rng(1).choice(np.arange(200_000, 290_000), 300, replace=False))
    refs = [genome.sequence("1", int(start), int(start) + 1) for start in starts]
    alts = ["A" if ref != "A" else "G" for ref in refs]
    return ChromosomeVariants("1", starts, refs, alts, [""] * len(starts))


def report(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def chunk_time(network: ScoringNetwork, reference: StrandedReference, rows: int, size: int) -> float:
    """CPU seconds of the shared tower on one chunk with `rows` phases, compiled before."""
    gathers, _ = phase_gathers(list(range(rows)), rows, len(network.stages))
    codes = reference.codes(*chunk_span(size * 10, size, network.stages))
    network.tower_at_phases(codes, gathers)
    return statistics.median(cpu(network.tower_at_phases, codes, gathers)[0] for _ in range(2))


if __name__ == "__main__":
    main()
