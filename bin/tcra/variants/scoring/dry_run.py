"""What a run will take: passes, shards, disk and hours, from the plan of its variants and a measured probe of this machine."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from tcra.variants.reading.settings import SplitOptions
from tcra.variants.scoring.cost import rows_for
from tcra.variants.scoring.fast import windows_per_batch
from tcra.variants.scoring.network import ScoringNetwork
from tcra.variants.scoring.phases import chunk_span, phase_gathers
from tcra.variants.scoring.sharing_plan import Cluster, chunk_length_bp, clusters, splice_of
from tcra.variants.scoring.variant_windows import VariantWindows
from tcra.variants.tables.chromosome_variants import ChromosomeVariants

KEY_BYTES = 24  # a row's identifier, position and alleles in Parquet, about


@dataclass
class Work:
    """Passes that a run will make. Windows by how their towers are computed; chunks of the shared tower by rows (phases)."""

    naive: int = 0
    shared: int = 0
    spliced: int = 0
    whole: int = 0
    chunks: Counter[int] = field(default_factory=Counter)

    def add(self, windows: VariantWindows, cluster: Cluster, network: ScoringNetwork) -> None:
        for i in range(cluster.first, cluster.end):
            window = windows[i]
            if splice_of(window, network.geometry) is None or (
                cluster.plan is None and (window.left_shift_bp or window.right_shift_bp)
            ):
                self.whole += 1
            elif cluster.plan is None:
                self.spliced += 1
            else:
                self.shared += 1
        if cluster.plan is not None:
            self.chunks.update(rows_for(mask.bit_count()) for mask in cluster.plan.phases.values())


def plan_text(
    network: ScoringNetwork, chromosomes: Iterable[ChromosomeVariants], method: str, strands: int
) -> list[str]:
    """Lines for a person: what will be computed, how large the output is, and how long it takes here in one process."""
    work, variants, shards, shard = Work(), 0, 0, SplitOptions().shard_size
    for chromosome in chromosomes:
        windows = VariantWindows(chromosome, network.sizes.input_length)
        variants += len(chromosome)
        shards += -(-len(chromosome) // shard)
        if method == "naive":
            work.naive += len(chromosome)
            continue
        for cluster in clusters(windows, network.geometry, network.sizes):
            work.add(windows, cluster, network)
    costs = probe(network, work)
    batch = windows_per_batch(network)
    seconds = strands * (
        sum(
            -(-getattr(work, way) // batch) * costs[way]
            for way in ("naive", "shared", "spliced", "whole")
            if way in costs
        )
        + sum(number * costs[f"{rows} phases"] for rows, number in work.chunks.items())
    )
    disk = variants * sum(4 * (tracks + 1) + KEY_BYTES for tracks in network.tracks)
    lines = [
        f"variants to score: {variants}, {network.sizes.input_length} bp windows, {sum(network.tracks)} tracks, {strands} strand(s)",
        f"shards of {shard} variants by chromosome: {shards}",
        f"windows: {work.shared} from the shared tower, {work.spliced} with a tower of their own and a spliced allele, "
        f"{work.whole} with two towers, {work.naive} by two full passes",
        f"shared tower: {work.chunks.total()} chunks of {chunk_length_bp(network.sizes)} bp ("
        + (", ".join(f"{number} with up to {rows} phases" for rows, number in sorted(work.chunks.items())) or "none")
        + ")",
        f"disk: at most {disk / 1e9:.2f} GB",
        "probe, seconds: " + ", ".join(f"{name} {cost:.3g}" for name, cost in costs.items()) + f" (batches of {batch})",
        f"time here, one process: {seconds / 3600:.2f} hours, {seconds / max(variants, 1):.3g} s per variant",
    ]
    return lines


def probe(network: ScoringNetwork, work: Work) -> dict[str, float]:
    """Wall seconds of each kind of pass that `work` needs, measured here after compiling."""
    length, batch = network.sizes.input_length, windows_per_batch(network)
    bin_bp, margin = network.geometry.bin_bp, network.geometry.margin_tokens

    def codes(rows: int, bp: int) -> np.ndarray:
        return np.random.default_rng(0).integers(0, 4, (rows, bp)).astype(np.uint8)

    windows, piece = codes(batch, length), codes(batch, 4 * margin * bin_bp)
    edges = codes(batch, 2 * margin * bin_bp)
    tokens = np.zeros((batch, network.sizes.tokens, network.sizes.channels), np.float32)
    firsts = np.full(batch, network.sizes.tokens // 2 - margin, np.int32)
    ways: dict[str, list[Callable[[], object]]] = {}
    if work.naive:
        ways["naive"] = [lambda: network.naive_difference(windows, windows, False)]
    if work.shared:
        ways["shared"] = [
            lambda: network.difference(tokens, tokens, False),
            lambda: network.tower(edges),
            lambda: network.tower(edges),
            lambda: network.tower(piece),
        ]
    if work.spliced:
        ways["spliced"] = [lambda: network.spliced_difference(windows, piece, firsts, False)]
    if work.whole:
        ways["whole"] = [lambda: network.two_tower_difference(windows, windows, False)]
    first, end = chunk_span(0, chunk_length_bp(network.sizes), network.stages)
    for rows in sorted(work.chunks):
        gathers, _ = phase_gathers(list(range(rows)), rows, len(network.stages))
        chunk = codes(1, end - first)[0]
        ways[f"{rows} phases"] = [lambda chunk=chunk, gathers=gathers: network.tower_at_phases(chunk, gathers)]  # type: ignore[misc]
    return {name: sum(seconds(step) for step in steps) for name, steps in ways.items()}


def seconds(step: Callable[[], object]) -> float:
    """Wall seconds of `step` once it is compiled: the shorter of two."""
    step()
    times = []
    for _ in range(2):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return min(times)
