"""Where annotation columns come from: scores of a model, or a baseline annotation such as baselineLF."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from tcra.common.files import DAMAGED, open_bytes
from tcra.common.genome.chromosomes import plain_name
from tcra.common.tables import require_columns
from tcra.errors import UserError
from tcra.variants.annotation.annotation_rules import annotate
from tcra.variants.annotation.reference_sites import AnnotationRows
from tcra.variants.annotation.settings import Rule
from tcra.variants.tables.score_tables import TRACKS_AT_A_TIME, ScoreTable
from tcra.variants.tables.sites import Sites, SitesBuilder

ANNOTATION_IDENTITY = ("CHR", "SNP", "BP", "A2", "A1")


class AnnotationSource(Protocol):
    """Annotation columns of one origin, chromosome by chromosome."""

    name: str

    @property
    def kind(self) -> np.dtype | None:
        """Number type of all columns, or None if each has its own."""

    def chromosomes(self) -> list[str]:
        """Chromosomes that have variants, without `chr`, in natural order."""

    def sites(self, chrom: str) -> Sites:
        """The variants of a chromosome, in the source's order; ref is A2, alt is A1."""

    def columns(self, chrom: str) -> Iterator[tuple[str, NDArray[Any]]]:
        """(name, value of each of the chromosome's variants) of each annotation."""


@dataclass
class ScoreSource:
    """One column per track, by a rule, from score files. Reads 16 tracks at a time; memory is that of 16 tracks of one chromosome."""

    name: str
    scores: ScoreTable
    rule: Rule
    fraction: float = 0.05

    @property
    def kind(self) -> np.dtype:
        return np.dtype(np.float32 if self.rule == "quantitative" else np.uint8)

    @cached_property
    def everywhere(self) -> Sites:
        return self.scores.sites()

    @cached_property
    def _rows(self) -> dict[str, NDArray[np.int64]]:
        """Rows of the score table by chromosome, by place, a repeated variant only once."""
        keys = self.everywhere.keys
        order = np.argsort(keys, kind="stable")
        fresh = np.concatenate(([True], np.diff(keys[order]) != 0))
        order = order[fresh]
        chrom = self.everywhere.chrom[order]
        return {name: order[chrom == code] for code, name in enumerate(self.everywhere.chromosomes)}

    @property
    def repeated(self) -> int:
        """Rows of repeated variants."""
        return len(self.everywhere) - sum(len(rows) for rows in self._rows.values())

    def chromosomes(self) -> list[str]:
        return [chrom for chrom, rows in self._rows.items() if len(rows)]

    def sites(self, chrom: str) -> Sites:
        return self.everywhere.take(self._rows[chrom])

    @cached_property
    def _rs_numbers(self) -> NDArray[np.int64]:
        return self.scores.rs_numbers()

    def rs_numbers(self, chrom: str) -> NDArray[np.int64]:
        """rs number of each variant of a chromosome, in the source's order; 0 where unknown."""
        return self._rs_numbers[self._rows[chrom]]

    def columns(self, chrom: str) -> Iterator[tuple[str, NDArray[Any]]]:
        rows = self._rows[chrom]
        low, high = int(rows.min()), int(rows.max()) + 1
        groups = [group for group in self.scores.groups if group.start < high and group.start + group.rows > low]
        first = groups[0].start
        height = groups[-1].start + groups[-1].rows - first
        for at in range(0, len(self.scores.tracks), TRACKS_AT_A_TIME):
            tracks = self.scores.tracks[at : at + TRACKS_AT_A_TIME]
            values = np.empty((height, len(tracks)), np.float32, order="F")
            for start, block in self.scores.blocks(tracks, groups):
                values[start - first : start - first + len(block)] = block
            for place, track in enumerate(tracks):
                yield f"{self.name}_{track}", annotate(values[rows - first, place], self.rule, self.fraction)


