"""Windows from the genome and the same windows from TFRecords are the same to the trunk."""

import json
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
TRUNK = ROOT / "assets/demo_trunk/variables"
LENGTH, CROP = 4096, 512


@pytest.fixture(scope="module")
def planned(script, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a made-up genome (some of it N), windows of three splits, one track, its plan and its TFRecords."""
    import pyBigWig

    folder = tmp_path_factory.mktemp("planned")
    letters = np.random.default_rng(1).choice(list("ACGTacgt"), 40_000)
    letters[9_000:9_100] = "N"
    (folder / "genome.fa").write_text(">chr1\n" + "".join(letters) + "\n")
    rows = [("test", 0), ("train", 5000), ("valid", 9000), ("train", 20_000), ("train", 30_000)]
    (folder / "windows.bed").write_text("".join(f"chr1\t{s}\t{s + LENGTH}\t{name}\n" for name, s in rows))
    with pyBigWig.open(str(folder / "a.bw"), "w") as bigwig:
        bigwig.addHeader([("chr1", len(letters))])
        bigwig.addEntries(["chr1"], [100], ends=[30_100], values=[2.0])
    (folder / "tracks.csv").write_text("id,bigwig\nA,a.bw\n")
    sizes = ("--crop", CROP, "--width", 128, "--sequences-per-shard", 2)
    genome = ("--fasta", folder / "genome.fa")
    script("plan_windows.py", "--bed", folder / "windows.bed", *genome, *sizes, "--out", folder / "shared")
    bed = folder / "shared/sequences.bed"
    script("plan_tracks.py", "--tracks", folder / "tracks.csv", "--bed", bed, *genome, *sizes, "--out", folder / "plan")
    settings = ("--crop", CROP, "--width", 128, "--statistic", "mean")
    script("read_coverage.py", *settings, folder / "a.bw", bed, folder / "coverage/A.h5")
    for line in (folder / "shared/shards.tsv").read_text().splitlines()[1:]:
        _, _, name, start, end = line.split("\t")
        script(
            "write_tfrecords.py", "-s", start, "-e", end, "--targets", folder / "plan/targets.txt", folder / "genome.fa", bed,
            folder / "coverage", folder / f"plan/tfrecords/{name}.tfr",
        )  # fmt: skip
    return folder


def test_a_plan_of_windows_is_that_of_each_tissue(planned: Path) -> None:
    for name in ("sequences.bed", "shards.tsv"):
        assert (planned / "shared" / name).read_bytes() == (planned / "plan" / name).read_bytes()
    splits = [line.split("\t")[3] for line in (planned / "shared/sequences.bed").read_text().splitlines()]
    assert splits == ["train", "train", "train", "valid", "test"]
    (count,) = json.loads((planned / "shared/accounting.json").read_text())["counts"]
    assert (count["in"], count["out"]) == (5, 5)


@pytest.fixture(scope="module")
def embedded(script, planned: Path) -> Path:
    """The folder with the embeddings of its windows from the genome."""
    script(
        "embed_sequences.py", "--checkpoint", TRUNK, "--bed", planned / "shared/sequences.bed", "--fasta", planned / "genome.fa",
        "--crop", CROP, "--sequences-per-shard", 2, "--out", planned / "genome",
    )  # fmt: skip
    return planned


@pytest.mark.thorough
def test_embeddings_of_genome_and_of_records_are_the_same_bytes(script, embedded: Path) -> None:
    planned = embedded
    script("embed_sequences.py", "--checkpoint", TRUNK, "--tfrecords", planned / "plan", "--out", planned / "records")
    names = sorted(path.name for path in (planned / "records").glob("*-*-*"))
    assert names == sorted(
        f"{s}.{kind}" for s in ("train-0-0", "train-0-1", "valid-0-0", "test-0-0") for kind in ("npy", "json")
    )
    for name in names:
        assert (planned / "records" / name).read_bytes() == (planned / "genome" / name).read_bytes(), name


@pytest.mark.thorough
def test_one_shard_and_a_shard_that_is_none(script, embedded: Path) -> None:
    planned = embedded
    common = (
        "embed_sequences.py", "--checkpoint", TRUNK, "--bed", planned / "windows.bed", "--fasta", planned / "genome.fa",
        "--crop", CROP, "--sequences-per-shard", 2,
    )  # fmt: skip
    script(*common, "--shards", "train-0-1", "--out", planned / "one")
    assert sorted(path.name for path in (planned / "one").glob("*.npy")) == ["train-0-1.npy"]
    assert (planned / "one/train-0-1.npy").read_bytes() == (planned / "genome/train-0-1.npy").read_bytes()
    error = script(*common, "--shards", "train-0-7", "--out", planned / "none", status=2).stderr
    assert "windows.bed has no shard train-0-7" in error and "train-0-0" in error


@pytest.mark.thorough
def test_windows_need_their_genome(script, planned: Path) -> None:
    error = script(
        "embed_sequences.py", "--checkpoint", TRUNK, "--bed", planned / "windows.bed", "--out", planned / "x", status=2
    ).stderr
    assert "--bed needs --fasta" in error
