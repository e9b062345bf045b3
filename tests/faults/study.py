"""A small valid input of every reader: one study in a folder, made once per run of a harness. Primary files are written here; what stages
make (coverage, scores' ranking, model databases) is made by the stages themselves."""

import gzip
import sqlite3
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

GENOME = {"chr1": 40_000, "chr2": 24_000}
PEOPLE = [f"P{number:02d}" for number in range(110)]
SNPS = 60  # per chromosome
RunScript = Callable[[str, list[str]], None]


def make_study(folder: Path, run: RunScript, root: Path) -> Path:
    """Write the study; `run(script, arguments)` runs an entry script and fails where it does not end with 0."""
    random = np.random.default_rng(3)
    folder.mkdir(parents=True)
    sequence = {chrom: "".join(random.choice(list("ACGT"), length)) for chrom, length in GENOME.items()}
    write_genome(folder, sequence)
    write_tracks(folder, random)
    (folder / "windows.bed").write_text("".join(
        f"{chrom}\t{start}\t{start + 4096}\t{split}\n" for chrom, start, split in
        [("chr1", 4096, "train"), ("chr1", 12288, "train"), ("chr1", 20480, "train"), ("chr2", 4096, "valid"), ("chr2", 12288, "test")]
    ))  # fmt: skip
    sites = make_sites(sequence, random)
    dosages = random.binomial(2, random.uniform(0.15, 0.5, len(sites)), (len(PEOPLE), len(sites))).astype(np.int8)
    write_variants(folder, sites, random)
    write_genotypes(folder, sites, dosages)
    write_expression(folder, dosages, random)
    write_gwas(folder, sites, random)
    write_scores(folder, sites, random)
    for part in (root / "assets" / "demo_trunk").glob("variables.*"):
        (folder / part.name).write_bytes(part.read_bytes())
    run_stages(folder, run)
    return folder


def write_genome(folder: Path, sequence: dict[str, str]) -> None:
    width, place, index = 60, 0, []
    with open(folder / "genome.fa", "w") as text:
        for chrom, bases in sequence.items():
            place += text.write(f">{chrom}\n")
            index.append(f"{chrom}\t{len(bases)}\t{place}\t{width}\t{width + 1}\n")
            for start in range(0, len(bases), width):
                place += text.write(bases[start : start + width] + "\n")
    (folder / "genome.fa.fai").write_text("".join(index))


def write_tracks(folder: Path, random: np.random.Generator) -> None:
    import pyBigWig

    for name in "AB":
        with pyBigWig.open(str(folder / f"{name}.bw"), "w") as bigwig:
            bigwig.addHeader(list(GENOME.items()))
            for chrom, length in GENOME.items():
                starts = np.arange(0, length, 50)
                values = random.gamma(1.0, 2.0, len(starts))
                bigwig.addEntries(
                    [chrom] * len(starts), starts.tolist(), ends=(starts + 50).tolist(), values=values.tolist()
                )
    (folder / "tracks.csv").write_text("id,bigwig,clip,description\nA,A.bw,8,one\nB,B.bw,16,other\n")
    (folder / "blacklist.bed").write_text("chr1\t5000\t5300\tone\nchr2\t5000\t5400\ttwo\n")
    (folder / "sites.bed").write_text(
        "chr1\t1000\t9000\ta\t5\t+\nchr1\t15000\t22000\tb\t7\t-\nchr2\t1000\t8000\tc\t1\t+\n"
    )


Site = tuple[str, int, str, str, str]  # chrom, position (1-based), id, ref, alt


def make_sites(sequence: dict[str, str], random: np.random.Generator) -> list[Site]:
    sites, number = [], 0
    for chrom, bases in sequence.items():
        for position in sorted(random.choice(np.arange(3000, len(bases) - 3000), SNPS, replace=False).tolist()):
            ref = bases[position - 1]
            number += 1
            sites.append((chrom, position, f"rs{1000 + number}", ref, "ACGT"["ACGT".index(ref) - 1 - number % 3]))
    return sites


