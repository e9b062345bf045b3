"""Runs of a bigWig are those that pyBigWig reads, for each kind of section; a damaged file is an error."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyBigWig
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tcra.errors import UserError
from tcra.tracks.bigwig import BigWig

LENGTHS = {"chr1": 400_000, "chr2": 9_000, "chrX": 100}


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Three kinds of sections on chr1, several sections of each; gaps and NaN; chrX empty."""
    random = np.random.default_rng(1)
    path = tmp_path / "mixed.bw"
    with pyBigWig.open(str(path), "w") as file:
        file.addHeader(list(LENGTHS.items()))
        starts = np.arange(0, 100_000, 11)
        values = random.gamma(1, 5, len(starts))
        values[5] = np.nan
        file.addEntries(["chr1"] * len(starts), starts.tolist(), ends=(starts + 9).tolist(), values=values.tolist())
        file.addEntries("chr1", list(range(100_000, 200_000, 40)), values=random.random(2500).tolist(), span=20)
        file.addEntries("chr1", 250_000, values=random.random(5000).tolist(), span=10, step=25)
        file.addEntries(["chr2"], [17], ends=[8_000], values=[2.5])
    return path


def test_runs_are_those_of_pybigwig(mixed: Path) -> None:
    with BigWig(mixed) as ours, pyBigWig.open(str(mixed)) as theirs:
        assert ours.lengths == theirs.chroms()
        for chrom, start, end in [
            ("chr1", 0, 400_000),
            ("chr1", 50_003, 50_004),
            ("chr1", 99_990, 251_013),
            ("chr2", 20, 30),
            ("chrX", 0, 100),
        ]:
            found = ours.runs(chrom, start, end)
            expected = [i for i in theirs.intervals(chrom, start, end) or () if not np.isnan(i[2])]
            starts, ends, values = zip(*expected, strict=True) if expected else ((), (), ())
            np.testing.assert_array_equal(found.starts, np.maximum(np.array(starts, int), start))
            np.testing.assert_array_equal(found.ends, np.minimum(np.array(ends, int), end))
            np.testing.assert_array_equal(found.values, np.array(values, np.float32).astype(np.float16))


def test_cut_file_is_an_error_or_gives_the_same_runs(mixed: Path, tmp_path: Path) -> None:
    whole = mixed.read_bytes()
    with BigWig(mixed) as file:
        expected = file.runs("chr1", 0, 400_000)
    cut, refused = tmp_path / "cut.bw", 0
    for size in [1, 3, 63, 64, 100, *range(200, len(whole), len(whole) // 60)]:
        cut.write_bytes(whole[:size])
        try:
            with BigWig(cut) as file:  # only zoom levels, which are not read, stand at the end
                np.testing.assert_array_equal(file.runs("chr1", 0, 400_000).values, expected.values)
        except UserError as error:
            refused += 1
            assert str(cut) in str(error) and "cut short" in str(error)
    assert refused > 30


def test_damaged_bytes_are_an_error(mixed: Path, tmp_path: Path) -> None:
    damaged = bytearray(mixed.read_bytes())
    with BigWig(mixed) as file:
        section = file._index.sections["chr1"][1]
    middle = int(section["offset"] + section["size"] // 2)
    damaged[middle : middle + 40] = bytes(40)
    (tmp_path / "damaged.bw").write_bytes(damaged)
    with BigWig(tmp_path / "damaged.bw") as file, pytest.raises(UserError, match=r"damaged\.bw.*damaged"):
        file.runs("chr1", 0, 400_000)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(place=st.integers(0, 2**20), bytes_=st.binary(min_size=1, max_size=12), near_end=st.booleans())
def test_any_damage_is_an_error_or_harmless(mixed: Path, place: int, bytes_: bytes, near_end: bool) -> None:
    content = bytearray(mixed.read_bytes())
    with BigWig(mixed) as file:
        index = int(file._index.sections["chr1"]["offset"].max())
    place = (
        index + place % (len(content) - index) if near_end else place % 400
    )  # the indices, or header and chromosomes
    content[place : place + len(bytes_)] = bytes_
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "damaged.bw"
        path.write_bytes(content)
        try:
            with BigWig(path) as file:
                for chrom, length in file.lengths.items():
                    file.runs(chrom, 0, length)
        except UserError as error:
            assert str(path) in str(error)


@pytest.mark.parametrize("content", [b"", b"chr1\t0\t10\n", b"\x00" * 200], ids=["empty", "text", "zeros"])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.bw"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"other\.bw"):
        BigWig(path)


def test_stored_infinity_is_refused(tmp_path: Path, make_bigwig: Any) -> None:
    track = make_bigwig(tmp_path / "t.bw", {"chr1": 100}, [("chr1", 0, 10, 1), ("chr1", 10, 20, float("inf"))])
    with BigWig(track) as file, pytest.raises(UserError, match="inf at chr1:10-20"):
        file.runs("chr1", 0, 100)


def test_big_endian_and_uncompressed_files_are_read(tmp_path: Path) -> None:
    import struct

    section = struct.pack(">5I2BH", 0, 5, 30, 0, 0, 1, 0, 2) + struct.pack(">2If2If", 5, 10, 1.5, 20, 30, 2.5)
    chromosomes = struct.pack(">4I2Q", 0x78CA8C91, 1, 4, 8, 1, 0) + struct.pack(">2BH4s2I", 1, 0, 1, b"chr1", 0, 50)
    tree, data = 64, 64 + len(chromosomes)
    index = data + len(section)
    leaf = struct.pack(">2BH4I2Q", 1, 0, 1, 0, 5, 0, 30, data, len(section))
    head = struct.pack(">I2H3Q2H2QIQ", 0x888FFC26, 4, 0, tree, data, index, 0, 0, 0, 0, 0, 0)
    path = tmp_path / "big.bw"
    path.write_bytes(
        head + chromosomes + section + struct.pack(">2IQ4IQ2I", 0x2468ACE0, 1, 1, 0, 5, 0, 30, index, 1, 0) + leaf
    )
    with BigWig(path) as file:
        assert file.lengths == {"chr1": 50}
        runs = file.runs("chr1", 8, 25)
    assert (runs.starts.tolist(), runs.ends.tolist(), runs.values.tolist()) == ([8, 20], [10, 25], [1.5, 2.5])
