#!/usr/bin/env python3
"""A forward pass of Enformer: ours against DeepMind's code, and a training step of the tail from cached embeddings.

    benchmarks/enformer.py [--deepmind FOLDER] [--rounds 3] [--small] [--passes graph jit]

FOLDER is deepmind-research/enformer (its enformer.py and attention_module.py); without it only ours is measured. Each measurement is a
process of its own (so that peak memory is its own): build with the same weights, one pass to warm up, one pass timed. Processes alternate
between the two codes. Prints medians of CPU seconds (user + system, all threads), peak memory, and the largest difference of predictions.
"""

import argparse
import importlib
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Literal

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bin"))


def sizes(small: bool, tracks: int) -> Any:
    from tcra.enformer.sizes import Sizes, tower_widths

    if small:
        return Sizes(
            tracks=tracks, input_length=16_384, target_bins=64, channels=384, heads=4, layers=2, tower=tower_widths(384)
        )
    return Sizes(tracks=tracks)


def sequence(length: int) -> np.ndarray:
    """One-hot (1, length, 4) float32 of a random sequence."""
    return np.eye(4, dtype=np.float32)[np.random.default_rng(1).integers(0, 4, length)][None]


def timed(function: Any, *arguments: Any) -> tuple[Any, float, float]:
    """Result of the second call, its CPU seconds and its wall seconds."""
    function(*arguments)
    cpu, wall = time.process_time(), time.monotonic()
    result = np.asarray(function(*arguments))
    return result, time.process_time() - cpu, time.monotonic() - wall


def ours(prefix: Path, small: bool, jit: bool) -> tuple[np.ndarray, float, float]:
    import tensorflow as tf
    from tcra.enformer.checkpoint import load_model

    shape = sizes(small, 1)
    model = load_model(prefix, shape.input_length, shape.target_bins)
    return timed(tf.function(model, jit_compile=jit), tf.constant(sequence(shape.input_length)))


def deepmind(folder: Path, prefix: Path, small: bool, jit: bool) -> tuple[np.ndarray, float, float]:
    """DeepMind's model with the same weights. dm-sonnet ≥ 2.0.1 hides method signatures, so `is_training` is passed on by type."""
    sys.path.insert(0, str(folder))
    import sonnet as snt
    import tensorflow as tf
    from attention_module import MultiheadAttention
    from tcra.enformer.checkpoint import Checkpoint

    theirs: Any = importlib.import_module("enformer")
    shape = sizes(small, 1)
    theirs.TARGET_LENGTH = shape.target_bins
    with_mode = (
        theirs.Sequential,
        theirs.Residual,
        MultiheadAttention,
        snt.Dropout,
        snt.distribute.CrossReplicaBatchNorm,
    )
    theirs.accepts_is_training = lambda module: isinstance(module, with_mode)
    model = theirs.Enformer(shape.channels, shape.layers, shape.heads)
    with tf.device("/cpu:0"):
        model(tf.zeros((1, shape.input_length, 4)), is_training=False)
    checkpoint = Checkpoint(prefix)
    head = [v for name, v in named_variables(model, "module") if "_heads/human" in name]
    for name, variable in named_variables(model, "module"):
        if "_heads/mouse" not in name:
            variable.assign(checkpoint.read(name, tuple(variable.shape)))
    assert len(head) == 2

    def predict(x: tf.Tensor) -> tf.Tensor:
        return model.heads["human"](model.trunk(x, is_training=False), is_training=False)

    return timed(tf.function(predict, jit_compile=jit), tf.constant(sequence(shape.input_length)))


def named_variables(node: Any, path: str) -> list[tuple[str, Any]]:
    """(path, variable) as `tf.train.Checkpoint(module=model)` names them."""
    import tensorflow as tf

    found, seen = [], set()
    queue = [(node, path)]
    while queue:
        current, name = queue.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        if isinstance(current, tf.Variable):
            found.append((name, current))
            continue
        queue += [(child, f"{name}/{key}") for key, child in tf.train.TrackableView.children(current).items()]
    return found


