#!/usr/bin/env python3
"""Claim: gene models of real lymphoblastoid expression agree with published eQTLs, and a prior from rank and distance finds more of them.

    benchmarks/real_lcl.py --genotypes VCF --expression BED --covariates TXT --tf-regions BED --ctcf BIGWIG --top-eqtl TXT \\
        [--genes 40] [--quality nested] [--permute] [--cores 1] [--out FOLDER]

Files: the example data of QTLtools (Debian package qtltools-example: GEUVADIS, chromosome 22, hg19, 358 people, 608 genes; QTLtools'
permutation pass) and a CTCF ChIP-seq track of GM12878 (ENCODE). SNPs are ranked by ENCODE's TF regions, then by the CTCF signal: they
stand in for tCRA. Six nested sets hold 3 to 50 % of the ranking; the prior model is offered all.

Of --genes genes, drawn at random, it prints for each set and the prior: how many published eGenes get a good model, how many of these have
the sign of QTLtools' slope, R2 against that at the reported SNP, how many genes without an eQTL get a good model; and CPU seconds.
--permute: expression of each gene shuffled over people first: the share of good models is then that of noise.
"""

import argparse
import logging
import os
import resource
import tempfile
from dataclasses import replace
from pathlib import Path

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")
import sys

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bin"))
from tcra.common.genome.chromosomes import plain_name
from tcra.common.multiple_testing import benjamini_hochberg
from tcra.expression.database_format import LARGEST_P, LEAST_RHO
from tcra.expression.expression_table import ExpressionTable, read_expression_table, write_expression_table
from tcra.expression.fit_chunk import fit_chunk
from tcra.expression.genotypes.open import open_genotypes
from tcra.expression.normalize import normalize_file
from tcra.expression.settings import ChunkInputs, ChunkOptions, NormalizationOptions, PriorPowers

SHARES = (0.03, 0.07, 0.14, 0.22, 0.29, 0.50)  # of the ranking, as the published sets of 200 K … 3.5 M of 7 M SNPs
QTLTOOLS_COLUMNS = (
    "gene", "chrom", "start", "end", "strand", "n_snps", "distance", "snp", "snp_chrom", "snp_start", "snp_end", "dof", "dof_estimated",
    "beta_a", "beta_b", "p_nominal", "slope", "p_empirical", "p_adjusted",
)  # fmt: skip
SIGNAL_BP = 100  # around a SNP
TSS_BP = 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("genotypes", "expression", "covariates", "tf-regions", "ctcf", "top-eqtl"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--genes", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--window", type=int, default=1_000_000)
    parser.add_argument("--quality", choices=["nested", "published"], default="published")
    parser.add_argument("--permute", action="store_true")
    parser.add_argument(
        "--cost-of-prior", action="store_true", help="fit the sets alone, too, and compare the CPU time"
    )
    parser.add_argument("--cores", type=int, default=1)
    parser.add_argument("--out", type=Path)
    a = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    with tempfile.TemporaryDirectory() as temporary:
        out = a.out or Path(temporary)
        out.mkdir(parents=True, exist_ok=True)
        published = read_published(a.top_eqtl)
        genes = sorted(
            np.random.default_rng(a.seed).choice(published["gene"], min(a.genes, len(published)), replace=False)
        )
        published = published.set_index("gene").loc[genes]
        snps = write_ranking(a.genotypes, a.tf_regions, a.ctcf, published, out / "ranking.tsv")
        write_genes(published, out / "genes.bed")
        normalize_file(a.expression, [a.covariates], NormalizationOptions(factors=0), out / "all.csv")
        write_some(read_expression_table(out / "all.csv"), genes, a.seed if a.permute else None, out / "expression.csv")
        sizes = tuple(int(share * snps) for share in SHARES)
        options = ChunkOptions(
            set_sizes=sizes, window_bp=a.window, prior=PriorPowers(0.1, 0.5), quality=a.quality, cores=a.cores
        )
        files = ChunkInputs([a.genotypes], out / "expression.csv", out / "genes.bed", out / "ranking.tsv")
        both = timed(files, options, out / "chunk") / len(genes)
        print(f"CPU seconds per gene, six sets and the prior: {both:.2f}")
        if a.cost_of_prior:
            without = timed(files, replace(options, prior=None), out / "sets") / len(genes)
            print(f"CPU seconds per gene, six sets: {without:.2f}; the prior adds {100 * (both / without - 1):.0f} %")
        report(out / "chunk", published, a.genotypes, sizes, a.quality)


