"""Made-up inputs of the stages at the published sizes, for benchmarks/resources.py."""

import csv
import gzip
import json
from pathlib import Path

import numpy as np

TRACKS, PEOPLE = 275, 500
LENGTH, CROP, BINS, CHANNELS = 196_608, 40_960, 896, 1536
CHROMOSOMES, CHROMOSOME = 20, 100_000_000
SITES = 38_000  # common SNPs in the 14 Mb around a chunk of 100 genes


def write_genome(path: Path, chromosomes: int) -> None:
    """Random chromosomes without line breaks, and the index."""
    random, place, index = np.random.default_rng(1), 0, []
    with open(path, "wb") as file:
        for number in range(1, chromosomes + 1):
            name = f">chr{number}\n".encode()
            file.write(name + np.frombuffer(b"ACGT", np.uint8)[random.integers(0, 4, CHROMOSOME)].tobytes() + b"\n")
            index.append(f"chr{number}\t{CHROMOSOME}\t{place + len(name)}\t{CHROMOSOME}\t{CHROMOSOME + 1}\n")
            place += len(name) + CHROMOSOME + 1
    Path(f"{path}.fai").write_text("".join(index))


def write_expression(path: Path, genes: int) -> None:
    """TPM in GTEx's layout."""
    random = np.random.default_rng(4)
    with gzip.open(path, "wt", compresslevel=4) as text:
        text.write("\t".join(["#chr", "start", "end", "gene_id", *(f"P{i}" for i in range(PEOPLE))]) + "\n")
        for gene in range(genes):
            place = [
                f"chr{gene * CHROMOSOMES // genes + 1}",
                str(gene_start(gene)),
                str(gene_start(gene) + 1),
                f"ENSG{gene:011d}.1",
            ]
            text.write("\t".join([*place, *(f"{v:.5g}" for v in random.gamma(2.0, 10.0, PEOPLE))]) + "\n")


def gene_start(gene: int) -> int:
    """Start in bp; 12 Mb hold 100 genes."""
    return 2_000_000 + gene % 800 * 120_000


def write_genes(path: Path, genes: int, chromosomes: int = CHROMOSOMES) -> None:
    rows = (
        f"chr{g * chromosomes // genes + 1}\tmade\tgene\t{gene_start(g) + 1}\t{gene_start(g) + 20_000}\t.\t+\t.\t"
        f'gene_id "ENSG{g:011d}.1"; gene_name "G{g}";\n'
        for g in range(genes)
    )
    path.write_text("".join(rows))


