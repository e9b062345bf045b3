"""Write the demo's genome side: FASTA, tracks, windows, variant sites, motif sites. 1-based positions only in the VCF."""

from pathlib import Path

import numpy as np

from tcra.common.accounting import Accounting
from tcra.common.files import atomic_text
from tcra.common.genome.chromosomes import plain_name
from tcra.common.genome.fasta import write_index
from tcra.demo.cohort import Cohort
from tcra.demo.grammar import MOTIF_LENGTH, TFS, TISSUE_TRACKS, loadings, occupancy
from tcra.demo.sequence import as_text
from tcra.demo.settings import TRACK_CLIP, TRACK_SCALE, WINDOW_LENGTH, WINDOW_STRIDE
from tcra.demo.signal import SIGNAL_STEP, add_noise, clean_signal
from tcra.demo.snps import Snps

LINE = 60
FOLD_WINDOWS, FOLDS = 12, 10  # windows of one fold in a row; folds 0–7 train, 8 valid, 9 test
WRONG_REFERENCE, DUPLICATED = 6, 4  # records that the pipeline must reject and report


def write_genome(cohort: Cohort, path: Path) -> None:
    """FASTA with its index beside it."""
    with atomic_text(path) as fasta:
        for chrom, letters in cohort.letters.items():
            text = as_text(letters)
            fasta.write(f">{chrom}\n")
            fasta.writelines(text[i : i + LINE] + "\n" for i in range(0, len(text), LINE))
    write_index(path)


def write_tracks(cohort: Cohort, folder: Path) -> None:
    """One bigWig per track in `tracks/`, with 32-bp steps rounded to three decimals, and a tracks table per tissue."""
    import pyBigWig

    tracks = {name: row for own in TISSUE_TRACKS.values() for name, row in own.items()}
    signal = {
        chrom: add_noise(np.random.default_rng([cohort.seed, 70 + i]), clean_signal(letters, loadings(tracks))).round(3)
        for i, (chrom, letters) in enumerate(cohort.letters.items())
    }
    (folder / "tracks").mkdir()
    for number, name in enumerate(tracks):
        bigwig = pyBigWig.open(str(folder / "tracks" / f"{name}.bw"), "w")
        bigwig.addHeader([(chrom, len(letters)) for chrom, letters in cohort.letters.items()])
        for chrom, values in signal.items():
            bigwig.addEntries(chrom, 0, values=values[number].astype(np.float64), span=SIGNAL_STEP, step=SIGNAL_STEP)
        bigwig.close()
    for tissue, own in TISSUE_TRACKS.items():
        with atomic_text(folder / tissue_files(tissue)["tracks"]) as table:
            table.write("id,bigwig,description,clip,scale\n")
            for name, row in own.items():
                described = " + ".join(f"{weight:g} {tf}" for tf, weight in row.items())
                table.write(f"{name},tracks/{name}.bw,{described},{TRACK_CLIP},{TRACK_SCALE}\n")


def tissue_files(tissue: str) -> dict[str, str]:
    """The names of a tissue's own files, by their columns in the table of tissues."""
    return {
        "tracks": f"{tissue}.tracks.csv", "expression": f"{tissue}.expression.bed.gz", "covariates": f"{tissue}.covariates.tsv",
    }  # fmt: skip


def write_tissues(path: Path) -> None:
    """The table of tissues; genotypes are the run's, the same for all."""
    columns = list(tissue_files(""))
    with atomic_text(path) as table:
        table.write(",".join(["tissue", *columns]) + "\n")
        for tissue in TISSUE_TRACKS:
            table.write(",".join([tissue, *(tissue_files(tissue)[name] for name in columns)]) + "\n")


def write_windows(cohort: Cohort, path: Path) -> None:
    """BED of training windows, all of one split together as in the published table: train, valid, test."""
    windows: list[tuple[str, int, int, str]] = []
    for chrom, letters in cohort.letters.items():
        for start in range(0, len(letters) - WINDOW_LENGTH + 1, WINDOW_STRIDE):
            fold = len(windows) // FOLD_WINDOWS % FOLDS
            split = "train" if fold < FOLDS - 2 else "valid" if fold == FOLDS - 2 else "test"
            windows.append((chrom, start, start + WINDOW_LENGTH, split))
    windows.sort(key=lambda window: ("train", "valid", "test").index(window[3]))
    with atomic_text(path) as bed:
        bed.writelines("\t".join(map(str, window)) + "\n" for window in windows)


