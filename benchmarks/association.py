#!/usr/bin/env python3
"""S-PrediXcan (MetaXcan's SPrediXcan.py) against associate.py: seconds and memory, the tables compared, one model and ten models.

    benchmarks/association.py --scale gtex   --metaxcan FOLDER/software --python PYTHON_WITH_NUMPY_BELOW_2.4
    benchmarks/association.py --scale breast --model tftwas_breast_gtexv8.db --metaxcan FOLDER/software --python PYTHON
    benchmarks/association.py --scale gtex --models 10                    # ten models in one call against one

gtex makes a model of the size of a GTEx elastic net (15,000 genes, 300,000 weights, 3.3 M covariance rows) and 1 M GWAS rows;
breast takes a model database, makes its covariance, and 8 M GWAS rows. The programs take turns; medians and the ratio are printed.
"""

import argparse
import csv
import gzip
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
LETTERS = np.array(["A", "C", "G", "T"])


def make_gtex_model(path: Path, generator: np.random.Generator, pool: int = 1_000_000) -> None:
    """15,000 genes with 20 ± 4.5 SNPs each, out of 2,000 neighbours in a pool of rsids."""
    sizes = np.clip(np.rint(generator.normal(20, 4.5, 15_000)), 1, 60).astype(int)
    rows, extra = [], []
    for gene, size in enumerate(sizes):
        name = f"ENSG{gene:011d}.1"
        start = int(gene * (pool - 2_000) / len(sizes))
        for snp in np.sort(generator.choice(2_000, size, replace=False)) + start:
            ref, alt = alleles_of(int(snp))
            rows.append(
                (f"rs{snp + 1}", f"chr1_{snp + 1}_{ref}_{alt}_b38", name, float(generator.normal(0, 0.1)), ref, alt)
            )
        extra.append((name, f"GENE{gene}", float(generator.uniform(0, 0.5)), int(size), 1e-5, 1e-4))
    write_model(path, rows, extra)


def alleles_of(snp: int) -> tuple[str, str]:
    """A reference and another allele that follow from the number alone, never each other's complement."""
    return "ACGT"[snp % 4], "CAAC"[snp % 4]


def write_model(path: Path, rows: list[tuple], extra: list[tuple]) -> None:
    connection = sqlite3.connect(path)
    connection.execute(
        "CREATE TABLE weights (rsid TEXT, varID TEXT, gene TEXT, weight REAL, ref_allele TEXT, eff_allele TEXT)"
    )
    connection.execute(
        'CREATE TABLE extra (gene TEXT, genename TEXT, "pred.perf.R2" REAL, "n.snps.in.model" INTEGER, '
        '"pred.perf.pval" REAL, "pred.perf.qval" REAL)'
    )
    connection.executemany("INSERT INTO weights VALUES (?, ?, ?, ?, ?, ?)", rows)
    connection.executemany("INSERT INTO extra VALUES (?, ?, ?, ?, ?, ?)", extra)
    connection.commit()
    connection.close()


def write_covariance(model: Path, path: Path, generator: np.random.Generator) -> int:
    """Correlation 0.9^|i - j| between a gene's SNPs, variances of dosages; returns the number of rows."""
    connection = sqlite3.connect(f"file:{model}?mode=ro&immutable=1", uri=True)
    genes: dict[str, dict[str, None]] = {}
    for gene, snp in connection.execute("SELECT gene, rsid FROM weights ORDER BY gene"):
        genes.setdefault(gene, {})[snp] = None
    connection.close()
    deviation: dict[str, float] = {}
    rows = 0
    with gzip.open(path, "wt", compresslevel=4) as out:
        out.write("GENE RSID1 RSID2 VALUE\n")
        for gene, snps in genes.items():
            names = list(snps)
            for name in names:
                if name not in deviation:
                    p = generator.uniform(0.05, 0.5)
                    deviation[name] = float(np.sqrt(2 * p * (1 - p)))
            for i, one in enumerate(names):
                out.writelines(
                    f"{gene} {one} {two} {deviation[one] * deviation[two] * 0.9**j!r}\n"
                    for j, two in enumerate(names[i:])
                )
                rows += len(names) - i
    return rows


def write_gwas(path: Path, model: Path, rows: int, generator: np.random.Generator) -> None:
    """The model's SNPs with their alleles, a third flipped, among other rsids."""
    connection = sqlite3.connect(f"file:{model}?mode=ro&immutable=1", uri=True)
    known = {
        snp: (eff, ref) for snp, eff, ref in connection.execute("SELECT rsid, eff_allele, ref_allele FROM weights")
    }
    connection.close()
    names, place = list(known), np.sort(generator.choice(rows, len(known), replace=False))
    chunk = 500_000
    with gzip.open(path, "wt", compresslevel=4) as out:
        out.write("SNP\tCHR\tBP\tA1\tA2\tFRQ\tBETA\tSE\tP\tN\n")
        for start in range(0, rows, chunk):
            size = min(chunk, rows - start)
            letters = LETTERS[(generator.integers(0, 4, size)[:, None] + [0, 1]) % 4]
            ids = [f"rs{2_000_000_000 + start + i}" for i in range(size)]
            one, two = letters[:, 0].tolist(), letters[:, 1].tolist()
            for k in np.flatnonzero((place >= start) & (place < start + size)):
                i = int(place[k] - start)
                ids[i] = names[k]
                one[i], two[i] = known[names[k]] if k % 3 else known[names[k]][::-1]
            z = generator.normal(size=size)
            se = generator.uniform(0.003, 0.02, size)
            p = np.exp(log_p(z))
            out.writelines(
                f"{ids[i]}\t1\t{start + i}\t{one[i]}\t{two[i]}\t0.3\t{z[i] * se[i]:.6g}\t{se[i]:.6g}\t{p[i]:.6g}\t200000\n"
                for i in range(size)
            )


