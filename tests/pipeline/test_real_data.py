"""The stages on real data: ENCODE regions and human DNA to coverage, records and scores; 1000 Genomes to models; GTEx to associations."""

import gzip
import json
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyBigWig
import pytest
from tcra.tracks.plan_tracks import TRACK_SETTINGS, TRACKS_PLAN

from ..engine import ROOT

ORIGIN = 20_000_000  # the piece is chr22:20,000,001-21,000,000 of GRCh37, as the regions are
LENGTH, CROP, WIDTH = 4096, 512, 128
TRUNK = ROOT / "assets/demo_trunk/variables"


@pytest.fixture(scope="module")
def piece(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the real megabase as the chromosome `22` of a small genome."""
    folder = tmp_path_factory.mktemp("real")
    lines = gzip.open(shared_data / "human/chr22_20000001_21000000.fa.gz", "rt").read().splitlines()
    (folder / "genome.fa").write_text(">22\n" + "\n".join(lines[1:]) + "\n")
    return folder


@pytest.fixture(scope="module")
def track(shared_data: Path, piece: Path) -> dict[int, int]:
    """The piece's ENCODE TF regions (GRCh37, as its DNA) as a bigWig of their depth; returns the depth by position."""
    depth = np.zeros(1_000_000, np.int64)
    with gzip.open(shared_data / "expression/TFs.encode.bed.gz", "rt") as text:
        for chrom, start, end, *_ in map(str.split, text):
            if chrom == "22" and ORIGIN <= int(start) and int(end) <= ORIGIN + len(depth):
                depth[int(start) - ORIGIN : int(end) - ORIGIN] += 1
    edges = np.flatnonzero(np.diff(depth, prepend=-1))
    runs = [(int(a), int(b), float(depth[a])) for a, b in zip(edges, [*edges[1:], len(depth)], strict=True) if depth[a]]
    with pyBigWig.open(str(piece / "encode.bw"), "w") as bigwig:
        bigwig.addHeader([("22", len(depth))])
        bigwig.addEntries(
            ["22"] * len(runs), [r[0] for r in runs], ends=[r[1] for r in runs], values=[r[2] for r in runs]
        )
    assert len(runs) > 20
    return dict(enumerate(depth.tolist()))


def test_encode_regions_to_records(script, piece: Path, track: dict[int, int]) -> None:
    starts = range(200_000, 300_000, 3072)
    windows = [f"22\t{s}\t{s + LENGTH}\t{('train', 'valid', 'test')[i % 3]}" for i, s in enumerate(starts)]
    (piece / "windows.bed").write_text("\n".join(windows) + "\n")
    (piece / "tracks.csv").write_text("id,bigwig\nENCODE,encode.bw\n")
    plan = piece / "data"
    script(
        "plan_tracks.py", "--tracks", piece / "tracks.csv", "--bed", piece / "windows.bed", "--fasta", piece / "genome.fa",
        "--crop", CROP, "--width", WIDTH, "--sequences-per-shard", 20, "--out", plan,
    )  # fmt: skip
    bed = plan / "sequences.bed"
    (row,) = pd.read_csv(plan / TRACKS_PLAN, sep="\t", dtype=str, keep_default_na=False).to_dict("records")
    flags = [part for name in TRACK_SETTINGS if row[name] for part in (f"--{name}", row[name])]
    script("read_coverage.py", *flags, piece / "encode.bw", bed, piece / "coverage" / row["coverage"])
    with h5py.File(piece / "coverage" / row["coverage"]) as file:
        targets = file["targets"][:]
    for row, line in enumerate(bed.read_text().splitlines()):
        start = int(line.split("\t")[1]) + CROP
        bins = [np.mean([track[start + b * WIDTH + i] for i in range(WIDTH)]) for b in range(targets.shape[1])]
        np.testing.assert_allclose(targets[row], bins, rtol=1e-3)
    assert targets.max() > 0
    for shard in pd.read_csv(plan / "shards.tsv", sep="\t").itertuples():
        script(
            "write_tfrecords.py", "-s", shard.start, "-e", shard.end, "--targets", plan / "targets.txt", piece / "genome.fa", bed,
            piece / "coverage", plan / f"tfrecords/{shard.name}.tfr",
        )  # fmt: skip

    from tcra.tracks.dataset import read_dataset

    genome = (piece / "genome.fa").read_text().split("\n", 1)[1].replace("\n", "").upper()
    sequence, target = next(iter(read_dataset(plan, "train")))
    first = int(bed.read_text().splitlines()[0].split("\t")[1])
    letters = "".join("ACGT"[i] for i in np.asarray(sequence).argmax(axis=1))
    assert letters == genome[first : first + LENGTH]
    np.testing.assert_array_equal(np.asarray(target)[:, 0], targets[0].astype(np.float32))


@pytest.mark.thorough
def test_every_dbsnp_variant_is_scored_or_rejected(script, shared_data: Path, piece: Path) -> None:
    genome = (piece / "genome.fa").read_text().split("\n", 1)[1].replace("\n", "").upper()
    with gzip.open(shared_data / "human/chr22_20000001_21000000.dbsnp.snp.gz", "rt") as text:
        rows = [line.split() for line in text]
    notation = [as_notation(genome, kind, int(offset), allele) for _, kind, _, offset, allele in rows]
    (piece / "variants.txt").write_text("\n".join([*notation, "22_5_A_<DEL>", "9_100_A_C"]) + "\n")
    script(
        "split_variants.py",
        "--variants",
        piece / "variants.txt",
        "--fasta",
        piece / "genome.fa",
        "--out",
        piece / "shards",
    )
    (count,) = json.loads((piece / "shards/accounting.json").read_text())["counts"]
    assert count["in"] == len(rows) + 2 == count["out"] + sum(count["rejected"].values())
    assert count["out"] > 3400  # the rest are repeated records, and the two made-up ones
    shard = pd.read_csv(piece / "shards/variants-22-00000.tsv", sep="\t", dtype=str)
    shard.iloc[::40].to_csv(piece / "some.tsv", sep="\t", index=False)
    scores = {}
    for method in ("fast", "naive"):
        out = piece / f"{method}.parquet"
        script(
            "score_variants.py", "--model", TRUNK, "--fasta", piece / "genome.fa", "--variants", piece / "some.tsv", "--out", out,
            "--input-length", LENGTH, "--target-bins", 24, "--method", method,
        )  # fmt: skip
        table = pq.read_table(out).to_pandas()
        assert list(table["variant_id"]) == list(shard["variant_id"].iloc[::40])
        scores[method] = table.iloc[:, 6:].to_numpy()
    largest = np.abs(scores["naive"]).max()
    assert largest > 0
    assert np.abs(scores["fast"] - scores["naive"]).max() <= 1e-5 * largest


def as_notation(genome: str, kind: str, offset: int, allele: str) -> str:
    """chrom_pos_ref_alt (1-based, with the anchor base of an indel) of one dbSNP record (0-based offset)."""
    if kind == "single":
        return f"22_{offset + 1}_{genome[offset]}_{allele}"
    if kind == "deletion":
        return f"22_{offset}_{genome[offset - 1 : offset + int(allele)]}_{genome[offset - 1]}"
    return f"22_{offset}_{genome[offset - 1]}_{genome[offset - 1]}{allele}"


@pytest.mark.thorough
def test_gene_models_of_real_genotypes_predict(script, shared_data: Path, tmp_path: Path) -> None:
    """On the real chr7 genotypes, genes simulated with heritability have models and the database holds them."""
    data = shared_data / "gene_models"
    snps = pd.read_csv(data / "snp_set.tsv", sep="\t")
    sets = snps.rename(columns={"varID": "variant_id", "chr": "chrom", "effect": "alt", "SNP": "rsid"}).assign(
        rank=range(1, len(snps) + 1)
    )
    sets[["variant_id", "chrom", "pos", "ref", "alt", "rank", "rsid"]].to_csv(
        tmp_path / "sets.tsv", sep="\t", index=False
    )
    genotypes = next((shared_data / "genotypes").glob("*.vcf.gz"))
    script(
        "fit_gene_models.py", "--genotypes", genotypes, "--expression", data / "expression.csv.gz", "--genes", data / "genes.gtf",
        "--chrom", 7, "--snp-sets", tmp_path / "sets.tsv", "--set-sizes", "300,100000", "--number-of-genes", 6, "--out", tmp_path / "chunk",
    )  # fmt: skip
    script("build_model_db.py", "--chunks", tmp_path / "chunk", "--name", "eas", "--out", tmp_path / "models")
    summaries = pd.read_csv(tmp_path / "models/model_summaries.tsv", sep="\t", dtype={"snp_set": str})
    assert set(summaries["snp_set"]) == {"300", "100000"} and len(summaries) == 12
    truth = pd.read_csv(data / "truth.tsv", sep="\t").set_index("gene_id")["h2"]
    whole = summaries[summaries["snp_set"] == "100000"].set_index("gene_id")["rho_avg"].fillna(0)
    strong = [gene for gene in whole.index if truth[gene] >= 0.2]
    assert strong and (whole[strong] > 0.3).all()
    assert {path.name for path in (tmp_path / "models").glob("*.db")} == {"eas_300.db", "eas_100000.db"}


def test_associations_of_a_real_gtex_model(script, shared_data: Path, tmp_path: Path) -> None:
    data = shared_data / "association/gtex"
    script(
        "associate.py", "--model_db_path", data / "TW_Whole_Blood.db", "--covariance", data / "TW_Whole_Blood.cov.txt.gz",
        "--gwas_file", data / "gwas_synthetic.txt.gz", "--beta_column", "BETA", "--pvalue_column", "P", "--additional_output",
        "--output_folder", tmp_path / "trait", "--trait", "trait",
    )  # fmt: skip
    ours = pd.read_csv(tmp_path / "trait/TW_Whole_Blood.csv").set_index("gene")
    expected = pd.read_csv(data / "TW_Whole_Blood.expected.csv").set_index("gene")
    np.testing.assert_allclose(ours.loc[expected.index, "zscore"], expected["zscore"], rtol=1e-10)
    script("combine_associations.py", "--associations", tmp_path / "trait", "--out", tmp_path / "combined")
    combined = pd.read_csv(tmp_path / "combined/associations.tsv.gz", sep="\t")
    assert len(combined) == len(expected) and (combined["trait"] == "trait").all()
