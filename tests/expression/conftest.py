"""Fixtures of the expression tests: R, a small cohort on disk."""

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from numpy.typing import NDArray

from ..entry_scripts import ROOT, load_file

# Where many processes share a machine, any example may take long.
settings.register_profile("shared machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared machine")


@pytest.fixture(scope="session")
def benchmark_module() -> ModuleType:
    """benchmarks/gene_models.py, which knows how to simulate genes and how to ask R."""
    return load_file(ROOT / "benchmarks" / "gene_models.py")


@pytest.fixture(scope="session")
def ask_r(benchmark_module: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., dict]]:
    """`ask_r(x, y, folds, factors)`: the statistics and weights of R's glmnet; skips where there is no R with glmnet."""
    folder = tmp_path_factory.mktemp("r")
    process: subprocess.Popen[str] | None = benchmark_module.start_r(folder, None)
    if process is None:
        pytest.skip("Rscript with the package glmnet is not installed (Debian: r-cran-glmnet)")
    yield lambda *gene: benchmark_module.run_r(process, folder, *gene)
    assert process.stdin and process.stdout
    process.stdin.close()
    process.wait(timeout=60)
    process.stdout.close()


@dataclass(frozen=True)
class Cohort:
    """A small cohort: 120 people, 60 SNPs on chromosome 1 and 40 on chromosome 2, 6 genes."""

    folder: Path
    samples: list[str]
    chrom: list[str]
    position: list[int]
    dosages: NDArray[np.int8]  # (samples, SNPs)
    expression: NDArray[np.float64]  # (genes, samples)

    @property
    def vcf(self) -> Path:
        return self.folder / "genotypes.vcf"

    @property
    def table(self) -> Path:
        return self.folder / "expression.csv"

    @property
    def genes(self) -> Path:
        return self.folder / "genes.gtf"

    @property
    def sets(self) -> Path:
        return self.folder / "sets.tsv"

    def flags(self) -> list[str]:
        """Flags of fit_gene_models.py for this cohort."""
        return [
            "--genotypes", str(self.vcf), "--expression", str(self.table), "--genes", str(self.genes), "--snp-sets", str(self.sets),
            "--set-sizes", "20,50,100", "--window", "100000", "--cores", "1",
        ]  # fmt: skip


GENES = [
    ("1", 100_000, 110_000),
    ("1", 150_000, 155_000),
    ("1", 400_000, 420_000),
    ("2", 100_000, 101_000),
    ("2", 180_000, 190_000),
]
GENES.append(("2", 9_000_000, 9_001_000))  # far from every SNP


def write_vcf(
    path: Path, samples: list[str], records: list[tuple[str, int, str, str, str, list[str]]], extra: str = ""
) -> None:
    """records: (chrom, position, id, ref, alt, calls)."""
    lines = ["##fileformat=VCFv4.2", '##FORMAT=<ID=GT,Number=1,Type=String,Description="call">', *filter(None, [extra])]
    contigs = [f"##contig=<ID={chrom}>" for chrom in dict.fromkeys(record[0] for record in records)]
    lines += [contig for contig in contigs if contig not in extra]
    lines.append("\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *samples]))
    key = "GT:DS" if "ID=DS" in extra else "GT"
    for chrom, position, name, ref, alt, calls in records:
        lines.append("\t".join([chrom, str(position), name, ref, alt, ".", "PASS", ".", key, *calls]))
    path.write_text("\n".join(lines) + "\n")


def calls_of(dosages: NDArray[np.int8]) -> list[str]:
    return [{0: "0/0", 1: "0/1", 2: "1/1", -1: "./."}[int(d)] for d in dosages]


@pytest.fixture(scope="session")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    folder = tmp_path_factory.mktemp("cohort")
    random = np.random.default_rng(7)
    samples = [f"P{i:03d}" for i in range(120)]
    chrom = ["1"] * 60 + ["2"] * 40
    position = [20_000 + 8_000 * i for i in range(60)] + [20_000 + 5_000 * i for i in range(40)]
    dosages = random.binomial(2, random.uniform(0.1, 0.5, 100), (120, 100)).astype(np.int8)
    expression = random.standard_normal((len(GENES), 120))
    expression[0] += 1.2 * dosages[:, 10]
    expression[3] -= 1.0 * dosages[:, 75]
    cohort = Cohort(folder, samples, chrom, position, dosages, expression)
    records = [
        (c, p, f"rs{i}", "A", "G", calls_of(dosages[:, i]))
        for i, (c, p) in enumerate(zip(chrom, position, strict=True))
    ]
    write_vcf(cohort.vcf, samples, records)
    with open(cohort.sets, "w") as text:
        text.write("variant_id\tchrom\tpos\tref\talt\trank\trsid\n")
        for i, rank in enumerate(random.permutation(100) + 1):
            text.write(
                f"{chrom[i]}_{position[i]}_A_G\t{chrom[i]}\t{position[i]}\tA\tG\t{rank}\t{f'rs{i}' if i % 2 else ''}\n"
            )
    with open(cohort.table, "w") as text:
        text.write(",".join(["chr", "gene_id", "gene_name", *reversed(samples)]) + "\n")
        for i, (c, _, _) in enumerate(GENES):
            text.write(f"chr{c},ENSG{i:011d}.1,G{i}," + ",".join(map(repr, expression[i, ::-1].tolist())) + "\n")
    with open(cohort.genes, "w") as text:
        for i, (c, start, end) in enumerate(GENES):
            text.write(f'chr{c}\tx\tgene\t{start}\t{end}\t.\t+\t.\tgene_id "ENSG{i:011d}.1"; gene_name "NAME{i}";\n')
    return cohort
