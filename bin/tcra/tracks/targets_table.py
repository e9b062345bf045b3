"""`targets.txt` of a TFRecord data set: which track is which column of the targets, in basenji's columns."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from tcra.common.files import open_text
from tcra.common.table_text import write_table
from tcra.common.tables import Column, read_table
from tcra.errors import UserError
from tcra.tracks.track_table import Track, cell_text

TARGETS_FILE = "targets.txt"


def write_targets_table(folder: Path, tracks: Sequence[Track]) -> None:
    """Write `folder`/targets.txt. Its first column, the index, has no name, as in basenji's."""
    rows = [
        {
            "": index,
            "identifier": track.identifier,
            "file": track.bigwig,
            "clip": cell_text(track.settings.clip),
            "clip_soft": cell_text(track.settings.clip_soft),
            "scale": cell_text(track.settings.scale),
            "sum_stat": track.settings.statistic,
            "description": track.description,
        }
        for index, track in enumerate(tracks)
    ]
    write_table(folder / TARGETS_FILE, pd.DataFrame(rows, dtype=object), missing="")


def data_set_tracks(folder: Path, number: int) -> list[str]:
    """Track ids of a data set in target order: the column `identifier` of its targets.txt.

    Errors: UserError if there is no targets.txt, or it names another number of tracks.
    """
    path = Path(folder) / TARGETS_FILE
    if not path.is_file():
        raise UserError(
            f"{folder} has no {TARGETS_FILE}, which names its tracks; copy it there beside statistics.json "
            "(plan_tracks.py and basenji write it; columns index, identifier)"
        )
    names = read_track_list(path)
    if len(names) != number:
        raise UserError(f"{path} names {len(names)} tracks, but statistics.json says {number}")
    return names


def read_track_list(path: Path) -> list[str]:
    """Ids in a table with a column `identifier` (targets.txt), or one id per line.

    Errors: UserError for a list without ids, and for an id that is empty or repeated.
    """
    with open_text(path) as text:
        header = text.readline()
    if "identifier" in header.split():
        names = read_table(path, [Column("identifier")])["identifier"].tolist()
    else:
        with open_text(path) as text:
            names = [line.strip() for line in text if line.strip()]
    if not names:
        raise UserError(f"{path} names no track")
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise UserError(f"{path}: track {repeated[0]} stands in two lines; ids must differ")
    return names
