"""Windows of a BED file, checked: one length, and no further than the chromosome's end."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import google_crc32c

from tcra.common.genome.intervals import Interval, read_bed
from tcra.errors import UserError
from tcra.tracks.settings import TrackSettings


def read_window_bed(path: Path) -> list[Interval]:
    """Windows in file order.

    Errors: UserError if they are not all of one length, naming the first that differs.
    """
    windows = read_bed(path)
    length = windows[0].length
    for number, window in enumerate(windows, 1):
        if window.length != length:
            raise UserError(
                f"{path} {place(window, number)} has {window.length} bp, expected {length} as the first one"
            )
    return windows


def windows_checksum(windows: Sequence[Interval]) -> str:
    """`crc32c:` and eight hexadecimal digits over places and order of the windows, whatever else their BED file holds."""
    text = "".join(f"{window.chrom}\t{window.start}\t{window.end}\n" for window in windows)
    return f"crc32c:{google_crc32c.value(text.encode()):08x}"


def count_bins(path: Path, windows: Sequence[Interval], settings: TrackSettings) -> int:
    """Bins per window.

    Errors: UserError if the crop leaves no whole number of bins.
    """
    try:
        return settings.bins(windows[0].length)
    except ValueError as error:
        raise UserError(f"{path}: {error}") from None


def place(window: Interval, number: int) -> str:
    """How an error names the window with this 1-based number."""
    return f"window {number} ({window.chrom}:{window.start}-{window.end})"


def neighbouring_groups(windows: Sequence[Interval], span: int) -> Iterator[list[int]]:
    """Indices of windows in groups to be read at once: one chromosome, touching or overlapping, at most about `span` bp together."""
    group: list[int] = []
    first = end = 0
    for index in sorted(range(len(windows)), key=lambda i: (windows[i].chrom, windows[i].start, i)):
        window = windows[index]
        apart = group and (
            window.chrom != windows[group[0]].chrom or window.start > end or max(end, window.end) - first > span
        )
        if apart:
            yield group
            group = []
        if not group:
            first, end = window.start, window.end
        group.append(index)
        end = max(end, window.end)
    if group:
        yield group
