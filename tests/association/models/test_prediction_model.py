"""Reading model databases: what SQLite lets stand in them, and what is said of those that cannot be read."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tcra.association.models.prediction_model import read_model
from tcra.association.models.weights_database import first_variant, read_keys
from tcra.errors import UserError

from ...entry_scripts import ROOT

EXTRA = 'CREATE TABLE extra (gene, genename, "pred.perf.R2", "n.snps.in.model", "pred.perf.pval", "pred.perf.qval")'


def make(path: Path, rows: list[tuple], columns: str = "rsid, gene, weight, ref_allele, eff_allele") -> Path:
    """A model whose columns have no type: SQLite keeps every cell as it was given."""
    with sqlite3.connect(path) as database:
        database.execute(f"CREATE TABLE weights ({columns})")
        database.executemany(f"INSERT INTO weights VALUES ({','.join('?' * len(rows[0]))})", rows)
        database.execute(EXTRA)
        database.executemany("INSERT INTO extra VALUES (?, 'name', 0.5, 1, 0.1, NULL)", {(row[1],) for row in rows})
    database.close()
    return path


def test_rows_by_gene_and_the_last_of_repeated_ones(tmp_path: Path) -> None:
    rows = [
        ("rs2", "B", 1.0, "a", "g"),
        ("rs1", "A", 2.0, "C", "T"),
        ("rs2", "B", 3.0, "A", "T"),
        ("rs1", "B", 4.0, "C", "T"),
    ]
    model = read_model(make(tmp_path / "m.db", rows))
    assert model.gene_names.tolist() == ["A", "B"] and model.gene.tolist() == [0, 1, 1]
    assert model.snp.tolist() == ["rs1", "rs2", "rs1"] and model.weight.tolist() == [2.0, 3.0, 4.0]
    assert model.ref.tolist() == ["C", "A", "C"] and model.eff.tolist() == ["T", "T", "T"]
    assert model.repeated == [("B", "rs2")]
    assert (model.replaced.ref.tolist(), model.replaced.eff.tolist()) == (["A"], ["G"])
    assert model.listed.all() and np.isnan(model.frequency).all()


def test_numbers_and_nothing_among_the_texts(tmp_path: Path) -> None:
    path = make(
        tmp_path / "m.db", [(12, "A", 1, None, "g"), (None, "A", "0.25", "C", b"T"), ("rs3", 7, 1e-300, "C", "T")]
    )
    model = read_model(path)
    assert model.snp.tolist() == ["rs3", "12", "None"] and model.gene_names.tolist() == ["7", "A"]
    assert model.weight.tolist() == [1e-300, 1.0, 0.25]
    assert model.listed.all()
    assert model.ref.tolist() == ["C", "NONE", "C"] and model.eff.tolist() == ["T", "G", "T"]
    assert read_keys(path).to_pylist() == ["12", None, "rs3"]


def test_weights_come_back_to_the_bit(tmp_path: Path) -> None:
    weights = np.random.default_rng(3).normal(size=3000) * 10.0 ** np.random.default_rng(4).integers(-300, 300, 3000)
    rows = [(f"rs{i}", "A", weight, "A", "C") for i, weight in enumerate(weights.tolist())]
    assert read_model(make(tmp_path / "m.db", rows)).weight.tolist() == weights.tolist()


def test_a_text_among_the_weights_takes_no_digits_of_the_others(tmp_path: Path) -> None:
    columns = "rsid, gene, weight, ref_allele, eff_allele, eaf"
    rows = [("rs1", "A", 1 / 3, "A", "C", 2 / 3), ("rs2", "A", "0.25", "A", "C", "NA")]
    model = read_model(make(tmp_path / "m.db", rows, columns))
    assert model.weight.tolist() == [1 / 3, 0.25]
    np.testing.assert_array_equal(model.frequency, [2 / 3, np.nan])


def test_types_that_change_late_in_the_table(tmp_path: Path) -> None:
    rows = [(f"rs{i}", "A", 1, "A", "C") for i in range(5000)] + [
        ("rsx", "A", 0.5, "A", "C"),
        ("1_2", "A", -1, "A", "C"),
    ]
    model = read_model(make(tmp_path / "m.db", rows))
    assert model.weight[-2:].tolist() == [0.5, -1.0] and model.weight[:5000].tolist() == [1.0] * 5000


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the size of the address space is read from /proc")
def test_no_more_memory_is_reserved_than_the_weights_take(tmp_path: Path) -> None:
    """Where a scheduler limits the address space, the driver would end the process."""
    path = make(tmp_path / "m.db", [("rs1", "A", 1.0, "A", "C")])
    code = (
        "import sys, pathlib; from tcra.association.models.weights_database import read_keys; read_keys(pathlib.Path(sys.argv[1])); "
        "print(*(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmPeak')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, path], cwd=ROOT / "bin", capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 8e6  # kB


def test_a_view_and_a_name_with_marks(tmp_path: Path) -> None:
    path = make(tmp_path / "a?b#c %20'd.db", [("rs1", "A", 1.0, "A", "C")])
    with sqlite3.connect(path) as database:
        database.execute("ALTER TABLE weights RENAME TO kept")
        database.execute("CREATE VIEW weights AS SELECT * FROM kept")
    database.close()
    assert read_model(path).snp.tolist() == ["rs1"] and read_keys(path).to_pylist() == ["rs1"]


def test_ids_of_another_column_and_places(tmp_path: Path) -> None:
    columns = "rsid, gene, weight, ref_allele, eff_allele, varID, eaf"
    rows = [("rs1", "A", 1.0, "A", "C", "1_10_A_C_b38", 0.25), ("rs2", "A", 1.0, "A", "C", "1_20_A_C_b38", None)]
    path = make(tmp_path / "m.db", rows, columns)
    assert read_keys(path, "varID").to_pylist() == ["chr1_10_A_C_b38", "chr1_20_A_C_b38"]
    assert read_model(path, "varID").snp.tolist() == ["chr1_10_A_C_b38", "chr1_20_A_C_b38"]
    assert read_keys(path, places=True).to_pylist() == ["1_10_A_C_b38", "1_20_A_C_b38"]
    model = read_model(path, places=True)
    assert model.snp.tolist() == ["rs1", "rs2"] and model.place.tolist() == ["1_10_A_C_b38", "1_20_A_C_b38"]
    np.testing.assert_array_equal(model.frequency, [0.25, np.nan])
    assert first_variant(path) == "1_10_A_C_b38"


def test_columns_without_any_text(tmp_path: Path) -> None:
    columns = "rsid, gene, weight, ref_allele, eff_allele, varID"
    path = make(
        tmp_path / "m.db", [(None, "A", 1.0, "A", "C", None), (None, "A", 2.0, "A", "C", "1_20_A_C_b38")], columns
    )
    assert read_keys(path).to_pylist() == [None, "1_20_A_C_b38"]  # the varID where there is no rsid
    assert read_model(path).snp.tolist() == ["None", "1_20_A_C_b38"]
    assert read_keys(path, "varID").to_pylist() == [None, "1_20_A_C_b38"]
    assert read_model(path, "varID").snp.tolist() == ["None", "1_20_A_C_b38"]


def test_no_rows_and_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = make(tmp_path / "m.db", [("rs1", "A", 1.0, "A", "C")])
    for statement, part in (
        ("UPDATE weights SET rsid = CAST(x'ff41' AS TEXT)", "cannot be read"),
        ("DELETE FROM weights", "has no rows"),
    ):
        with sqlite3.connect(path) as database:
            database.execute(statement)
        database.close()
        for read in (read_keys, read_model):
            with pytest.raises(UserError, match=f"m.db: table weights {part}") as caught:
                read(path)
            assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("rows", "part"),
    [
        ([("rs1", "A", 1.0, "A", "C"), ("rs2", "A", "half", "A", "C")], "gene A, rs2: weight 'half' is not a number"),
        ([("rs1", "A", 1.0, "A", "C"), ("rs2", "A", None, "A", "C")], "gene A, rs2: weight None is not a number"),
        ([("rs1", "A", 1.0, "A", "C"), ("rs2", None, 1.0, "A", "C")], "has no gene in the row of rs2"),
    ],
)
def test_refusals(rows: list[tuple], part: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"m\.db") as caught:
        read_model(make(tmp_path / "m.db", rows))
    assert part in str(caught.value)


@pytest.mark.parametrize("mode", ["WAL", "DELETE", "PERSIST"])
def test_changes_that_are_not_in_the_file_yet(mode: str, tmp_path: Path) -> None:
    path = make(tmp_path / "m.db", [(f"rs{i}", "A", 0.5, "A", "C") for i in range(5000)])
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute(f"PRAGMA journal_mode = {mode}")
    writer.execute("PRAGMA cache_size = 5")  # pages: changes go to the disk before they are all made
    writer.execute("BEGIN")
    writer.execute("UPDATE weights SET weight = 9")
    if mode == "WAL":
        writer.execute("COMMIT")
    with pytest.raises(UserError, match=r"m\.db is being written"):
        read_model(path)
    writer.execute("PRAGMA wal_checkpoint(TRUNCATE)" if mode == "WAL" else "COMMIT")
    assert set(read_model(path).weight.tolist()) == {9.0}
    writer.close()


def test_a_damaged_page_is_named(tmp_path: Path) -> None:
    path = make(tmp_path / "m.db", [(f"rs{i}", "A", 0.5, "A", "C") for i in range(5000)])
    content = bytearray(path.read_bytes())
    content[4096 * 5 : 4096 * 6] = b"\xff" * 4096
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"m\.db.*(cannot be read|not a model database)"):
        read_model(path)
