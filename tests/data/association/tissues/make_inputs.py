"""Makes the inputs in this folder: models of four tissues over the genotypes of ../../gene_models, their covariances, a GWAS. Needs numpy.

python make_inputs.py
"""

import gzip
import sqlite3
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
TISSUES = ("Breast", "Lung", "Ovary", "Prostate")
GENES, PANEL = 40, HERE.parent.parent / "gene_models" / "genotypes.vcf.gz"


def read_panel() -> tuple[list[tuple[str, str, str]], np.ndarray]:
    """(id, ref, alt) and dosages (people, SNPs) of the panel's common SNPs; a missing call is the mean."""
    names, columns = [], []
    for line in gzip.open(PANEL, "rt"):
        if line.startswith("#"):
            continue
        cells = line.split()
        dosage = np.array([np.nan if call[0] == "." else int(call[0]) + int(call[2]) for call in cells[9:]])
        dosage[np.isnan(dosage)] = np.nanmean(dosage)
        if 0.1 < dosage.mean() < 1.9:
            names.append((cells[2], cells[3], cells[4]))
            columns.append(dosage)
    return names, np.array(columns).T


def write_model(tissue: str, weights: dict[str, dict[int, float]], names: list[tuple[str, str, str]]) -> None:
    path = HERE / f"{tissue}.db"
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE weights (rsid TEXT, gene TEXT, weight DOUBLE, ref_allele TEXT, eff_allele TEXT)")
        database.execute('CREATE TABLE extra (gene TEXT, genename TEXT, "n.snps.in.model" INTEGER, "pred.perf.R2" DOUBLE, '
                         '"pred.perf.pval" DOUBLE, "pred.perf.qval" DOUBLE)')  # fmt: skip
        for gene, of in weights.items():
            rows = [(names[k][0], gene, w, names[k][1], names[k][2]) for k, w in of.items()]
            database.executemany("INSERT INTO weights VALUES (?, ?, ?, ?, ?)", rows)
            database.execute(
                "INSERT INTO extra VALUES (?, ?, ?, 0.1, 0.001, 0.01)", (gene, gene.split(".")[0], len(of))
            )
    database.close()


def write_covariance(
    path: Path, weights: dict[str, list[int]], names: list[tuple[str, str, str]], sigma: np.ndarray
) -> None:
    lines = ["GENE RSID1 RSID2 VALUE"]
    for gene, snps in weights.items():
        lines += [
            f"{gene} {names[a][0]} {names[b][0]} {sigma[a, b]:.15g}" for i, a in enumerate(snps) for b in snps[i:]
        ]
    path.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode(), 9, mtime=0))


def main() -> None:
    random = np.random.default_rng(7)
    names, dosages = read_panel()
    sigma = np.cov(dosages.T)
    models: dict[str, dict[str, dict[int, float]]] = {tissue: {} for tissue in TISSUES}
    for g in range(GENES):
        gene = f"ENSG{g:011d}.{1 + g % 3}"
        centre = int(random.integers(40, len(names) - 40))
        shared = random.choice(np.arange(centre - 30, centre + 30), 5, replace=False)
        for t, tissue in enumerate(TISSUES):
            copy = g % 7 == 3 and (t < 2 or g % 2 == 1)  # nearly the same model in two tissues, or in all
            if (g % 8 == 0 and t != g % 4) or (g % 5 == 1 and t == 3):
                continue  # genes of one tissue only, and of three
            own = random.choice(np.arange(centre - 40, centre + 40), int(random.integers(1, 6)), replace=False)
            chosen = [*shared] if copy else [*shared[: int(random.integers(1, 6))], *own]
            like = models[TISSUES[0]].get(gene, {}) if copy else {}
            weights = {int(k): like.get(int(k), random.normal()) + 0.02 * random.normal() for k in chosen}
            models[tissue][gene] = dict(sorted(weights.items()))
    for tissue, weights in models.items():
        write_model(tissue, weights, names)
        write_covariance(HERE / f"{tissue}.txt.gz", {gene: list(of) for gene, of in weights.items()}, names, sigma)
    union = {
        gene: sorted(set().union(*(m.get(gene, {}) for m in models.values())))
        for gene in sorted(set().union(*models.values()))
    }
    write_covariance(HERE / "joint.txt.gz", union, names, sigma)

    # z with the panel's LD: a trait of the panel's own people, and a few causal genes.
    scaled = (dosages - dosages.mean(0)) / dosages.std(0, ddof=1)
    trait = random.standard_normal(len(dosages))
    for g in (2, 9, 17, 24, 30):
        of = next(m[gene] for m in models.values() for gene in m if gene.startswith(f"ENSG{g:011d}."))
        value = dosages[:, list(of)] @ np.array(list(of.values()))
        trait += 0.35 * (value - value.mean()) / value.std()
    z = scaled.T @ trait / np.sqrt(len(dosages))
    error = 0.01 / dosages.std(0, ddof=1)
    lines = ["SNP\tA1\tA2\tBETA\tSE"]
    for k, (name, ref, alt) in enumerate(names):
        if k % 23 == 0:
            continue  # not in the GWAS
        one, two, sign = (alt, ref, 1) if random.random() < 0.5 else (ref, alt, -1)
        if k % 37 == 5:
            one, two = one.lower(), two.lower()
        beta = f"{sign * z[k] * error[k]:.8g}" if k % 41 else "NA"
        lines.append(f"{name}\t{one}\t{two}\t{beta}\t{error[k]:.8g}")
    (HERE / "gwas.tsv.gz").write_bytes(gzip.compress(("\n".join(lines) + "\n").encode(), 9, mtime=0))


main()
