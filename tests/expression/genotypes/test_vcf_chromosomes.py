"""Which chromosomes a genotype file holds, so that a task reads those of its chromosome alone and misses none."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from tcra.common.files import BGZF_END
from tcra.expression.check_expression import chromosomes_of_files
from tcra.expression.genotypes.open import open_genotypes
from tcra.expression.genotypes.several_files import records_of_files
from tcra.expression.genotypes.vcf_chromosomes import TAIL_BYTES, last_chromosome

from ..conftest import calls_of, write_vcf

SAMPLES = ["S1", "S2", "S3"]


def vcf(path: Path, chroms: list[str], samples: list[str] = SAMPLES) -> Path:
    calls = calls_of(np.ones(len(samples), np.int8))
    write_vcf(path, samples, [(chrom, 100, f"rs{chrom}", "A", "G", calls) for chrom in chroms])
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


def blocks(text: bytes, size: int) -> bytes:
    """Text as bgzip writes it, in blocks of `size` bytes before compression."""
    packed = b""
    for start in range(0, len(text), size):
        member = gzip.compress(text[start : start + size], mtime=0)
        extra = b"\x06\x00BC\x02\x00" + struct.pack("<H", len(member) + 8 - 1)
        packed += member[:3] + b"\x04" + member[4:10] + extra + member[10:]
    return packed + BGZF_END


def chromosomes(*paths: Path) -> list[str]:
    return list(chromosomes_of_files([open_genotypes(path) for path in paths]).values())


@pytest.mark.parametrize("kind", ["tbi", "csi"])
def test_by_the_index(tmp_path: Path, kind: str) -> None:
    one, two = vcf(tmp_path / "chr1.vcf", ["chr1"]), vcf(tmp_path / "chr2.vcf", ["chr2"])
    both = vcf(tmp_path / "both.vcf", ["3", "4"])
    for path, names in ((one, ["chr1"]), (two, ["chr2"]), (both, ["3", "4"])):
        index(path, names, kind)
    assert chromosomes(one, two, both) == ["1", "2", ""]


def test_by_the_first_and_the_last_record(tmp_path: Path) -> None:
    one, both = vcf(tmp_path / "one.vcf", ["chr1"]), vcf(tmp_path / "both.vcf", ["chr1", "chr2"])
    assert chromosomes(one, both) == ["1", ""]
    for path in (one, both):
        packed = tmp_path / f"{path.name}.gz"
        packed.write_bytes(blocks(path.read_bytes(), 150))
        assert last_chromosome(packed) == last_chromosome(path)
        (tmp_path / f"gzip.{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
    assert chromosomes(tmp_path / "one.vcf.gz", tmp_path / "both.vcf.gz") == ["1", ""]
    assert chromosomes(tmp_path / "gzip.one.vcf.gz") == [""]  # it cannot be read from its end


def test_a_last_line_that_is_longer_than_what_is_read_at_first(tmp_path: Path) -> None:
    path = tmp_path / "wide.vcf"
    path.write_text("##fileformat=VCFv4.2\n#CHROM\tPOS\n1\t5\n7\t9\t" + "x" * (3 * TAIL_BYTES) + "\n")
    assert last_chromosome(path) == "7"
    path.write_text("##fileformat=VCFv4.2\n#CHROM\tPOS\n")
    assert last_chromosome(path) == ""


def test_a_file_that_begins_elsewhere_is_read_too(tmp_path: Path) -> None:
    """Without an index, and beside a file of the chromosome: one that begins on another chromosome misses no record."""
    first, second = vcf(tmp_path / "a.vcf", ["1", "2"]), vcf(tmp_path / "b.vcf", ["2"])
    (tmp_path / "c.vcf.gz").write_bytes(gzip.compress(first.read_bytes()))
    for paths, number in (([first, second], 2), ([tmp_path / "c.vcf.gz", second], 2), ([second], 1)):
        files = [open_genotypes(path) for path in paths]
        assert len(list(records_of_files(files, "2", [(1, 1000)], {100}, SAMPLES))) == number


def test_files_of_other_people_all_go_to_each_task(tmp_path: Path) -> None:
    """Models are made of the people whom all files have."""
    one, two = vcf(tmp_path / "chr1.vcf", ["1"]), vcf(tmp_path / "chr2.vcf", ["2"], ["S1", "S2", "S4"])
    assert chromosomes(one, two) == ["", ""]
