#!/usr/bin/env python3
"""Claim: the models of R's cv.glmnet, gene for gene, for a tenth of the CPU time; six nested SNP sets for the price of three.

    benchmarks/gene_models.py [--published FOLDER] [--genotypes VCF] [--genes-per-case 3] [--quick | --check-stop 400]

Simulates genes (expression with 1-5 causal SNPs) over a grid of samples n, SNPs p and heritability h2, on real genotypes if --genotypes
gives some (p SNPs of one 2 Mb window, at least 500 people), else on made-up ones with weak linkage disequilibrium. R needs several times
longer on the real. Each gene goes to R and to tcra in turn; CPU seconds of both are compared, and so are the models. R runs the
published functions if --published names the folder with TWAS_modelbuilding_GTEx.R and GenoPhenoBasic.R, else the same algorithm as
docs/gene_models.md describes it. Without Rscript and glmnet only tcra is measured.
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bin"))
from tcra.expression.elastic_net import solver
from tcra.expression.folds import draw_folds
from tcra.expression.gene_model import FitSettings, GeneModel, fit_gene, joint_covariances
from tcra.expression.genotypes.open import open_genotypes
from tcra.expression.model_files import GeneTask, gene_text
from tcra.expression.nested_quality import draw_nested_folds
from tcra.expression.settings import PriorPowers

SEED = 20240528
R_COLUMNS = (
    "cpu",
    "step",
    "lambda",
    "error",
    "n_snps",
    "cv_r2_mean",
    "cv_r2_sd",
    "in_sample_r2",
    "pred_perf_r2",
    "pred_perf_p",
)
# What a window of 2.1 Mb holds of the published sets of 200 K … 3,500 K SNPs of the genome.
SET_SNPS = (135, 340, 680, 1020, 1350, 2370)
CASES = [
    (n, p, h2)
    for n in (200, 350, 500)
    for p in (200, 499, 500, 1000, 2000)
    for h2 in (0.0, 0.05, 0.2, 0.5)
    if (n, p) in {(200, 200), (200, 1000), (200, 2000), (350, 499), (350, 500), (350, 1000), (500, 200), (500, 1000), (500, 2000)}
]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--published", type=Path, help="folder with the published R functions")
    parser.add_argument("--genotypes", type=Path, help="VCF of one region, to take people and SNPs from")
    parser.add_argument("--genes-per-case", type=int, default=3)
    parser.add_argument(
        "--check-stop",
        type=int,
        default=0,
        metavar="N",
        help="only compare the path that stops early with the full one, on N genes",
    )
    parser.add_argument("--quick", action="store_true", help="every fifth case, one gene each")
    arguments = parser.parse_args()
    cases, number = (CASES[::5], 1) if arguments.quick else (CASES, arguments.genes_per_case)
    solver()
    if arguments.check_stop:
        check_stop(arguments.check_stop)
        return
    pool = real_genotypes(arguments.genotypes)
    with tempfile.TemporaryDirectory() as folder:
        r = start_r(Path(folder), arguments.published)
        compare(cases, number, Path(folder), r, pool)
        if r:
            peak = next(
                line for line in Path(f"/proc/{r.pid}/status").read_text().splitlines() if line.startswith("VmHWM")
            )
            print(f"peak memory: R {int(peak.split()[1]) / 1024:.0f} MiB, tcra {peak_memory():.0f} MiB")
            r.communicate()
    nested_sets(200 if arguments.quick else 350, 1 if arguments.quick else 4, pool)


def compare(
    cases: list[tuple[int, int, float]],
    number: int,
    folder: Path,
    r: subprocess.Popen[str] | None,
    pool: np.ndarray | None,
) -> None:
    """One gene after the other, R and tcra in turn."""
    print("    n     p    h2   R CPU s  tcra CPU s  ratio (median)  steps that differ  largest weight difference")
    ratios: list[float] = []
    for n, p, h2 in cases:
        rows, folds = [], draw_folds(n, 10, 3, SEED)
        for replicate in range(number):
            x, y = simulate(n, p, h2, replicate, pool)
            theirs = run_r(r, folder, x, y, folds) if r else {}
            rows.append((theirs, run_tcra(x, y, folds)))
        ours = statistics.median(own["cpu"] for _, own in rows)
        if r is None:
            print(f"{n:5} {p:5} {h2:5.2f}         -  {ours:10.3f}")
            continue
        case = [their["cpu"] / own["cpu"] for their, own in rows]
        ratios += case
        moved = sum(their["step"] != own["step"] for their, own in rows)
        gap = max(weight_gap(their["weights"], own["weights"]) for their, own in rows)
        theirs_cpu = statistics.median(their["cpu"] for their, _ in rows)
        print(
            f"{n:5} {p:5} {h2:5.2f} {theirs_cpu:9.2f} {ours:11.3f} {statistics.median(case):15.1f} {moved:18} {gap:26.1e}",
            flush=True,
        )
    if ratios:
        print(
            f"{len(ratios)} genes: R over tcra, median {statistics.median(ratios):.1f}, worst {min(ratios):.1f}, best {max(ratios):.1f}"
        )


def check_stop(number: int) -> None:
    """How many models stopping the path early changes."""
    random = np.random.default_rng(1)
    changed, cpu = 0, [0.0, 0.0]
    for replicate in range(number):
        n, p = int(random.choice([120, 150, 200, 250])), int(random.choice([20, 60, 150, 300, 600, 1000]))
        x, y = simulate(n, p, float(random.choice([0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4])), replicate)
        folds, steps = draw_folds(n, 10, 3, SEED), []
        for i, full_path in enumerate((False, True)):
            start = time.process_time()
            steps.append(fit_gene(x, np.arange(1, p + 1), y, FitSettings((p,), folds, full_path=full_path))[0].step)
            cpu[i] += time.process_time() - start
        changed += steps[0] != steps[1]
    print(
        f"{number} genes: stopping early changed {changed} models, and took {cpu[0]:.0f} CPU s against {cpu[1]:.0f} of the full path"
    )


def nested_sets(n: int, genes: int, pool: np.ndarray | None) -> None:
    """Six nested sets in one task against each set by itself, what prior and nested quality add, and what a whole genome would take."""
    folds = draw_folds(n, 10, 3, SEED)
    together, alone, with_prior, with_nested = [], [], [], []
    for replicate in range(genes):
        x, y = simulate(n, SET_SNPS[-1], (0.0, 0.05, 0.2, 0.5)[replicate % 4], 100 + replicate, pool)
        ranks = np.random.default_rng(replicate).permutation(SET_SNPS[-1]) + 1
        together.append(timed_fit(x, ranks, y, FitSettings(SET_SNPS, folds))[1])
        prior = FitSettings(SET_SNPS, folds, prior=PriorPowers(0.1, 0.5), prior_ranks=SET_SNPS[-1])
        with_prior.append(timed_fit(x, ranks, y, prior)[1])
        with_nested.append(timed_fit(x, ranks, y, FitSettings(SET_SNPS, folds, nested=draw_nested_folds(n, SEED)))[1])
        alone.append([timed_fit(x, ranks, y, FitSettings((size,), folds))[1] for size in SET_SNPS])
    six = statistics.mean(together)
    print(
        f"six nested sets of {SET_SNPS} SNPs, n = {n}: {six:.2f} CPU s per gene; each alone "
        + ", ".join(f"{statistics.mean(c):.2f}" for c in zip(*alone, strict=True))
    )
    print(f"  the price of {six / statistics.mean(a[-1] for a in alone):.1f} times the largest set")
    print(
        f"  with the prior model on all SNPs {statistics.mean(with_prior) / six:.2f} times as long, "
        f"with nested quality {statistics.mean(with_nested) / six:.2f} times"
    )
    hours = six * 20_000 / 3600
    cores = os.cpu_count() or 1
    wall = f"{hours / cores:.1f} h on {cores} cores, {hours / 100 * 60:.0f} min on 100 cores"
    print(f"  20,000 genes x 6 sets: {hours:.1f} CPU hours; {wall}")


def simulate(
    n: int, p: int, h2: float, replicate: int, pool: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Dosages (n, p) int8, drawn from `pool` or made up (neighbours correlate by 0.95 on the liability scale); expression (n,)."""
    random = np.random.default_rng([n, p, int(h2 * 1000), replicate])
    if pool is None:
        x = made_up_genotypes(n, p, random)
    else:
        people, snps = random.choice(len(pool), n, replace=False), random.choice(pool.shape[1], p, replace=False)
        x = pool[np.ix_(people, np.sort(snps))]
    causal = random.choice(p, min(p, int(random.integers(1, 6))), replace=False)
    signal = x[:, causal].astype(float) @ random.standard_normal(len(causal))
    signal = (signal - signal.mean()) / signal.std()
    y = np.sqrt(h2) * signal + np.sqrt(1 - h2) * random.standard_normal(n)
    return x, (y - y.mean()) / y.std()


