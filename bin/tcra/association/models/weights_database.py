"""The SQLite file of a gene-expression model, as PredictDB writes it: the tables `weights` and `extra`, checked and read by columns."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from adbc_driver_sqlite import StatementOptions
from adbc_driver_sqlite.dbapi import DatabaseError, connect

from tcra.common.number_cells import MISSING_CELLS
from tcra.errors import UserError

_EXTRA_COLUMNS = {
    "genename": "gene_name",
    "pred.perf.R2": "pred_perf_r2",
    "pred.perf.pval": "pred_perf_pval",
    "pred.perf.qval": "pred_perf_qval",
    "n.snps.in.model": "n_snps_in_model",
}


_NUMBER_COLUMNS = ("weight", "frequency")


@contextmanager
def open_model(path: Path, key: str) -> Iterator[sqlite3.Connection]:
    """A connection to a database that has both tables with the columns that are needed, `key` (the variants' ids) among them.

    Errors: UserError that names the file and the table or column that is missing, or what is wrong with the file.
    """
    _check_closed(path)
    connection = sqlite3.connect(_uri(path), uri=True)
    try:
        _check(connection, path, key)
        yield connection
    except sqlite3.DatabaseError as error:
        raise UserError(f"{path} is not a model database ({error}); expected SQLite as PredictDB writes it") from error
    finally:
        connection.close()


def _uri(path: Path) -> str:
    return f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1"


def _check_closed(path: Path) -> None:
    """UserError if a writer has left changes beside the file: as it is opened here, without locks, they would not be seen."""
    for ending in ("-wal", "-journal"):
        beside = Path(f"{path.resolve()}{ending}")
        if beside.is_file():
            with open(beside, "rb") as changes:
                unfinished = any(changes.read(8))  # zeros or nothing once they are in the database
            if unfinished:
                raise UserError(
                    f"{path} is being written, or its writer was stopped: {beside.name} holds changes; close the program that "
                    f"writes it, or run sqlite3 {path.name} .tables once, which settles them"
                )


def _check(connection: sqlite3.Connection, path: Path, key: str) -> None:
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")}
    wanted = {"weights": (key, "gene", "weight", "ref_allele", "eff_allele"), "extra": ("gene", *_EXTRA_COLUMNS)}
    for table in wanted:
        if table not in tables:
            raise UserError(
                f"{path} has no table {table} (its tables: {', '.join(sorted(tables)) or 'none'}); expected a PredictDB model"
            )
    for table, names in wanted.items():
        have = _columns(connection, table)
        for name in names:
            if name not in have:
                option = " (--model_db_snp_key)" if name == key else ""
                raise UserError(f"{path}: table {table} has no column {name}{option} (its columns: {', '.join(have)})")


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


def read_keys(path: Path, key: str = "rsid", places: bool = False) -> pa.StringArray:
    """What the variants are matched by, one for each weight: their ids, or with `places` the texts that hold their positions.

    Errors: as `open_model`.
    """
    with open_model(path, key) as connection:
        names = {"key": _ids(connection, _place_column(connection, key) if places else key)}
    keys = _read_columns(path, names)["key"].combine_chunks()
    return keys if places else reference_ids(keys, key)


def id_columns(path: Path) -> list[str]:
    """Which of the columns `rsid` and `varID` the model's weights have."""
    with open_model(path, "gene") as connection:
        return _id_columns(connection)


def _id_columns(connection: sqlite3.Connection) -> list[str]:
    return [name for name in ("rsid", "varID") if name in _columns(connection, "weights")]


def _ids(connection: sqlite3.Connection, column: str) -> str:
    """A column of ids as SQL; a variant that has none there (no rs number, say) is called by the other column of ids."""
    other = [name for name in _id_columns(connection) if name != column]
    if column not in _id_columns(connection) or not other:
        return f'"{column}"'
    missing = ", ".join(f"'{cell}'" for cell in MISSING_CELLS)
    return f"""CASE WHEN "{column}" IS NULL OR "{column}" IN ({missing}) THEN "{other[0]}" ELSE "{column}" END"""


def reference_ids(ids: pa.StringArray, key: str) -> pa.StringArray:
    """Ids of a column that was asked for get the prefix `chr` if the first one looks like a position of build 38, as in S-PrediXcan."""
    first = (ids[0].as_py() if len(ids) else None) or ""
    if key != "rsid" and "_b38" in first and "chr" not in first:
        return pc.binary_join_element_wise("chr", ids, "")
    return ids


def first_variant(path: Path) -> str:
    """The varID of the model's first weight, empty if it has none."""
    with open_model(path, "rsid") as connection:
        if "varID" not in _columns(connection, "weights"):
            return ""
        row = connection.execute("SELECT varID FROM weights").fetchone()
        return str(row[0]) if row else ""


def read_weights(connection: sqlite3.Connection, path: Path, key: str, places: bool) -> pa.Table:
    """The columns `snp`, `gene`, `weight`, `ref`, `eff`, and where they are known and asked for `frequency` and `place`.

    Text, but for `weight` and `frequency`, which are numbers if all of their cells are.
    """
    wanted = {"gene": '"gene"', "weight": '"weight"', "ref": '"ref_allele"', "eff": '"eff_allele"'}
    wanted["snp"] = _ids(connection, key)
    have = _columns(connection, "weights")
    if frequency := next((name for name in ("eff_allele_freq", "freq", "eaf") if name in have), None):
        wanted["frequency"] = f'"{frequency}"'
    if places:
        wanted["place"] = _ids(connection, _place_column(connection, key))
    table = _read_columns(path, wanted)
    if table["gene"].null_count:
        row = pc.index(table["gene"].is_null(), True).as_py()
        raise UserError(f"{path}: table weights has no gene in the row of {table['snp'][row].as_py()}")
    return table


def _read_columns(path: Path, names: dict[str, str]) -> pa.Table:
    """Columns of `weights` as Arrow's: three times faster than rows of Python objects. names: SQL of the column by new name."""
    listed = ", ".join(
        f"{column} AS {new}" if new in _NUMBER_COLUMNS else f"CAST({column} AS TEXT) AS {new}"
        for new, column in names.items()
    )
    query = f"SELECT {listed} FROM weights"
    try:
        with closing(sqlite3.connect(_uri(path), uri=True)) as rows:
            size = rows.execute("SELECT COUNT(*) FROM weights").fetchone()[0]
            if not size:
                raise UserError(f"{path}: table weights has no rows")
            with connect(_uri(path)) as connection, connection.cursor() as cursor:
                # A column has the type that fits the cells of its first batch: all of them. Memory is reserved for a whole batch.
                cursor.adbc_statement.set_options(**{StatementOptions.BATCH_ROWS.value: size})
                cursor.execute(query)
                table = cursor.fetch_arrow_table()
            table.validate(full=True)
            for place, name in enumerate(names):
                if name in _NUMBER_COLUMNS and pa.types.is_string(table.schema.field(place).type):
                    # With a text among them, ADBC rounds the numbers to seven digits.
                    cells = [None if row[place] is None else str(row[place]) for row in rows.execute(query)]
                    table = table.set_column(place, name, pa.array(cells, pa.string()))
    except (DatabaseError, sqlite3.DatabaseError, pa.ArrowInvalid) as error:
        raise UserError(f"{path}: table weights cannot be read ({error}); is the file damaged?") from error
    # A column without any text comes as one of numbers.
    return table.cast(
        pa.schema([field if field.name in _NUMBER_COLUMNS else field.with_type(pa.string()) for field in table.schema])
    )


def _place_column(connection: sqlite3.Connection, key: str) -> str:
    return "varID" if "varID" in _columns(connection, "weights") else key


def read_extra(connection: sqlite3.Connection) -> tuple[pd.DataFrame, list[str]]:
    """The rows by gene, the first of each, and the genes of the others."""
    names = [*_EXTRA_COLUMNS, *(name for name in ("phi", "rho_avg") if name in _columns(connection, "extra"))]
    listed = ", ".join(f'"{name}"' for name in names)
    rows = connection.execute(f"SELECT CAST(gene AS TEXT), {listed} FROM extra ORDER BY gene").fetchall()
    extra = pd.DataFrame(rows, columns=["gene", *(_EXTRA_COLUMNS.get(name, name) for name in names)], dtype=object)
    again = extra["gene"].duplicated()
    return extra[~again].set_index("gene"), list(extra["gene"][again])


def read_snp_set(connection: sqlite3.Connection) -> str:
    """The SNP set that the model was built from, empty if the database does not say."""
    if "snp_set" not in _columns(connection, "construction"):
        return ""
    row = connection.execute("SELECT snp_set FROM construction").fetchone()
    return "" if row is None or row[0] is None else str(row[0])
