"""A gene-expression model: its weights by gene, and what is known of the genes."""

import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tcra.association.models.weights_database import (
    id_columns,
    open_model,
    read_extra,
    read_keys,
    read_snp_set,
    read_weights,
    reference_ids,
)
from tcra.errors import UserError
from tcra.expression.database_format import DATABASE_SUFFIX


@dataclass
class Alleles:
    """Ids, places and upper-case alleles of variants (n,), as in `PredictionModel`."""

    snp: NDArray[np.object_]
    place: NDArray[np.object_]
    ref: NDArray[np.object_]
    eff: NDArray[np.object_]


@dataclass
class PredictionModel:
    """Weights (rows sorted by gene, stable) and what is known of the genes.

    gene_names (g,): genes with weights, sorted. listed (g,) bool: the gene is in `extra`. gene (m,) int64: index into
    gene_names. snp (m,): the variant's id. place (m,): text that holds the variant's position (the varID, else the id), if it was
    read. weight (m,) float64. ref, eff (m,): upper-case alleles; the weight belongs to `eff`. frequency (m,) float64 of `eff`, NaN
    where the model has none. extra: the columns of the `extra` table by gene, each gene once. repeated: (gene, id) of weights
    that a later row replaced, and `replaced` their alleles. repeated_genes: genes of rows of `extra` that were not the first.
    key: the column that `snp` came from. row (m,) int64: which row of the table `weights` each weight is.
    """

    path: Path
    name: str
    snp_set: str
    gene_names: NDArray[np.object_]
    gene: NDArray[np.int64]
    snp: NDArray[np.object_]
    place: NDArray[np.object_]
    weight: NDArray[np.float64]
    ref: NDArray[np.object_]
    eff: NDArray[np.object_]
    frequency: NDArray[np.float64]
    extra: pd.DataFrame
    listed: NDArray[np.bool_]
    repeated: list[tuple[str, str]]
    repeated_genes: list[str]
    key: str = "rsid"
    row: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    replaced: Alleles = field(default_factory=lambda: Alleles(*(np.empty(0, object) for _ in range(4))))

    @property
    def size(self) -> int:
        """Number of weights."""
        return len(self.weight)

    @property
    def tissue(self) -> str:
        """The model's name without its SNP set."""
        return self.name.removesuffix(f"_{self.snp_set}") if self.snp_set else self.name


def read_model(path: Path, key: str = "rsid", places: bool = False) -> PredictionModel:
    """Read a model database; `key` is the column of `weights` that holds the variants' ids; `places`: read the
    texts that hold their positions too.

    Of a repeated (gene, id) the last weight is kept (with `places`, of a repeated gene, id and place), of a repeated gene in `extra` the
    first row. A variant whose id is missing has that of the other column of ids.

    Errors: UserError that names the file and what is missing or no number.
    """
    with open_model(path, key) as connection:
        weights = read_weights(connection, path, key, places)
        extra, repeated_genes = read_extra(connection)
        snp_set = read_snp_set(connection)
    return _arrange(path, snp_set, weights, extra, repeated_genes, key)


def read_other_ids(model: PredictionModel) -> NDArray[np.object_] | None:
    """The ids (m,) of the weights' other column of ids (`varID` beside `rsid`, or the reverse); None where there is none, as in a model
    that is put together from several (it has no rows in a table `weights`)."""
    if not len(model.row):
        return None
    other = "varID" if model.key == "rsid" else "rsid"
    if other not in id_columns(model.path):
        return None
    return _objects(read_keys(model.path, other))[model.row]


def _arrange(
    path: Path, snp_set: str, columns: pa.Table, extra: pd.DataFrame, repeated_genes: list[str], key: str
) -> PredictionModel:
    size = len(columns)
    gene, snp = _encode(columns["gene"]), _encode(columns["snp"])
    weight = _numbers(columns["weight"])
    if len(bad := np.flatnonzero(np.isnan(weight))):
        name, variant, value = (columns[name][int(bad[0])].as_py() for name in ("gene", "snp", "weight"))
        raise UserError(f"{path}: gene {name}, {variant}: weight {value!r} is not a number")
    text = _objects(reference_ids(snp.dictionary, key))
    names, code = np.unique(_objects(gene.dictionary), return_inverse=True)
    code, snp_code = code[gene.indices.to_numpy()], snp.indices.to_numpy().astype(np.int64)
    identity = {"variant": code * len(text) + snp_code}
    if "place" in columns.column_names:  # two varIDs of one rsid are two variants
        identity["place"] = _encode(columns["place"]).indices.to_numpy()
    last = ~pd.DataFrame(identity).duplicated(keep="last").to_numpy()
    order = np.flatnonzero(last)
    order = order[np.argsort(code[order], kind="stable")]
    gone = np.flatnonzero(~last)
    ref, eff = _upper(columns["ref"]), _upper(columns["eff"])
    place = _objects(columns["place"]) if "place" in columns.column_names else np.full(size, None)
    frequency = _numbers(columns["frequency"]) if "frequency" in columns.column_names else np.full(size, np.nan)
    return PredictionModel(
        path=path,
        name=path.name.removesuffix(DATABASE_SUFFIX),
        snp_set=snp_set,
        gene_names=names,
        gene=code[order],
        snp=text[snp_code[order]],
        place=place[order],
        weight=weight[order],
        ref=ref[order],
        eff=eff[order],
        frequency=frequency[order],
        extra=extra,
        listed=extra.index.get_indexer(pd.Index(names)) >= 0,
        repeated=[(names[code[i]], text[snp_code[i]]) for i in gone],
        repeated_genes=repeated_genes,
        key=key,
        row=order,
        replaced=Alleles(text[snp_code[gone]], place[gone], ref[gone], eff[gone]),
    )


def _encode(cells: pa.ChunkedArray) -> pa.DictionaryArray:
    """Each distinct text once; a missing one is `None`, which is no variant's id or allele."""
    return pc.fill_null(cells.combine_chunks(), "None").dictionary_encode()


def _objects(texts: pa.Array) -> NDArray[np.object_]:
    return np.array(texts.to_pylist(), dtype=object)


def _numbers(cells: pa.ChunkedArray) -> NDArray[np.float64]:
    """NaN for what is no number."""
    return np.asarray(pd.to_numeric(cells.to_pandas(), errors="coerce"), np.float64)


def _upper(alleles: pa.ChunkedArray) -> NDArray[np.object_]:
    # One object for each distinct allele: comparisons of equal alleles are then comparisons of addresses.
    encoded = _encode(alleles)
    distinct = np.array([sys.intern(allele.upper()) for allele in encoded.dictionary.to_pylist()], dtype=object)
    return np.asarray(distinct[encoded.indices.to_numpy()])
