"""The coverage of all tracks in a folder: `0.h5`, `1.h5`, … in the order of the tracks, or one file per track by its id."""

import hashlib
import logging
import re
import string
from collections.abc import Sequence
from pathlib import Path

from tcra.errors import UserError
from tcra.tracks.coverage_file import CoverageShape, read_coverage_shape

log = logging.getLogger(__name__)
_BY_NUMBER = re.compile(r"^(\d+)\.h5$")
_SAFE = frozenset(string.ascii_letters + string.digits + "_.-")
_LONGEST_NAME = 200  # file systems take 255 bytes, and names beside it are longer


def coverage_name(identifier: str) -> str:
    """The file name of a track's coverage by the track's id: the id itself where it is safe as one, and no two ids share a name.

    Letters, digits and `_ . -` stay; other characters, a `.` or `-` at the start, and the first digit of a number (which would be a
    place, not an id) become `=` and their UTF-8 bytes in hexadecimal. A very long id is cut, and a checksum of it added.

    >>> coverage_name("FOXA1_MCF-7.rep1"), coverage_name("ER/α"), coverage_name("12")
    ('FOXA1_MCF-7.rep1.h5', 'ER=2F=CE=B1.h5', '=312.h5')
    """
    escaped_first = identifier[:1] in (".", "-") or (identifier.isascii() and identifier.isdigit())
    name = "".join(
        letter if letter in _SAFE and not (place == 0 and escaped_first) else _escape(letter)
        for place, letter in enumerate(identifier)
    )
    if len(name) > _LONGEST_NAME:
        name = f"{name[: _LONGEST_NAME - 40]}=.{hashlib.sha256(identifier.encode()).hexdigest()[:32]}"
    return f"{name}.h5"


def _escape(letter: str) -> str:
    return "".join(f"={byte:02X}" for byte in letter.encode())


def find_coverage(
    folder: Path, bed: Path, windows: int, windows_checksum: str, identifiers: Sequence[str] | None = None
) -> tuple[list[Path], int]:
    """The tracks' files in order, and their bins per window.

    bed, windows, windows_checksum: the BED file, and the number and checksum of its windows, which each file must have.
    identifiers: the tracks in order, whose files are then named by `coverage_name`; None for files named by number.

    Errors: UserError for a file that is missing or damaged, a gap in the numbers, a dataset of another shape or type, and coverage that
    was read over other windows.
    """
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder of coverage files (0.h5, 1.h5, …)")
    paths = _numbered(folder) if identifiers is None else _named(folder, identifiers)
    shapes = [_checked(path, bed, windows, windows_checksum) for path in paths]
    bins = shapes[0].bins
    for path, shape in zip(paths, shapes, strict=True):
        if shape.bins != bins:
            raise UserError(
                f"{path} has {shape.bins} bins per window, but {paths[0].name} has {bins}; read both with one --crop and -w"
            )
    unknown = sum(shape.windows_checksum is None for shape in shapes)
    if unknown:
        log.warning(
            "%s: %d of %d coverage files do not say which windows they were read over; that %s is their BED file is not checked",
            folder, unknown, len(paths), bed,
        )  # fmt: skip
    return paths, bins


def _numbered(folder: Path) -> list[Path]:
    numbers = sorted(int(match[1]) for path in folder.iterdir() if (match := _BY_NUMBER.match(path.name)))
    if not numbers:
        raise UserError(
            f"{folder} has no coverage file 0.h5; write it with read_coverage.py, or give the tracks' ids with --targets"
        )
    missing = sorted(set(range(numbers[-1] + 1)) - set(numbers))
    if missing:
        raise UserError(
            f"{folder} has {numbers[-1]}.h5 but no {missing[0]}.h5 ({len(missing)} missing); run read_coverage.py for it"
        )
    return [folder / f"{number}.h5" for number in numbers]


def _named(folder: Path, identifiers: Sequence[str]) -> list[Path]:
    paths = [folder / coverage_name(identifier) for identifier in identifiers]
    missing = [(track, path) for track, path in zip(identifiers, paths, strict=True) if not path.is_file()]
    if missing:
        track, path = missing[0]
        hint = "; its files are named by number: leave out --targets" if (folder / "0.h5").is_file() else ""
        raise UserError(
            f"{folder} has no {path.name}, the coverage of track {track} ({len(missing)} of {len(paths)} tracks missing)"
            f"{hint or '; write it with read_coverage.py'}"
        )
    others = sorted({path.name for path in folder.glob("*.h5")} - {path.name for path in paths})
    if others:
        log.warning("%s: %d coverage files are of no track in --targets, the first %s", folder, len(others), others[0])
    return paths


def _checked(path: Path, bed: Path, windows: int, windows_checksum: str) -> CoverageShape:
    found = read_coverage_shape(path)
    if found.windows != windows:
        raise UserError(f"{path} has {found.windows} windows, but {bed} has {windows}; read it over the same BED file")
    if found.windows_checksum not in (None, windows_checksum):
        raise UserError(
            f"{path} was read over other windows than those of {bed}, or the same in another order; "
            "give the BED file that it was read over, or read it again"
        )
    return found
