"""The tracks table: `id,bigwig` and settings, or basenji's `targets.txt` as it stands."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pandas as pd

from tcra.common.tables import Column, read_table
from tcra.errors import UserError
from tcra.tracks.settings import SETTING_OF_FLAG, TrackSettings

log = logging.getLogger(__name__)
# basenji's names of the same columns
_BASENJI = {"identifier": "id", "file": "bigwig", "sum_stat": "statistic"}
# Columns that a table of scores has beside the tracks, so that no track may take their name.
RESERVED_IDS = {"variant_id", "chrom", "pos", "ref", "alt", "mean_abs", "rank", "rsid"}
# Settings that may differ between tracks; the others of SETTING_OF_FLAG are the run's.
TRACK_COLUMNS = ("statistic", "clip", "clip_soft", "clip_pct", "scale", "order", "missing_chromosomes", "negative")
_COLUMNS = (
    Column("clip", "number", minimum=0, required=False, empty=True),
    Column("clip_soft", "number", minimum=0, required=False, empty=True),
    Column("clip_pct", "number", minimum=0, maximum=1, required=False, empty=True),
    Column("scale", "number", required=False, empty=True),
    *(Column(name, required=False, empty=True)
      for name in ("statistic", "order", "missing_chromosomes", "negative", "description")),
)  # fmt: skip
# Columns of basenji's targets.txt and of our plan that say nothing here.
_IGNORED = {"", "index", "genome", "strand_pair", "coverage"}
_OF_THE_RUN = {*SETTING_OF_FLAG, "blacklist"} - set(TRACK_COLUMNS)


@dataclass(frozen=True)
class Track:
    """One row of the table. bigwig: as the table spells it; path: where the file is. line: 1-based, in the table."""

    identifier: str
    bigwig: str
    path: Path
    settings: TrackSettings
    description: str
    line: int


def read_tracks(path: Path, defaults: TrackSettings, bigwigs: Sequence[Path] | None = None) -> list[Track]:
    """Tracks in the table's order; empty cells and absent columns take `defaults`.

    bigwigs: each row's file where the files do not lie as the table says (a pipeline task has them in folders of its own); else
    relative paths are resolved against the table's folder.

    Errors: UserError naming the line, for a missing or misspelt column, an empty or repeated id, and settings that cannot be.
    """
    table = _read(path)
    if not len(table):
        raise UserError(f"{path} has a header but no tracks")
    if bigwigs is not None and len(bigwigs) != len(table):
        raise UserError(f"{path} has {len(table)} tracks, but {len(bigwigs)} bigWigs are given")
    _check_columns(path, table, defaults)
    files = bigwigs or [path.parent / str(bigwig) for bigwig in table["bigwig"]]
    rows = zip(files, table.iterrows(), strict=True)
    tracks = [_track(path, int(str(line)), row, defaults, file) for file, (line, row) in rows]
    _check_for_repeats(path, tracks)
    return tracks


def _read(path: Path) -> pd.DataFrame:
    table = read_table(path, _COLUMNS)
    renamed = table.rename(columns={old: new for old, new in _BASENJI.items() if old in table and new not in table})
    missing = {"id", "bigwig"} - set(renamed.columns)
    if missing:
        columns = ", ".join(name or "(no name)" for name in table.columns)
        raise UserError(
            f"{path} has no column {sorted(missing)[-1]}; expected id and bigwig (or basenji's identifier and file), found {columns}"
        )
    return renamed


def _check_columns(path: Path, table: pd.DataFrame, defaults: TrackSettings) -> None:
    """UserError for a column that looks like a setting but is none; other columns that are not read are named in the log."""
    known = {"id", "bigwig", "description", *TRACK_COLUMNS}
    by_spelling = {re.sub(r"[^a-z]", "", name): name for name in (*TRACK_COLUMNS, *_OF_THE_RUN, "sum_stat")}
    unread = []
    for name in table.columns:
        if name in known or name in _IGNORED:
            continue
        if name in _OF_THE_RUN:
            _check_run_setting(path, name, table[name], defaults)
            continue
        near = get_close_matches(re.sub(r"[^a-z]", "", name.lower()), by_spelling, 1, 0.8)
        if near:
            raise UserError(f"{path} has a column {name}, which is no setting; did you mean {by_spelling[near[0]]}?")
        unread.append(name)
    if unread:
        log.warning("%s: columns that are not read: %s", path, ", ".join(unread))


def _check_run_setting(path: Path, name: str, cells: "pd.Series[Any]", defaults: TrackSettings) -> None:
    """A setting of the run may stand in the table only where it says what the run says."""
    value = getattr(defaults, SETTING_OF_FLAG[name]) if name in SETTING_OF_FLAG else None
    other = cells[~cells.isin(["", str(value)])]
    if len(other):
        raise UserError(
            f"{path} line {other.index[0]}: column {name} is {other.iloc[0]}, but {name} is one for all tracks of a run, "
            f"here {'not given' if value is None else value}; leave the column out"
        )


def _track(table: Path, line: int, row: "pd.Series[Any]", defaults: TrackSettings, path: Path) -> Track:
    identifier, bigwig = str(row["id"]), str(row["bigwig"])
    for name, cell in (("id", identifier), ("bigwig", bigwig)):
        if not cell:
            raise UserError(f"{table} line {line}: column {name} is empty")
    if identifier in RESERVED_IDS:
        raise UserError(
            f"{table} line {line}: id {identifier} is the name of another column of the scores; choose another id"
        )
    given = {
        SETTING_OF_FLAG[name]: row[name]
        for name in TRACK_COLUMNS
        if name in row and not pd.isna(row[name]) and row[name] != ""
    }
    try:
        settings = replace(defaults, **given)
    except UserError as error:
        raise UserError(f"{table} line {line}: {error}") from None
    return Track(identifier, bigwig, path, settings, str(row.get("description", "")), line)


def _check_for_repeats(table: Path, tracks: list[Track]) -> None:
    identifiers: dict[str, Track] = {}
    contents: dict[tuple[str, TrackSettings], Track] = {}
    for track in tracks:
        first = identifiers.setdefault(track.identifier, track)
        if first is not track:
            raise UserError(f"{table} line {track.line}: id {track.identifier} stands already in line {first.line}")
        same = contents.setdefault((track.bigwig, track.settings), track)
        if same is not track:
            raise UserError(
                f"{table} line {track.line}: {track.bigwig} with the same settings stands already in line {same.line}"
            )


def cell_text(value: float | str | None) -> str:
    """Text of a setting in a table: numbers as short as can be, nothing for None.

    >>> cell_text(32.0), cell_text(0.5), cell_text(None), cell_text("mean")
    ('32', '0.5', '', 'mean')
    """
    if value is None or isinstance(value, str):
        return value or ""
    return f"{int(value)}" if value == int(value) else repr(float(value))