def log_p(z: np.ndarray) -> np.ndarray:
    from scipy.special import log_ndtr

    return log_ndtr(-np.abs(z)) + np.log(2)


def run(command: list[str]) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and peak memory (MB) of a command that must succeed."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    message = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(command[:3])} … left with {status}:\n{message[-2000:]}")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def compare(ours: Path, theirs: Path) -> str:
    """Largest relative difference over the genes of both tables."""
    one, two = ({row["gene"]: row for row in csv.DictReader(open(path))} for path in (ours, theirs))
    worst = 0.0
    for gene in one.keys() & two.keys():
        for name in ("zscore", "effect_size", "pvalue", "var_g"):
            a, b = one[gene][name], two[gene][name]
            if "NA" not in (a, b):
                worst = max(worst, abs(float(a) - float(b)) / max(abs(float(b)), 1e-300))
    return f"{len(one)} and {len(two)} genes, {len(one.keys() ^ two.keys())} in one only; largest relative difference {worst:.1e}"


def make_data(folder: Path, scale: str, model: Path | None, gwas_rows: int) -> tuple[Path, Path, Path]:
    generator = np.random.default_rng(8)
    database, covariance, gwas = (
        folder / f"{scale}.db",
        folder / f"{scale}.cov.txt.gz",
        folder / f"{scale}.{gwas_rows}.gwas.txt.gz",
    )
    if not database.exists():
        if scale == "gtex":
            make_gtex_model(database, generator)
        elif model is None:
            sys.exit("--scale breast needs --model")
        else:
            shutil.copy(model, database)
            database.chmod(0o644)
    if not covariance.exists():
        print(f"{write_covariance(database, covariance, generator):,} covariance rows")
    if not gwas.exists():
        write_gwas(gwas, database, gwas_rows, generator)
    return database, covariance, gwas


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", choices=["gtex", "breast"], default="gtex")
    parser.add_argument("--model", type=Path, help="model database for --scale breast")
    parser.add_argument("--rows", type=int, help="GWAS rows (default: 1 M for gtex, 8 M for breast)")
    parser.add_argument("--models", type=int, default=1, help="time this many models in one call against one")
    parser.add_argument(
        "--metaxcan", type=Path, help="the folder `software` of MetaXcan; without it only ours is timed"
    )
    parser.add_argument("--python", default=sys.executable, help="a Python that runs MetaXcan (numpy below 2.4)")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="keep the made data here")
    arguments = parser.parse_args()
    rows = arguments.rows or (1_000_000 if arguments.scale == "gtex" else 8_000_000)
    folder = arguments.folder or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    database, covariance, gwas = make_data(folder, arguments.scale, arguments.model, rows)
    common = ["--gwas_file", str(gwas), "--beta_column", "BETA", "--pvalue_column", "P", "--overwrite"]
    ours = [sys.executable, str(ROOT / "bin/associate.py"), "--model_db_path", str(database), "--covariance", str(covariance),
            *common, "--output_file", str(folder / "ours.csv")]  # fmt: skip
    commands = {"ours": ours}
    if arguments.models > 1:
        copies = []
        for i in range(arguments.models):
            copies.append((folder / f"copy{i}.db", folder / f"copy{i}.cov.txt.gz"))
            for source, target in zip((database, covariance), copies[-1], strict=True):
                target.unlink(missing_ok=True)
                os.link(source, target)
        commands[f"ours, {arguments.models} models"] = [
            sys.executable, str(ROOT / "bin/associate.py"), "--model_db_path", *(str(d) for d, _ in copies),
            "--covariance", *(str(c) for _, c in copies), *common, "--output_folder", str(folder / "many"),
        ]  # fmt: skip
    if arguments.metaxcan:
        commands["S-PrediXcan"] = [
            arguments.python, str(arguments.metaxcan / "SPrediXcan.py"), "--model_db_path", str(database),
            "--covariance", str(covariance), *common, "--output_file", str(folder / "theirs.csv"),
        ]  # fmt: skip
    taken: dict[str, list[tuple[float, float, float]]] = {name: [] for name in commands}
    for _ in range(arguments.repeats):
        for name, command in commands.items():
            taken[name].append(run(command))
    base = [statistics.median(column) for column in zip(*taken["ours"], strict=True)]
    for name, runs in taken.items():
        wall, cpu, _ = (statistics.median(column) for column in zip(*runs, strict=True))
        memory = max(peak for _, _, peak in runs)
        print(
            f"{name}: {wall:.2f} s, {cpu:.2f} s of CPU, {memory:.0f} MB; {wall / base[0]:.1f} × ours in time, {cpu / base[1]:.1f} × in CPU "
            f"(runs: {', '.join(f'{w:.1f}' for w, _, _ in runs)} s)"
        )
    if arguments.metaxcan:
        print(compare(folder / "ours.csv", folder / "theirs.csv"))
    if arguments.folder is None:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
