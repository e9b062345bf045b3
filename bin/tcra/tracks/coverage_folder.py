"""The coverage of all tracks: a folder of `0.h5`, `1.h5`, … in the order of the tracks."""

import re
from pathlib import Path

import h5py
import numpy as np

from tcra.errors import UserError
from tcra.tracks.bin_summary import Half

_NAME = re.compile(r"^(\d+)\.h5$")
_EXPONENT = 0x7C00  # all bits of a float16's exponent: inf or NaN


def find_coverage(folder: Path, windows: int) -> tuple[list[Path], int]:
    """The tracks' files in order, and their bins a window.

    windows: the number of rows that each must have.

    Errors: UserError for a gap in the numbers, a damaged file, and a dataset of another shape or type.
    """
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder of coverage files (0.h5, 1.h5, …)")
    numbers = sorted(int(match[1]) for path in folder.iterdir() if (match := _NAME.match(path.name)))
    if not numbers:
        raise UserError(f"{folder} has no coverage file 0.h5; write it with read_coverage.py")
    missing = sorted(set(range(numbers[-1] + 1)) - set(numbers))
    if missing:
        raise UserError(
            f"{folder} has {numbers[-1]}.h5 but no {missing[0]}.h5 ({len(missing)} missing); run read_coverage.py for it"
        )
    paths = [folder / f"{number}.h5" for number in numbers]
    bins = _bins(paths[0], windows)
    for path in paths[1:]:
        other = _bins(path, windows)
        if other != bins:
            raise UserError(
                f"{path} has {other} bins a window, but {paths[0].name} has {bins}; read it with one --crop and -w"
            )
    return paths, bins


def _bins(path: Path, windows: int) -> int:
    try:
        with h5py.File(path, "r") as file:
            targets = file.get("targets")
            if not isinstance(targets, h5py.Dataset):
                raise UserError(f"{path} has no dataset 'targets'; write it again with read_coverage.py")
            shape, kind = targets.shape, targets.dtype
    except OSError as error:
        raise UserError(f"{path} is damaged or cut short ({_first_line(error)}); write it again") from error
    if len(shape) != 2 or kind != np.float16:
        raise UserError(f"{path}: targets is {kind} {shape}, expected float16 (windows, bins)")
    if shape[0] != windows:
        raise UserError(
            f"{path} has {shape[0]} windows, but the BED file has {windows}; read it over the same BED file"
        )
    return int(shape[1])


def read_rows(paths: list[Path], bins: int, start: int, end: int) -> Half:
    """Rows [start, end) of all tracks: (tracks, rows, bins) float16.

    Errors: UserError for a damaged file, and for a NaN or inf, naming the first row.
    """
    targets = np.empty((len(paths), end - start, bins), np.float16)
    for block, path in zip(targets, paths, strict=True):
        try:
            with h5py.File(path, "r") as file:
                file["targets"].read_direct(block, np.s_[start:end])
        except OSError as error:
            raise UserError(f"{path} is damaged or cut short ({_first_line(error)}); write it again") from error
        special = (block.view(np.uint16) & _EXPONENT) == _EXPONENT
        if special.any():
            row = start + int(np.flatnonzero(special.any(axis=1))[0])
            raise UserError(f"{path}: window {row + 1} holds NaN or inf; read the track again with read_coverage.py")
    return targets


def _first_line(error: OSError) -> str:
    return str(error).splitlines()[0]
