"""A small Enformer with lively weights and a small genome with N runs and lower-case letters."""

import warnings
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tcra.enformer.checkpoint import save_checkpoint
from tcra.enformer.enformer_model import Enformer
from tcra.enformer.sizes import Sizes, tower_widths
from tcra.enformer.variables import Variables
from tcra.variants.scoring.network import ScoringNetwork

# kipoiseq imports kipoi, which leaves its settings file open until it is collected.
with warnings.catch_warnings():
    warnings.simplefilter("ignore", ResourceWarning)
    import kipoiseq  # noqa: F401

LENGTH = 4096
SIZES = Sizes(
    tracks=3, input_length=LENGTH, target_bins=16, channels=48, heads=2, layers=2, key_size=8, tower=tower_widths(48, 8)
)


def lively_values(key: str, shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    """Weights for which every layer matters, so that an error anywhere shows in the scores."""
    random = np.random.default_rng([seed, zlib.crc32(key.encode())])
    if key.endswith("_counter"):
        return np.array(1, np.int64)
    if "moving_variance" in key:
        return random.uniform(0.5, 1.5, shape).astype(np.float32)
    if key.endswith("scale"):
        return random.uniform(0.7, 1.3, shape).astype(np.float32)
    if "_logit_linear" in key:
        return (2 * np.eye(*shape) + 0.02 * random.standard_normal(shape)).astype(np.float32)
    spread = 0.1 if len(shape) < 2 or "bias" in key or "moving" in key else np.prod(shape[:-1]) ** -0.5
    gain = 1.5 if len(shape) == 3 and shape[0] > 1 else 1.0  # scores of about 1, as trained models have
    return (gain * spread * random.standard_normal(shape)).astype(np.float32)


def make_model(seed_of_tail: int = 0) -> Enformer:
    """A small model; models of other tail seeds share the trunk."""

    def value(key: str, shape: tuple[int, ...]) -> np.ndarray:
        tail = key.startswith(("model/_final_pointwise/", "model/_heads/"))
        return lively_values(key, shape, seed_of_tail if tail else 0)

    return Enformer(SIZES, variables=Variables(source=value))


@pytest.fixture(scope="session")
def model() -> Enformer:
    return make_model()


@pytest.fixture(scope="session")
def network(model: Enformer) -> ScoringNetwork:
    return ScoringNetwork([model])


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """The prefix of a small checkpoint by the seed of its tail; all share the trunk."""
    folder, made = tmp_path_factory.mktemp("checkpoints"), {}

    def checkpoint(seed_of_tail: int = 0) -> Path:
        if seed_of_tail not in made:
            made[seed_of_tail] = folder / f"tail{seed_of_tail}" / "variables"
            save_checkpoint(make_model(seed_of_tail), made[seed_of_tail])
        return made[seed_of_tail]

    return checkpoint


@pytest.fixture(scope="session")
def fasta(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """chr1 of 24,000 bp with an N run [9000, 10500), scattered N and lower-case stretches; chr2 of 9,000 bp."""
    random = np.random.default_rng(3)
    first = random.choice(list("ACGTacgtN"), 24_000, p=[0.22, 0.22, 0.22, 0.22, 0.029, 0.029, 0.029, 0.029, 0.004])
    first[9000:10500] = "N"
    path = tmp_path_factory.mktemp("genome") / "genome.fa"
    second = "".join(random.choice(list("ACGT"), 9_000))
    path.write_text(f">chr1\n{''.join(first)}\n>chr2\n{second}\n")
    return path