def made_up_genotypes(n: int, p: int, random: np.random.Generator) -> np.ndarray:
    maf = random.uniform(0.06, 0.5, p)
    cut = np.array([statistics.NormalDist().inv_cdf(q) for q in maf])
    x = np.zeros((n, p), np.int8)
    for _ in range(2):
        noise = random.standard_normal((n, p))
        for j in range(1, p):
            noise[:, j] = 0.95 * noise[:, j - 1] + np.sqrt(1 - 0.95**2) * noise[:, j]
        x += noise < cut
    return x


def real_genotypes(path: Path | None) -> np.ndarray | None:
    """Common SNPs (people, SNPs) of a VCF."""
    if path is None:
        return None
    file = open_genotypes(path)
    everywhere = range(1, 2**31)
    records = file.records(file.one_chromosome, [(1, 2**31 - 1)], everywhere, file.samples)
    columns = [
        r.dosages
        for r in records
        if len(r.ref + r.alt) == 2 and (r.dosages >= 0).all() and 0.06 <= r.dosages.mean() / 2 <= 0.94
    ]
    return np.stack(columns, 1)


def start_r(folder: Path, published: Path | None) -> subprocess.Popen[str] | None:
    """An R that waits for genes, or None if there is no R with glmnet."""
    if (
        not shutil.which("Rscript")
        or subprocess.run(["Rscript", "-e", "library(glmnet)"], capture_output=True).returncode
    ):
        print("Rscript with glmnet is not here: tcra alone is measured")
        return None
    sources = [published / "GenoPhenoBasic.R", published / "TWAS_modelbuilding_GTEx.R"] if published else []
    print(f"R functions: {'published' if published else 'as described'}")
    command = ["Rscript", str(Path(__file__).with_suffix(".R")), str(folder), *map(str, sources)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def run_r(
    r: subprocess.Popen[str],
    folder: Path,
    x: np.ndarray,
    y: np.ndarray,
    folds: np.ndarray,
    factors: np.ndarray | None = None,
) -> dict:
    """R's model of one gene; `factors` (SNPs,) is its penalty.factor, which the published functions do not take."""
    assert r.stdin and r.stdout
    factors = np.ones(x.shape[1]) if factors is None else factors
    for name, array in (("x", x), ("y", y), ("folds", folds), ("factors", factors)):
        (folder / name).write_bytes(array.tobytes(order="F"))
    r.stdin.write(f"{x.shape[0]} {x.shape[1]} {folds.shape[1]}\n")
    r.stdin.flush()
    cells = r.stdout.readline().split()
    if not cells:
        raise RuntimeError("R left; its message is above")
    numbers = dict(zip(R_COLUMNS, (float("nan") if cell == "NA" else float(cell) for cell in cells), strict=False))
    weights = {int(name[1:]) - 1: float(value) for name, value in (cell.split(":") for cell in cells[len(R_COLUMNS) :])}
    return {**numbers, "weights": weights}


def run_tcra(x: np.ndarray, y: np.ndarray, folds: np.ndarray) -> dict:
    (model,), cpu = timed_fit(x, np.arange(1, x.shape[1] + 1), y, FitSettings((x.shape[1],), folds))
    weights = (
        {}
        if model.columns is None or model.weights is None
        else dict(zip(model.columns.tolist(), model.weights.tolist(), strict=True))
    )
    return {"cpu": cpu, "step": model.step, "weights": weights}


def timed_fit(x: np.ndarray, ranks: np.ndarray, y: np.ndarray, settings: FitSettings) -> tuple[list[GeneModel], float]:
    """A gene's models, and the CPU seconds of fitting them and of writing their lines, as fit_gene_models.py does for each gene."""
    task, variants = GeneTask("gene", "gene", "7", (1, 2)), [(f"s{i}", f"s{i}", "A", "C") for i in range(x.shape[1])]
    distances_bp = np.abs(np.linspace(-1e6, 1e6, x.shape[1])).astype(
        np.int64
    )  # SNPs evenly spread around the transcription start
    start = time.process_time()
    models = fit_gene(x, ranks, y, settings, distances_bp)
    gene_text(task, models, joint_covariances(x, models), variants, settings.alpha, len(y))
    return models, time.process_time() - start


def weight_gap(theirs: dict[int, float], ours: dict[int, float]) -> float:
    return max((abs(theirs.get(j, 0.0) - ours.get(j, 0.0)) for j in theirs.keys() | ours.keys()), default=0.0)


def peak_memory() -> float:
    """MiB of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
