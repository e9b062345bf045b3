#!/usr/bin/env python3
"""Learning rates for the tail at the published width (1,536 channels, 3,072 features), where the demo cannot tell.

    benchmarks/tail_width.py [--rates 1e-4 3e-4 1e-3 2e-3 5e-3] [--windows 4096] [--steps 150] [--batch-size 64] [--bins 8]

A teacher tail with random weights turns made-up embeddings (correlated channels) into coverage of 40 tracks with gamma noise; a
student tail that starts from the teacher's pointwise block, disturbed, and a new head learns it from cached arrays. Prints validation
loss and R by rate.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bin"))

TRACKS, RANK = 40, 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rates", type=float, nargs="+", default=[1e-4, 3e-4, 1e-3, 2e-3, 5e-3])
    parser.add_argument("--windows", type=int, default=4096)
    parser.add_argument("--steps", type=int, default=150)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--bins", type=int, default=8)
    arguments = parser.parse_args()
    import tempfile

    import tensorflow as tf
    from tcra.enformer.layers import ConvBlock, Linear, Training, gelu
    from tcra.enformer.problems import Problem, shuffled_positions
    from tcra.enformer.settings import TrainingSchedule
    from tcra.enformer.train import inverse_softplus
    from tcra.enformer.training_loop import fit
    from tcra.enformer.variables import Variables

    random = np.random.default_rng(1)

    def make_tail(seed: int) -> SimpleNamespace:
        variables = Variables(seed)
        final = ConvBlock(variables.scope("final"), 1536, 3072, 1)
        final.norm.moving_variance.average.assign(tf.ones((1, 1, 1536)))
        return SimpleNamespace(final=final, head=Linear(variables.scope("head"), 3072, TRACKS))

    def apply(tail: SimpleNamespace, x: tf.Tensor, training: Training | None) -> tf.Tensor:
        features = tail.final(x, training)
        if training is not None:
            features = training.drop(features, 0.05, 1)
        return tf.math.softplus(tail.head(gelu(features)))

    teacher = make_tail(1)
    teacher.head.w.assign(teacher.head.w * 6)
    number = arguments.windows + 128
    mixing = random.standard_normal((RANK, 1536)).astype(np.float32) / np.sqrt(RANK)
    embeddings = random.standard_normal((number, arguments.bins, RANK)).astype(np.float32) @ mixing
    clean = np.concatenate([apply(teacher, tf.constant(part), None).numpy() for part in np.array_split(embeddings, 8)])
    coverage = (clean * random.gamma(4, 0.25, clean.shape)).astype(np.float32)

    class Cached(Problem):
        def __init__(self) -> None:
            self.student = make_tail(2)
            noise = random.standard_normal(teacher.final.convolution.w.shape).astype(np.float32) * 0.01
            self.student.final.convolution.w.assign(teacher.final.convolution.w + noise)
            self.student.head.b.assign(inverse_softplus(coverage[: arguments.windows].mean((0, 1))))
            final = self.student.final
            self.trainable = [*self.student.head.trainable_variables, final.norm.offset, final.norm.scale]
            self.trainable += [final.convolution.w, final.convolution.b]

        def batches(self, first_step: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
            for windows in shuffled_positions(arguments.windows, arguments.batch_size, first_step, 1):
                yield embeddings[windows], coverage[windows]

        def validation(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
            yield embeddings[arguments.windows :], coverage[arguments.windows :]

        def predict(self, inputs: tf.Tensor, training: Training | None) -> tf.Tensor:
            return apply(self.student, inputs, training)

    print("rate      best loss  R       step   loss at the end")
    for rate in arguments.rates:
        schedule = TrainingSchedule(
            arguments.steps, arguments.batch_size, rate, max(arguments.steps // 10, 1), patience=0
        )
        with tempfile.TemporaryDirectory() as folder:
            state = fit(
                Cached(),
                schedule,
                Path(folder) / "state.npz",
                "",
                lambda seed: Training(seed, batch_statistics=False),
                lambda rows: None,
            )
        valid = {row["step"]: row for row in state.history if row["split"] == "valid"}
        best = valid[state.best_step]
        print(
            f"{rate:<8g} {best['loss']:9.5f}  {best['pearson']:.4f} {state.best_step:6d} {valid[state.step]['loss']:9.5f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
