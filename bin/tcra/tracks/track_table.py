"""The tracks table: `id,bigwig` and settings, or basenji's `targets.txt` as it stands."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from tcra.common.tables import Column, read_table
from tcra.errors import UserError
from tcra.tracks.settings import ORDERS, Settings

# basenji's names of the same columns
_BASENJI = {"identifier": "id", "file": "bigwig", "sum_stat": "statistic"}
# Columns that a table of scores has beside the tracks, so that no track may take their name.
_RESERVED = {"variant_id", "chrom", "pos", "ref", "alt", "mean_abs", "rank", "rsid"}
_SETTINGS = (
    Column("clip", "number", minimum=0, required=False, empty=True),
    Column("clip_soft", "number", minimum=0, required=False, empty=True),
    Column("clip_pct", "number", minimum=0, maximum=1, required=False, empty=True),
    Column("scale", "number", required=False, empty=True),
    Column("statistic", required=False, empty=True),
    Column("order", required=False, empty=True),
    Column("description", required=False, empty=True),
)


@dataclass(frozen=True)
class Track:
    """One row of the table. bigwig: as the table spells it; path: where the file is. line: 1-based, in the table."""

    identifier: str
    bigwig: str
    path: Path
    settings: Settings
    description: str
    line: int


def read_tracks(path: Path, defaults: Settings, bigwigs: Sequence[Path] | None = None) -> list[Track]:
    """Tracks in the table's order; empty cells and absent columns take `defaults`.

    bigwigs: each row's file where the files do not lie as the table says (a pipeline task has them in folders of its own); else
    relative paths are resolved against the table's folder.

    Errors: UserError naming the line, for a missing column, an empty or repeated id, and settings that cannot be.
    """
    table = _read(path)
    if not len(table):
        raise UserError(f"{path} has a header but no tracks")
    if bigwigs is not None and len(bigwigs) != len(table):
        raise UserError(f"{path} has {len(table)} tracks, but {len(bigwigs)} bigWigs are given")
    files = bigwigs or [path.parent / str(bigwig) for bigwig in table["bigwig"]]
    rows = zip(files, table.iterrows(), strict=True)
    tracks = [_track(path, int(str(line)), row, defaults, file) for file, (line, row) in rows]
    _refuse_repeats(path, tracks)
    return tracks


def _read(path: Path) -> pd.DataFrame:
    table = read_table(path, _SETTINGS)
    renamed = table.rename(columns={old: new for old, new in _BASENJI.items() if old in table and new not in table})
    missing = {"id", "bigwig"} - set(renamed.columns)
    if missing:
        columns = ", ".join(name or "(no name)" for name in table.columns)
        raise UserError(
            f"{path} has no column {sorted(missing)[-1]}; expected id and bigwig (or basenji's identifier and file), found {columns}"
        )
    return renamed


def _track(table: Path, line: int, row: pd.Series, defaults: Settings, path: Path) -> Track:
    identifier, bigwig = str(row["id"]), str(row["bigwig"])
    for name, cell in (("id", identifier), ("bigwig", bigwig)):
        if not cell:
            raise UserError(f"{table} line {line}: column {name} is empty")
    if identifier in _RESERVED:
        raise UserError(
            f"{table} line {line}: id {identifier} is the name of another column of the scores; choose another id"
        )
    given = {name: row[name] for name in ("clip", "clip_soft", "scale") if name in row and not pd.isna(row[name])}
    if "clip_pct" in row and not pd.isna(row["clip_pct"]):
        given["clip_fraction"] = row["clip_pct"]
    given |= {name: row[name] for name in ("statistic", "order") if row.get(name)}
    if given.get("order", defaults.order) not in ORDERS:
        raise UserError(f"{table} line {line}: order is {given['order']!r}, expected one of {', '.join(ORDERS)}")
    try:
        settings = replace(defaults, **given)
    except ValueError as error:
        raise UserError(f"{table} line {line}: {error}") from None
    return Track(identifier, bigwig, path, settings, str(row.get("description", "")), line)


def _refuse_repeats(table: Path, tracks: list[Track]) -> None:
    identifiers: dict[str, Track] = {}
    contents: dict[tuple[str, Settings], Track] = {}
    for track in tracks:
        first = identifiers.setdefault(track.identifier, track)
        if first is not track:
            raise UserError(f"{table} line {track.line}: id {track.identifier} stands already in line {first.line}")
        same = contents.setdefault((track.bigwig, track.settings), track)
        if same is not track:
            raise UserError(
                f"{table} line {track.line}: {track.bigwig} with the same settings stands already in line {same.line}"
            )
