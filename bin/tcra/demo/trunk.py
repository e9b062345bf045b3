"""Pre-train the demo's small Enformer on endless fresh genomes of the demo's grammar, and store it with that grammar's hash."""

import logging
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import sonnet as snt
import tensorflow as tf
from numpy.typing import NDArray

from tcra import __version__
from tcra.cli import progress
from tcra.common.files import atomic_folder, atomic_text
from tcra.demo.grammar import GENERAL_TRACKS, grammar_hash, loadings
from tcra.demo.make import TRUNK_RECORD, write_json
from tcra.demo.sequence import plant_enhancers, random_letters
from tcra.demo.settings import TRACK_CLIP, TRACK_SCALE, WINDOW_BINS, WINDOW_CROP, WINDOW_LENGTH, WINDOW_STRIDE
from tcra.demo.signal import BACKGROUND_MEAN, SIGNAL_STEP, clean_signal
from tcra.enformer.checkpoint import load_model, save_checkpoint
from tcra.enformer.constants import BIN_WIDTH_BP
from tcra.enformer.enformer_model import Enformer
from tcra.enformer.layers import Training
from tcra.enformer.poisson import poisson_loss
from tcra.enformer.sizes import Sizes, tower_widths
from tcra.errors import UserError

TRUNK_SIZES = Sizes(
    tracks=len(GENERAL_TRACKS), input_length=WINDOW_LENGTH, target_bins=WINDOW_BINS, channels=48, heads=2, layers=1,
    tower=tower_widths(48, divisible_by=8),
)  # fmt: skip
GENOME_LENGTH, TRUNK_ENHANCER_SPACING = (
    1_500_000,
    500,
)  # bp; denser than in the demo, so that every window teaches something
WARM_UP_STEPS, CLIP_NORM, TRUNK_DROPOUT = 100, 0.5, 0.1
SETTLING_BATCHES, SETTLING_SIZE = 40, 64
LOWEST_PEARSON = 0.95
HEAD_BIAS = "model/_heads/human/_layers/0/b"
log = logging.getLogger(__name__)
TrunkBatch = tuple[NDArray[np.float32], NDArray[np.float32]]


def pretrain_trunk(out: Path, seed: int, steps: int, batch_size: int, learning_rate: float) -> None:
    """Train for `steps` batches (Adam, warm-up, cosine decay) and write a float16 checkpoint, its record and a README to `out`.

    Errors: UserError if the finished trunk's mean Pearson R on a fresh genome is not above 0.95.
    """
    model = Enformer(TRUNK_SIZES, seed=seed)
    data = batches(np.random.default_rng([seed, 1]), batch_size)
    model.variables_by_key[HEAD_BIAS].assign(np.log(np.expm1(next(data)[1].mean((0, 1)))))
    rate = tf.Variable(0.0)
    step = make_step(model, rate, seed)
    for number in progress(range(steps), "pre-training", steps):
        warm = min(1.0, (number + 1) / WARM_UP_STEPS)
        rate.assign(learning_rate * warm * 0.5 * (1 + math.cos(math.pi * number / steps)))
        loss = step(*map(tf.constant, next(data)), tf.constant(number))
        if number % 100 == 99:
            log.info("step %d: loss %.4f", number + 1, float(loss))
    settle(model, np.random.default_rng([seed, 2]))
    with atomic_folder(out) as folder:
        save_checkpoint(model, folder / "variables", tf.float16)
        stored = load_model(folder / "variables", WINDOW_LENGTH, WINDOW_BINS)
        pearson = fresh_pearson(stored, np.random.default_rng([seed, 3]))
        log.info("Pearson R on a fresh genome: %s", ", ".join(f"{r:.3f}" for r in pearson))
        if pearson.mean() <= LOWEST_PEARSON:
            raise UserError(
                f"mean Pearson R {pearson.mean():.3f}, expected above {LOWEST_PEARSON}; train for more --steps"
            )
        command = f"pretrain_demo_trunk.py --seed {seed} --steps {steps} --batch-size {batch_size} --learning-rate {learning_rate:g}"
        write_trunk_record(folder, command, pearson)


