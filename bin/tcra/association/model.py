"""A gene-expression model as PredictDB writes it: SQLite with the tables `weights` and `extra`."""

import gc
import sqlite3
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tcra.cli import UserError

EXTRA = {
    "genename": "gene_name",
    "pred.perf.R2": "pred_perf_r2",
    "pred.perf.pval": "pred_perf_pval",
    "pred.perf.qval": "pred_perf_qval",
    "n.snps.in.model": "n_snps_in_model",
}


@dataclass
class Alleles:
    """Ids, places and upper-case alleles of variants (n,), as in `Model`."""

    snp: NDArray[np.object_]
    place: NDArray[np.object_]
    ref: NDArray[np.object_]
    eff: NDArray[np.object_]


@dataclass
class Model:
    """Weights (rows sorted by gene, stable) and what is known of the genes.

    gene_names (g,): genes with weights, sorted. listed (g,) bool: the gene stands in `extra`. gene (m,) int64: index into
    gene_names. snp (m,): the variant's id. place (m,): text that holds the variant's position (the varID, else the id), if it was
    read. weight (m,) float64. ref, eff (m,): upper-case alleles; the weight belongs to `eff`. frequency (m,) float64 of `eff`, NaN
    where the model does not say. extra: the columns of the `extra` table by gene, each gene once. repeated: (gene, id) of weights
    that a later row replaced, and `replaced` their alleles. repeated_genes: genes of rows of `extra` that were not the first.
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
    replaced: Alleles = field(default_factory=lambda: Alleles(*(np.empty(0, object) for _ in range(4))))

    @property
    def size(self) -> int:
        return len(self.weight)


def read_model(path: Path, snp_key: str | None = None, places: bool = False) -> Model:
    """Read a model database; `snp_key` is the column of `weights` that holds the variants' ids (rsid unless given);
    `places`: read where the variants are, too.

    Of a repeated (gene, id) the last weight stands, of a repeated gene in `extra` the first row.

    Errors: UserError that names the file and the table or column that is missing.
    """
    path = Path(path)
    collecting = gc.isenabled()
    gc.disable()  # a look through all the rows at every few hundred of them
    connection = sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1", uri=True)
    try:
        tables = {
            row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
        }
        for table in ("weights", "extra"):
            if table not in tables:
                raise UserError(
                    f"{path} has no table {table} (its tables: {', '.join(sorted(tables)) or 'none'}); expected a PredictDB model"
                )
        weights = _read_weights(connection, path, snp_key or "rsid", places)
        extra, repeated_genes = _read_extra(connection, path)
        snp_set = _read_snp_set(connection, tables)
    except sqlite3.DatabaseError as error:
        raise UserError(f"{path} is not a model database ({error}); expected SQLite as PredictDB writes it") from error
    finally:
        connection.close()
        if collecting:
            gc.enable()
    return _arrange(path, snp_set, weights, extra, repeated_genes, snp_key)


def first_variant(path: Path) -> str:
    """The varID of the model's first weight, empty if it has none."""
    connection = sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1", uri=True)
    try:
        if "varID" not in _columns(connection, "weights"):
            return ""
        row = connection.execute("SELECT varID FROM weights").fetchone()
        return str(row[0]) if row else ""
    finally:
        connection.close()


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


def _read_weights(connection: sqlite3.Connection, path: Path, key: str, places: bool) -> list[tuple[Any, ...]]:
    have = _columns(connection, "weights")
    for name in (key, "gene", "weight", "ref_allele", "eff_allele"):
        if name not in have:
            option = " (--model_db_snp_key)" if name == key else ""
            raise UserError(f"{path}: table weights has no column {name}{option} (its columns: {', '.join(have)})")
    frequency = next((f'"{name}"' for name in ("eff_allele_freq", "freq", "eaf") if name in have), "NULL")
    place = "NULL" if not places else "varID" if "varID" in have else f'"{key}"'
    rows = connection.execute(
        f'SELECT "{key}", gene, weight, ref_allele, eff_allele, {frequency}, {place} FROM weights'
    ).fetchall()
    if not rows:
        raise UserError(f"{path}: table weights has no rows")
    return rows


def _read_extra(connection: sqlite3.Connection, path: Path) -> tuple[pd.DataFrame, list[str]]:
    have = _columns(connection, "extra")
    for name in ("gene", *EXTRA):
        if name not in have:
            raise UserError(f"{path}: table extra has no column {name} (its columns: {', '.join(have)})")
    names = [*EXTRA, *(["phi"] if "phi" in have else [])]
    listed = ", ".join(f'"{name}"' for name in names)
    rows = connection.execute(f"SELECT gene, {listed} FROM extra ORDER BY gene").fetchall()
    extra = pd.DataFrame(rows, columns=["gene", *(EXTRA.get(name, name) for name in names)], dtype=object)
    again = extra["gene"].duplicated()
    return extra[~again].set_index("gene"), list(extra["gene"][again])


def _read_snp_set(connection: sqlite3.Connection, tables: set[str]) -> str:
    if "construction" not in tables or "snp_set" not in _columns(connection, "construction"):
        return ""
    row = connection.execute("SELECT snp_set FROM construction").fetchone()
    return "" if row is None or row[0] is None else str(row[0])


def _arrange(
    path: Path,
    snp_set: str,
    rows: list[tuple[Any, ...]],
    extra: pd.DataFrame,
    repeated_genes: list[str],
    snp_key: str | None,
) -> Model:
    ids, gene, weight, ref, eff, frequency, place = np.array(rows, dtype=object).T
    numbers = pd.to_numeric(pd.Series(weight, dtype=object), errors="coerce").to_numpy(np.float64)
    if len(bad := np.flatnonzero(np.isnan(numbers))):
        raise UserError(f"{path}: gene {gene[bad[0]]}, {ids[bad[0]]}: weight {weight[bad[0]]!r} is not a number")
    ids = np.array(list(map(str, ids)), dtype=object)
    if snp_key and "_b38" in ids[0] and "chr" not in ids[0]:
        ids = np.array([f"chr{one}" for one in ids], dtype=object)  # as the reference does
    code, names = pd.factorize(gene, sort=True)
    last = ~pd.DataFrame({"gene": code, "snp": pd.factorize(ids)[0]}).duplicated(keep="last").to_numpy()
    order = np.flatnonzero(last)
    order = order[np.argsort(code[order], kind="stable")]
    gone = np.flatnonzero(~last)
    ref, eff = _upper(ref), _upper(eff)
    return Model(
        path=path,
        name=path.name.removesuffix(".db"),
        snp_set=snp_set,
        gene_names=np.asarray(names, dtype=object),
        gene=code[order].astype(np.int64),
        snp=ids[order],
        place=place[order],
        weight=numbers[order],
        ref=ref[order],
        eff=eff[order],
        frequency=frequency[order].astype(np.float64),
        extra=extra,
        listed=np.isin(np.arange(len(names)), pd.Index(names).get_indexer(extra.index)),
        repeated=[(str(gene[i]), str(ids[i])) for i in gone],
        repeated_genes=repeated_genes,
        replaced=Alleles(ids[gone], place[gone], ref[gone], eff[gone]),
    )


def _upper(alleles: NDArray[np.object_]) -> NDArray[np.object_]:
    # One object for each distinct allele: comparisons of equal alleles are then comparisons of addresses.
    upper = {allele: sys.intern(str(allele).upper()) for allele in set(alleles)}
    return np.array([upper[allele] for allele in alleles], dtype=object)
