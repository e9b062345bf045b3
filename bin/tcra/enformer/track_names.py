"""Names of tracks: of a TFRecord data set (its targets.txt) and of a list given for a checkpoint."""

from pathlib import Path

from tcra.common.files import open_text
from tcra.common.tables import Column, read_table
from tcra.errors import UserError

TARGETS_FILE = "targets.txt"


def data_set_tracks(tfrecords: Path, number: int) -> list[str]:
    """Track ids of a data set in target order: the column `identifier` of targets.txt; `track_0`, … if there is no targets.txt.

    Errors: UserError if targets.txt names another number of tracks.
    """
    path = Path(tfrecords) / TARGETS_FILE
    if not path.is_file():
        return [f"track_{i}" for i in range(number)]
    names = read_track_list(path)
    if len(names) != number:
        raise UserError(f"{path} names {len(names)} tracks, but statistics.json says {number}")
    return names


def read_track_list(path: Path) -> list[str]:
    """Ids in a table with a column `identifier` (basenji's targets.txt), or one id a line.

    Errors: UserError for an id that stands twice.
    """
    with open_text(path) as text:
        header = text.readline()
    if "identifier" in header.split():
        names = read_table(path, [Column("identifier")])["identifier"].tolist()
    else:
        with open_text(path) as text:
            names = [line.strip() for line in text if line.strip()]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise UserError(f"{path}: track {repeated[0]} stands twice; ids must differ")
    return names