def write_variants(folder: Path, sites: list[Site], random: np.random.Generator) -> None:
    header = ["##fileformat=VCFv4.2", *(f"##contig=<ID={chrom},length={length}>" for chrom, length in GENOME.items()),
              '##INFO=<ID=AF,Number=A,Type=Float,Description="frequency">', "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]  # fmt: skip
    rows = [f"{c}\t{p}\t{i}\t{r}\t{a}\t.\tPASS\tAF={0.1 + 0.003 * n:.3f}" for n, (c, p, i, r, a) in enumerate(sites)]
    (folder / "variants.vcf").write_text("\n".join(header + rows) + "\n")
    with gzip.open(folder / "variants.vcf.gz", "wt") as text:
        text.write("\n".join(header + rows) + "\n")
    (folder / "variants.txt").write_text("".join(f"{c}_{p}_{r}_{a}\n" for c, p, _, r, a in sites))
    (folder / "listed.txt").write_text("".join(f"{c}_{p}_{r}_{a}\n" for c, p, _, r, a in sites[::5]))
    (folder / "frequencies.tsv").write_text("CHROM\tPOS\tREF\tALT\tAF\n" + "".join(
        f"{c}\t{p}\t{r}\t{a}\t{0.1 + 0.003 * n:.3f}\n" for n, (c, p, _, r, a) in enumerate(sites)))  # fmt: skip
    chain = "".join(f"chain 1000 {c} {n} + 0 {n} {c} {n + 100} + 100 {n + 100} {k}\n{n}\n\n"
                    for k, (c, n) in enumerate(GENOME.items(), 1))  # fmt: skip
    (folder / "lift.chain").write_text(chain)


def write_genotypes(folder: Path, sites: list[Site], dosages: np.ndarray) -> None:
    from bed_reader import to_bed
    from pgenlib import PgenWriter

    calls = np.array(["0/0", "0/1", "1/1"])
    lines = ["##fileformat=VCFv4.2", '##FORMAT=<ID=GT,Number=1,Type=String,Description="call">', *(f"##contig=<ID={c}>" for c in GENOME),
             "\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *PEOPLE])]  # fmt: skip
    lines += [
        "\t".join([c, str(p), i, r, a, ".", "PASS", ".", "GT", *calls[dosages[:, n]]])
        for n, (c, p, i, r, a) in enumerate(sites)
    ]
    (folder / "genotypes.vcf").write_text("\n".join(lines) + "\n")
    with gzip.open(folder / "genotypes.vcf.gz", "wt") as text:
        text.write("\n".join(lines) + "\n")
    to_bed(folder / "plink.bed", dosages.astype(float), properties={
        "fid": ["F"] * len(PEOPLE), "iid": PEOPLE, "chromosome": [site[0][3:] for site in sites], "sid": [site[2] for site in sites],
        "bp_position": [site[1] for site in sites], "allele_1": [site[4] for site in sites], "allele_2": [site[3] for site in sites],
    })  # fmt: skip
    writer = PgenWriter(str(folder / "plink2.pgen").encode(), len(PEOPLE), variant_ct=len(sites), nonref_flags=False)
    for column in dosages.T:
        writer.append_biallelic(np.ascontiguousarray(column))
    writer.close()
    (folder / "plink2.pvar").write_text(
        "#CHROM\tPOS\tID\tREF\tALT\n" + "".join("\t".join(map(str, (c, p, i, r, a))) + "\n" for c, p, i, r, a in sites)
    )
    (folder / "plink2.psam").write_text("#IID\tSEX\n" + "".join(f"{person}\tNA\n" for person in PEOPLE))


def write_expression(folder: Path, dosages: np.ndarray, random: np.random.Generator) -> None:
    genes = [
        ("chr1", 8_000, 9_000),
        ("chr1", 16_000, 18_000),
        ("chr1", 30_000, 31_000),
        ("chr2", 8_000, 9_000),
        ("chr2", 15_000, 16_000),
    ]
    values = random.standard_normal((len(genes), len(PEOPLE)))
    values[0] += 1.5 * dosages[:, 10]
    values[3] -= 1.5 * dosages[:, SNPS + 20]
    ids = [f"ENSG{number:011d}.2" for number in range(len(genes))]
    with open(folder / "expression.csv", "w") as text:
        text.write(",".join(["chr", "gene_id", "gene_name", *PEOPLE]) + "\n")
        for (chrom, _, _), name, row in zip(genes, ids, values, strict=True):
            text.write(f"{chrom[3:]},{name},N{name[-3]},{','.join(f'{value:.5f}' for value in row)}\n")
    with gzip.open(folder / "expression.bed.gz", "wt") as text:
        text.write("\t".join(["#chr", "start", "end", "gene_id", *PEOPLE]) + "\n")
        for (chrom, start, _), name, row in zip(genes, ids, np.exp(values), strict=True):
            text.write("\t".join([chrom, str(start), str(start + 1), name, *(f"{value:.4f}" for value in row)]) + "\n")
    (folder / "covariates.tsv").write_text("\n".join(
        ["\t".join(["ID", *PEOPLE]), "\t".join(["age", *(str(20 + n * 7 % 50) for n in range(len(PEOPLE)))]),
         "\t".join(["sex", *(str(n % 2) for n in range(len(PEOPLE)))])]) + "\n")  # fmt: skip
    (folder / "genes.gtf").write_text("".join(
        f'{chrom}\tx\tgene\t{start}\t{end}\t.\t+\t.\tgene_id "{name}"; gene_name "N{name[-3]}"; gene_type "protein_coding";\n'
        for (chrom, start, end), name in zip(genes, ids, strict=True)))  # fmt: skip
    (folder / "sets.gmt").write_text(f"one\tabout\t{ids[0]}\t{ids[1]}\ntwo\tabout\t{ids[2]}\t{ids[3]}\n")


def write_gwas(folder: Path, sites: list[Site], random: np.random.Generator) -> None:
    from scipy.stats import norm

    beta = random.normal(0, 0.05, len(sites))
    rows = ["SNP\tCHR\tBP\tA1\tA2\tFRQ\tBETA\tSE\tP"] + [
        f"{i}\t{c[3:]}\t{p}\t{a}\t{r}\t{0.1 + 0.003 * n:.3f}\t{beta[n]:.5f}\t0.02\t{2 * norm.sf(abs(beta[n]) / 0.02):.6g}"
        for n, (c, p, i, r, a) in enumerate(sites)
    ]  # fmt: skip
    (folder / "gwas.tsv").write_text("\n".join(rows) + "\n")
    with gzip.open(folder / "gwas.tsv.gz", "wt") as text:
        text.write("\n".join(rows) + "\n")
    (folder / "traits.csv").write_text("trait,path\nheight,gwas.tsv\n")


def write_scores(folder: Path, sites: list[Site], random: np.random.Generator) -> None:
    values = random.normal(0, 0.3, (len(sites), 2)).astype(np.float32)
    columns = {
        "variant_id": [f"{c[3:]}_{p}_{r}_{a}" for c, p, _, r, a in sites], "chrom": [site[0][3:] for site in sites],
        "pos": pa.array([site[1] for site in sites], pa.int64()), "ref": [site[3] for site in sites], "alt": [site[4] for site in sites],
        "rsid": [site[2] for site in sites], "mean_abs": np.abs(values).mean(1, dtype=np.float32), "A": values[:, 0], "B": values[:, 1],
    }  # fmt: skip
    pq.write_table(pa.table(columns), folder / "scores.parquet")
    with h5py.File(folder / "published.h5", "w") as file:
        text = h5py.string_dtype()
        file["chr"], file["pos"] = np.array([site[0] for site in sites], "S5"), np.array([site[1] for site in sites])
        file["ref"], file["alt"] = np.array([s[3] for s in sites], "S1"), np.array([s[4] for s in sites], "S1")
        file["snp"], file["SAD"] = np.array([s[2] for s in sites], "S8"), values.astype(np.float16)
        file.create_dataset("target_ids", data=["A", "B"], dtype=text)
        file.create_dataset("target_labels", data=["CHIP:A", "CHIP:B"], dtype=text)


def run_stages(folder: Path, run: RunScript) -> None:
    """What later stages read, made by the stages before them."""
    at = lambda name: str(folder / name)  # noqa: E731
    run(
        "plan_tracks",
        [
            "--tracks",
            at("tracks.csv"),
            "--bed",
            at("windows.bed"),
            "--fasta",
            at("genome.fa"),
            "--crop",
            "512",
            "--out",
            at("plan"),
        ],
    )
    for track in "AB":
        run(
            "read_coverage",
            ["-w", "128", "--crop", "512", at(f"{track}.bw"), at("plan/sequences.bed"), at(f"coverage/{track}.h5")],
        )
    for split, start, end in (("train", 0, 3), ("valid", 3, 4), ("test", 4, 5)):
        run("write_tfrecords", ["-s", str(start), "-e", str(end), "--targets", at("plan/targets.txt"), at("genome.fa"),
                                at("plan/sequences.bed"),
                                at("coverage"), at(f"dataset/tfrecords/{split}-0-0.tfr")])  # fmt: skip
    for name in ("statistics.json", "targets.txt", "sequences.bed"):
        (folder / "dataset" / name).write_bytes((folder / "plan" / name).read_bytes())
    run(
        "rank_variants",
        [
            "--scores",
            at("scores.parquet"),
            "--set-sizes",
            "40,120",
            "--annotation",
            f"sites={at('sites.bed')}",
            "--out",
            at("ranking"),
        ],
    )
    run("fit_gene_models", ["--genotypes", at("genotypes.vcf"), "--expression", at("expression.csv"), "--genes", at("genes.gtf"),
                            "--snp-sets", at("ranking/ranking.parquet"), "--set-sizes", "40,120", "--window", "20000", "--repeats", "1",
                            "--folds", "5", "--keep-all", "--cores", "1", "--out", at("chunk")])  # fmt: skip
    run("build_model_db", ["--chunks", at("chunk"), "--name", "tissue", "--keep-all", "--out", at("models")])
    run(
        "associate",
        ["--models", at("models"), "--gwas_file", at("gwas.tsv"), "--output_folder", at("associations/height")],
    )
    run(
        "combine_associations",
        ["--associations", at("associations"), "--genes", at("genes.gtf"), "--out", at("combined")],
    )


def dump_database(path: Path) -> bytes:
    """The contents of a SQLite file, without its provenance."""
    with sqlite3.connect(path) as database:
        return "\n".join(line for line in database.iterdump() if "construction" not in line).encode()


def make_trained(folder: Path, run: RunScript) -> None:
    """What the scripts that load TensorFlow read: embeddings, a trained model, a few variants."""
    at = lambda name: str(folder / name)  # noqa: E731
    lines = (folder / "variants.vcf").read_text().splitlines(keepends=True)
    header = sum(line.startswith("#") for line in lines)
    (folder / "few.vcf").write_text("".join(lines[: header + 3]))
    run("embed_sequences", ["--checkpoint", at("variables"), "--tfrecords", at("dataset"), "--out", at("embeddings")])
    run("train_tracks", ["--checkpoint", at("variables"), "--tfrecords", at("dataset"), "--embeddings", at("embeddings"), "--steps", "2",
                         "--batch-size", "2", "--evaluate-every", "2", "--out", at("model")])  # fmt: skip
