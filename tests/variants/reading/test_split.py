"""Every variant ends in a shard or in the rejected table with its reason; a wrong build stops."""

import gzip
import json
import os
import resource
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tcra.common.accounting import Accounting
from tcra.common.genome.fasta import Genome
from tcra.variants.reading.checked_variants import OPEN_FILES, CheckedVariants


@pytest.fixture
def fasta(tmp_path: Path) -> Path:
    """chr1 with letter i = ACGT[i mod 4] in lower case up to 40, chr2 of N."""
    path = tmp_path / "g.fa"
    path.write_text(">chr1\n" + "acgt" * 10 + "ACGT" * 490 + "\n>chr2\n" + "N" * 100 + "\n")
    return path


def good(number: int, chrom: str = "1") -> list[str]:
    """Substitutions of A at 1-based 1, 5, 9, …"""
    return [f"{chrom}_{4 * i + 1}_A_G" for i in range(number)]


def test_every_record_ends_somewhere(tmp_path: Path, fasta: Path, script: Callable) -> None:
    bad = {
        "1_2_A_G": "ref allele is not the genome's: the genome has C",
        "1_4_A_G": "ref allele is not the genome's: the genome has T; the other strand's allele would match",
        "1_6_G_C": "ref allele is not the genome's: the genome has C; the other strand's allele would match; the alt allele would match",
        "7_5_A_G": "chromosome is not in the genome",
        "1_5_A_<DEL>": "symbolic or star allele",
        "1_5_A_*": "symbolic or star allele",
        "1_5_A_R": "allele with letters other than",
        "1_5_A_.": "no alternate allele",
        "1_5_A_A": "alternate allele is the ref allele",
        "1_9999_A_G": "position is off the chromosome",
        "1_1_A_G": "duplicate",
    }
    lines = [*good(100), *bad, "chr1:8:TA:T"]
    (tmp_path / "v.txt").write_text("\n".join(lines[::-1]) + "\n")
    out = tmp_path / "out"
    script("split_variants.py", "--variants", tmp_path / "v.txt", "--fasta", fasta, "--out", out, "--shard-size", 40)
    shards = sorted(out.glob("variants-*.tsv"))
    assert [path.name for path in shards] == [f"variants-1-0000{i}.tsv" for i in range(3)]
    table = pd.concat([pd.read_csv(path, sep="\t", dtype=str) for path in shards])
    assert len(table) == 101 and table["pos"].astype(int).is_monotonic_increasing
    assert list(table.columns) == ["variant_id", "chrom", "pos", "ref", "alt", "rsid"]
    (count,) = json.loads((out / "accounting.json").read_text())["counts"]
    assert count["in"] == len(lines) == count["out"] + sum(count["rejected"].values())
    rejected = pd.read_csv(out / "rejected.tsv.gz", sep="\t")
    assert len(rejected) == len(bad)
    for what, reason in bad.items():
        found = rejected.loc[rejected["what"] == what, "reason"].tolist()
        assert found and found[0].startswith(reason), (what, found)
    assert rejected["where"].str.startswith("v.txt line ").all()


def test_same_shards_from_any_notation_and_order(tmp_path: Path, fasta: Path, script: Callable) -> None:
    lines = good(30)
    (tmp_path / "a.txt").write_text("\n".join(lines) + "\n")
    shuffled = np.random.default_rng(0).permutation(lines)
    (tmp_path / "b.txt").write_text("\n".join(f"chr{line.replace('_', ':').lower()}" for line in shuffled) + "\n")
    for name in "ab":
        script("split_variants.py", "--variants", tmp_path / f"{name}.txt", "--fasta", fasta, "--out", tmp_path / name)
    shard = "variants-1-00000.tsv"
    assert (tmp_path / "a" / shard).read_bytes() == (tmp_path / "b" / shard).read_bytes()


def test_more_chromosomes_than_files_may_be_open(tmp_path: Path) -> None:
    contigs = [f"contig{i}" for i in range(2 * OPEN_FILES + 1)]
    (tmp_path / "genome.fa").write_text("".join(f">{contig}\nACGT\n" for contig in contigs))
    lines = [f"{contig}_{place}_{ref}_T" for place, ref in ((2, "C"), (1, "A")) for contig in contigs]
    (tmp_path / "variants.txt").write_text("\n".join(lines))
    count = Accounting("SPLIT_VARIANTS").count("variants")
    usual = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/dev/fd")) + OPEN_FILES + 20, usual[1]))
    try:
        with Genome(tmp_path / "genome.fa") as genome:
            variants = CheckedVariants([tmp_path / "variants.txt"], genome, count)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, usual)
    with variants:
        assert {part.chrom: part.starts.tolist() for part in variants} == {contig: [0, 1] for contig in contigs}
        assert not count.rejected


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([*good(50), "1_2_A_G", "1_6_A_G", "1_10_A_G", "1_14_A_G", "1_18_A_G"], "probably of another genome build"),
        (["1_2_A_G"], "probably of another genome build"),
        (["7_2_A_G", "8_2_A_G"], "none of its chromosomes (7, 8)"),
        (["1_5_A_<DEL>"], "none of its 1 variants can be scored"),
        (["# nothing"], "has no variants"),
        (["1_5_A_G", "what is this"], "line 2"),
    ],
)
def test_unusable_files(tmp_path: Path, fasta: Path, script: Callable, lines: list[str], message: str) -> None:
    (tmp_path / "v.txt").write_text("\n".join(lines) + "\n")
    done = script(
        "split_variants.py", "--variants", tmp_path / "v.txt", "--fasta", fasta, "--out", tmp_path / "o", status=2
    )
    assert message in done.stderr and "v.txt" in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / "o").exists()


