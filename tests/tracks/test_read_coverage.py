"""read_coverage.py: basenji's expected outputs, its files, and what it says of bad input."""

import json
import subprocess
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

PUBLISHED = ["--crop", 40960, "-w", 128, "-u", "mean", "-c", 32, "-s", 2]
SOFT = ["--crop", 40960, "-w", 128, "-u", "sum_sqrt", "-c", 384, "--clip_soft", 64, "-s", 0.5]


@pytest.fixture
def small(tmp_path: Path, make_bigwig: Any) -> Path:
    """A folder with `t.bw` (chr1, 4,000 bp) and `w.bed` (two windows of 1,024 bp)."""
    make_bigwig(tmp_path / "t.bw", {"chr1": 4000}, [("chr1", i, i + 10, i % 70) for i in range(0, 4000, 10)])
    (tmp_path / "w.bed").write_text("chr1\t100\t1124\ttrain\nchr1\t2000\t3024\ttest\n")
    return tmp_path


@pytest.mark.parametrize(
    ("expected", "flags"),
    [
        ("expected_2022/{}.mean_c32_s2.h5", PUBLISHED),
        ("expected_2023/{}.mean_c32_s2.h5", [*PUBLISHED, "--order", "scale-then-clip"]),
        (
            "expected_2023/{}.mean_c32_s2_blacklist.h5",
            [*PUBLISHED, "--order", "scale-then-clip", "-b", "{data}/blacklist.bed"],
        ),
        ("expected_2023/{}.sumsqrt_c384_soft64_s0.5.h5", [*SOFT, "--order", "scale-then-clip"]),
    ],
)
@pytest.mark.parametrize("track", ["track0", "track1", "track3"])
def test_equals_basenji(
    script: Any, project_data: Path, tmp_path: Path, track: str, expected: str, flags: list[Any]
) -> None:
    data = project_data / "coverage"
    filled = [str(flag).format(data=data) for flag in flags]
    script("read_coverage.py", *filled, data / f"{track}.bw", data / "sequences.bed", tmp_path / "o.h5")
    with h5py.File(tmp_path / "o.h5") as ours, h5py.File(data / expected.format(track)) as theirs:
        assert ours["targets"].dtype == np.float16
        np.testing.assert_array_equal(ours["targets"][:], theirs["targets"][:])


def test_file_is_chunked_carries_its_origin_and_has_the_same_bytes_again(script: Any, small: Path) -> None:
    for name in ("a/0.h5", "b/0.h5"):
        script("read_coverage.py", "-w", 32, "-u", "mean", small / "t.bw", small / "w.bed", small / name)
    assert (small / "a/0.h5").read_bytes() == (small / "b/0.h5").read_bytes()
    with h5py.File(small / "a/0.h5") as file:
        assert file["targets"].chunks == (2, 32)
        origin = json.loads(file.attrs["provenance"])
    assert origin["parameters"]["statistic"] == "mean" and set(origin["inputs"]) == {"t.bw", "w.bed"}
    accounting = json.loads((small / "a/0.h5.accounting.json").read_text())
    assert accounting["stage"] == "COVERAGE"
    assert accounting["counts"] == [{"unit": "windows", "in": 2, "out": 2, "rejected": {}}]


@pytest.mark.parametrize("rows", [1, 255, 256, 257, 600])
def test_any_number_of_windows_reads_back(tmp_path: Path, rows: int) -> None:
    from tcra.tracks.coverage_file import write_targets

    targets = np.random.default_rng(rows).gamma(1, 3, (rows, 7)).astype(np.float16)
    write_targets(tmp_path / "o.h5", targets, {}, "crc32c:0")
    with h5py.File(tmp_path / "o.h5") as file:
        np.testing.assert_array_equal(file["targets"][:], targets)


@pytest.mark.parametrize(
    ("bed", "flags", "message"),
    [
        ("1\t0\t1024\n", [], "t.bw has no chromosome 1.*it has chr1 where 1 was expected"),
        ("chr1\t0\t1024\nchr1\t3000\t4024\n", [], "chr1 has 4000 bp, but .*w.bed window 2 .*ends at 4024"),
        ("chr1\t0\t1024\nchr1\t0\t1000\n", [], "w.bed window 2 .*has 1000 bp, expected 1024"),
        ("chr1\t0\t1024\n", ["-w", 1000], "no multiple of 1000"),
        ("chr1\t0\t1024\n", ["--crop", 512], "leave no bin"),
        ("chr1\t0\tx\n", [], "w.bed line 1|has no intervals"),
        ("chr1\t0\t1024\n", ["-c", "-1"], "clip is -1.0, expected"),
        ("chr1\t0\t1024\n", ["-c", "0"], "clip is 0.0, expected a number above 0"),
        ("chr1\t0\t1024\n", ["-w", 4, "-s", "-1", "--negative", "error"], "window 1 .* are below 0 .the smallest is -"),
        ("chr1\t0\t1024\n", ["-s", "0"], "scale is 0.0, expected"),
        ("chr1\t0\t1024\n", ["-s", "nan"], "scale is nan"),
        ("chr1\t0\t1024\n", ["-u", "peak", "-w", 4, "-s", "-1", "--order", "scale-then-clip"], "t.bw: bins of .* NaN"),
        ("chr1\t0\t1024\n", ["-w", 4, "-s", "-1"], "would erase its"),
    ],
)
def test_bad_input_is_one_line(script: Any, small: Path, bed: str, flags: list[Any], message: str) -> None:
    (small / "w.bed").write_text(bed)
    done = script("read_coverage.py", *flags, small / "t.bw", small / "w.bed", small / "o.h5", status=2)
    assert len(done.stderr.strip().splitlines()) == 1
    assert __import__("re").search(message, done.stderr), done.stderr
    assert not list(small.glob("*o.h5*"))


