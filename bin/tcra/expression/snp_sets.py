"""The nested SNP sets: a ranking of variants, of which set K takes ranks 1 to K."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tcra.cli import UserError
from tcra.common.files import open_text
from tcra.common.genome.chromosomes import plain_name
from tcra.common.tables import require_columns

COLUMNS = ("variant_id", "chrom", "pos", "ref", "alt", "rank")


@dataclass(frozen=True)
class SnpSet:
    """Variants of one chromosome, sorted by position.

    position: (m,) int64, 1-based. rank: (m,) int64, from 1. The other lists have one text per variant; rsid is empty if unknown.
    """

    chrom: str
    position: NDArray[np.int64]
    rank: NDArray[np.int64]
    variant_id: list[str]
    ref: list[str]
    alt: list[str]
    rsid: list[str]


def read_snp_sets(path: Path, largest: int, chromosomes: Sequence[str] | None = None) -> dict[str, SnpSet]:
    """Variants of rank ≤ `largest` by chromosome (plain names), from a TSV or Parquet file with
    `variant_id chrom pos ref alt rank [rsid]`; `pos` is 1-based.

    Errors: UserError for missing columns, a cell that is no number, a variant that stands twice, or no variant at all.
    """
    columns = _read_parquet(path) if _is_parquet(path) else _read_text(path)
    position, rank = _integers(path, "pos", columns["pos"]), _integers(path, "rank", columns["rank"])
    names = [plain_name(str(chrom)) for chrom in columns["chrom"]]
    wanted = None if chromosomes is None else {plain_name(chrom) for chrom in chromosomes}
    rows: dict[str, list[int]] = {}
    for row in np.flatnonzero(rank <= largest).tolist():
        if wanted is None or names[row] in wanted:
            rows.setdefault(names[row], []).append(row)
    if not len(rank):
        raise UserError(f"{path} has no variants")
    if rank.min() > largest:
        raise UserError(f"{path}: no variant has a rank of at most {largest}, the largest of --set-sizes")
    rsid = columns.get("rsid")
    sets = {}
    for chrom, chosen in rows.items():
        chosen.sort(key=lambda row: (position[row], str(columns["ref"][row]), str(columns["alt"][row])))
        sets[chrom] = SnpSet(
            chrom,
            position[chosen],
            rank[chosen],
            [str(columns["variant_id"][row]) for row in chosen],
            [str(columns["ref"][row]).upper() for row in chosen],
            [str(columns["alt"][row]).upper() for row in chosen],
            ["" if rsid is None else _known(rsid[row]) for row in chosen],
        )
        _require_unique(path, sets[chrom])
    return sets


def _known(rsid: object) -> str:
    text = "" if rsid is None else str(rsid).strip()
    return "" if text in (".", "NA", "nan", "None") else text


def _require_unique(path: Path, snps: SnpSet) -> None:
    keys = list(zip(snps.position.tolist(), snps.ref, snps.alt, strict=True))
    for previous, current, name in zip(keys, keys[1:], snps.variant_id[1:], strict=False):
        if previous == current:
            raise UserError(f"{path}: variant {name} stands twice; keep one row for each variant")


def _is_parquet(path: Path) -> bool:
    with open(path, "rb") as handle:
        return handle.read(4) == b"PAR1"


def _read_parquet(path: Path) -> Mapping[str, Sequence[object]]:
    import pyarrow
    import pyarrow.parquet

    try:
        file = pyarrow.parquet.ParquetFile(path)
        present = file.schema_arrow.names
        require_columns(path, present, COLUMNS)
        table = file.read(columns=[*COLUMNS, *(["rsid"] if "rsid" in present else [])])
    except (pyarrow.ArrowInvalid, OSError) as error:
        raise UserError(f"{path} is a damaged Parquet file ({error}); write it again") from None
    return {name: table.column(name).to_pylist() for name in table.column_names}


def _read_text(path: Path) -> Mapping[str, Sequence[str]]:
    with open_text(path) as text:
        header = text.readline().rstrip("\r\n").lstrip("#").split("\t")
        require_columns(path, header, COLUMNS)
        rows = []
        for number, line in enumerate(text, 2):
            cells = line.rstrip("\r\n").split("\t")
            if len(cells) == len(header):
                rows.append(cells)
            elif line.strip():
                raise UserError(f"{path} line {number}: {len(cells)} cells, but the header has {len(header)}")
    return {name: [row[i] for row in rows] for i, name in enumerate(header)}


def _integers(path: Path, name: str, cells: Sequence[object]) -> NDArray[np.int64]:
    numbers = []
    for row, cell in enumerate(cells, 1):
        try:
            value = int(str(cell))
        except ValueError:
            value = 0
        if value < 1:
            raise UserError(f"{path} row {row}: column {name} has {cell!r}, expected a whole number of at least 1")
        numbers.append(value)
    return np.array(numbers, np.int64)
