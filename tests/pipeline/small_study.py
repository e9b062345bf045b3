"""A study on the demo's genome, cut down to what a real run needs: few windows, variants and genes, three tissues."""

import gzip
from pathlib import Path

TISSUES = {
    "epithelium": ("FOX_epithelium", "CTC_pooled"),
    "stroma": ("ESR_stroma", "CTC_pooled"),
    "lung": ("JUN_stroma",),
}
WINDOWS = {"train": 64, "valid": 16, "test": 16}
VARIANTS, GENES = 300, 5  # of each chromosome
SETTINGS = {
    "crop": 512, "sequences_per_shard": 64, "shards_per_embed_task": 1, "train_steps": 6, "evaluate_every": 3, "batch_size": 16,
    "learning_rate": 0.002, "set_sizes": "100,4000", "gene_window": 50000, "genes_per_chunk": 5, "factors": "0",
    "max_memory": "3.GB", "max_cpus": 1,
}  # fmt: skip


def cut(cohort: Path, folder: Path) -> list[object]:
    """A small study in `folder`, from a demo cohort; the flags of a run, without its tissues."""
    folder.mkdir(parents=True)
    for name in (
        "genome.fa",
        "genome.fa.fai",
        "genotypes.vcf.gz",
        "genes.gtf",
        "gwas.tsv.gz",
        "traits.csv",
        "tracks",
        "checkpoint",
    ):
        (folder / name).symlink_to(cohort / name)
    windows = (cohort / "windows.bed").read_text().splitlines()
    kept = [
        row for split, number in WINDOWS.items() for row in [line for line in windows if line.endswith(split)][:number]
    ]
    (folder / "windows.bed").write_text("\n".join(kept) + "\n")
    (folder / "variants.vcf").write_text(first_of_each_chromosome(cohort / "variants.vcf.gz", VARIANTS))
    rows = []
    for tissue, tracks in TISSUES.items():
        lines = "".join(f"{track},tracks/{track}.bw\n" for track in tracks)
        (folder / f"{tissue}.tracks.csv").write_text(f"id,bigwig\n{lines}")
        measured = tissue != "lung"
        if measured:
            text = first_of_each_chromosome(cohort / f"{tissue}.expression.bed.gz", GENES)
            (folder / f"{tissue}.expression.bed").write_text(text)
        rows.append(f"{tissue},{tissue}.tracks.csv,{f'{tissue}.expression.bed' if measured else ''}")
    (folder / "tissues.csv").write_text("tissue,tracks,expression\n" + "\n".join(rows) + "\n")
    given = {
        "windows": "windows.bed", "fasta": "genome.fa", "checkpoint": "checkpoint/variables", "variants": "variants.vcf",
        "genotypes": "genotypes.vcf.gz", "genes": "genes.gtf", "traits": "traits.csv",
    }  # fmt: skip
    files = [part for name, file in given.items() for part in (f"--{name}", folder / file)]
    return files + [part for name, value in SETTINGS.items() for part in (f"--{name}", value)]


def first_of_each_chromosome(path: Path, number: int) -> str:
    """The header of a packed text, and the first lines of each chromosome."""
    lines = gzip.open(path, "rt").read().splitlines()
    header = [line for line in lines if line.startswith("#")]
    rows = [[line for line in lines if line.startswith(f"{chrom}\t")][:number] for chrom in ("chr1", "chr2")]
    return "\n".join([*header, *rows[0], *rows[1]]) + "\n"


def published(results: Path) -> dict[str, bytes]:
    """Contents of the published files by name: all that do not hold the run's own parameters or times."""
    own = ("pipeline_info", "report")
    return {
        str(path.relative_to(results)): path.read_bytes()
        for path in sorted(results.rglob("*"))
        if path.is_file() and not set(path.relative_to(results).parts) & set(own)
    }