def tail_step(prefix: Path, small: bool, scope: Literal["head", "head+pointwise"]) -> tuple[np.ndarray, float, float]:
    """One Adam step of the tail on 8 cached windows, 275 tracks; CPU seconds per window."""
    import sonnet as snt
    import tensorflow as tf
    from tcra.enformer.checkpoint import load_model
    from tcra.enformer.layers import Training
    from tcra.enformer.poisson import poisson_loss
    from tcra.enformer.problems import scope_variables

    shape = sizes(small, 1)
    model = load_model(prefix, shape.input_length, shape.target_bins, new_tracks=275)
    trainable = scope_variables(model, scope)
    optimizer = snt.optimizers.Adam(1e-4)

    @tf.function
    def step(embedding: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
        training = Training(tf.constant([1, 1]), batch_statistics=False)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(trainable)
            loss = poisson_loss(model.tail(embedding, training), target)
        optimizer.apply(tape.gradient(loss, trainable), trainable)
        return loss

    random = np.random.default_rng(2)
    embedding = random.standard_normal((8, shape.target_bins, shape.channels), np.float32)
    target = random.gamma(1.0, 1.0, (8, shape.target_bins, 275)).astype(np.float32)
    loss, cpu, wall = timed(step, tf.constant(embedding), tf.constant(target))
    return loss, cpu / 8, wall / 8


def child(arguments: argparse.Namespace) -> None:
    jit = arguments.child.endswith("jit")
    if arguments.child.startswith("tail"):
        result = tail_step(arguments.prefix, arguments.small, arguments.child.split()[1])
    elif arguments.child.startswith("deepmind"):
        result = deepmind(arguments.deepmind, arguments.prefix, arguments.small, jit)
    else:
        result = ours(arguments.prefix, arguments.small, jit)
    np.save(arguments.result, result[0])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"cpu": result[1], "wall": result[2], "peak": peak}))


def measure(arguments: argparse.Namespace, what: str, prefix: Path, result: Path) -> dict[str, float]:
    command = [sys.executable, __file__, "--child", what, "--prefix", str(prefix), "--result", str(result)]
    command += ["--small"] * arguments.small + (["--deepmind", str(arguments.deepmind)] if arguments.deepmind else [])
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{what}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def make_weights(small: bool, prefix: Path) -> None:
    """A checkpoint with random weights and the published head of 5,313 tracks; batch norms get averages that are not zero."""
    from tcra.enformer.checkpoint import save_checkpoint
    from tcra.enformer.enformer_model import Enformer

    model = Enformer(sizes(small, 5313), seed=1)
    for key, variable in model.variables_by_key.items():
        if key.endswith("moving_variance/average"):
            variable.assign(np.ones(variable.shape))
    save_checkpoint(model, prefix)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--deepmind", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--passes", nargs="*", default=["graph", "jit"])
    parser.add_argument("--child")
    parser.add_argument("--prefix", type=Path)
    parser.add_argument("--result", type=Path)
    arguments = parser.parse_args()
    if arguments.child:
        return child(arguments)
    with tempfile.TemporaryDirectory() as folder:
        prefix = Path(folder) / "variables"
        script = (
            f"import sys; sys.path[:0] = {[str(Path(__file__).parent), str(ROOT / 'bin')]!r}; import pathlib, runpy; "
        )
        script += f"runpy.run_path({__file__!r})['make_weights']({arguments.small}, pathlib.Path({str(prefix)!r}))"
        subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
        codes = ["ours", "deepmind"] if arguments.deepmind else ["ours"]
        whats = [f"{code} {mode}" for mode in arguments.passes for code in codes] + ["tail head+pointwise", "tail head"]
        runs: dict[str, list[dict[str, float]]] = {what: [] for what in whats}
        for _ in range(arguments.rounds):
            for what in whats:
                runs[what].append(measure(arguments, what, prefix, Path(folder) / f"{what}.npy"))
        report(runs, Path(folder))


def report(runs: dict[str, list[dict[str, float]]], folder: Path) -> None:
    def median(what: str, field: str) -> float:
        return statistics.median(run[field] for run in runs[what])

    print("what                    CPU s    wall s   peak GiB   (medians; tail: per window of a step)")
    for what in runs:
        print(
            f"{what:22s} {median(what, 'cpu'):7.2f}  {median(what, 'wall'):7.2f}  {median(what, 'peak') / 2**30:7.2f}"
        )
    for mode in ("graph", "jit"):
        if f"deepmind {mode}" in runs and f"ours {mode}" in runs:
            ratio = median(f"deepmind {mode}", "cpu") / median(f"ours {mode}", "cpu")
            a, b = (np.load(folder / f"{code} {mode}.npy") for code in ("ours", "deepmind"))
            print(
                f"{mode}: DeepMind's takes {ratio:.2f} times the CPU; largest relative difference {np.abs(a / b - 1).max():.1e}"
            )


if __name__ == "__main__":
    main()
