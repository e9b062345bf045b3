"""Checks before any work: chromosomes of every bigWig, of the BED file and of the FASTA file are the same."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tcra import cli
from tcra.common.genome.chromosomes import naming_hint
from tcra.common.genome.intervals import Interval
from tcra.errors import UserError
from tcra.tracks.bigwig import BigWig
from tcra.tracks.track_table import Track
from tcra.tracks.window_bed import place


def check_windows(bed: Path, windows: Sequence[Interval], fasta: Path, lengths: Mapping[str, int]) -> None:
    """UserError if a window's chromosome is not in the FASTA file under this name, or the window ends beyond it.

    lengths: the FASTA file's chromosomes, in bp.
    """
    for number, window in enumerate(windows, 1):
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
    for track in cli.progress(tracks, "tracks checked"):
        try:
            _check_track(track, used, fasta, lengths)
        except UserError as error:
            faults.append(f"{table} line {track.line} ({track.identifier}): {error}")
    if faults:
        more = f" (and {len(faults) - 1} more of {len(tracks)} tracks have a fault)" if len(faults) > 1 else ""
        raise UserError(faults[0] + more)


def _check_track(track: Track, used: Sequence[str], fasta: Path, lengths: Mapping[str, int]) -> None:
    with BigWig(track.path) as bigwig:
        for chrom in used:
            if chrom not in bigwig.lengths:
                raise UserError(f"{track.path} has no chromosome {chrom}; {naming_hint([chrom], bigwig.lengths)}")
        for chrom, length in bigwig.lengths.items():
            if lengths.get(chrom, length) != length:
                raise UserError(
                    f"{track.path}: {chrom} has {length} bp, but {lengths[chrom]} bp in {fasta}; they are of different genome builds"
                )
