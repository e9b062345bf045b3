"""The nested SNP sets: a ranking of variants, of which set K takes ranks 1 to K."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tcra.common.files import open_text
from tcra.common.genome.chromosomes import plain_name
from tcra.common.parquet_file import is_parquet
from tcra.common.tables import require_columns
from tcra.errors import UserError
from tcra.variants.tables.columns import RANKING_COLUMNS


@dataclass(frozen=True)
class RankedChromosome:
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


@dataclass(frozen=True)
class RankedVariants:
    """Variants by chromosome (plain names); the largest rank and all chromosomes of the file, whatever was kept of it."""

    chromosomes: dict[str, RankedChromosome]
    largest_rank: int
    all_chromosomes: frozenset[str]


def read_ranking(path: Path, largest: int | None, chromosomes: Collection[str] | None = None) -> RankedVariants:
    """Variants of rank ≤ `largest` (None for all) from a TSV or Parquet file with `variant_id chrom pos ref alt rank [rsid]`;
    `pos` is 1-based. Only these chromosomes' variants are held in memory.

    Errors: UserError for missing columns, a cell that is no number, a variant that stands twice, or no variant of such a rank.
    """
    wanted = None if chromosomes is None else {plain_name(chrom) for chrom in chromosomes}
    columns, ranks, present = (_read_parquet if is_parquet(path) else _read_text)(path, largest, wanted)
    if ranks is None:
        raise UserError(f"{path} has no variants")
    if largest is not None and ranks[0] > largest:
        raise UserError(f"{path}: no variant has a rank of at most {largest}, the largest of --set-sizes")
    position, rank = _integers(path, "pos", columns), _integers(path, "rank", columns)
    rows: dict[str, list[int]] = {}
    for row, chrom in enumerate(columns["chrom"]):
        rows.setdefault(plain_name(str(chrom)), []).append(row)
    rsid = columns.get("rsid")
    sets = {}
    for chrom, chosen in rows.items():
        chosen.sort(key=lambda row: (position[row], str(columns["ref"][row]), str(columns["alt"][row])))
        sets[chrom] = RankedChromosome(
            chrom,
            position[chosen],
            rank[chosen],
            [str(columns["variant_id"][row]) for row in chosen],
            [str(columns["ref"][row]).upper() for row in chosen],
            [str(columns["alt"][row]).upper() for row in chosen],
            ["" if rsid is None else _known(rsid[row]) for row in chosen],
        )
        _require_unique(path, sets[chrom])
    return RankedVariants(sets, ranks[1], present)


def _known(rsid: object) -> str:
    text = "" if rsid is None else str(rsid).strip()
    return "" if text in (".", "NA", "nan", "None") else text


def _require_unique(path: Path, snps: RankedChromosome) -> None:
    keys = list(zip(snps.position.tolist(), snps.ref, snps.alt, strict=True))
    for previous, current, name in zip(keys, keys[1:], snps.variant_id[1:], strict=False):
        if previous == current:
            raise UserError(f"{path}: variant {name} stands twice; keep one row for each variant")


RankingColumns = Mapping[str, Sequence[object]]
RankRange = tuple[int, int] | None  # smallest and largest of all rows; None without rows


def _read_parquet(
    path: Path, largest: int | None, wanted: set[str] | None
) -> tuple[RankingColumns, RankRange, frozenset[str]]:
    """Columns of the rows to keep."""
    import pyarrow
    import pyarrow.compute
    import pyarrow.parquet

    try:
        file = pyarrow.parquet.ParquetFile(path)
        present = file.schema_arrow.names
        require_columns(path, present, RANKING_COLUMNS)
        table = file.read(columns=[*RANKING_COLUMNS, *(["rsid"] if "rsid" in present else [])])
        found = pyarrow.compute.min_max(table["rank"]).as_py()
        keep = pyarrow.compute.less_equal(table["rank"], found["max"] if largest is None else largest)
        chrom = table["chrom"].cast(pyarrow.string())  # of whole numbers, or of pandas' categories
        names = pyarrow.compute.unique(chrom).to_pylist()
        of_interest = [name for name in names if wanted is None or plain_name(str(name)) in wanted]
        in_chrom = pyarrow.compute.is_in(chrom, value_set=pyarrow.array(of_interest, pyarrow.string()))
        table = table.filter(pyarrow.compute.and_(keep, in_chrom))
    except (pyarrow.ArrowException, OSError) as error:
        raise UserError(f"{path} is no table of ranked variants ({error}); write it again") from None
    columns = {name: table.column(name).to_pylist() for name in table.column_names}
    present = frozenset(plain_name(str(name)) for name in names)
    return columns, None if found["min"] is None else (found["min"], found["max"]), present


def _read_text(
    path: Path, largest: int | None, wanted: set[str] | None
) -> tuple[RankingColumns, RankRange, frozenset[str]]:
    """As `_read_parquet`."""
    rows: list[list[str]] = []
    ranks: RankRange = None
    names: set[str] = set()
    with open_text(path) as text:
        header = text.readline().rstrip("\r\n").lstrip("#").split("\t")
        require_columns(path, header, RANKING_COLUMNS)
        chrom, rank = header.index("chrom"), header.index("rank")
        for number, line in enumerate(text, 2):
            cells = line.rstrip("\r\n").split("\t")
            if len(cells) != len(header):
                if not line.strip():
                    continue
                raise UserError(f"{path} line {number}: {len(cells)} cells, but the header has {len(header)}")
            if not cells[rank].isdigit():
                raise UserError(
                    f"{path} line {number}: column rank has {cells[rank]!r}, expected a whole number of at least 1"
                )
            place = int(cells[rank])
            names.add(cells[chrom])
            ranks = (min(place, ranks[0]), max(place, ranks[1])) if ranks else (place, place)
            if (largest is None or place <= largest) and (wanted is None or plain_name(cells[chrom]) in wanted):
                rows.append(cells)
    return {name: [row[i] for row in rows] for i, name in enumerate(header)}, ranks, frozenset(map(plain_name, names))


def _integers(path: Path, name: str, columns: RankingColumns) -> NDArray[np.int64]:
    numbers = []
    for variant, cell in zip(columns["variant_id"], columns[name], strict=True):
        try:
            value = int(str(cell))
        except ValueError:
            value = 0
        if value < 1:
            raise UserError(
                f"{path}: variant {variant} has {cell!r} in column {name}, expected a whole number of at least 1"
            )
        numbers.append(value)
    return np.array(numbers, np.int64)