@pytest.mark.parametrize(
    ("regions", "message"),
    [
        ("chrX\t0\t50\nchrY\t0\t50\n", r"none of its chromosomes \(the first is chrX\) is in .*t.bw, which has chr1"),
        (f"chr1\t{10**30}\t{10**30 + 1}\n", r"chr1:10+-10+1 starts beyond chr1, which has 4000 bp"),
        ("chr1\t0\t50\nchr1\t4000\t4050\n", r"chr1:4000-4050 starts beyond chr1, which has 4000 bp in .*t.bw"),
    ],
)
def test_blacklist_of_another_genome(script: Any, small: Path, regions: str, message: str) -> None:
    import re

    (small / "black.bed").write_text(regions)
    flags = ["--blacklist", small / "black.bed"]
    done = script("read_coverage.py", *flags, small / "t.bw", small / "w.bed", small / "o.h5", status=2)
    assert re.search(message, done.stderr), done.stderr


def test_blacklisted_regions_are_counted(script: Any, small: Path) -> None:
    (small / "black.bed").write_text("1\t200\t250\nchrX\t0\t50\n")
    script("read_coverage.py", "-b", small / "black.bed", "-w", 4, small / "t.bw", small / "w.bed", small / "o.h5")
    accounting = json.loads((small / "o.h5.accounting.json").read_text())
    rejected = {"the track has no such chromosome": 1}
    assert {"unit": "blacklisted regions", "in": 2, "out": 1, "rejected": rejected} in accounting["counts"]


def test_windows_on_a_missing_chromosome_count_as_0(script: Any, small: Path) -> None:
    (small / "w.bed").write_text("chr2\t0\t1024\nchr1\t100\t1124\n")
    files = (small / "t.bw", small / "w.bed", small / "o.h5")
    done = script("read_coverage.py", "-w", 4, *files, status=2)
    assert "--missing_chromosomes zero counts it as 0" in done.stderr
    for statistic in ("sum", "max", "median", "sum_sqrt", "peak"):
        flags = ["-w", 4, "-u", statistic, "--missing_chromosomes", "zero"]
        done = script("read_coverage.py", *flags, *files)
        assert "t.bw has no chr2: 1 windows there count as 0" in done.stderr
        with h5py.File(small / "o.h5") as file:
            assert not file["targets"][0].any() and file["targets"][1].any()


def test_values_below_0(script: Any, small: Path, make_bigwig: Any) -> None:
    make_bigwig(small / "t.bw", {"chr1": 4000}, [("chr1", 0, 1000, 2), ("chr1", 1000, 4000, -1)])
    files = (small / "t.bw", small / "w.bed", small / "o.h5")
    flags = ["-w", 256, "-u", "mean", "--clip_pct", 1]
    done = script("read_coverage.py", *flags, *files)
    assert "1 windows have bins below 0 (the smallest is -1)" in done.stderr
    script("read_coverage.py", *flags, "--negative", "zero", *files)
    with h5py.File(small / "o.h5") as file:
        assert file["targets"][:].tolist() == [[2, 2, 2, 1.03125], [0, 0, 0, 0]]
    script("read_coverage.py", *flags, "--negative", "zero", "-s", -1, *files)
    with h5py.File(small / "o.h5") as file:
        assert file["targets"][:].tolist() == [[0, 0, 0, np.float16(124 / 256)], [1, 1, 1, 1]]


def test_folder_in_the_outputs_place_stays_as_it_is(script: Any, small: Path) -> None:
    (small / "out").mkdir()
    (small / "w.bed").write_text("chr1\t0\t1024\n")
    done = script("read_coverage.py", small / "t.bw", small / "w.bed", small / "out", status=2)
    assert "out is a folder, not a file; give a file's name in it" in done.stderr
    assert not list((small / "out").iterdir())


def test_values_beyond_float16_are_a_warning(script: Any, small: Path, make_bigwig: Any) -> None:
    make_bigwig(small / "t.bw", {"chr1": 4000}, [("chr1", 0, 2500, 70_000), ("chr1", 2500, 4000, 1)])
    done = script("read_coverage.py", "-w", 64, "-u", "mean", "-c", 32, small / "t.bw", small / "w.bed", small / "o.h5")
    assert "runs beyond ±65,504 count as infinite" in done.stderr
    with h5py.File(small / "o.h5") as file:
        assert file["targets"][0, 0] == 32


def test_cut_track_leaves_nothing(script: Any, small: Path) -> None:
    whole = (small / "t.bw").read_bytes()
    (small / "t.bw").write_bytes(whole[: len(whole) // 3])
    done = script("read_coverage.py", small / "t.bw", small / "w.bed", small / "o.h5", status=2)
    assert "t.bw" in done.stderr and "cut short" in done.stderr
    assert sorted(path.name for path in small.iterdir()) == ["t.bw", "w.bed"]


def test_full_disk_is_one_line_and_leaves_nothing(script: Any, small: Path) -> None:
    disk = small / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20k", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("no permission to mount a small tmpfs")
    try:
        (small / "w.bed").write_text("".join(f"chr1\t{i}\t{i + 1024}\n" for i in range(2900)))
        done = script("read_coverage.py", "-w", 4, small / "t.bw", small / "w.bed", disk / "o.h5", status=1)
        assert "disk is full" in done.stderr and "Traceback" not in done.stderr
        assert not [path.name for path in disk.iterdir() if path.suffix in (".h5", ".part")]
    finally:
        subprocess.run(["umount", str(disk)], check=True)