@dataclass
class BaselineSource:
    """Annotation files of others, one per chromosome: `….{chrom}.annot.parquet` or `….{chrom}.annot.gz` in a folder.

    Their columns are CHR, SNP, BP, A1, A2 (in any order) and annotations; CM is left out. Without A1 and A2 (LDSC's own files) the alleles
    are those that the LD reference `sites` has for the same SNP and position.
    """

    name: str
    folder: Path
    reference: Mapping[str, AnnotationRows] | None = None
    kind: None = None

    @cached_property
    def _files(self) -> dict[str, Path]:
        found: dict[str, Path] = {}
        for path in sorted(self.folder.glob("*.annot.*")):
            for ending in (".annot.parquet", ".annot.gz"):
                if path.name.endswith(ending):
                    found.setdefault(plain_name(path.name.removesuffix(ending).rsplit(".", 1)[-1]), path)
        if not found:
            raise UserError(
                f"{self.folder}: no file such as baseline.1.annot.parquet or baseline.1.annot.gz in this folder"
            )
        return found

    def chromosomes(self) -> list[str]:
        return list(self._files)

    def table(self, chrom: str) -> pa.Table:
        """The file of a chromosome. Errors: UserError if it is damaged or lacks a column."""
        path = self._files[chrom]
        try:
            if path.suffix == ".parquet":
                table = pq.read_table(path)
            else:
                with open_bytes(path) as raw:
                    table = pyarrow.csv.read_csv(
                        pa.PythonFile(raw, mode="r"), parse_options=pyarrow.csv.ParseOptions(delimiter="\t")
                    )
            for at, name in enumerate(table.column_names):
                if name in ("CHR", "SNP", "A1", "A2"):
                    table = table.set_column(at, name, table.column(name).cast(pa.string()))
        except (pa.ArrowException, OSError, *DAMAGED) as error:
            raise UserError(f"{path} cannot be read: {str(error).splitlines()[0]}") from None
        if self.reference is not None and not {"A1", "A2"} & set(table.column_names):
            require_columns(path, table.column_names, ("CHR", "SNP", "BP"))
            table = self._with_alleles(path, chrom, table, self.reference)
        require_columns(path, table.column_names, ANNOTATION_IDENTITY)
        for field in table.schema:
            if field.name not in (*ANNOTATION_IDENTITY, "CM") and not _is_number(field.type):
                raise UserError(
                    f"{path}: column {field.name} holds {field.type}, expected the numbers of an annotation"
                )
        return table

    def _with_alleles(
        self, path: Path, chrom: str, table: pa.Table, reference: Mapping[str, AnnotationRows]
    ) -> pa.Table:
        """The rows that the reference has under the same SNP and position, with its alleles."""
        sites = reference.get(chrom)
        if sites is None:
            raise UserError(f"{path} has no columns A1 and A2, and --sites has no chromosome {chrom} to take them from")
        columns = sites.sites.columns()
        keys = pc.binary_join_element_wise(sites.names, columns["pos"].cast(pa.string()), " ")
        wanted = pc.binary_join_element_wise(
            table.column("SNP").combine_chunks(), table.column("BP").combine_chunks().cast(pa.string()), " "
        )
        at = pc.index_in(wanted, value_set=keys)
        if not pc.any(pc.is_valid(at)).as_py():
            raise UserError(f"{path} has no columns A1 and A2, and none of its SNPs (by SNP and BP) is in --sites")
        for name, side in (("A2", "ref"), ("A1", "alt")):
            table = table.append_column(name, columns[side].take(at))
        return table.filter(pc.is_valid(at))

    def identity(self, chrom: str) -> pa.Table:
        return self.table(chrom).select(ANNOTATION_IDENTITY)

    def sites(self, chrom: str) -> Sites:
        table = self.identity(chrom).combine_chunks()
        builder = SitesBuilder()
        chrom_names, places, ref, alt = table["CHR"], table["BP"].cast(pa.int64()), table["A2"], table["A1"]
        try:
            builder.add(*(column.combine_chunks() for column in (chrom_names, places, ref, alt)))
        except ValueError as error:
            raise UserError(f"{self._files[chrom]}: {error}") from None
        return builder.build()

    def columns(self, chrom: str) -> Iterator[tuple[str, NDArray[Any]]]:
        table = self.table(chrom)
        for name in table.column_names:
            if name not in (*ANNOTATION_IDENTITY, "CM"):
                yield name, table.column(name).to_numpy()


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind))