def write_motif_sites(cohort: Cohort, path: Path) -> None:
    """BED of the planted instances that the finished genome binds: TF, occupancy × 1000, strand."""
    with atomic_text(path) as bed:
        for chrom, sites in cohort.instances.items():
            spans = sites.start[:, None] + np.arange(MOTIF_LENGTH)
            bound = occupancy(cohort.letters[chrom][spans])[np.arange(len(spans)), 0, sites.tf]
            for start, tf, reverse, level in zip(sites.start, sites.tf, sites.reverse, bound, strict=True):
                if level:
                    strand = "-" if reverse else "+"
                    cells = (chrom, start, start + MOTIF_LENGTH, TFS[tf], round(1000 * float(level)), strand)
                    bed.write("\t".join(map(str, cells)) + "\n")


def write_sites(cohort: Cohort, path: Path) -> None:
    """VCF of all SNPs without genotypes, plus a few records as real files have them: wrong reference alleles and duplicates."""
    rng = np.random.default_rng([cohort.seed, 80])
    with atomic_text(path) as vcf:
        vcf.write(vcf_header(cohort, []))
        for chrom, snps in cohort.snps.items():
            records = site_records(chrom, snps, demo_rsids(cohort)[chrom])
            records += [records[i] for i in rng.choice(len(records), DUPLICATED // 2, replace=False)]
            taken = set(snps.start.tolist())
            for start in rng.choice(len(cohort.letters[chrom]), WRONG_REFERENCE // 2, replace=False).tolist():
                if start not in taken:
                    ref = (cohort.letters[chrom][start] + 1) % 4
                    records.append((chrom, start + 1, ".", "ACGT"[ref], "ACGT"[(ref + 1) % 4]))
            for record in sorted(records, key=lambda record: record[1]):
                vcf.write("\t".join(map(str, record)) + "\t.\tPASS\t.\n")


def site_records(chrom: str, snps: Snps, names: list[str]) -> list[tuple[str, int, str, str, str]]:
    """CHROM, POS (1-based), ID, REF, ALT of each SNP."""
    return [
        (chrom, int(start) + 1, name, "ACGT"[ref], "ACGT"[alt])
        for start, name, ref, alt in zip(snps.start, names, snps.ref, snps.alt, strict=True)
    ]


def variant_identifiers(chrom: str, snps: Snps) -> list[str]:
    """`chrom_position_ref_alt` of each SNP, without `chr`, 1-based."""
    return [
        f"{plain_name(chrom)}_{position}_{ref}_{alt}"
        for _, position, _, ref, alt in site_records(chrom, snps, [""] * len(snps.start))
    ]


def demo_rsids(cohort: Cohort) -> dict[str, list[str]]:
    """A made-up rs number for each SNP."""
    first, names = 900_000_001, {}
    for chrom, snps in cohort.snps.items():
        names[chrom] = [f"rs{first + i}" for i in range(len(snps.start))]
        first += len(snps.start)
    return names


def vcf_header(cohort: Cohort, samples: list[str]) -> str:
    """VCF 4.2 header with contigs, and the GT format if there are samples."""
    lines = ["##fileformat=VCFv4.2"]
    lines += [f"##contig=<ID={chrom},length={len(letters)}>" for chrom, letters in cohort.letters.items()]
    columns = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"]
    lines.append('##FILTER=<ID=PASS,Description="All filters passed">')
    if samples:
        lines.append('##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">')
        columns += ["FORMAT", *samples]
    return "\n".join([*lines, "\t".join(columns)]) + "\n"


def count_made(cohort: Cohort) -> Accounting:
    """What the demo makes, for the first link of the accounting chain."""
    accounting = Accounting("DEMO")
    for unit, number in (
        ("tissues", len(TISSUE_TRACKS)),
        ("tracks", len({name for own in TISSUE_TRACKS.values() for name in own})),
        ("SNPs", sum(len(snps.start) for snps in cohort.snps.values())),
        ("genes", len(cohort.genes)),
    ):
        count = accounting.count(unit)
        count.received(number)
        count.passed(number)
    return accounting
