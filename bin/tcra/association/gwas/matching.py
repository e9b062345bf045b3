"""Which rows of a GWAS carry a variant of a model: by the text of the id, or by chromosome and position, lifted over if asked."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tcra.association.gwas.gwas_columns import GwasColumns
from tcra.common.arrays import Integers
from tcra.common.genome.chromosomes import mixed_names, plain_name
from tcra.common.genome.liftover import IN_SEVERAL_CHAINS, LIFTED, Liftover
from tcra.common.genome.position_cells import parse_positions, places_of_ids
from tcra.errors import UserError

NO_RS = "id has no 'rs' in it"
NOT_IN_MODELS = "not a variant of any model"


@dataclass
class Found:
    """Rows of a batch that carry a variant: `row` (n,) their places in the batch, `code` (n,) the variants, `turned` (n,) bool: the
    alleles are the other strand's, since the other genome build has the opposite one there.
    """

    row: Integers
    code: Integers
    turned: NDArray[np.bool_]


class Matcher(Protocol):
    """Finds variants; a code is an index into `labels`. by_place: it looks at chromosome and position."""

    labels: list[str]
    by_place: bool

    def code(self, keys: NDArray[np.object_]) -> Integers:
        """Codes (n,) of the models' variants by key, -1 for a key that cannot be matched at all."""

    def find(self, path: Path, batch: pa.RecordBatch, columns: GwasColumns, lost: Counter[str]) -> Found:
        """The rows of the batch that carry a variant; rows that cannot are added to `lost` by reason."""

    def describe(self) -> str:
        """What became of the rows' positions, for an error where no variant was found; empty if none were looked at."""


class IdMatcher:
    """Ids are the same text; unless `keep_non_rsid`, only those with `rs` in them, as in S-PrediXcan."""

    by_place = False

    def __init__(self, keys: list[pa.StringArray], keep_non_rsid: bool) -> None:
        self.ids = pc.unique(pa.chunked_array(keys)).drop_null()
        self.labels = self.ids.to_pylist()
        self.keep_non_rsid = keep_non_rsid

    def code(self, keys: NDArray[np.object_]) -> Integers:
        return _integers(pc.index_in(pa.array(keys, pa.string()), value_set=self.ids))

    def describe(self) -> str:
        return ""

    def find(self, path: Path, batch: pa.RecordBatch, columns: GwasColumns, lost: Counter[str]) -> Found:
        names = _first_known(batch[columns.roles["snp"]], self.ids)
        code = pc.index_in(names, value_set=self.ids)
        row = np.flatnonzero(code.is_valid().to_numpy(zero_copy_only=False))
        lost[NOT_IN_MODELS] += batch.num_rows - len(row)
        code = code.take(pa.array(row))
        if not self.keep_non_rsid:
            rsid = pc.match_substring(names.take(pa.array(row)), "rs").to_numpy(zero_copy_only=False)
            lost[NO_RS] += int((~rsid).sum())
            row, code = row[rsid], code.filter(pa.array(rsid))
        return Found(row, _integers(code), np.zeros(len(row), bool))


