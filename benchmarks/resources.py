#!/usr/bin/env python3
"""CPU seconds, wall seconds, peak memory and disk of the stages that have no benchmark of their own, on made-up data of a chosen size.

    benchmarks/resources.py --scale 0.1                       # a tenth of the published study
    benchmarks/resources.py --scale 1 --only plan gene-models

Scale 1: 275 tracks, 38,171 windows, 10 M variants, 20,000 genes × 500 people, 6 SNP sets, 10 traits. Some tasks do not grow with the study:
gene-models is one chunk of 100 genes, embed 4 windows, train 10 steps of 32 windows, evaluate 64 windows, all at the published sizes.
The inputs are made in processes of their own, since a child's peak memory starts from its parent's.
"""

import argparse
import gzip
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing import Process
from pathlib import Path

import numpy as np
from coverage import write_windows
from made_inputs import (
    CHROMOSOME,
    CHROMOSOMES,
    CROP,
    PEOPLE,
    SITES,
    TRACKS,
    gene_start,
    write_associations,
    write_checkpoint,
    write_dataset,
    write_embeddings,
    write_expression,
    write_genes,
    write_genome,
    write_plink,
)

BIN = Path(__file__).resolve().parent.parent / "bin"
WINDOWS, VARIANTS, GENES, TRAITS = 38_171, 10_000_000, 20_000, 10
SETS = (200_000, 500_000, 1_000_000, 1_500_000, 2_000_000, 3_500_000)
Command = list[object]


def run(command: Command) -> None:
    """An entry script that makes another one's input."""
    subprocess.run(
        [sys.executable, BIN / str(command[0]), *map(str, command[1:])], check=True, stderr=subprocess.DEVNULL
    )


def plan(folder: Path, scale: float) -> None:
    """One bigWig under the names of all tracks: what plan_tracks.py reads of each is its header."""
    random, lengths = np.random.default_rng(2), {f"chr{i + 1}": CHROMOSOME for i in range(CHROMOSOMES)}
    write_windows(folder / "windows.bed", lengths, int(WINDOWS * scale), random)
    names = [line.split("\t")[:3] for line in (folder / "windows.bed").read_text().splitlines()]
    splits = np.array(["train", "train", "valid", "test"])[np.arange(len(names)) % 4]
    (folder / "windows.bed").write_text(
        "".join("\t".join([*name, s]) + "\n" for name, s in zip(names, splits, strict=True))
    )
    import pyBigWig

    with pyBigWig.open(str(folder / "track.bw"), "w") as track:
        track.addHeader(list(lengths.items()))
        track.addEntries(list(lengths), [1000] * CHROMOSOMES, ends=[2000] * CHROMOSOMES, values=[1.0] * CHROMOSOMES)
    write_genome(folder / "genome.fa", CHROMOSOMES)
    for i in range(int(TRACKS * scale)):
        os.link(folder / "track.bw", folder / f"{i}.bw")
    rows = "".join(f"track{i},{i}.bw\n" for i in range(int(TRACKS * scale)))
    (folder / "tracks.csv").write_text(f"id,bigwig\n{rows}")


def plan_command(folder: Path, _scale: float) -> Command:
    return [
        "plan_tracks.py",
        "--tracks",
        folder / "tracks.csv",
        "--bed",
        folder / "windows.bed",
        "--fasta",
        folder / "genome.fa",
        "--crop",
        CROP,
        "--width",
        128,
        "--out",
        folder / "out",
    ]


def split_variants(folder: Path, scale: float) -> None:
    """A VCF without genotypes, sorted, with the genome's own reference alleles."""
    write_genome(folder / "genome.fa", CHROMOSOMES)
    random, genome = np.random.default_rng(3), np.memmap(folder / "genome.fa", np.uint8)
    number = int(VARIANTS * scale) // CHROMOSOMES
    with open(folder / "variants.vcf", "w") as text:
        text.write("##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n")
        for line in Path(f"{folder / 'genome.fa'}.fai").read_text().splitlines():
            chrom, _, offset = line.split("\t")[:3]
            places = np.unique(random.integers(100_000, CHROMOSOME - 100_000, number))
            refs = genome[int(offset) + places]
            alts = np.frombuffer(b"CGTA", np.uint8)[np.searchsorted(np.frombuffer(b"ACGT", np.uint8), refs)]
            text.writelines(
                f"{chrom}\t{p + 1}\trs{p}\t{chr(r)}\t{chr(a)}\t.\t.\t.\n"
                for p, r, a in zip(places, refs, alts, strict=True)
            )


