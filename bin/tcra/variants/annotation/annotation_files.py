"""One chromosome's annotation files: `.annot.parquet`, `.annot.gz`, `.l2.M`, `.l2.M_5_50`."""

import gzip
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from tcra.common.files import atomic_path, atomic_text
from tcra.common.provenance import as_json
from tcra.variants.annotation.reference_sites import AnnotationRows
from tcra.variants.annotation.settings import AnnotationTextLayout

ROWS_AT_A_TIME = 50_000
# LD score regression counts common variants in .l2.M_5_50: minor allele frequency above 5 %.
COMMON = 0.05


@dataclass(frozen=True)
class AnnotationColumns:
    """Annotation columns of one source. values: one array (rows,) of numbers per name (they may be memory maps)."""

    names: Sequence[str]
    values: Sequence[NDArray[Any]]


def write_annotation(
    folder: Path,
    rows: AnnotationRows,
    parts: Sequence[AnnotationColumns],
    layout: AnnotationTextLayout,
    maf: NDArray[np.float64] | None,
    record: Mapping[str, Any],
) -> None:
    """Write the files of `rows.chrom` into `folder`.

    layout: of the text file; `polyfun` is `CHR SNP BP A2 A1` as in the Parquet file, `ldsc` is `CHR BP SNP CM` (CM 0).
    maf: (rows,) minor allele frequencies for `.l2.M_5_50`, NaN where unknown (not common); None leaves that file out.
    """
    stem = folder / rows.chrom
    identity = rows.identity()
    schema = _schema(identity, parts, {"tcra": as_json(record)})
    with atomic_path(stem.with_name(f"{rows.chrom}.annot.parquet")) as temporary:
        with pq.ParquetWriter(temporary, schema, compression="zstd") as writer:
            for block in _blocks(identity, parts, len(rows.sites)):
                writer.write_table(pa.table(block, schema=schema))
    head = identity if layout == "polyfun" else _ldsc(identity)
    _write_text(stem.with_name(f"{rows.chrom}.annot.gz"), head, parts, len(rows.sites))
    _write_sums(stem.with_name(f"{rows.chrom}.l2.M"), parts, None)
    if maf is not None:
        with np.errstate(invalid="ignore"):
            _write_sums(stem.with_name(f"{rows.chrom}.l2.M_5_50"), parts, maf > COMMON)


def _schema(
    identity: Mapping[str, pa.Array], parts: Sequence[AnnotationColumns], metadata: Mapping[str, str] | None = None
) -> pa.Schema:
    fields = [(name, column.type) for name, column in identity.items()]
    for part in parts:
        fields += [
            (name, pa.from_numpy_dtype(values.dtype)) for name, values in zip(part.names, part.values, strict=True)
        ]
    return pa.schema(fields, metadata=metadata)


def _blocks(
    identity: Mapping[str, pa.Array], parts: Sequence[AnnotationColumns], height: int
) -> Iterator[dict[str, pa.Array]]:
    for start in range(0, max(height, 1), ROWS_AT_A_TIME):
        block = {name: column.slice(start, ROWS_AT_A_TIME) for name, column in identity.items()}
        for part in parts:
            values = (column[start : start + ROWS_AT_A_TIME] for column in part.values)
            block |= {name: pa.array(np.asarray(column)) for name, column in zip(part.names, values, strict=True)}
        yield block


def _ldsc(identity: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    zero = pa.array(np.zeros(len(identity["BP"]), np.int64))
    return {"CHR": identity["CHR"], "BP": identity["BP"], "SNP": identity["SNP"], "CM": zero}


def _write_text(path: Path, identity: Mapping[str, pa.Array], parts: Sequence[AnnotationColumns], height: int) -> None:
    options = pyarrow.csv.WriteOptions(delimiter="\t", quoting_style="none", quoting_header="none")
    schema = _schema(identity, parts)
    with atomic_path(path) as temporary, open(temporary, "wb") as raw:
        with gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=4, mtime=0) as packed:
            with pyarrow.csv.CSVWriter(packed, schema, write_options=options) as writer:
                for block in _blocks(identity, parts, height):
                    writer.write_table(pa.table(block, schema=schema))


def _write_sums(path: Path, parts: Sequence[AnnotationColumns], rows: NDArray[np.bool_] | None) -> None:
    """One line: the sum of each annotation over all rows, or over some, tabs between."""
    sums: list[str] = []
    for part in parts:
        for values in part.values:
            total = (values if rows is None else values[rows]).sum(
                dtype=np.float64 if values.dtype.kind == "f" else np.int64
            )
            sums.append(repr(total.item()))
    with atomic_text(path) as text:
        text.write("\t".join(sums) + "\n")