class PositionMatcher:
    """Chromosome and 1-based position are the same, after the liftover of the GWAS's positions if there is one.

    A GWAS position comes from its chromosome and position columns, else from ids such as chr1_12345_A_G_b38, 1:12345:A:G or 1:12345;
    a model's from its varID, else from its ids.
    """

    by_place = True

    def __init__(self, keys: list[pa.StringArray], liftover: Liftover | None = None) -> None:
        self.liftover = liftover
        self.chromosomes: dict[str, int] = {}
        places = np.concatenate([self._places(part, learn=True) for part in keys])
        self.places = np.unique(places[places >= 0])
        names = list(self.chromosomes)
        self.labels = [f"{names[place >> 32]}_{place & 0xFFFFFFFF}" for place in self.places.tolist()]
        self.rows = self.without_place = self.on_chromosomes = 0
        self.other_chromosomes: set[str] = set()
        self.spelled: set[str] = set()
        self.has_columns = False

    def code(self, keys: NDArray[np.object_]) -> Integers:
        return self._find(self._places(pa.array(keys, pa.string())))

    def find(self, path: Path, batch: pa.RecordBatch, columns: GwasColumns, lost: Counter[str]) -> Found:
        turned = np.zeros(batch.num_rows, bool)
        if "chromosome" in columns.roles and "position" in columns.roles:
            self.has_columns = True
            chromosome, position = self._columns(
                path, batch[columns.roles["chromosome"]], batch[columns.roles["position"]]
            )
        else:
            chromosome, position = places_of_ids(batch[columns.roles["snp"]])
        self._require_names(path, chromosome)
        if self.liftover is not None:
            chromosome, position, turned = self._lift(chromosome, position, lost)
        codes = self._chromosome_codes(chromosome)
        self.rows += batch.num_rows
        self.without_place += int((position <= 0).sum())
        self.on_chromosomes += int(((codes >= 0) & (position > 0)).sum())
        if len(self.other_chromosomes) < 5 and (codes < 0).any():
            other = chromosome.filter(pa.array((codes < 0) & (position > 0)))
            self.other_chromosomes |= {str(name) for name in pc.unique(other).to_pylist()[:5]}
        place = np.where((codes >= 0) & (position > 0), (codes << 32) | np.maximum(position, 0), -1)
        code = self._find(place)
        row = np.flatnonzero(code >= 0)
        # Rows that the liftover lost (position -1) are counted there.
        lost[NOT_IN_MODELS] += int(((code < 0) & (position >= 0)).sum())
        return Found(row, code[row], turned[row])

    def describe(self) -> str:
        if 2 * self.without_place > self.rows:
            where = "its column of positions" if self.has_columns else "its ids"
            return (
                f"{self.without_place} of its {self.rows} rows have no position that can be read from {where}; name the columns with "
                "--chromosome_column and --position_column"
            )
        if not self.on_chromosomes:
            theirs = ", ".join(sorted(self.other_chromosomes)[:5])
            return f"its chromosomes ({theirs}) are not the models' ({', '.join(list(self.chromosomes)[:5])})"
        return (
            f"{self.on_chromosomes} of its rows are on the models' chromosomes, and none is at one of the models' {len(self.places)} "
            "positions: positions of another genome build need --liftover with a chain file"
        )

    def _require_names(self, path: Path, chromosome: pa.Array) -> None:
        """UserError where two names of the GWAS mean one chromosome, and may be two."""
        new = {name for name in pc.unique(chromosome).to_pylist() if name} - self.spelled
        self.spelled |= new
        if new and (fault := mixed_names(self.spelled)):
            raise UserError(
                f"{path}: {fault}; give each chromosome one name, and leave out those of other species' numbering"
            )

    def _columns(self, path: Path, chromosome: pa.Array, position: pa.Array) -> tuple[pa.Array, Integers]:
        try:
            return chromosome, parse_positions(position)
        except ValueError as error:
            raise UserError(f"{path}: the position column has {error}") from None

    def _lift(
        self, chromosome: pa.Array, position: Integers, lost: Counter[str]
    ) -> tuple[pa.Array, Integers, NDArray[np.bool_]]:
        """Chromosomes, 1-based positions (-1 where there is none) and turned strands in the models' build."""
        assert self.liftover is not None
        names = pc.dictionary_encode(chromosome)
        codes = names.indices.to_numpy(zero_copy_only=False)
        lifted_chrom = np.full(len(codes), "", dtype=object)
        lifted, turned = np.full(len(codes), -1, np.int64), np.zeros(len(codes), bool)
        targets, several = np.array(self.liftover.targets, dtype=object), 0
        for code, name in enumerate(names.dictionary.to_pylist()):
            rows = np.flatnonzero((codes == code) & (position > 0))
            answer = self.liftover.lift(name or "", position[rows] - 1)
            good = answer.status == LIFTED
            lifted_chrom[rows[good]] = targets[answer.chrom[good]]
            lifted[rows[good]] = answer.position[good] + 1
            turned[rows[good]] = ~answer.forward[good]
            several += int((answer.status == IN_SEVERAL_CHAINS).sum())
        lost["position is in several chains"] += several
        lost["position is missing or in no chain"] += int((lifted < 0).sum()) - several
        return pa.array(lifted_chrom, pa.string()), lifted, turned

    def _places(self, ids: pa.Array, learn: bool = False) -> Integers:
        chromosome, position = places_of_ids(ids)
        codes = self._chromosome_codes(chromosome, learn)
        return np.where((codes >= 0) & (position > 0), (codes << 32) | np.maximum(position, 0), -1)

    def _chromosome_codes(self, names: pa.Array, learn: bool = False) -> Integers:
        encoded = pc.dictionary_encode(pc.fill_null(names, ""))
        codes = []
        for name in encoded.dictionary.to_pylist():
            plain = plain_name(name) if name else ""
            if learn and plain:
                self.chromosomes.setdefault(plain, len(self.chromosomes))
            codes.append(self.chromosomes.get(plain, -1))
        return np.asarray(np.array([*codes, -1], np.int64)[encoded.indices.to_numpy(zero_copy_only=False)])

    def _find(self, place: Integers) -> Integers:
        if not len(self.places):
            return np.full(len(place), -1)
        at = np.minimum(np.searchsorted(self.places, place), len(self.places) - 1)
        return np.where(self.places[at] == place, at, -1)


def _first_known(names: pa.StringArray, known: pa.StringArray) -> pa.StringArray:
    """Names (n,), where a cell of several (rs1,rs2 or rs1;rs2) is the first of them that is known, or the cell as it is."""
    text = names.buffers()[2]
    if text is None or not any(mark in memoryview(text).tobytes() for mark in (b",", b";")):
        return names
    joined = pc.fill_null(pc.match_substring_regex(names, "[,;]"), False)
    several = names.filter(joined)
    parts = pc.split_pattern_regex(several, "[,;]")
    ids = pc.utf8_trim_whitespace(parts.flatten())
    row = np.repeat(np.arange(len(several)), pc.list_value_length(parts).to_numpy(zero_copy_only=False))
    hit = np.flatnonzero(pc.is_in(ids, value_set=known).to_numpy(zero_copy_only=False))
    first, place = np.unique(row[hit], return_index=True)
    cells = np.array(several.to_pylist(), dtype=object)
    cells[first] = ids.take(pa.array(hit[place])).to_pylist()
    return pc.replace_with_mask(names, joined, pa.array(cells, pa.string()))


def _integers(codes: pa.Array) -> Integers:
    return np.asarray(pc.fill_null(codes, -1).to_numpy(zero_copy_only=False), np.int64)