def read_published(path: Path) -> pd.DataFrame:
    """QTLtools' table with R2 at the reported SNP, and which genes are eGenes (false discovery rate of 5 % over all genes)."""
    from scipy.stats import t as student

    table = pd.read_csv(path, sep=" ", names=list(QTLTOOLS_COLUMNS), na_values="NA").dropna(subset=["p_adjusted"])
    t = student.isf(table["p_nominal"] / 2, table["dof"])
    table["r2"] = t**2 / (t**2 + table["dof"])
    table["egene"] = benjamini_hochberg(table["p_adjusted"].to_numpy()) < 0.05
    return table


def write_ranking(genotypes: Path, regions: Path, ctcf: Path, published: pd.DataFrame, out: Path) -> int:
    """All SNPs of the genotype file, those in TF regions first, then by the CTCF signal; returns their number. Says how much the top eQTL
    SNPs are enriched in the best tenth."""
    import pyBigWig

    file = open_genotypes(genotypes)
    chrom = file.one_chromosome
    records = list(file.records(chrom, [(1, 2**29)], range(1, 2**29), file.samples[:1]))
    position = np.array([record.position for record in records])
    spans = pd.read_csv(
        regions, sep="\t", header=None, usecols=[0, 1, 2], names=["chrom", "start", "end"], dtype={"chrom": str}
    )
    spans = spans[spans["chrom"].map(plain_name) == plain_name(chrom)].sort_values("start")
    starts, ends = spans["start"].to_numpy(), np.maximum.accumulate(spans["end"].to_numpy())
    last = np.searchsorted(starts, position - 1, "right") - 1
    in_region = (last >= 0) & (ends[np.maximum(last, 0)] >= position)
    track = pyBigWig.open(str(ctcf))
    name = next(name for name in track.chroms() if plain_name(name) == plain_name(chrom))
    values = np.nan_to_num(track.values(name, 0, track.chroms(name), numpy=True))
    total = np.concatenate([[0], np.cumsum(values, dtype=np.float64)])
    first, end = np.maximum(position - 1 - SIGNAL_BP, 0), np.minimum(position + SIGNAL_BP, len(values))
    signal = (total[end] - total[first]) / (end - first)
    order = np.lexsort((np.random.default_rng(0).random(len(position)), -signal, ~in_region))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(1, len(order) + 1)
    with open(out, "w") as text:
        text.write("variant_id\tchrom\tpos\tref\talt\trank\trsid\n")
        for record, place in zip(records, rank, strict=True):
            text.write(
                f"{record.name}_{record.ref}_{record.alt}\t{chrom}\t{record.position}\t{record.ref}\t{record.alt}\t{place}\t{record.name}\n"
            )
    top = np.isin([record.name for record in records], published.loc[published["egene"], "snp"])
    best = rank <= len(rank) / 10
    odds = [(best & of).sum() / max((~best & of).sum(), 0.5) for of in (top, ~top)]
    print(
        f"{len(records)} SNPs, {in_region.sum()} in TF regions; top eQTL SNPs ({top.sum()}) in the best tenth of the ranking: "
        f"odds ratio {odds[0] / odds[1]:.1f}"
    )
    return len(records)


def write_genes(published: pd.DataFrame, out: Path) -> None:
    with open(out, "w") as text:
        for gene, row in published.iterrows():
            text.write(f"{row['chrom']}\t{row['start'] - TSS_BP}\t{row['start']}\t{gene}\t{gene}\t{row['strand']}\n")


