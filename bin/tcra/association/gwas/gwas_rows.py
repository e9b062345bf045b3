"""The rows of a GWAS file, batch by batch: only those of the additive test, with the columns that have to be taken out of others."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tcra.association.gwas.gwas_columns import ALLELE_OF_ID, ID_OF_PLACE, OTHER_ALLELE_OF_ID, GwasColumns
from tcra.common.arrays import Integers
from tcra.common.delimited import READ_BLOCK_BYTES, MalformedRow, TextLayout, read_batches
from tcra.common.gwas.gwas_dialects import ADDITIVE_TESTS
from tcra.common.gwas.gwas_row_rules import additive_rows
from tcra.errors import UserError

_ALLELES = r"^(?:chr)?[0-9A-Za-z.]+[:_-][0-9]+[:_-](?P<other>[A-Za-z]+)[:_-](?P<effect>[A-Za-z]+)(?:[:_].*)?$"


@dataclass(frozen=True)
class GwasRows:
    """Some rows of the file: `batch` has a column per name in `GwasColumns.roles`; row (n,) are their places among the `read` rows that
    were read for it; the others are of other tests."""

    batch: pa.RecordBatch
    row: Integers
    read: int


def read_gwas_rows(
    path: Path,
    layout: TextLayout,
    columns: GwasColumns,
    places: bool = True,
    on_malformed: MalformedRow | None = None,
    block: int = READ_BLOCK_BYTES,
) -> Iterator[GwasRows]:
    """The rows of the additive test; `places`: with the columns of chromosome and position.

    Errors: as `read_batches`, and UserError for a file that has other tests only.
    """
    tests: set[str] = set()
    additive = 0
    for whole in read_batches(path, layout, columns.needed(places), on_malformed=on_malformed, block=block):
        row = np.arange(whole.num_rows)
        batch = whole
        if columns.test is not None:
            counts = additive_rows(whole[columns.test])
            if counts is not None:
                tests.update(pc.unique(whole[columns.test]).to_pylist()[:20])
                row = np.flatnonzero(counts)
                batch = whole if len(row) == whole.num_rows else whole.take(pa.array(row))
        additive += len(row)
        yield GwasRows(_with_derived(batch, columns), row, whole.num_rows)
    if tests and not additive:
        raise UserError(
            f"{path}: none of its rows is of the additive test (column {columns.test}: {', '.join(sorted(tests)[:6])}; expected "
            f"{' or '.join(ADDITIVE_TESTS)}); give the results of the additive model"
        )


def _with_derived(batch: pa.RecordBatch, columns: GwasColumns) -> pa.RecordBatch:
    if columns.sample is not None:
        return _from_vcf(batch, columns)
    if columns.roles["snp"] == ID_OF_PLACE:
        chrom, position = batch[columns.roles["chromosome"]], batch[columns.roles["position"]]
        return batch.append_column(ID_OF_PLACE, pc.binary_join_element_wise(chrom, position, ":"))
    if not columns.alleles_in_id:
        return batch
    parts = pc.extract_regex(batch[columns.roles["snp"]], _ALLELES)
    batch = batch.append_column(ALLELE_OF_ID, pc.fill_null(pc.struct_field(parts, "effect"), ""))
    return batch.append_column(OTHER_ALLELE_OF_ID, pc.fill_null(pc.struct_field(parts, "other"), ""))


def _from_vcf(batch: pa.RecordBatch, columns: GwasColumns) -> pa.RecordBatch:
    """The values of the sample's column (`0.1:0.02:3.4`) by the names in FORMAT (`ES:SE:LP`), each a column of its own."""
    assert columns.sample is not None
    formats = pc.dictionary_encode(batch["FORMAT"])
    cells = pc.split_pattern(batch[columns.sample], ":")
    lengths = pc.list_value_length(cells).to_numpy(zero_copy_only=False)
    offsets, flat = cells.offsets.to_numpy()[:-1], cells.flatten()
    codes = formats.indices.to_numpy()
    keys = [text.split(":") for text in formats.dictionary.to_pylist()]
    for name in columns.vcf_names:
        place = np.array([key.index(name) if name in key else -1 for key in keys], np.int64)[codes]
        there = (place >= 0) & (place < lengths)
        at = pa.array(np.where(there, offsets - offsets[0] + place, 0)) if len(offsets) else pa.array([], pa.int64())
        value = pc.if_else(pa.array(there), flat.take(at), pa.scalar("", pa.string()))
        batch = batch.append_column(name, value)
    return batch


def alleles_of(
    table: pa.Table | pa.RecordBatch, columns: GwasColumns
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Effect allele and other allele (n,), upper case, of rows with the columns of `columns`."""

    def cells(name: str) -> NDArray[np.object_]:
        column = table[name]
        return _alleles(column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column)

    effect = cells(columns.roles["effect_allele"])
    if columns.ref_alt:
        ref, alt = map(cells, columns.ref_alt)
        return effect, np.asarray(np.where(effect == ref, alt, ref))
    return effect, cells(columns.roles["non_effect_allele"])


def _alleles(cells: pa.Array) -> NDArray[np.object_]:
    encoded = pc.dictionary_encode(cells)
    distinct = np.array([sys.intern(allele.strip().upper()) for allele in encoded.dictionary.to_pylist()], dtype=object)
    return np.asarray(distinct[encoded.indices.to_numpy()])
