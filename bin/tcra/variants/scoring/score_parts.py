"""Scores on disk, part by part, so that a killed run goes on where it was and gives the same bytes."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tcra.common.files import atomic_path, atomic_text


class PartStore:
    """A folder of finished parts of one run, beside its output; a part stands there whole or not at all.

    run: what the scores depend on (provenance). Parts of another run are thrown away.
    """

    def __init__(self, folder: Path, run: Mapping[str, Any]) -> None:
        self.folder = folder
        record, text = folder / "run.json", json.dumps(run, sort_keys=True)
        if folder.exists() and not (record.is_file() and record.read_text() == text):
            shutil.rmtree(folder)
        if not folder.exists():
            folder.mkdir(parents=True)
            with atomic_text(record) as out:
                out.write(text)

    def has(self, name: str) -> bool:
        return self._path(name).is_file()

    def save(self, name: str, scores: NDArray[np.float32]) -> None:
        with atomic_path(self._path(name)) as path, open(path, "wb") as out:
            np.save(out, scores)

    def load(self, name: str) -> NDArray[np.float32]:
        scores: NDArray[np.float32] = np.load(self._path(name))
        return scores

    def remove(self) -> None:
        shutil.rmtree(self.folder)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.npy"