def write_some(table: ExpressionTable, genes: list[str], seed: int | None, out: Path) -> None:
    """These genes; with a seed each shuffled over people."""
    rows = [table.gene_ids.index(gene) for gene in genes]
    values = table.values[rows]
    if seed is not None:
        values = np.random.default_rng(seed).permuted(values, axis=1)
    names = [table.gene_names[row] for row in rows]
    write_expression_table(
        out, ExpressionTable([table.chromosomes[r] for r in rows], genes, names, table.samples, values)
    )


def timed(files: ChunkInputs, options: ChunkOptions, out: Path) -> float:
    """CPU seconds of this process and its children."""

    def used() -> float:
        return sum(
            t.ru_utime + t.ru_stime for t in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        )

    start = used()
    fit_chunk(files, options, out)
    return used() - start


def report(
    chunk: Path,
    published: pd.DataFrame,
    genotypes: Path,
    sizes: tuple[int, ...],
    quality: str,
) -> None:
    summaries = pd.read_csv(chunk / "model_summaries.tsv", sep="\t", dtype={"snp_set": str})
    weights = pd.read_csv(chunk / "weights.tsv", sep="\t", dtype={"snp_set": str})
    dosage = dosages(genotypes, {*weights["rsid"], *published["snp"]})
    rho, p = ("nested_rho", "nested_pval") if quality == "nested" else ("rho_avg", "rho_pval")
    print(
        f"{published['egene'].sum()} eGenes, {(~published['egene']).sum()} other genes; good: {rho} > {LEAST_RHO}, {p} < {LARGEST_P}"
    )
    print(
        "set     SNPs  eGenes with good model  same sign  median R2 ours  QTLtools  rank corr.  others with good model"
    )
    eqtls = published[published["egene"]]
    lead_snp, slope = eqtls["snp"].to_dict(), eqtls["slope"].to_dict()
    for snp_set in [*map(str, sizes), "prior"]:
        rows = summaries[summaries["snp_set"] == snp_set].set_index("gene_id").reindex(published.index)
        good = (rows[rho] > LEAST_RHO) & (rows[p] < LARGEST_P)
        r2 = rows["pred_perf_R2"].where(rows["rho_avg"] > 0, 0).fillna(0)
        same = of = 0
        for name, own in weights[weights["snp_set"] == snp_set].groupby("gene_id"):
            gene = str(name)
            if good[gene] and gene in lead_snp:
                predicted = sum(b * dosage[s] for s, b in zip(own["rsid"], own["beta"], strict=True))
                same += np.corrcoef(predicted, dosage[lead_snp[gene]])[0, 1] * slope[gene] > 0
                of += 1
        eqtl = published["egene"]
        print(
            f"{snp_set:7} {rows['n_snps_in_window'].median():5.0f} {good[eqtl].sum():12} of {eqtl.sum():4} {same:9} of {of:3} "
            f"{r2[eqtl].median():12.3f} {published.loc[eqtl, 'r2'].median():9.3f} "
            f"{r2[eqtl].corr(published.loc[eqtl, 'r2'], method='spearman'):11.2f} {good[~eqtl].sum():15} of {(~eqtl).sum()}",
            flush=True,
        )
    for name, (one, other) in {"published": ("rho_avg", "rho_pval"), "nested": ("nested_rho", "nested_pval")}.items():
        good = (summaries[one] > LEAST_RHO) & (summaries[other] < LARGEST_P)
        if summaries[one].notna().any():
            print(
                f"good by the {name} rule: {good.groupby(summaries['snp_set'], sort=False).mean().round(3).to_dict()}"
            )


def dosages(genotypes: Path, names: set[str]) -> dict[str, np.ndarray]:
    file = open_genotypes(genotypes)
    records = file.records(file.one_chromosome, [(1, 2**29)], range(1, 2**29), file.samples)
    return {record.name: record.dosages.astype(float) for record in records if record.name in names}


if __name__ == "__main__":
    main()
