"""The state of a training run on disk: everything that another process needs to go on as if nothing had happened."""

import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tcra.common.files import atomic_path

Arrays = list[NDArray[Any]]


@dataclass
class RunState:
    """Where a run is after an evaluation.

    step: steps done. variables: of the problem (trained and state). optimizer: moments, then the step. best: the variables with the lowest
    validation loss so far. history: rows of the history table. The batches and the random numbers are functions of the step.
    """

    step: int
    variables: Arrays
    optimizer: Arrays
    best: Arrays
    best_step: int = 0
    best_loss: float = float("inf")
    history: list[dict[str, Any]] = field(default_factory=list)

    def save(self, path: Path, key: str) -> None:
        """Write the state, whole or not at all. key: of the run's parameters and inputs."""
        note = {
            "key": key, "step": self.step, "best_step": self.best_step, "best_loss": self.best_loss, "history": self.history,
            "lengths": [len(self.variables), len(self.optimizer), len(self.best)],
        }  # fmt: skip
        arrays = [*self.variables, *self.optimizer, *self.best]
        with atomic_path(path) as temporary, open(temporary, "wb") as handle:
            np.savez(handle, *arrays, note=np.frombuffer(json.dumps(note).encode(), np.uint8))


def load_state(path: Path, key: str) -> RunState | None:
    """The state of a run with the same key, or None if there is none (or it belongs to other parameters or inputs)."""
    if not path.is_file():
        return None
    try:
        with np.load(path) as stored:
            note = json.loads(stored["note"].tobytes())
            arrays = [stored[f"arr_{i}"] for i in range(sum(note["lengths"]))]
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None
    if note["key"] != key:
        return None
    ends = np.cumsum(note["lengths"])
    variables, optimizer, best = arrays[: ends[0]], arrays[ends[0] : ends[1]], arrays[ends[1] :]
    return RunState(note["step"], variables, optimizer, best, note["best_step"], note["best_loss"], note["history"])


def values(variables: Sequence[Any]) -> Arrays:
    """Copies of the variables' values."""
    return [np.array(variable.numpy()) for variable in variables]
