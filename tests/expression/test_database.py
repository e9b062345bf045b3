"""build_model_db.py, read back through plain SQL as S-PrediXcan does."""

import gzip
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests
from tcra.expression.gene_model import MODELLED, GeneModel, joint_covariances
from tcra.expression.q_values import q_values

from .conftest import Cohort


@pytest.fixture(scope="module")
def chunks(cohort: Cohort, script: Callable, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The whole run as one chunk, and the same in three chunks."""
    folder = tmp_path_factory.mktemp("chunks")
    made = [folder / name for name in ("whole", "a", "b", "c")]
    script("fit_gene_models.py", *cohort.flags(), "--out", made[0])
    for out, chrom, first, number in ((made[1], "1", 0, 1), (made[2], "1", 1, 5), (made[3], "2", 0, 0)):
        script(
            "fit_gene_models.py",
            *cohort.flags(),
            "--chrom",
            chrom,
            "--first-gene",
            first,
            "--number-of-genes",
            number,
            "--out",
            out,
        )
    return made


@pytest.fixture(scope="module")
def built(chunks: list[Path], script: Callable, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("built") / "models"
    script("build_model_db.py", "--chunks", chunks[0], "--name", "blood", "--out", out)
    return out


def query(path: Path, sql: str) -> list[tuple]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(sql).fetchall()


def test_as_the_reference_tool_reads_it(built: Path, chunks: list[Path]) -> None:
    weights = query(built / "blood_100.db", "SELECT rsid, gene, weight, ref_allele, eff_allele FROM weights")
    extra = query(
        built / "blood_100.db",
        'SELECT gene, genename, "n.snps.in.model", "pred.perf.R2", "pred.perf.pval", "pred.perf.qval" FROM extra',
    )
    genes = {row[0] for row in extra}
    assert {"ENSG00000000000.1", "ENSG00000000003.1"} <= genes == {row[1] for row in weights}
    for gene, _, number, r2, p, q in extra:
        assert number == sum(row[1] == gene for row in weights)
        assert 0 < r2 < 1 and p <= q <= 1
    table = pd.read_csv(chunks[0] / "weights.tsv", sep="\t").query("snp_set == 100 and gene_id in @genes")
    assert sorted((row.rsid, row.gene_id, row.beta, row.ref, row.alt) for row in table.itertuples()) == sorted(weights)


def test_covariances_cover_every_pair(built: Path, cohort: Cohort) -> None:
    covariances = pd.read_csv(built / "blood_100_cov.txt.gz", sep=" ")
    assert list(covariances.columns) == ["GENE", "RSID1", "RSID2", "VALUE"]
    for gene, rows in covariances.groupby("GENE"):
        rsids = [r for (r,) in query(built / "blood_100.db", f"SELECT rsid FROM weights WHERE gene = '{gene}'")]
        assert [(a, b) for i, a in enumerate(rsids) for b in rsids[i:]] == list(
            zip(rows["RSID1"], rows["RSID2"], strict=True)
        )
        for row in rows.itertuples():
            expected = np.cov(cohort.dosages[:, int(row.RSID1[2:])], cohort.dosages[:, int(row.RSID2[2:])])[0, 1]
            assert row.VALUE == pytest.approx(expected, abs=1e-12)


def test_the_quality_rule(built: Path) -> None:
    summaries = pd.read_csv(built / "model_summaries.tsv", sep="\t")
    good = (summaries["nested_rho"] > 0.1) & (summaries["nested_pval"] < 0.05)
    assert ((summaries["in_database"] == "yes") == good).all()
    assert good.any() and not good.all()
    for snp_set, rows in summaries.groupby("snp_set"):
        assert query(built / f"blood_{snp_set}.db", "SELECT count(*) FROM extra") == [
            ((rows["in_database"] == "yes").sum(),)
        ]


def test_the_published_quality_and_both_in_the_database(chunks: list[Path], script: Callable, tmp_path: Path) -> None:
    for quality in ("nested", "published"):
        flags = ["--chunks", chunks[0], "--name", "m", "--quality", quality, "--out", tmp_path / quality]
        script("build_model_db.py", *flags)
        summaries = pd.read_csv(tmp_path / quality / "model_summaries.tsv", sep="\t").set_index(["gene_id", "snp_set"])
        nested = quality == "nested"
        rho, p = ("nested_rho", "nested_pval") if nested else ("rho_avg", "rho_pval")
        good = (summaries[rho] > 0.1) & (summaries[p] < 0.05)
        assert ((summaries["in_database"] == "yes") == good).all() and good.any()
        columns = '"pred.perf.R2", "pred.perf.pval", nested_rho, nested_pval, nested_r2, published_R2, published_pval, rho_avg'
        for gene, *found in query(tmp_path / quality / "m_100.db", f"SELECT gene, {columns} FROM extra"):
            row = summaries.loc[(gene, 100)]
            read = (
                [row["nested_rho"] ** 2, row["nested_pval"]] if nested else [row["pred_perf_R2"], row["pred_perf_pval"]]
            )
            both = ["nested_rho", "nested_pval", "nested_r2", "pred_perf_R2", "pred_perf_pval", "rho_avg"]
            assert found == pytest.approx([*read, *row[both]])
        ((rule,),) = query(tmp_path / quality / "m_100.db", "SELECT rule FROM construction")
        assert rule == f"{quality} quality: rho > 0.1 and p < 0.05"


def test_nested_quality_needs_chunks_that_have_it(cohort: Cohort, script: Callable, tmp_path: Path) -> None:
    flags = ["--chrom", "2", "--quality", "published", "--out", tmp_path / "chunk"]
    script("fit_gene_models.py", *cohort.flags(), *flags)
    summaries = pd.read_csv(tmp_path / "chunk" / "model_summaries.tsv", sep="\t")
    assert summaries["nested_rho"].isna().all()
    script("build_model_db.py", "--chunks", tmp_path / "chunk", "--name", "m", "--out", tmp_path / "o")
    found = pd.read_csv(tmp_path / "o" / "model_summaries.tsv", sep="\t")
    assert ((found["in_database"] == "yes") == (found["rho_avg"] > 0.1) & (found["rho_pval"] < 0.05)).all()
    flags = ["--chunks", tmp_path / "chunk", "--name", "m", "--quality", "nested", "--out", tmp_path / "p"]
    assert "fit them again with nested" in script("build_model_db.py", *flags, status=2).stderr


def test_keep_all(chunks: list[Path], script: Callable, tmp_path: Path) -> None:
    script("build_model_db.py", "--chunks", chunks[0], "--name", "m", "--keep-all", "--out", tmp_path / "o")
    summaries = pd.read_csv(tmp_path / "o" / "model_summaries.tsv", sep="\t")
    assert ((summaries["in_database"] == "yes") == (summaries["status"] == "modelled")).all()


def test_q_values_and_phi(built: Path) -> None:
    summaries = pd.read_csv(built / "model_summaries.tsv", sep="\t")
    for snp_set, rows in summaries.groupby("snp_set"):
        tested = rows.dropna(subset="nested_pval")
        expected = multipletests(tested["nested_pval"], method="fdr_bh")[1]
        assert np.allclose(tested["pred_perf_qval"], expected, rtol=1e-12)
        assert query(built / f"blood_{snp_set}.db", "SELECT count(phi) FROM extra") == [(0,)]


def test_construction_samples_and_indexes(built: Path) -> None:
    with closing(sqlite3.connect(built / "blood_50.db")) as database:
        database.row_factory = sqlite3.Row
        row = database.execute("SELECT * FROM construction").fetchone()
        indexes = {r["name"] for r in database.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}
    assert (row["name"], row["snp_set"], row["seed"], row["folds"], row["alpha"]) == ("blood", "50", 20240528, 10, 0.5)
    assert json.loads(row["inputs"])["genotypes.vcf"].startswith("crc32c:")
    assert {"extra_gene", "weights_gene", "weights_rsid"} <= indexes
    assert query(built / "blood_50.db", "SELECT n_samples FROM sample_info") == [(120,)]


def test_chunking_and_order_change_no_byte(built: Path, chunks: list[Path], script: Callable, tmp_path: Path) -> None:
    script("build_model_db.py", "--chunks", chunks[3], chunks[1], chunks[2], "--name", "blood", "--out", tmp_path / "o")
    names = sorted(path.name for path in built.iterdir())
    assert names == sorted(path.name for path in (tmp_path / "o").iterdir())
    for name in names:
        assert (built / name).read_bytes() == (tmp_path / "o" / name).read_bytes(), name


def test_accounting_balances(built: Path) -> None:
    counts = json.loads((built / "accounting.json").read_text())["counts"]
    assert [c["unit"] for c in counts] == [f"gene models of SNP set {size}" for size in (20, 50, 100)]
    assert all(c["in"] == 6 for c in counts)
    with gzip.open(built / "rejected.tsv.gz", "rt") as text:
        assert sum(1 for _ in text) - 1 == sum(c["in"] - c["out"] for c in counts)


def copy(chunk: Path, out: Path, change: Callable[[str], str] | None = None, name: str = "accounting.json") -> Path:
    shutil.copytree(chunk, out)
    if change:
        (out / name).write_text(change((out / name).read_text()))
    return out


@pytest.mark.parametrize(("case", "expected"), [
    ("unfinished", "has no weights.tsv: it is no finished output"),
    ("twice", "gene ENSG00000000000.1 was fitted twice"),
    ("settings", "was fitted with seed = 7, but"),
    ("inputs", "was fitted to another expression.csv than"),
    ("samples", "different numbers of samples"),
    ("lines", "found gene"),
])  # fmt: skip
def test_chunks_that_do_not_fit_together(
    chunks: list[Path], script: Callable, tmp_path: Path, case: str, expected: str
) -> None:
    other = chunks[2]
    if case == "unfinished":
        other = copy(chunks[2], tmp_path / "x")
        (other / "weights.tsv").unlink()
    elif case == "twice":
        other = copy(chunks[1], tmp_path / "x")
    elif case == "settings":
        other = copy(chunks[2], tmp_path / "x", lambda text: text.replace('"seed": 20240528', '"seed": 7'))
    elif case == "inputs":
        checksum = json.loads((chunks[2] / "accounting.json").read_text())["inputs"]["expression.csv"]
        other = copy(chunks[2], tmp_path / "x", lambda text: text.replace(checksum, "crc32c:00000000"))
    elif case == "samples":
        other = copy(chunks[2], tmp_path / "x", lambda text: text.replace("\t120\t", "\t119\t"), "model_summaries.tsv")
    else:
        other = copy(chunks[2], tmp_path / "x", lambda text: text.splitlines()[0] + "\n", "weights.tsv")
    arguments = ["--chunks", chunks[1], other, "--name", "m", "--keep-all", "--out", tmp_path / "o"]
    stderr = script("build_model_db.py", *arguments, status=2).stderr
    assert len(stderr.strip().splitlines()) == 1
    assert expected in stderr
    assert not list((tmp_path / "o").glob("*")) if (tmp_path / "o").exists() else True


def test_a_gene_on_x_and_y_keeps_the_copy_on_x(chunks: list[Path], script: Callable, tmp_path: Path) -> None:
    on_x = copy(
        chunks[1],
        tmp_path / "x",
        lambda text: text.replace("\t1\t10000\t", "\tX\t10000\t").replace("\t1\t0\t", "\tX\t0\t"),
        "model_summaries.tsv",
    )
    rows = (on_x / "model_summaries.tsv").read_text()
    chrom = rows.splitlines()[1].split("\t")[17]
    (on_x / "model_summaries.tsv").write_text(rows.replace(f"\t{chrom}\t", "\tX\t"))
    on_y = copy(on_x, tmp_path / "y", lambda text: text.replace("\tX\t", "\tY\t"), "model_summaries.tsv")
    script("build_model_db.py", "--chunks", on_y, on_x, "--name", "m", "--out", tmp_path / "o")
    assert query(tmp_path / "o" / "m_100.db", "SELECT gene FROM extra") == [("ENSG00000000000.1",)]
    counts = json.loads((tmp_path / "o" / "accounting.json").read_text())["counts"]
    assert counts[-1]["rejected"] == {"copy on Y of a gene on X": 1}


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_q_values_are_benjamini_hochbergs(p: list[float]) -> None:
    found = q_values(np.array(p))
    assert np.allclose(found, multipletests(p, method="fdr_bh")[1])
    assert (q_values(np.array(p), "storey") <= found + 1e-12).all()


def test_q_values_of_missing_p() -> None:
    found = q_values(np.array([0.01, np.nan, 0.5]))
    assert np.isnan(found[1]) and np.allclose(found[[0, 2]], [0.02, 0.5])


def test_joint_covariances_of_genes_in_several_databases(built: Path, chunks: list[Path]) -> None:
    summaries = pd.read_csv(built / "model_summaries.tsv", sep="\t", dtype={"snp_set": str})
    kept = summaries.loc[summaries["in_database"] == "yes", "gene_id"]
    joint = pd.read_csv(chunks[0] / "joint_covariances.txt.gz", sep=" ")
    published = pd.read_csv(built / "blood_joint_covariance.txt.gz", sep=" ")
    expected = joint[joint["gene_id"].isin(kept[kept.duplicated()])]
    assert published.to_numpy().tolist() == expected.to_numpy().tolist()


def test_joint_covariances_where_the_model_that_has_them_all_is_left_out(
    chunks: list[Path], script: Callable, tmp_path: Path
) -> None:
    """Two small models of different SNPs are kept, the large one with both SNPs fails the quality rule."""
    out = tmp_path / "chunk"
    shutil.copytree(chunks[1], out)
    lines = [line.split("\t") for line in (out / "model_summaries.tsv").read_text().splitlines()]
    gene, rho = lines[1][0], lines[0].index("rho_avg")
    for cells, value, snps in zip(lines[1:], ("0.5", "0.5", "0.01"), ("1", "1", "2"), strict=True):
        cells[rho : rho + 3] = cells[-4:-1] = [value, "3", "0.001"]
        cells[lines[0].index("n_snps_in_model")] = snps
        cells[lines[0].index("status")] = MODELLED
    (out / "model_summaries.tsv").write_text("".join("\t".join(cells) + "\n" for cells in lines))
    models = {"20": ["rs1"], "50": ["rs2"], "100": ["rs1", "rs2"]}
    weights = [f"{gene}\t{rs}\tv\tA\tG\t0.1\t{snp_set}\n" for snp_set, names in models.items() for rs in names]
    (out / "weights.tsv").write_text("gene_id\trsid\tvarID\tref\talt\tbeta\tsnp_set\n" + "".join(weights))
    pairs = ["rs1 rs1 0.5 20", "rs2 rs2 0.4 50", "rs1 rs1 0.5 100", "rs1 rs2 0.1 100", "rs2 rs2 0.4 100"]
    with gzip.open(out / "covariances.txt.gz", "wt") as text:
        text.write("gene_id rsid1 rsid2 corvarianceValues snp_set\n" + "".join(f"{gene} {pair}\n" for pair in pairs))
    with gzip.open(out / "joint_covariances.txt.gz", "wt") as text:
        text.write("gene_id rsid1 rsid2 covariance\n")
    script("build_model_db.py", "--chunks", out, "--name", "m", "--out", tmp_path / "o")
    with gzip.open(tmp_path / "o" / "m_joint_covariance.txt.gz", "rt") as text:
        assert text.read().splitlines()[1:] == [f"{gene} {pair.rsplit(' ', 1)[0]}" for pair in pairs[2:]]
    assert query(tmp_path / "o" / "m_100.db", "SELECT * FROM weights") == []


def test_joint_covariances_are_those_of_the_dosages() -> None:
    """Of the union of the models' SNPs; nothing where one model has them all."""
    dosages = np.random.default_rng(1).integers(0, 3, (50, 6)).astype(np.int8)

    def models(*columns: list[int]) -> list[GeneModel]:
        return [GeneModel("10", 6, MODELLED, columns=np.array(one, np.int64)) for one in columns]

    found = joint_covariances(dosages, models([0, 2], [2, 5]))
    assert [pair[:2] for pair in found] == [(0, 0), (0, 2), (0, 5), (2, 2), (2, 5), (5, 5)]
    for a, b, value in found:
        assert value == pytest.approx(np.cov(dosages[:, a], dosages[:, b], ddof=1)[0, 1], abs=1e-12)
    assert joint_covariances(dosages, models([0, 2], [0, 2, 5])) == []
    assert joint_covariances(dosages, [GeneModel("10", 6, "no signal")]) == []
