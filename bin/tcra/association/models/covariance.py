"""The covariance of a gene's SNPs: `GENE RSID1 RSID2 VALUE`, white space, genes together; only what the model needs is kept."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tcra.association.models.prediction_model import PredictionModel, read_other_ids
from tcra.common.delimited import read_batches, read_layout
from tcra.common.number_cells import parse_number_cells
from tcra.errors import UserError
from tcra.expression.database_format import COVARIANCE_TABLE_COLUMNS

_BLOCK_BYTES = 1 << 21  # bytes: more would not stay in the cache
_NUMBERS_AT_ONCE = 500_000  # numbers of the matrices that are worked on together, so that they stay in the cache


@dataclass
class Covariance:
    """The covariance matrices of all genes of one model, over all of a gene's weights; genes of one size lie side by side.

    start (g + 1,) int64: the weight rows of gene g are `start[g]` to `start[g + 1]`. offset (g,) int64: its matrix, by rows, begins at
    `value[offset[g]]`. value (s,) float64: NaN where the file has no such pair. as_first (s,) bool: the file has the pair with the
    matrix's row as RSID1. snps_in_covariance (g,) float64: distinct RSID1 of the gene in the file (NaN: gene absent).
    """

    start: NDArray[np.int64]
    offset: NDArray[np.int64]
    value: NDArray[np.float64]
    as_first: NDArray[np.bool_]
    snps_in_covariance: NDArray[np.float64]

    @classmethod
    def empty(cls, model: PredictionModel) -> "Covariance":
        """Without any pair."""
        genes = len(model.gene_names)
        start = np.searchsorted(model.gene, np.arange(genes + 1))
        size = np.diff(start)
        by_size = np.argsort(size, kind="stable")
        offset = np.empty(genes, np.int64)
        offset[by_size] = np.cumsum(size[by_size] ** 2) - size[by_size] ** 2
        total = int((size**2).sum())
        return cls(start, offset, np.full(total, np.nan), np.zeros(total, bool), np.full(genes, np.nan))

    def add(
        self, gene: NDArray[np.int64], first: NDArray[np.int64], second: NDArray[np.int64], value: NDArray[np.float64]
    ) -> None:
        """Put in pairs (k,) of weight rows of a gene, `first` as RSID1; of a repeated pair the last value is kept."""
        start, offset = self.start[gene], self.offset[gene]
        size = self.start[gene + 1] - start
        one, two = first - start, second - start
        low, high = np.minimum(one, two), np.maximum(one, two)
        self.value[offset + low * size + high] = value  # of repeated indices numpy keeps the last
        self.value[offset + high * size + low] = value
        self.as_first[offset + one * size + two] = True

    def matrix(self, g: int) -> NDArray[np.float64]:
        """The covariance of the n weights of gene g (n, n), symmetric; NaN where the file has none. A view."""
        size = int(self.start[g + 1] - self.start[g])
        return self.value[self.offset[g] : self.offset[g] + size * size].reshape(size, size)

    def variances(self, model: PredictionModel) -> NDArray[np.float64]:
        """The variance of each weight row (k,), NaN where the file has none."""
        size = np.diff(self.start)[model.gene]
        diagonal = (np.arange(model.size) - self.start[model.gene]) * (size + 1)
        return np.asarray(self.value[self.offset[model.gene] + diagonal])

    def by_size(self) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_]]]:
        """Genes of one size n, some at a time: their indices (k,), their matrices and `as_first` (k, n, n). Views."""
        size = np.diff(self.start)
        order = np.argsort(size, kind="stable")
        for n in np.unique(size):
            genes = order[np.searchsorted(size[order], n) : np.searchsorted(size[order], n, "right")]
            for part in np.array_split(genes, max(1, len(genes) * n * n // _NUMBERS_AT_ONCE)):
                where = slice(self.offset[part[0]], self.offset[part[0]] + len(part) * n * n)
                shape = (len(part), n, n)
                yield part, self.value[where].reshape(shape), self.as_first[where].reshape(shape)


def single_snp_covariance(model: PredictionModel) -> Covariance:
    """Variance 1 for every SNP and nothing between SNPs (--single_snp_model)."""
    covariance, rows = Covariance.empty(model), np.arange(model.size)
    covariance.add(model.gene, rows, rows, np.ones(model.size))
    covariance.snps_in_covariance[:] = np.diff(covariance.start)
    return covariance


def read_covariance(path: Path, model: PredictionModel) -> Covariance:
    """Read the covariance of the model's genes, in blocks. Rows with a value of NA are ignored; of a repeated pair the last value is kept.

    Errors: UserError for missing columns, a value that is no number, a gene in two places.
    """
    layout = read_layout(path)
    for name in COVARIANCE_TABLE_COLUMNS:
        if name not in layout.header:
            raise UserError(
                f"{path} has no column {name} (its columns: {', '.join(layout.header[:10])}); expected {' '.join(COVARIANCE_TABLE_COLUMNS)}"
            )

    odd: list[str] = []

    def malformed(line: int | None, cells: int, text: str) -> None:
        where = "" if line is None else f" line {line}"
        odd.append(f"{path}{where}: {cells} cells, expected {len(layout.header)}: {text[:80]!r}")

    text = pa.dictionary(pa.int32(), pa.string())
    types: dict[str, Any] = {"GENE": text, "RSID1": text, "RSID2": text, "VALUE": pa.float64()}
    reader = _Reader(path, model)
    try:
        for batch in read_batches(path, layout, COVARIANCE_TABLE_COLUMNS, types, malformed, _BLOCK_BYTES):
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

    def __init__(self, path: Path, model: PredictionModel) -> None:
        self.path, self.model = path, model
        self.genes = {name: g for g, name in enumerate(model.gene_names)}
        # The weights' ids, and those of their other column if they are needed.
        self.ids = [pa.array(model.snp, pa.string())]
        self.others_read = False
        self.first_id = ""
        self.unknown: dict[str, int] = {}  # ids that only the covariance has: they count, but have no weight
        self.begun: set[str] = set()
        self.last_gene: str | None = None
        self.covariance = Covariance.empty(model)
        self.seen: list[NDArray[np.int64]] = []

    def add(self, batch: pa.RecordBatch) -> None:
        if not batch.num_rows:
            return
        gene_text, first_text, second_text = batch["GENE"], batch["RSID1"], batch["RSID2"]
        names = gene_text.dictionary.to_pylist()
        self._check_order(names, gene_text.indices.to_numpy())
        genes = np.array([self.genes.get(name, -1) for name in names])
        gene, value = genes[gene_text.indices.to_numpy()], batch["VALUE"].to_numpy(zero_copy_only=False)
        here = np.zeros(len(self.genes), bool)
        here[genes[genes >= 0]] = True
        self.covariance.snps_in_covariance[here] = 0
        if np.isinf(value).any():
            raise UserError(_find_bad_value(self.path))
        keep = (gene >= 0) & ~np.isnan(value)
        gene, value, first, second = _select(
            keep, gene, value, first_text.indices.to_numpy(), second_text.indices.to_numpy()
        )
        # A variant's pairs follow each other: its weight is looked up once for all of them.
        head = np.ones(len(gene), bool)
        head[1:] = (gene[1:] != gene[:-1]) | (first[1:] != first[:-1])
        if len(first) and not self.first_id:
            self.first_id = first_text.dictionary[int(first[0])].as_py()
        weights = _Weights(self.model, self.ids, here)
        rows = weights.find(gene[head], weights.codes(first_text.dictionary)[first[head]])
        if not self.others_read and (rows < 0).any():
            self.others_read = True  # GTEx's models may be matched by rsid, where their covariance has varIDs
            others = read_other_ids(self.model)
            self.ids += [] if others is None else [pa.array(others, pa.string())]
            weights = _Weights(self.model, self.ids, here)
            rows = weights.find(gene[head], weights.codes(first_text.dictionary)[first[head]])
        rows_1 = rows[np.cumsum(head) - 1]
        rows_2 = weights.find(gene, weights.codes(second_text.dictionary)[second])
        self.covariance.add(*_select((rows_1 >= 0) & (rows_2 >= 0), gene, rows_1, rows_2, value))
        for place in np.flatnonzero(rows < 0):
            name = first_text.dictionary[int(first[head][place])].as_py()
            rows[place] = self.model.size + self.unknown.setdefault(name, len(self.unknown))
        self.seen.append((gene[head] << 32) | rows)

    def _check_order(self, names: list[str], codes: NDArray[np.int32]) -> None:
        """The genes of a batch of rows, each as the place of its name."""
        order = [names[code] for code in codes[np.flatnonzero(np.diff(codes, prepend=-1))].tolist()]
        for name in order[1:] if order[0] == self.last_gene else order:
            if name in self.begun:
                raise UserError(f"{self.path}: gene {name} is in two places; sort the covariances by gene")
            self.begun.add(name)
        self.last_gene = order[-1]

    def finish(self) -> Covariance:
        if self.first_id and np.isnan(self.covariance.value).all():
            raise UserError(
                f"{self.path}: its ids (such as {self.first_id}) are in neither column of ids of {self.model.path.name} (rsid and varID; "
                f"such as {self.model.snp[0]}); give the covariance that was made with the model"
            )
        seen = np.sort(np.concatenate(self.seen)) if self.seen else np.empty(0, np.int64)
        distinct = seen[np.diff(seen, prepend=-1) != 0]
        self.covariance.snps_in_covariance += np.bincount(distinct >> 32, minlength=len(self.genes))
        return self.covariance


class _Weights:
    """The weights of some genes (g,) bool, to be found by gene and id, where each weight may have several ids (m,)."""

    def __init__(self, model: PredictionModel, ids: Sequence[pa.Array], genes: NDArray[np.bool_]) -> None:
        rows = np.flatnonzero(genes[model.gene])
        encoded = pa.concat_arrays([of_column.take(pa.array(rows)) for of_column in ids]).dictionary_encode()
        rows = np.tile(rows, len(ids))
        self.ids = encoded.dictionary
        keys = model.gene[rows] * len(self.ids) + encoded.indices.to_numpy()
        order = np.argsort(keys, kind="stable")
        self.rows, self.keys = rows[order], keys[order]

    def codes(self, names: pa.Array) -> NDArray[np.int64]:
        """The number of each id, -1 for an id that these genes have no weight of."""
        return _lookup(names, self.ids)

    def find(self, gene: NDArray[np.int64], code: NDArray[np.int64]) -> NDArray[np.int64]:
        """The model's row of each gene and id (k,), -1 where there is none."""
        key = np.where(code < 0, -1, gene * len(self.ids) + code)
        place = np.minimum(np.searchsorted(self.keys, key), len(self.keys) - 1)
        return np.where(self.keys[place] == key, self.rows[place], -1)


def _select(keep: NDArray[np.bool_], *arrays: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    """The elements of each array where `keep`; the arrays themselves if that is everywhere (these are millions)."""
    return arrays if keep.all() else tuple(array[keep] for array in arrays)


def _lookup(values: pa.Array, known: pa.Array) -> NDArray[np.int64]:
    """Place of each value among the known ones (n,) int64, -1 if it is not there."""
    places = pc.fill_null(pc.index_in(values, value_set=known), -1)
    return np.asarray(places.to_numpy(zero_copy_only=False), np.int64)


def _find_bad_value(path: Path) -> str:
    """Read again, as text, to name the line of the first value that is not a number."""
    layout = read_layout(path)
    line = layout.first_line
    for batch in read_batches(path, layout, COVARIANCE_TABLE_COLUMNS):
        numbers, bad = parse_number_cells(batch["VALUE"])
        bad = bad | np.isinf(numbers)
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            gene, one, two, value = (batch[name][row].as_py() for name in COVARIANCE_TABLE_COLUMNS)
            return f"{path} line {line + row}: covariance {value!r} of {gene}, {one}, {two} is not a finite number"
        line += batch.num_rows
    return f"{path}: a covariance is not a number"