def test_four_mismatches_of_a_handful_are_rejected_not_fatal(tmp_path: Path, fasta: Path, script: Callable) -> None:
    (tmp_path / "v.txt").write_text("\n".join([*good(10), "1_2_A_G", "1_6_A_G", "1_10_A_G", "1_14_A_G"]) + "\n")
    script("split_variants.py", "--variants", tmp_path / "v.txt", "--fasta", fasta, "--out", tmp_path / "o")
    with gzip.open(tmp_path / "o" / "rejected.tsv.gz", "rt") as table:
        assert len(table.readlines()) == 5


def test_the_other_build_is_looked_up(tmp_path: Path, fasta: Path, script: Callable) -> None:
    """Shifted by one base: ref A at 1-based 2, 6, 10, … is right in the other build."""
    other = tmp_path / "other.fa"
    other.write_text(">1\n" + "TACG" * 500 + "\n")
    lines = ["1_2_A_G", "1_6_A_G", "1_10_A_G", "1_14_A_G"]
    (tmp_path / "v.txt").write_text("\n".join([*good(3), *lines]) + "\n")
    arguments = ("--variants", tmp_path / "v.txt", "--fasta", fasta, "--other-fasta", other, "--out", tmp_path / "o")
    script("split_variants.py", *arguments)
    with gzip.open(tmp_path / "o" / "rejected.tsv.gz", "rt") as table:
        assert all("other.fa has the ref allele there" in line for line in table.readlines()[1:])
    (tmp_path / "v.txt").write_text("\n".join([*good(3), *lines, "1_18_A_G"]) + "\n")
    done = script("split_variants.py", *arguments, status=2)
    assert "5 of 8 ref alleles" in done.stderr and "5 of these match" in done.stderr and "other.fa" in done.stderr


def test_real_variants_match_the_real_genome(tmp_path: Path, shared_data: Path, script: Callable) -> None:
    fasta, variants = real_chr22(shared_data, tmp_path)
    script("split_variants.py", "--variants", variants, "--fasta", fasta, "--out", tmp_path / "o")
    (count,) = json.loads((tmp_path / "o" / "accounting.json").read_text())["counts"]
    assert count["in"] == 3502 and sum(count["rejected"].values()) == 0


def real_chr22(shared_data: Path, folder: Path) -> tuple[Path, Path]:
    """1 Mb of chr22 as chromosome 22, and its dbSNP variants in our notation."""
    with gzip.open(shared_data / "human" / "chr22_20000001_21000000.fa.gz", "rt") as packed:
        letters = "".join(line.strip() for line in packed if not line.startswith(">"))
    (folder / "chr22.fa").write_text(f">chr22\n{letters}\n")
    lines = []
    with gzip.open(shared_data / "human" / "chr22_20000001_21000000.dbsnp.snp.gz", "rt") as packed:
        for line in packed:
            _, kind, _, offset, allele = line.split()
            at = int(offset) - (kind != "single")
            ref = letters[at : at + 1 + (int(allele) if kind == "deletion" else 0)].upper()
            alt = {"single": allele, "deletion": ref[0], "insertion": ref + allele}[kind]
            lines.append(f"22_{at + 1}_{ref}_{alt}")
    (folder / "dbsnp.txt").write_text("\n".join(lines) + "\n")
    return folder / "chr22.fa", folder / "dbsnp.txt"


def test_files_by_chromosome_are_read_as_one(tmp_path: Path, script: Callable) -> None:
    """The same shards from one file and from several; a variant of two files is a duplicate, and named with its file."""
    (tmp_path / "g.fa").write_text(f">chr1\n{'ACGT' * 50}\n>chr2\n{'ACGT' * 50}\n")
    ones, twos = good(20), good(20, "2")
    (tmp_path / "all.txt").write_text("\n".join(ones + twos) + "\n")
    (tmp_path / "chr1.txt").write_text("\n".join(ones) + "\n")
    (tmp_path / "chr2.txt").write_text("\n".join([*twos, ones[3]]) + "\n")
    script(
        "split_variants.py", "--variants", tmp_path / "all.txt", "--fasta", tmp_path / "g.fa", "--out", tmp_path / "a"
    )
    files = (tmp_path / "chr1.txt", tmp_path / "chr2.txt")
    script("split_variants.py", "--variants", *files, "--fasta", tmp_path / "g.fa", "--out", tmp_path / "b")
    for shard in ("variants-1-00000.tsv", "variants-2-00000.tsv"):
        assert (tmp_path / "a" / shard).read_bytes() == (tmp_path / "b" / shard).read_bytes()
    (count,) = json.loads((tmp_path / "b/accounting.json").read_text())["counts"]
    assert (count["in"], count["out"], count["rejected"]) == (41, 40, {"duplicate": 1})
    rejected = pd.read_csv(tmp_path / "b/rejected.tsv.gz", sep="\t")
    assert rejected["where"].tolist() == ["chr2.txt line 21"]
    (tmp_path / "empty.txt").write_text("chrom\tpos\tref\talt\n")
    error = script(
        "split_variants.py", "--variants", files[0], tmp_path / "empty.txt", "--fasta", tmp_path / "g.fa", "--out",
        tmp_path / "c", status=2,
    ).stderr  # fmt: skip
    assert "empty.txt" in error and "no variants" in error
