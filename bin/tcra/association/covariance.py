"""The covariance of a gene's SNPs: `GENE RSID1 RSID2 VALUE`, white space, genes together; only what the model needs is kept."""

from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tcra.association.delimited import read_batches, read_layout
from tcra.association.model import Model
from tcra.association.settings import GwasSettings
from tcra.cli import UserError

COLUMNS = ("GENE", "RSID1", "RSID2", "VALUE")


@dataclass
class Covariance:
    """Pairs of weight rows of one model with their covariance, each unordered pair once.

    first, second (k,) int64: rows of the model, of one gene; `first` stood as RSID1 in the file at least once where they are equal.
    value (k,) float64. as_first (k,) bool. snps_in_covariance (g,) float64: distinct RSID1 of the gene in the file (NaN: gene absent).
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    value: NDArray[np.float64]
    snps_in_covariance: NDArray[np.float64]


def single_snp_covariance(model: Model) -> Covariance:
    """Variance 1 for every SNP and nothing between SNPs (--single_snp_model)."""
    rows = np.arange(model.size)
    return Covariance(
        rows, rows, np.ones(model.size), np.bincount(model.gene, minlength=len(model.gene_names)).astype(float)
    )


def read_covariance(path: Path, model: Model) -> Covariance:
    """Read the covariance of the model's genes, in blocks. Rows with a value of NA are ignored; of a repeated pair the last stands.

    Errors: UserError for missing columns, a value that is no number, a gene in two places.
    """
    settings = GwasSettings()
    layout = read_layout(path, settings)
    for name in COLUMNS:
        if name not in layout.header:
            raise UserError(
                f"{path} has no column {name} (its columns: {', '.join(layout.header[:10])}); expected GENE RSID1 RSID2 VALUE"
            )

    odd: list[str] = []

    def malformed(line: int | None, cells: int, text: str) -> None:
        where = "" if line is None else f" line {line}"
        odd.append(f"{path}{where}: {cells} cells, expected {len(layout.header)}: {text[:80]!r}")

    text = pa.dictionary(pa.int32(), pa.string())
    types: dict[str, Any] = {"GENE": text, "RSID1": text, "RSID2": text, "VALUE": pa.float64()}
    reader = _Reader(path, model)
    try:
        for batch in read_batches(path, layout, COLUMNS, types, malformed):
            if odd:
                break
            reader.add(batch)
    except UserError as error:
        if "conversion error" in str(error):
            raise UserError(_find_bad_value(path)) from error
        raise
    if odd:
        raise UserError(odd[0])
    return reader.finish()


class _Reader:
    """Collects the pairs of the model's SNPs, and counts the SNPs of each gene."""

    def __init__(self, path: Path, model: Model) -> None:
        self.path, self.model = path, model
        self.genes = pa.array(model.gene_names, pa.string())
        encoded = pa.array(model.snp, pa.string()).dictionary_encode()
        # The model's ids have the first codes; ids that only the covariance has come after them (they count, but have no weight).
        self.ids: dict[str, int] = {name: code for code, name in enumerate(encoded.dictionary.to_pylist())}
        self.known = len(self.ids)
        keys = model.gene * self.known + encoded.indices.to_numpy()
        self.order = np.argsort(keys, kind="stable")
        self.sorted_keys = keys[self.order]
        self.present = np.zeros(len(self.genes), bool)
        self.finished: set[str] = set()
        self.last_gene: str | None = None
        self.parts: list[tuple[NDArray[Any], ...]] = []
        self.seen: list[NDArray[np.int64]] = []

    def add(self, batch: pa.RecordBatch) -> None:
        gene_text, first_text, second_text = batch["GENE"], batch["RSID1"], batch["RSID2"]
        self._check_order(gene_text)
        gene = _lookup(gene_text.dictionary, self.genes)[gene_text.indices.to_numpy()]
        value = batch["VALUE"].to_numpy(zero_copy_only=False)
        known = gene >= 0
        self.present[gene[known]] = True
        keep = known & ~np.isnan(value)
        gene, value, one, two = select(keep, gene, value, first_text.indices.to_numpy(), second_text.indices.to_numpy())
        first, second = self._ids(first_text.dictionary)[one], self._ids(second_text.dictionary)[two]
        # A variant's pairs stand together: its place is looked up once a run.
        head = np.ones(len(gene), bool)
        head[1:] = (gene[1:] != gene[:-1]) | (first[1:] != first[:-1])
        self.seen.append((gene[head] << 32) | first[head])
        rows_1 = self._rows(gene[head], first[head])[np.cumsum(head) - 1]
        rows_2 = self._rows(gene, second)
        self.parts.append(select((rows_1 >= 0) & (rows_2 >= 0), rows_1, rows_2, value))

    def _check_order(self, genes: Any) -> None:
        codes = genes.indices.to_numpy()
        if not len(codes):
            return
        names = genes.dictionary
        changes = np.flatnonzero(np.diff(codes, prepend=-1))
        for code in codes[changes]:
            name = names[int(code)].as_py()
            if name == self.last_gene:
                continue
            if self.last_gene is not None:
                self.finished.add(self.last_gene)
            if name in self.finished:
                raise UserError(f"{self.path}: gene {name} stands in two places; sort the covariance by gene")
            self.last_gene = name

    def _ids(self, dictionary: pa.Array) -> NDArray[np.int64]:
        """Codes of variant ids."""
        ids, names = self.ids, dictionary.to_pylist()
        codes = np.fromiter(map(ids.get, names, repeat(-1)), np.int64, len(names))
        for place in np.flatnonzero(codes < 0):
            codes[place] = ids.setdefault(names[place], len(ids))
        return codes

    def _rows(self, gene: NDArray[np.int64], snp: NDArray[np.int64]) -> NDArray[np.int64]:
        key = gene * self.known + snp
        place = np.minimum(np.searchsorted(self.sorted_keys, key), len(self.sorted_keys) - 1)
        found = (snp < self.known) & (self.sorted_keys[place] == key)
        return np.where(found, self.order[place], -1)

    def finish(self) -> Covariance:
        empty = np.empty(0, np.int64)
        first, second, value = (
            (np.concatenate(part) for part in zip(*self.parts, strict=True))
            if self.parts
            else (empty, empty, np.empty(0))
        )
        seen = np.sort(np.concatenate(self.seen)) if self.seen else empty
        distinct = seen[np.diff(seen, prepend=-1) != 0]
        count = np.bincount(distinct >> 32, minlength=len(self.genes)).astype(float)
        count[~self.present] = np.nan
        return Covariance(first, second, value, count)


def select(keep: NDArray[np.bool_], *arrays: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    """The elements of each array where `keep`; the arrays themselves if that is everywhere (these are millions)."""
    return arrays if keep.all() else tuple(array[keep] for array in arrays)


def _lookup(values: pa.Array, known: pa.Array) -> NDArray[np.int64]:
    """Place of each value among the known ones (n,) int64, -1 if it is not there."""
    return pc.fill_null(pc.index_in(values, value_set=known), -1).to_numpy(zero_copy_only=False).astype(np.int64)


def _find_bad_value(path: Path) -> str:
    """Read again, as text, to name the line of the first value that is not a number."""
    from tcra.association.effects import parse_numbers

    layout = read_layout(path, GwasSettings())
    line = layout.first_line
    for batch in read_batches(path, layout, COLUMNS):
        _, bad = parse_numbers(batch["VALUE"])
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            gene, one, two, value = (batch[name][row].as_py() for name in COLUMNS)
            return f"{path} line {line + row}: covariance {value!r} of {gene}, {one}, {two} is not a number"
        line += batch.num_rows
    return f"{path}: a covariance is not a number"
