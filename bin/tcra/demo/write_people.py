"""Write the demo's people side: genotypes, expression, covariates, genes, GWAS, traits table."""

from pathlib import Path

import numpy as np

from tcra.common.files import atomic_text
from tcra.demo.cohort import GWAS_PEOPLE, Cohort
from tcra.demo.settings import GWAS_COLUMNS, TRAIT
from tcra.demo.write_genome import demo_rsids, site_records, vcf_header

GENOTYPE_TEXT = np.array(["0|0", "0|1", "1|0", "1|1"], dtype=object)
SWAPPED_SHARE = 0.5  # of GWAS rows, those that give the reference allele as the effect allele
WITHOUT_P, OTHER_ALLELES = 5, 5  # GWAS rows that the association must reject and report


def write_genotypes(cohort: Cohort, path: Path) -> None:
    """Phased VCF (gzip) of the genotyped people."""
    with atomic_text(path) as vcf:
        vcf.write(vcf_header(cohort, cohort.genotype_samples))
        for chrom, snps in cohort.snps.items():
            alleles = cohort.haplotypes[chrom]
            text = GENOTYPE_TEXT[2 * alleles[:, 0::2] + alleles[:, 1::2]]
            for record, genotypes in zip(site_records(chrom, snps, demo_rsids(cohort)[chrom]), text, strict=True):
                vcf.write("\t".join(map(str, record)) + "\t.\tPASS\t.\tGT\t" + "\t".join(genotypes) + "\n")


def write_tpm(cohort: Cohort, tissue: str, path: Path) -> None:
    """TPM in GTEx's BED layout: `#chr start end gene_id` (start = end − 1, the transcription start, 0-based), then samples."""
    measured = cohort.expression[tissue]
    with atomic_text(path) as bed:
        bed.write("\t".join(["#chr", "start", "end", "gene_id", *measured.samples]) + "\n")
        order = sorted(
            range(len(cohort.genes)), key=lambda i: (cohort.genes[i].chrom, cohort.genes[i].transcription_start)
        )
        for i in order:
            gene = cohort.genes[i]
            cells = [gene.chrom, gene.transcription_start, gene.transcription_start + 1, gene.identifier]
            bed.write("\t".join([*map(str, cells), *(f"{value:.4f}" for value in measured.tpm[i])]) + "\n")


def write_covariates(cohort: Cohort, tissue: str, path: Path) -> None:
    """Known covariates in GTEx's layout: one row per covariate, one column per sample."""
    measured = cohort.expression[tissue]
    with atomic_text(path) as table:
        table.write("\t".join(["ID", *measured.samples]) + "\n")
        for name, values in measured.covariates.items():
            table.write("\t".join([name, *(f"{value:g}" for value in values)]) + "\n")


def write_genes(cohort: Cohort, path: Path) -> None:
    """GTF gene lines (1-based, closed)."""
    with atomic_text(path) as gtf:
        gtf.write("##format: gtf\n")
        for gene in cohort.genes:
            names = f'gene_id "{gene.identifier}"; gene_type "protein_coding"; gene_name "{gene.name}";'
            cells = [gene.chrom, "DEMO", "gene", gene.start + 1, gene.end, ".", gene.strand, ".", names]
            gtf.write("\t".join(map(str, cells)) + "\n")


def write_gwas(cohort: Cohort, path: Path) -> None:
    """Summary statistics `SNP CHR BP A1 A2 FREQ N BETA SE P` (A1 = effect allele, FREQ its frequency; BP 1-based).

    Half of the rows take the reference allele as A1; a few lack a P or name other alleles, as in real files.
    """
    rng = np.random.default_rng([cohort.seed, 90])
    summary = cohort.summary
    total = len(summary.beta)
    swapped = rng.random(total) < SWAPPED_SHARE
    damaged = rng.choice(_unplanted_rows(cohort), WITHOUT_P + OTHER_ALLELES, replace=False)
    without_p, other_alleles = set(damaged[:WITHOUT_P].tolist()), set(damaged[WITHOUT_P:].tolist())
    row = 0
    with atomic_text(path) as table:
        table.write("\t".join(["SNP", "CHR", "BP", "A1", "A2", "FREQ", "N", "BETA", "SE", "P"]) + "\n")
        for chrom, snps in cohort.snps.items():
            records = site_records(chrom, snps, demo_rsids(cohort)[chrom])
            for (_, position, name, ref, alt), frequency in zip(records, snps.frequency, strict=True):
                beta, first, second = summary.beta[row], alt, ref
                if swapped[row]:
                    beta, first, second, frequency = -beta, ref, alt, 1 - frequency
                if row in other_alleles:
                    first = next(letter for letter in "ACGT" if letter not in (ref, alt))
                p_text = "NA" if row in without_p else f"{summary.p_value[row]:.6g}"
                numbers = [f"{frequency:.4f}", GWAS_PEOPLE, f"{beta:.6g}", f"{summary.standard_error[row]:.6g}", p_text]
                table.write("\t".join(map(str, [name, chrom[3:], position, first, second, *numbers])) + "\n")
                row += 1


def write_traits(path: Path, gwas_name: str) -> None:
    """The traits table: name, GWAS file (relative to the table), and which column is which."""
    with atomic_text(path) as table:
        table.write(",".join(["trait", "path", *GWAS_COLUMNS]) + "\n")
        table.write(",".join([TRAIT, gwas_name, *GWAS_COLUMNS.values()]) + "\n")


def _unplanted_rows(cohort: Cohort) -> list[int]:
    """Rows of the GWAS (over all chromosomes) that are no gene's causal SNP."""
    rows: list[int] = []
    first = 0
    for chrom, snps in cohort.snps.items():
        causal = {i for gene in cohort.genes if gene.chrom == chrom for i in gene.causal}
        rows += [first + i for i in range(len(snps.start)) if i not in causal]
        first += len(snps.start)
    return rows
