"""`statistics.json` of a TFRecord data set: the sizes that a reader needs, in basenji's keys."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tcra.common.files import atomic_text
from tcra.errors import UserError

STATISTICS_FILE = "statistics.json"
_SIZES = ("seq_length", "target_length", "num_targets", "pool_width", "crop_bp")


@dataclass(frozen=True)
class Statistics:
    """Sizes of a TFRecord data set.

    seq_length: bp of DNA per record. target_length: bins per record. num_targets: tracks. pool_width: bp per bin.
    crop_bp: bp at each end of the DNA that have no bins. sequences: number of records of each split.
    """

    seq_length: int
    target_length: int
    num_targets: int
    pool_width: int
    crop_bp: int
    sequences: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("seq_length", "target_length", "num_targets", "pool_width"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}, expected at least 1")
        if self.crop_bp < 0:
            raise ValueError(f"crop_bp is {self.crop_bp}, expected at least 0")
        covered = self.target_length * self.pool_width + 2 * self.crop_bp
        if covered > self.seq_length:
            raise ValueError(
                f"{self.target_length} bins of {self.pool_width} bp and a crop of {self.crop_bp} bp at each end need "
                f"{covered} bp, but seq_length is {self.seq_length}"
            )

    @classmethod
    def read(cls, folder: Path) -> "Statistics":
        """Read `folder`/statistics.json.

        Errors: UserError if the file is missing, is no JSON, or lacks a size.
        """
        path = Path(folder) / STATISTICS_FILE
        if not path.is_file():
            raise UserError(
                f"{folder} has no {STATISTICS_FILE}, so it is no TFRecord data set; name the folder that has it"
            )
        try:
            found: Any = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise UserError(f"{path} is not JSON: {error}") from error
        if not isinstance(found, dict):
            raise UserError(f"{path} holds no JSON object; expected {', '.join(_SIZES)}")
        numbers = [key for key in found if key.endswith("_seqs")]
        for name in (*_SIZES, *numbers):
            if type(found.get(name)) is not int:
                raise UserError(f"{path}: {name} is {found.get(name)!r}, expected a whole number")
        splits = {key.removesuffix("_seqs"): found[key] for key in numbers}
        try:
            return cls(**{name: found[name] for name in _SIZES}, sequences=splits)
        except ValueError as error:
            raise UserError(f"{path}: {error}") from error

    def write(self, folder: Path) -> None:
        """Write `folder`/statistics.json, atomically."""
        record = {name: getattr(self, name) for name in _SIZES}
        record |= {f"{split}_seqs": number for split, number in self.sequences.items()}
        with atomic_text(Path(folder) / STATISTICS_FILE) as text:
            json.dump(record, text, indent=4)
            text.write("\n")
