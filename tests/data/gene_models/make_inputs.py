"""Makes the inputs in this folder: genotypes with linkage disequilibrium, expression of 12 genes, a ranking. Needs numpy and pysam.

python make_inputs.py        then: Rscript make_expected.R
"""

import gzip
from pathlib import Path

import numpy as np
import pysam

HERE = Path(__file__).parent
PEOPLE, SNPS, FOUNDERS, FIRST, LAST = 220, 1500, 30, 1_000_000, 4_400_000
GENES = [  # start, end, strand, causal SNPs, heritability
    (1_050_000, 1_080_000, "+", 1, 0.30),
    (1_400_000, 1_402_000, "-", 2, 0.15),
    (1_900_000, 1_990_000, "+", 3, 0.40),
    (2_100_000, 2_140_000, "-", 0, 0.00),
    (2_500_000, 2_530_000, "+", 1, 0.06),
    (2_700_000, 2_701_000, "-", 5, 0.60),
    (2_900_000, 2_960_000, "+", 1, 0.85),
    (3_200_000, 3_210_000, "-", 2, 0.25),
    (3_600_000, 3_700_000, "+", 4, 0.10),
    (4_000_000, 4_020_000, "-", 1, 0.20),
    (4_390_000, 4_500_000, "-", 2, 0.50),
    (9_000_000, 9_010_000, "+", 0, 0.00),  # no SNP in its window
]


def haplotypes(random: np.random.Generator, positions: np.ndarray) -> np.ndarray:
    """(2 × people, SNPs), 0 or 1: mosaics of the founders' haplotypes, with a break every 200 kb on average and few errors."""
    founders = random.random((FOUNDERS, SNPS)) < random.beta(0.6, 0.9, SNPS)
    gaps = np.diff(positions, prepend=positions[0])
    rows = np.empty((2 * PEOPLE, SNPS), bool)
    for row in rows:
        breaks = np.cumsum(random.random(SNPS) < 1 - np.exp(-gaps / 200_000))
        row[:] = founders[random.integers(0, FOUNDERS, breaks[-1] + 1)[breaks], np.arange(SNPS)]
    return rows ^ (random.random(rows.shape) < 0.005)


def main() -> None:
    random = np.random.default_rng(20261129)
    positions = np.sort(random.choice(np.arange(FIRST, LAST), SNPS, replace=False))
    rows = haplotypes(random, positions)
    bases = np.array([random.choice(list("ACGT"), 2, replace=False) for _ in range(SNPS)])
    samples = [f"MADE{k:04d}" for k in random.permutation(PEOPLE)]

    calls = np.array([["0|0", "0|1"], ["1|0", "1|1"]])[rows[::2].astype(int), rows[1::2].astype(int)]
    for snp in random.choice(SNPS, 12, replace=False):  # SNPs with missing calls
        calls[random.choice(PEOPLE, 4, replace=False), snp] = ".|."
    lines = ["##fileformat=VCFv4.2", "##contig=<ID=chr3,length=10000000>",
             '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
             "\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *samples])]  # fmt: skip
    for k in range(SNPS):
        lines.append(
            "\t".join(["chr3", str(positions[k]), f"rs{k + 1}", *bases[k], ".", "PASS", ".", "GT", *calls[:, k]])
        )
    with pysam.BGZFile(str(HERE / "genotypes.vcf.gz"), "wb") as file:
        file.write(("\n".join(lines) + "\n").encode())
    pysam.tabix_index(str(HERE / "genotypes.vcf.gz"), preset="vcf", force=True)

    dosages = rows[::2].astype(float) + rows[1::2]
    common = np.abs(dosages.mean(0) / 2 - 0.5) < 0.4
    causal_snps: set[int] = set()
    table, models = [], []
    for number, (start, end, strand, causal, heritability) in enumerate(GENES):
        near = np.flatnonzero(common & (positions > start - 150_000) & (positions < end + 150_000))
        value = np.zeros(PEOPLE)
        for snp in random.choice(near, causal, replace=False) if causal else []:
            causal_snps.add(int(snp))
            value += random.normal() * (dosages[:, snp] - dosages[:, snp].mean())
        noise = random.standard_normal(PEOPLE)
        if heritability:
            value = np.sqrt(heritability) * value / value.std() + np.sqrt(1 - heritability) * noise
        else:
            value = noise
        table.append([f"chr3,ENSG{number:011d}.1,MADE{number}", *(f"{v:.12g}" for v in value)])
        models.append(
            f'chr3\tmade\tgene\t{start}\t{end}\t.\t{strand}\t.\tgene_id "ENSG{number:011d}.1"; gene_name "MADE{number}";'
        )
    # Expression has ten people fewer, in another order, and two whose genotypes are not there.
    people = [*random.permutation(PEOPLE)[10:]]
    header = ",".join(["chr", "gene_id", "gene_name", *(samples[k] for k in people), "NOBODY1", "NOBODY2"])
    body = [",".join([row[0], *(row[1 + k] for k in people), "0.5", "-0.5"]) for row in table]
    write(HERE / "expression.csv.gz", "\n".join([header, *body]) + "\n")
    (HERE / "genes.gtf").write_text("\n".join(models) + "\n")

    # Causal SNPs stand early in the ranking; 100 SNPs of the genotypes have no score.
    score = random.random(SNPS) + np.isin(np.arange(SNPS), list(causal_snps)) * random.random(SNPS)
    ranked = np.argsort(-score)[: SNPS - 100]
    rank = ["variant_id\tchrom\tpos\tref\talt\trank\trsid"]
    for place, k in enumerate(ranked, 1):
        ref, alt = bases[k]
        rank.append(f"chr3_{positions[k]}_{ref}_{alt}\tchr3\t{positions[k]}\t{ref}\t{alt}\t{place}\trs{k + 1}")
    write(HERE / "snp_sets.tsv.gz", "\n".join(rank) + "\n")


def write(path: Path, text: str) -> None:
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


main()
