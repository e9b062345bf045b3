"""Checks before any work: chromosomes of every bigWig, of the BED file and of the FASTA file are the same, and no track is negative."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from tcra.cli import progress
from tcra.common.genome.chromosomes import ChromosomeNames, naming_hint
from tcra.common.genome.intervals import Interval
from tcra.errors import UserError
from tcra.tracks.bigwig import BigWig
from tcra.tracks.settings import TrackSettings
from tcra.tracks.track_table import Track
from tcra.tracks.window_bed import place

log = logging.getLogger(__name__)
_SMALLEST = 1e-300  # pyBigWig writes 2e-308 as the largest value of a track that has none above 0


def check_windows_on_genome(
    bed: Path, windows: Sequence[Interval], fasta: Path, lengths: Mapping[str, int], first: int = 0
) -> None:
    """UserError if a window's chromosome is not in the FASTA file under this name, or the window ends beyond it.

    lengths: the FASTA file's chromosomes, in bp. first: the number (from 0) of the first window in the BED file.
    """
    for number, window in enumerate(windows, first + 1):
        if window.chrom not in lengths:
            raise UserError(
                f"{bed} {place(window, number)}: {fasta} has no chromosome {window.chrom}; {naming_hint([window.chrom], lengths)}"
            )
        if window.end > lengths[window.chrom]:
            raise UserError(
                f"{bed} {place(window, number)} ends beyond {window.chrom}, which has {lengths[window.chrom]} bp in {fasta}; "
                "are they of one genome build?"
            )


def check_tracks(
    table: Path, tracks: Sequence[Track], windows: Sequence[Interval], fasta: Path, lengths: Mapping[str, int]
) -> None:
    """Open every bigWig and compare its chromosomes with the FASTA file's; every window's chromosome must be there.

    Errors: UserError with the first fault found and the number of other tracks that have one.
    """
    used = list(dict.fromkeys(window.chrom for window in windows))
    faults = []
    for track in progress(tracks, "tracks checked"):
        try:
            _check_track(track, used, fasta, lengths)
        except UserError as error:
            faults.append(f"{table} line {track.line} ({track.identifier}): {error}")
    if faults:
        more = f" (and {len(faults) - 1} more of {len(tracks)} tracks have a fault)" if len(faults) > 1 else ""
        raise UserError(faults[0] + more)


def _check_track(track: Track, used: Sequence[str], fasta: Path, lengths: Mapping[str, int]) -> None:
    with BigWig(track.path) as bigwig:
        missing = [
            chrom for chrom in used if not bigwig.has(chrom, "windows are on it", track.settings.missing_chromosomes)
        ]
        if len(missing) == len(used):
            raise UserError(f"{track.path} has none of the windows' chromosomes; {naming_hint(used, bigwig.lengths)}")
        names = ChromosomeNames(lengths)
        for chrom, length in bigwig.lengths.items():
            expected = lengths[found] if (found := names.find(chrom)) else length
            if expected != length:
                raise UserError(
                    f"{track.path}: {chrom} has {length} bp, but {expected} bp in {fasta}; they are of different genome builds"
                )
        _check_sign(track.path, bigwig.extremes, track.settings)
        if missing:
            log.warning("%s has no %s: windows there count as 0", track.path, ", ".join(missing))


def _check_sign(path: Path, extremes: tuple[float, float] | None, settings: TrackSettings) -> None:
    """UserError for a track with values below 0, unless its settings say what to do with them."""
    if extremes is None or settings.negative != "error":
        return
    lowest = extremes[0] if settings.scale > 0 else -extremes[1]
    if lowest < -_SMALLEST:
        raise UserError(
            f"{path} holds values below 0 (the smallest is {lowest:g}), but coverage to train on is not negative; use a signal such as "
            "fold change (not its logarithm), or set `negative` to zero, which counts them as 0 (--negative zero for all tracks)"
        )