def split_variants_command(folder: Path, _scale: float) -> Command:
    return [
        "split_variants.py",
        "--variants",
        folder / "variants.vcf",
        "--fasta",
        folder / "genome.fa",
        "--out",
        folder / "out",
    ]


def expression(folder: Path, scale: float) -> None:
    write_expression(folder / "expression.bed.gz", int(GENES * scale))


def expression_command(folder: Path, _scale: float) -> Command:
    return ["normalize_expression.py", "--expression", folder / "expression.bed.gz", "--out", folder / "out.csv.gz"]


def gene_models(folder: Path, _scale: float) -> None:
    """100 genes of chromosome 1; a SNP in the middle of every other gene's window explains a fifth of its variance."""
    random, calls = np.random.default_rng(9), write_plink(folder)
    with gzip.open(folder / "expression.csv.gz", "wt") as text:
        text.write(",".join(["chr", "gene_id", "gene_name", *(f"P{i}" for i in range(PEOPLE))]) + "\n")
        for gene in range(100):
            cause = calls[:, (gene_start(gene) - 1_000_000) * SITES // 14_000_000].astype(float)
            share = 0.2 * (gene % 2) * (cause.std() > 0)
            signal = (cause - cause.mean()) / (cause.std() or 1)
            values = share**0.5 * signal + (1 - share) ** 0.5 * random.standard_normal(PEOPLE)
            text.write(",".join(["1", f"ENSG{gene:011d}.1", f"G{gene}", *(f"{v:.5g}" for v in values)]) + "\n")
    write_genes(folder / "genes.gtf", 100, chromosomes=1)


def gene_models_command(folder: Path, _scale: float) -> Command:
    return [
        "fit_gene_models.py",
        "--genotypes",
        folder / "panel.bed",
        "--expression",
        folder / "expression.csv.gz",
        "--genes",
        folder / "genes.gtf",
        "--snp-sets",
        folder / "ranking.tsv",
        "--set-sizes",
        ",".join(map(str, SETS)),
        "--cores",
        1,
        "--out",
        folder / "out",
    ]


def check_inputs(folder: Path, scale: float) -> None:
    write_plink(folder)
    write_expression(folder / "expression.bed.gz", int(GENES * scale))
    write_genes(folder / "genes.gtf", int(GENES * scale))
    with gzip.open(folder / "gwas.tsv.gz", "wt", compresslevel=1) as text:
        text.write("SNP\tCHR\tBP\tA1\tA2\tBETA\tSE\tP\n")
        text.writelines(f"rs{i}\t1\t{i + 1}\tA\tC\t0.01\t0.01\t0.3\n" for i in range(1_000_000))
    (folder / "traits.csv").write_text("trait,path\n" + "".join(f"t{i},gwas.tsv.gz\n" for i in range(TRAITS)))


def check_inputs_command(folder: Path, _scale: float) -> Command:
    return [
        "check_inputs.py",
        "--genotypes",
        folder / "panel.bed",
        "--expression",
        folder / "expression.bed.gz",
        "--genes",
        folder / "genes.gtf",
        "--traits",
        folder / "traits.csv",
        "--gwas",
        *[folder / "gwas.tsv.gz"] * TRAITS,
        "--out",
        folder / "out.json",
    ]


def model_db(folder: Path, scale: float) -> None:
    """Chunks as fit_gene_models.py writes them: 100 real genes, copied under other names."""
    source = folder / "one"
    source.mkdir()
    gene_models(source, scale)
    run(gene_models_command(source, scale))
    for chunk in range(int(GENES * scale) // 100):
        target = folder / f"chunks/{chunk}"
        shutil.copytree(source / "out", target)
        for path in target.glob("*s.t*"):
            opened = gzip.open if path.suffix == ".gz" else open
            with opened(path, "rt") as text:
                renamed = text.read().replace("ENSG00000", f"ENSG{chunk:05d}")
            with opened(path, "wt") as text:
                text.write(renamed)


def model_db_command(folder: Path, _scale: float) -> Command:
    return [
        "build_model_db.py",
        "--chunks",
        *sorted((folder / "chunks").iterdir()),
        "--name",
        "made",
        "--out",
        folder / "out",
    ]


def combine(folder: Path, scale: float) -> None:
    write_genes(folder / "genes.gtf", int(GENES * scale))
    for trait in range(TRAITS):
        for size in SETS:
            write_associations(folder / f"t{trait}/made_{size}.csv", f"t{trait}", size, int(15_000 * scale))


def combine_command(folder: Path, _scale: float) -> Command:
    return [
        "combine_associations.py",
        "--associations",
        *(folder / f"t{i}" for i in range(TRAITS)),
        "--genes",
        folder / "genes.gtf",
        "--out",
        folder / "out",
    ]


def report(folder: Path, scale: float) -> None:
    """The combined tables, and a ranking of all variants."""
    from ranking import write_shards

    combine(folder, scale)
    run(combine_command(folder, scale))
    (folder / "out").rename(folder / "combined")
    (folder / "scores").mkdir()
    write_shards(folder / "scores", int(VARIANTS * scale), 2)
    sizes = ",".join(str(int(size * scale)) for size in SETS)
    run(["rank_variants.py", "--scores", folder / "scores", "--set-sizes", sizes, "--out", folder / "ranking"])


def report_command(folder: Path, _scale: float) -> Command:
    combined = folder / "combined"
    return [
        "render_report.py",
        "--accounting",
        combined / "accounting.json",
        "--ranking",
        folder / "ranking/ranking.parquet",
        "--associations",
        combined / "associations.tsv.gz",
        "--omnibus",
        combined / "omnibus.tsv.gz",
        "--summary",
        combined / "summary.tsv",
        "--genes",
        folder / "genes.gtf",
        "--out",
        folder / "out",
    ]


def embed(folder: Path, _scale: float) -> None:
    write_checkpoint(folder / "variables")
    write_dataset(folder / "data", {"train-0-0": 4})


def embed_command(folder: Path, _scale: float) -> Command:
    return [
        "embed_sequences.py",
        "--checkpoint",
        folder / "variables",
        "--tfrecords",
        folder / "data",
        "--out",
        folder / "out",
    ]


def train(folder: Path, _scale: float) -> None:
    shards = {"train-0-0": 256, "valid-0-0": 32, "test-0-0": 32}
    write_checkpoint(folder / "variables")
    write_dataset(folder / "data", shards)
    write_embeddings(folder, shards)


def train_command(folder: Path, _scale: float) -> Command:
    return [
        "train_tracks.py",
        "--checkpoint",
        folder / "variables",
        "--tfrecords",
        folder / "data",
        "--embeddings",
        folder / "embeddings",
        "--steps",
        10,
        "--evaluate-every",
        10,
        "--out",
        folder / "out",
    ]


def evaluate(folder: Path, scale: float) -> None:
    train(folder, scale)
    run([*train_command(folder, scale), "--steps", 1])
    (folder / "out").rename(folder / "model")


def evaluate_command(folder: Path, _scale: float) -> Command:
    return [
        "evaluate_tracks.py",
        "--model",
        folder / "model",
        "--tfrecords",
        folder / "data",
        "--embeddings",
        folder / "embeddings",
        "--out",
        folder / "out.parquet",
    ]


STAGES: dict[str, tuple[Callable[[Path, float], None], Callable[[Path, float], Command]]] = {
    "check-inputs": (check_inputs, check_inputs_command),
    "plan": (plan, plan_command),
    "embed": (embed, embed_command),
    "train": (train, train_command),
    "evaluate": (evaluate, evaluate_command),
    "split-variants": (split_variants, split_variants_command),
    "expression": (expression, expression_command),
    "gene-models": (gene_models, gene_models_command),
    "model-db": (model_db, model_db_command),
    "combine": (combine, combine_command),
    "report": (report, report_command),
}


def measure(name: str, command: Command, folder: Path) -> None:
    start = time.monotonic()
    with open(folder / "log", "w") as log:
        process = subprocess.Popen([sys.executable, BIN / str(command[0]), *map(str, command[1:])], stderr=log)
        _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{name} failed:\n{(folder / 'log').read_text()[-2000:]}")
    wall, cpu = time.monotonic() - start, usage.ru_utime + usage.ru_stime
    written = sum(p.stat().st_size for out in folder.glob("out*") for p in [out, *out.rglob("*")] if p.is_file())
    peak = usage.ru_maxrss / 2**20
    print(f"{name:<16}{cpu:9.1f} CPU s{wall:9.1f} s{peak:8.2f} GiB peak{written / 1e6:10.1f} MB written", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=0.1, help="share of the published study (default 0.1)")
    parser.add_argument("--only", nargs="*", choices=STAGES, default=list(STAGES), help="which stages (default: all)")
    parser.add_argument("--folder", type=Path, help="where to make the data (default: the temporary folder)")
    given = parser.parse_args()
    sys.path.insert(0, str(BIN))
    for name in given.only:
        make, command = STAGES[name]
        with tempfile.TemporaryDirectory(dir=given.folder) as temporary:
            folder = Path(temporary)
            maker = Process(target=make, args=(folder, given.scale))
            maker.start()
            maker.join()
            if maker.exitcode:
                sys.exit(f"{name}: the inputs could not be made")
            measure(name, command(folder, given.scale), folder)


if __name__ == "__main__":
    main()
