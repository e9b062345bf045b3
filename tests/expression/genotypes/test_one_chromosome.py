"""A task gets the genotype files of its chromosome alone, where files, people and index show that this changes nothing."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from tcra.expression.genotypes.one_chromosome import files_of_one_chromosome

from ..conftest import calls_of, write_vcf

SAMPLES = ["S1", "S2", "S3"]


def vcf(path: Path, chroms: list[str], samples: list[str] = SAMPLES) -> Path:
    calls = calls_of(np.ones(len(samples), np.int8))
    write_vcf(path, samples, [(chrom, 100, "rs1", "A", "G", calls) for chrom in chroms])
    return path


def index(path: Path, names: list[str], kind: str) -> None:
    """The beginning of a tabix index, up to the names, as the specification has it."""
    text = b"".join(name.encode() + b"\0" for name in names)
    columns = struct.pack("<iiiiii", 2, 1, 2, 0, ord("#"), 0) + struct.pack("<i", len(text)) + text
    content = {
        "tbi": b"TBI\x01" + struct.pack("<i", len(names)) + columns,
        "csi": b"CSI\x01" + struct.pack("<iii", 14, 5, len(columns)) + columns + struct.pack("<i", len(names)),
    }[kind]
    with gzip.open(f"{path}.{kind}", "wb") as packed:
        packed.write(content)


@pytest.mark.parametrize("kind", ["tbi", "csi"])
def test_by_the_index(tmp_path: Path, kind: str) -> None:
    one, two = vcf(tmp_path / "chr1.vcf", ["chr1"]), vcf(tmp_path / "chr2.vcf", ["chr2"])
    both = vcf(tmp_path / "both.vcf", ["3", "4"])
    index(one, ["chr1"], kind)
    index(two, ["chr2"], kind)
    index(both, ["3", "4"], kind)
    assert files_of_one_chromosome([one, two, both]) == {"chr1.vcf": "1", "chr2.vcf": "2"}


def test_without_an_index_only_a_whole_reading_would_tell(tmp_path: Path) -> None:
    one = vcf(tmp_path / "chr1.vcf", ["chr1"])
    assert files_of_one_chromosome([one]) == {}
    with gzip.open(f"{one}.csi", "wb") as packed:  # a BCF's index has no names
        packed.write(b"CSI\x01" + struct.pack("<iii", 14, 5, 0) + bytes(64))
    assert files_of_one_chromosome([one]) == {}


def test_files_of_other_people_all_go_to_each_task(tmp_path: Path) -> None:
    """Models are made of the people whom all files have."""
    one, two = vcf(tmp_path / "chr1.vcf", ["1"]), vcf(tmp_path / "chr2.vcf", ["2"], ["S1", "S2", "S4"])
    for path, chrom in ((one, "1"), (two, "2")):
        index(path, [chrom], "tbi")
    assert files_of_one_chromosome([one, two]) == {}
