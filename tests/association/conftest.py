"""Runs the entry scripts' main functions in this process: as the command line does, but without the start of an interpreter."""

import argparse
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from scipy.stats import norm
from tcra.errors import UserError

from ..entry_scripts import entry_main


@pytest.fixture(scope="session")
def associate_main() -> Callable[..., argparse.Namespace]:
    return entry_main("associate")


@pytest.fixture(scope="session")
def combine_main() -> Callable[..., argparse.Namespace]:
    return entry_main("combine_associations")


@pytest.fixture(scope="session")
def user_error() -> Callable[..., object]:
    """`with user_error("part of the message"):` expects a UserError of one line that has that part."""

    @contextmanager
    def expect(part: str) -> Iterator[None]:
        with pytest.raises(UserError) as caught:
            yield
        message = str(caught.value)
        assert part in message, message
        assert "\n" not in message

    return expect


Weight = tuple[str, str, str, float, str, str]  # rsid, varID, gene, weight, ref, eff


def write_model(
    path: Path, weights: list[Weight], extra: dict[str, float | None] | None = None, snp_set: str = ""
) -> Path:
    """A PredictDB model; `extra` maps genes to phi (the column is left out without it)."""
    genes = list(dict.fromkeys(row[2] for row in weights)) if extra is None else list(extra)
    with sqlite3.connect(path) as db:
        db.execute(
            "CREATE TABLE weights (rsid TEXT, varID TEXT, gene TEXT, weight REAL, ref_allele TEXT, eff_allele TEXT)"
        )
        db.executemany("INSERT INTO weights VALUES (?, ?, ?, ?, ?, ?)", weights)
        phi = "" if extra is None else ", phi REAL"
        db.execute(
            'CREATE TABLE extra (gene TEXT, genename TEXT, "n.snps.in.model" INTEGER, "pred.perf.R2" REAL, "pred.perf.pval" REAL, '
            f'"pred.perf.qval" REAL{phi})'
        )
        for gene in genes:
            size = sum(row[2] == gene for row in weights)
            row = (gene, f"name {gene}", size, 0.2, 1e-4, 1e-3, *([] if extra is None else [extra[gene]]))
            db.execute(f"INSERT INTO extra VALUES ({', '.join('?' * len(row))})", row)
        if snp_set:
            db.execute("CREATE TABLE construction (snp_set TEXT)")
            db.execute("INSERT INTO construction VALUES (?)", (snp_set,))
    db.close()
    return path


def write_covariance(path: Path, model: Path, correlation: float = 0.5, variance: float = 0.4) -> Path:
    """The covariance of the model's SNPs within each gene: variance × correlation^|i - j|."""
    db = sqlite3.connect(model)
    rows = db.execute("SELECT gene, rsid FROM weights ORDER BY gene, rowid").fetchall()
    db.close()
    genes: dict[str, list[str]] = {}
    for gene, snp in rows:
        genes.setdefault(gene, []).append(snp)
    lines = ["GENE RSID1 RSID2 VALUE"]
    for gene, snps in genes.items():
        lines += [
            f"{gene} {snps[i]} {snps[j]} {variance * correlation ** (j - i)}"
            for i in range(len(snps)) for j in range(i, len(snps))
        ]  # fmt: skip
    path.write_text("\n".join(lines) + "\n")
    return path


WEIGHTS: list[Weight] = [
    ("rs1", "chr1_1000_A_G_b38", "G1", 0.5, "A", "G"),
    ("rs2", "chr1_2000_C_T_b38", "G1", -0.3, "C", "T"),
    ("rs3", "chr2_3000_A_T_b38", "G2", 0.2, "A", "T"),
    ("rs4", "chr2_4000_C_CAG_b38", "G2", 0.7, "C", "CAG"),
]
# id, chromosome, position, effect allele, other allele, frequency, beta, se
VARIANTS = [
    ("rs1", "1", 1000, "G", "A", 0.3, 0.10, 0.02),
    ("rs2", "1", 2000, "C", "T", 0.7, 0.06, 0.03),
    ("rs3", "2", 3000, "T", "A", 0.4, -0.04, 0.02),
    ("rs4", "2", 4000, "CAG", "C", 0.2, 0.01, 0.02),
    ("rs99", "3", 5000, "A", "C", 0.2, 0.01, 0.02),
]


@pytest.fixture
def small(tmp_path: Path) -> SimpleNamespace:
    """A model of two genes with four SNPs, its covariance, a GWAS of five variants (one outside the model), and arguments for them."""
    model = write_model(tmp_path / "small.db", WEIGHTS)
    covariance = write_covariance(tmp_path / "small.cov.txt", model)
    gwas = tmp_path / "gwas.tsv"
    gwas.write_text(
        "\n".join(
            [
                "SNP\tCHR\tBP\tA1\tA2\tFRQ\tBETA\tSE\tP",
                *("\t".join(map(str, [*row, 2 * norm.sf(abs(row[6] / row[7]))])) for row in VARIANTS),
            ]
        )
        + "\n"
    )
    arguments = ["--model_db_path", model, "--covariance", covariance]
    return SimpleNamespace(
        folder=tmp_path, model=model, covariance=covariance, gwas=gwas, arguments=arguments, out=tmp_path / "out.csv"
    )


def run(small, main, *extra: object, gwas: Path | None = None) -> pd.DataFrame:
    main(*small.arguments, "--gwas_file", gwas or small.gwas, "--output_file", small.out, "--overwrite", *extra)
    return pd.read_csv(small.out).set_index("gene")
