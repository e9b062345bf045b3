"""A made-up study of two chromosomes, and finemap_genes.py's main function in this process."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ..entry_scripts import entry_main

Main = Callable[..., Path]


@pytest.fixture(scope="session")
def finemap_main() -> Main:
    run = entry_main("finemap_genes")
    return lambda *arguments: run(*arguments).out


@dataclass
class MadeStudy:
    """Files of a study, and how they were made. Each chromosome has two blocks of LD of 60 SNPs, 400 kb apart, with two genes each;
    gene G1 acts on the trait. change the lists, then call `write`."""

    folder: Path
    people: int = 320
    snps: list[tuple[str, int, str, str, str]] = field(default_factory=list)  # chrom, pos, id, ref, alt
    dosages: list[np.ndarray] = field(default_factory=list)
    weights: list[tuple[str, str, int, float]] = field(default_factory=list)  # tissue, gene, SNP, weight
    z: dict[int, float] = field(default_factory=dict)
    genes: list[tuple[str, int, str]] = field(default_factory=list)  # chrom, TSS (1-based), gene
    regions: list[tuple[str, int, int]] = field(default_factory=list)

    def path(self, name: str) -> Path:
        return self.folder / name

    def write(self) -> "MadeStudy":
        samples = [f"P{n}" for n in range(self.people)]
        order = sorted(range(len(self.snps)), key=lambda at: (self.snps[at][0], self.snps[at][1], at))
        with open(self.path("panel.vcf"), "w") as text:
            text.write(
                "##fileformat=VCFv4.2\n##FORMAT=<ID=GT,Number=1,Type=String,Description=GT>\n##contig=<ID=1>\n##contig=<ID=2>\n"
            )
            text.write(
                "\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *samples]) + "\n"
            )
            for at in order:
                chrom, pos, name, ref, alt = self.snps[at]
                calls = [("./.", "0/0", "0/1", "1/1")[int(one) + 1] for one in self.dosages[at]]
                text.write("\t".join([chrom, str(pos), name, ref, alt, ".", "PASS", ".", "GT", *calls]) + "\n")
        with open(self.path("gwas.tsv"), "w") as text:
            text.write("SNP\tA1\tA2\tZ\n")
            for at, z in self.z.items():
                _, _, name, ref, alt = self.snps[at]
                text.write(f"{name}\t{ref}\t{alt}\t{-z!r}\n" if at % 3 == 0 else f"{name}\t{alt}\t{ref}\t{z!r}\n")
        for tissue in dict.fromkeys(row[0] for row in self.weights):
            self._write_model(tissue)
        self.path("genes.bed").write_text(
            "".join(f"{chrom}\t{pos - 1}\t{pos}\t{gene}\n" for chrom, pos, gene in self.genes)
        )
        self.path("regions.bed").write_text("".join(f"{chrom}\t{start}\t{end}\n" for chrom, start, end in self.regions))
        return self

    def _write_model(self, tissue: str) -> None:
        path = self.path(f"{tissue}.db")
        path.unlink(missing_ok=True)
        with sqlite3.connect(path) as db:
            db.execute(
                "CREATE TABLE weights (rsid TEXT, varID TEXT, gene TEXT, weight REAL, ref_allele TEXT, eff_allele TEXT)"
            )
            for _, gene, at, weight in [row for row in self.weights if row[0] == tissue]:
                chrom, pos, name, ref, alt = self.snps[at]
                row = (name, f"chr{chrom}_{pos}_{ref}_{alt}_b38", gene, weight, ref, alt)
                db.execute("INSERT INTO weights VALUES (?, ?, ?, ?, ?, ?)", row)
            db.execute(
                'CREATE TABLE extra (gene TEXT, genename TEXT, "n.snps.in.model" INTEGER, "pred.perf.R2" REAL, "pred.perf.pval" REAL, '
                '"pred.perf.qval" REAL)'
            )
            for gene in sorted({row[1] for row in self.weights if row[0] == tissue}):
                db.execute("INSERT INTO extra VALUES (?, ?, 2, 0.3, 1e-4, 1e-3)", (gene, f"name {gene}"))
        db.close()

    def flags(self, *tissues: str) -> list[object]:
        names = tissues or tuple(dict.fromkeys(row[0] for row in self.weights))
        return [
            "--model_db_path", *(self.path(f"{name}.db") for name in names), "--gwas_file", self.path("gwas.tsv"),
            "--genotypes", self.path("panel.vcf"), "--genes", self.path("genes.bed"), "--regions", self.path("regions.bed"),
        ]  # fmt: skip


def make_study(folder: Path, seed: int = 5) -> MadeStudy:
    random = np.random.default_rng(seed)
    study = MadeStudy(folder)
    gene = 0
    for chrom in ("1", "2"):
        for block in range(2):
            start, first = 1_000_000 + 400_000 * block, len(study.snps)
            one = random.binomial(2, 0.3, study.people)
            for n in range(60):
                one = np.where(random.random(study.people) < 0.8, one, random.binomial(2, 0.3, study.people))
                study.snps.append((chrom, start + 5_000 * n + 1, f"rs{chrom}{block}{n:03d}", "A", "G"))
                study.dosages.append(one)
            study.regions.append((chrom, start, start + 400_000))
            for n in (10, 40):
                gene += 1
                study.genes.append((chrom, start + 5_000 * n + 50, f"G{gene}"))
                for tissue in ("blood", "liver"):
                    shift = 0 if tissue == "blood" else 4
                    study.weights += [
                        (tissue, f"G{gene}", first + n + shift + 3 * k, w) for k, w in enumerate((0.5, -0.3, 0.4))
                    ]
    dosages = np.array(study.dosages, float)
    standard = (dosages - dosages.mean(1, keepdims=True)) / dosages.std(1, keepdims=True)
    cause = sum(w * dosages[at] for tissue, name, at, w in study.weights if (tissue, name) == ("blood", "G1"))
    cause = (cause - cause.mean()) / cause.std()
    noise = random.normal(size=study.people)
    study.z = {
        at: float(standard[at] @ (9 * cause / study.people + noise / np.sqrt(study.people)))
        for at in range(len(study.snps))
    }
    return study


@pytest.fixture
def study(tmp_path: Path) -> MadeStudy:
    return make_study(tmp_path)


def table(folder: Path, name: str = "genes.tsv", index: Sequence[str] = ("gene", "tissue")) -> pd.DataFrame:
    return pd.read_csv(folder / name, sep="\t", keep_default_na=True).set_index(list(index)).sort_index()