def write_plink(folder: Path) -> np.ndarray:
    """Genotypes (people, SNPs) of a stretch of chromosome 1; neighbours share a common part, for linkage disequilibrium."""
    from bed_reader import to_bed

    random = np.random.default_rng(5)
    common = np.repeat(random.standard_normal((PEOPLE, SITES // 20)), 20, axis=1)
    latent = 0.8 * common + 0.6 * random.standard_normal((PEOPLE, SITES))
    cut = random.uniform(-0.8, 1.2, SITES)
    calls = (latent > cut).astype(np.int8) + (latent > cut + 0.7)
    place = np.linspace(1_000_000, 15_000_000, SITES).astype(int)
    to_bed(
        folder / "panel.bed",
        calls,
        properties={
            "iid": [f"P{i}" for i in range(PEOPLE)],
            "chromosome": ["1"] * SITES,
            "bp_position": place,
            "sid": [f"rs{i}" for i in range(SITES)],
            "allele_1": ["A"] * SITES,
            "allele_2": ["C"] * SITES,
        },
    )
    ranks = random.choice(9_100_000, SITES, replace=False) + 1
    with open(folder / "ranking.tsv", "w") as text:
        text.write("variant_id\tchrom\tpos\tref\talt\trank\n")
        text.writelines(f"1_{p}_C_A\t1\t{p}\tC\tA\t{r}\n" for p, r in zip(place, ranks, strict=True))
    return calls


def write_checkpoint(prefix: Path) -> None:
    """The published size and number of tracks, random weights."""
    from tcra.enformer.checkpoint import save_checkpoint
    from tcra.enformer.enformer_model import Enformer
    from tcra.enformer.sizes import Sizes

    model = Enformer(Sizes(tracks=5313), seed=1)
    for key, variable in model.variables_by_key.items():
        if key.endswith("moving_variance/average"):
            variable.assign(np.ones(variable.shape))
    save_checkpoint(model, prefix)


def write_dataset(folder: Path, shards: dict[str, int]) -> None:
    """TFRecords of random windows with 275 tracks."""
    import tensorflow as tf

    random = np.random.default_rng(7)
    (folder / "tfrecords").mkdir(parents=True)
    for shard, windows in shards.items():
        with tf.io.TFRecordWriter(str(folder / f"tfrecords/{shard}.tfr"), tf.io.TFRecordOptions("ZLIB")) as writer:
            for _ in range(windows):
                features = {
                    "sequence": np.eye(4, dtype=bool)[random.integers(0, 4, LENGTH)].tobytes(),
                    "target": random.gamma(1.0, 1.0, (BINS, TRACKS)).astype(np.float16).tobytes(),
                }
                values = {
                    name: tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
                    for name, value in features.items()
                }
                writer.write(tf.train.Example(features=tf.train.Features(feature=values)).SerializeToString())
    counts = {
        f"{split}_seqs": sum(n for s, n in shards.items() if s.startswith(split))
        for split in ("train", "valid", "test")
    }
    sizes = {"num_targets": TRACKS, "seq_length": LENGTH, "target_length": BINS, "pool_width": 128, "crop_bp": CROP}
    (folder / "statistics.json").write_text(json.dumps(sizes | counts))
    (folder / "targets.txt").write_text(
        "index\tidentifier\tfile\n" + "".join(f"{i}\tT{i}\tt{i}.bw\n" for i in range(TRACKS))
    )


def write_embeddings(folder: Path, shards: dict[str, int]) -> None:
    """Random embeddings of the windows in FOLDER/data, under the record of the trunk FOLDER/variables."""
    from tcra.enformer.checkpoint import load_model
    from tcra.enformer.embeddings import EmbeddingRecord, WindowsChecksum, trunk_key
    from tcra.enformer.shard_windows import read_shard_windows

    trunk = trunk_key(load_model(folder / "variables", LENGTH, BINS))
    (folder / "embeddings").mkdir()
    random = np.random.default_rng(8)
    for shard, windows in shards.items():
        checksum = WindowsChecksum()
        for sequences, _ in read_shard_windows(folder / "data", shard, 8):
            checksum.add(sequences)
        shape = (windows, 1, BINS, CHANNELS)
        array = np.lib.format.open_memmap(folder / f"embeddings/{shard}.npy", "w+", np.float16, shape)
        for window in range(windows):
            array[window] = random.standard_normal(shape[1:], np.float32)
        array.flush()
        EmbeddingRecord(trunk, checksum.text, shape).write(folder / "embeddings", shard)


def write_associations(path: Path, trait: str, size: int, genes: int) -> None:
    """A table with S-PrediXcan's columns under the null, and its accounting."""
    from tcra.association.association_tables import ASSOCIATION_COLUMNS

    path.parent.mkdir(exist_ok=True)
    record = {"trait": trait, "snp_set": size, "model": path.stem}
    Path(f"{path}.accounting.json").write_text(json.dumps(record))
    other = {
        "effect_size": 0.1,
        "var_g": 0.1,
        "pred_perf_r2": 0.1,
        "n_snps_used": 9,
        "n_snps_in_cov": 9,
        "n_snps_in_model": 10,
    }
    with open(path, "w") as text:
        rows = csv.DictWriter(text, ASSOCIATION_COLUMNS, restval="NA")
        rows.writeheader()
        for gene, z in enumerate(np.random.default_rng([6, size]).standard_normal(genes)):
            p = float(np.exp(-0.717 * abs(z) - 0.416 * z**2))
            rows.writerow({"gene": f"ENSG{gene:011d}.1", "gene_name": f"G{gene}", "zscore": z, "pvalue": p, **other})