def write_trunk_record(folder: Path, command: str, pearson: NDArray[np.float64]) -> None:
    """`trunk.json` (grammar hash, how it was made, test correlations) and a README for people."""
    record = {
        "grammar": grammar_hash(), "command": command, "software": f"tcra {__version__}",
        "pearson": {track: round(float(r), 4) for track, r in zip(GENERAL_TRACKS, pearson, strict=True)},
    }  # fmt: skip
    write_json(folder / TRUNK_RECORD, record)
    with atomic_text(folder / "README.md") as readme:
        readme.write(
            "# The demo's pre-trained trunk\n\n"
            "A small Enformer (float16 variables under the published keys) trained on endless made-up genomes of the demo's grammar,\n"
            f"mean test Pearson R {pearson.mean():.3f}. Made by:\n\n    bin/{command} --out assets/demo_trunk\n\n"
            f"Grammar: `{grammar_hash()}` (also in `{TRUNK_RECORD}`); make_demo.py accepts no trunk of another grammar.\n"
        )


def genome_windows(rng: np.random.Generator) -> TrunkBatch:
    """All windows of one fresh genome: one-hot (windows, 4096, 4) and noise-free targets (windows, 24, tracks), both float32."""
    letters = random_letters(rng, GENOME_LENGTH)
    plant_enhancers(rng, letters, TRUNK_ENHANCER_SPACING)
    signal = clean_signal(letters, loadings(GENERAL_TRACKS)) + np.float32(BACKGROUND_MEAN)
    starts = np.arange(0, GENOME_LENGTH - WINDOW_LENGTH, WINDOW_STRIDE)
    one_hot = np.eye(4, dtype=np.float32)[letters[starts[:, None] + np.arange(WINDOW_LENGTH)]]
    per_bin = BIN_WIDTH_BP // SIGNAL_STEP
    steps = (starts[:, None] + WINDOW_CROP) // SIGNAL_STEP + np.arange(WINDOW_BINS * per_bin)
    targets = signal[:, steps].reshape(len(signal), len(starts), WINDOW_BINS, per_bin).mean(3).transpose(1, 2, 0)
    return one_hot, np.minimum(targets, TRACK_CLIP) * np.float32(TRACK_SCALE)


def batches(rng: np.random.Generator, size: int) -> Iterator[TrunkBatch]:
    """Endless batches from fresh genomes, windows in random order, half of them reverse-complemented."""
    while True:
        one_hot, targets = genome_windows(rng)
        order = rng.permutation(len(one_hot))
        for first in range(0, len(order) - size + 1, size):
            rows = order[first : first + size]
            x, y = one_hot[rows], targets[rows]
            turned = rng.random(size) < 0.5
            x[turned], y[turned] = x[turned][:, ::-1, ::-1], y[turned][:, ::-1]
            yield x, y


def make_step(model: Enformer, rate: tf.Variable, seed: int) -> tf.types.experimental.GenericFunction:
    """A compiled training step (one-hot, targets, step number) → loss: mean Poisson, gradient norm clipped at 0.5, Adam."""
    optimizer = snt.optimizers.Adam(rate)
    variables = model.trainable_variables

    @tf.function(jit_compile=True)
    def step(x: tf.Tensor, y: tf.Tensor, number: tf.Tensor) -> tf.Tensor:
        training = Training(tf.stack([seed, number]), dropout=TRUNK_DROPOUT)
        with tf.GradientTape() as tape:
            predicted = model(x, training)
            loss = poisson_loss(predicted, y)
        gradients, _ = tf.clip_by_global_norm(tape.gradient(loss, variables), CLIP_NORM)
        optimizer.apply(gradients, variables)
        return loss

    return step


def settle(model: Enformer, rng: np.random.Generator) -> None:
    """Bring batch norm's moving averages to the final weights."""
    training = Training(tf.constant([0, 0]), dropout=0.0)

    @tf.function
    def update(x: tf.Tensor) -> tf.Tensor:
        return model(x, training)

    for _, (x, _) in zip(range(SETTLING_BATCHES), batches(rng, SETTLING_SIZE), strict=False):
        update(tf.constant(x))


def fresh_pearson(model: Enformer, rng: np.random.Generator) -> NDArray[np.float64]:
    """(tracks,) Pearson R over all bins of a fresh genome, in inference mode."""

    @tf.function
    def predict(x: tf.Tensor) -> tf.Tensor:
        return model(x)

    x, y = genome_windows(rng)
    predicted = np.concatenate([predict(tf.constant(x[i : i + 64])).numpy() for i in range(0, len(x), 64)])
    return np.array([np.corrcoef(predicted[..., t].ravel(), y[..., t].ravel())[0, 1] for t in range(y.shape[2])])
