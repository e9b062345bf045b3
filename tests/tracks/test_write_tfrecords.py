"""write_tfrecords.py: records that TensorFlow reads as basenji's; what is wrong with the coverage is reported."""

import json
import lzma
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from tcra.tracks.coverage_folder import coverage_name
from tcra.tracks.record_shards import read_features, read_shard
from tcra.tracks.window_bed import read_window_bed, windows_checksum
from tcra.tracks.write_records import compress_records, encode_target, serialize_example

ROOT = Path(__file__).resolve().parents[2]
BINS, TRACKS, WINDOW = 5, 3, 40


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A genome with N, lower case and IUPAC letters, 4 windows (one off both ends with -x), and coverage of 3 tracks."""
    random = np.random.default_rng(3)
    letters = "".join(random.choice(list("ACGTacgtNnRY"), 60))
    (tmp_path / "g.fa").write_text(f">chr1\n{letters}\n>chr2\n{'ACGT' * 15}\n")
    (tmp_path / "w.bed").write_text("chr1\t0\t40\nchr2\t20\t60\nchr1\t20\t60\nchr2\t3\t43\n")
    (tmp_path / "cov").mkdir()
    for track in range(TRACKS):
        write_coverage(tmp_path / f"cov/{track}.h5", random.gamma(1, 5, (4, BINS)))
    (tmp_path / "cov/0.h5.accounting.json").write_text("{}")
    return tmp_path


def write_coverage(path: Path, targets: Any, kind: str = "f2") -> None:
    """A coverage file of ours, of the windows beside its folder."""
    with h5py.File(path, "w") as file:
        file["targets"] = np.asarray(targets, kind)
        file.attrs["windows"] = windows_checksum(read_window_bed(path.parent.parent / "w.bed"))


def coverage(project: Path) -> Any:
    return np.stack([h5py.File(project / f"cov/{track}.h5")["targets"][:] for track in range(TRACKS)], axis=2)


def write(script: Any, project: Path, *flags: Any, status: int = 0) -> Any:
    return script(
        "write_tfrecords.py",
        *flags,
        project / "g.fa",
        project / "w.bed",
        project / "cov",
        project / "o.tfr",
        status=status,
    )


def decode(path: Path) -> list[dict[str, bytes]]:
    """Features as TensorFlow reads them: its reader checks the checksums, its protocol buffer the framing."""
    import tensorflow as tf

    records = []
    for record in tf.data.TFRecordDataset(str(path), compression_type="ZLIB"):
        feature = tf.train.Example.FromString(record.numpy()).features.feature
        records.append({name: feature[name].bytes_list.value[0] for name in feature})
    return records


def test_equals_basenji(script: Any, project_data: Path, tmp_path: Path) -> None:
    data = project_data / "coverage"
    genome = [lzma.decompress((data / f"genome.chr{n}.fa.xz").read_bytes()) for n in (1, 2, 3)]
    (tmp_path / "g.fa").write_bytes(b"".join(genome))
    (tmp_path / "cov").mkdir()
    for number, track in enumerate((0, 1, 3)):
        (tmp_path / f"cov/{number}.h5").symlink_to(data / f"expected_2022/track{track}.mean_c32_s2.h5")
    script(
        "write_tfrecords.py",
        "-s",
        71,
        "-e",
        79,
        "--umap_clip",
        "1.0",
        tmp_path / "g.fa",
        data / "sequences.bed",
        tmp_path / "cov",
        tmp_path / "o.tfr",
    )
    expected = decode(data / "expected_2022/valid-0-0.tfr")
    assert len(expected) == 8
    assert decode(tmp_path / "o.tfr") == expected


def test_dna_is_padded_upper_cased_and_one_hot(script: Any, project: Path) -> None:
    write(script, project, "-x", 10)
    letters = {}
    for entry in (project / "g.fa").read_text().split(">")[1:]:
        name, sequence = entry.split("\n")[:2]
        letters[name] = "N" * 10 + sequence.upper() + "N" * 10
    windows = [line.split() for line in (project / "w.bed").read_text().splitlines()]
    records = decode(project / "o.tfr")
    for (chrom, start, _), record, targets in zip(windows, records, coverage(project), strict=True):
        text = letters[chrom][int(start) : int(start) + WINDOW + 20]
        expected = np.array([[letter == base for base in "ACGT"] for letter in text])
        assert record["sequence"] == expected.tobytes()
        assert record["target"] == targets.tobytes()
        assert set(record) == {"sequence", "target"}


def test_index_format_rows_and_decimals(script: Any, project: Path) -> None:
    write(script, project, "--sequence-format", "index", "-s", 1, "-e", 2, "-d", 1)
    (record,) = decode(project / "o.tfr")
    assert record["sequence"] == bytes([0, 1, 2, 3] * 10)
    rounded = np.around(coverage(project)[1].astype("f4"), 1).astype("f2")
    assert record["target"] == rounded.tobytes()


def test_unmappable_bins_are_limited_and_stored(script: Any, project: Path) -> None:
    mask = np.zeros((4, BINS), bool)
    mask[0, [1, 4]] = mask[3, 2] = True
    np.save(project / "umap.npy", mask)
    flags = ["-u", project / "umap.npy", "--umap_tfr"]
    write(script, project, *flags, "--umap_clip", "1.0")
    assert [record["target"] for record in decode(project / "o.tfr")] == [
        targets.tobytes() for targets in coverage(project)
    ]
    write(script, project, *flags, "--umap_clip", "0.25")
    for record, targets, unmappable in zip(decode(project / "o.tfr"), coverage(project), mask, strict=True):
        limits = np.percentile(targets, [25], axis=0)[0]
        targets[unmappable] = np.minimum(targets[unmappable], limits)
        assert record["target"] == targets.tobytes()
        assert record["umap"] == unmappable.tobytes()


def test_same_bytes_again_and_accounting(script: Any, project: Path) -> None:
    write(script, project, "-s", 1)
    first = (project / "o.tfr").read_bytes()
    write(script, project, "-s", 1)
    assert (project / "o.tfr").read_bytes() == first
    accounting = json.loads((project / "o.tfr.accounting.json").read_text())
    assert accounting["counts"] == [{"unit": "windows", "in": 3, "out": 3, "rejected": {}}]


def test_our_reader_reads_back_what_is_written(tmp_path: Path) -> None:
    features = [{"b": bytes(300), "a": b"x" * n} for n in (0, 1, 127, 128, 70_000)]
    (tmp_path / "o.tfr").write_bytes(compress_records(map(serialize_example, features)))
    assert [read_features(record) for record in read_shard(tmp_path / "o.tfr")] == features
    assert [dict(record) for record in decode(tmp_path / "o.tfr")] == features


def test_decimals_do_not_overflow() -> None:
    values = np.array([[60000, 0.126]], "f2")
    assert np.frombuffer(encode_target(values, 2), "f2").tolist() == [60000, np.float16(0.13)]


@pytest.mark.parametrize("span", [(0, 256), (0, 1), (255, 257), (300, 600), (599, 600), (0, 600)])
def test_rows_of_our_chunks_and_of_others_are_the_same(tmp_path: Path, span: tuple[int, int]) -> None:
    from tcra.tracks.coverage_file import read_rows, write_targets
    from tcra.tracks.coverage_folder import find_coverage

    targets = np.random.default_rng(1).normal(0, 20, (600, 7)).astype("f2")
    write_targets(tmp_path / "0.h5", targets, {}, "crc32c:0")
    with h5py.File(tmp_path / "1.h5", "w") as file:
        file.create_dataset("targets", data=targets, compression="gzip")  # as basenji writes it
    with h5py.File(tmp_path / "2.h5", "w") as file:
        file["targets"] = targets
    paths, bins = find_coverage(tmp_path, Path("w.bed"), 600, "crc32c:0")
    for rows in read_rows(paths, bins, *span):
        np.testing.assert_array_equal(rows, targets[slice(*span)])


def test_chunk_with_damaged_bytes_is_an_error(script: Any, project: Path) -> None:
    from tcra.tracks.coverage_file import write_targets

    windows = windows_checksum(read_window_bed(project / "w.bed"))
    write_targets(project / "cov/1.h5", np.random.default_rng(2).normal(0, 20, (4, BINS)).astype("f2"), {}, windows)
    content = (project / "cov/1.h5").read_bytes()
    with h5py.File(project / "cov/1.h5") as file:
        place = file["targets"].id.get_chunk_info(0).byte_offset
    (project / "cov/1.h5").write_bytes(content[: place + 2] + bytes([255] * 9) + content[place + 11 :])
    assert "1.h5 is damaged" in write(script, project, status=2).stderr


def test_coverage_by_the_tracks_ids(script: Any, project: Path) -> None:
    """The same shard from files named by id, whatever their order in the folder; and what is missing is named."""
    write(script, project)
    expected = (project / "o.tfr").read_bytes()
    names = {"zeta": "0.h5", "ER/alpha": "1.h5", "7": "2.h5"}
    (project / "targets.txt").write_text("index\tidentifier\n" + "".join(f"{i}\t{n}\n" for i, n in enumerate(names)))
    done = write(script, project, "--targets", project / "targets.txt", status=2)
    assert (
        "has no zeta.h5, the coverage of track zeta (3 of 3 tracks missing); its files are named by number"
        in done.stderr
    )
    for identifier, name in names.items():
        (project / "cov" / name).rename(project / "cov" / coverage_name(identifier))
    write(script, project, "--targets", project / "targets.txt")
    assert (project / "o.tfr").read_bytes() == expected
    assert "has no coverage file 0.h5" in write(script, project, status=2).stderr
    (project / "list.txt").write_text("zeta\n7\n")
    done = write(script, project, "--targets", project / "list.txt")
    assert "1 coverage files are of no track in --targets, the first ER=2Falpha.h5" in done.stderr
    (project / "empty.txt").write_text("index\tidentifier\n")
    assert "empty.txt names no track" in write(script, project, "--targets", project / "empty.txt", status=2).stderr
    (project / "cov" / coverage_name("7")).unlink()
    done = write(script, project, "--targets", project / "targets.txt", status=2)
    assert "has no =37.h5, the coverage of track 7 (1 of 3 tracks missing)" in done.stderr


def test_coverage_of_basenji_does_not_say_its_windows(script: Any, project: Path) -> None:
    with h5py.File(project / "cov/1.h5", "a") as file:
        del file.attrs["windows"]
    assert "1 of 3 coverage files do not say which windows" in write(script, project).stderr


def test_windows_differ_by_place_and_order_alone(script: Any, project: Path) -> None:
    lines = (project / "w.bed").read_text().splitlines()
    (project / "w.bed").write_text("# names\n" + "".join(f"{line}\ttrain\n" for line in lines))
    write(script, project)


def new_windows(project: Path, text: str) -> None:
    """Other windows, with coverage read over them."""
    (project / "w.bed").write_text(text)
    for track in range(TRACKS):
        write_coverage(project / f"cov/{track}.h5", np.ones((4, BINS)))


def reverse_windows(project: Path) -> None:
    lines = (project / "w.bed").read_text().splitlines(True)
    (project / "w.bed").write_text("".join(lines[::-1]))


BAD = np.ones((4, BINS))
BAD[2, 1] = np.inf


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda p: (p / "cov/1.h5").unlink(), r"has 2.h5 but no 1.h5 \(1 missing\)"),
        (lambda p: [path.unlink() for path in (p / "cov").glob("*.h5")], "has no coverage file 0.h5"),
        (lambda p: write_coverage(p / "cov/2.h5", np.ones((3, BINS))), "2.h5 has 3 windows, but .*w.bed has 4"),
        (lambda p: write_coverage(p / "cov/2.h5", np.ones((4, 9))), "2.h5 has 9 bins per window, but 0.h5 has 5"),
        (lambda p: write_coverage(p / "cov/2.h5", np.ones((4, BINS)), "f4"), "2.h5: targets is float32"),
        (lambda p: write_coverage(p / "cov/1.h5", BAD), "1.h5: window 3 holds NaN or inf"),
        (lambda p: write_coverage(p / "cov/1.h5", BAD * np.nan), "1.h5: window 1 holds NaN or inf"),
        (lambda p: (p / "cov/1.h5").write_bytes((p / "cov/1.h5").read_bytes()[:1000]), "1.h5 is damaged or cut short"),
        (lambda p: (p / "cov/1.h5").write_bytes(b"no hdf5"), "1.h5 is damaged or cut short"),
        (lambda p: new_windows(p, "chr3\t0\t40\n" * 4), "g.fa has no chromosome chr3"),
        (lambda p: new_windows(p, "chr1\t0\t40\nchr1\t1\t41\nchr1\t2\t42\nchr1\t21\t61\n"),
         r"w.bed window 4 \(chr1:21-61\) ends beyond chr1, which has 60 bp"),
        (lambda p: reverse_windows(p), "0.h5 was read over other windows than those of .*w.bed, or the same in another order"),
        (lambda p: (p / "w.bed").write_text("chr1\t0\t40\nchr1\t0\t41\n"), "window 2 .*has 41 bp, expected 40"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_and_leaves_nothing(script: Any, project: Path, spoil: Any, message: str) -> None:
    spoil(project)
    done = write(script, project, status=2)
    assert len(done.stderr.strip().splitlines()) == 1
    assert re.search(message, done.stderr), done.stderr
    assert not list(project.glob("*o.tfr*"))


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["-s", 4], "w.bed has 4 windows; rows -s 4 to -e 4 are not among them"),
        (["-s", 2, "-e", 5], "rows -s 2 to -e 5"),
        (["--umap_tfr"], "give them with -u"),
        (["-u", "{}/w.bed"], "w.bed is not a numpy array file"),
        (["-u", "{}/short.npy"], r"short.npy has shape \(3, 5\), expected \(4, 5\)"),
    ],
)
def test_bad_flags_are_one_line(script: Any, project: Path, flags: list[Any], message: str) -> None:
    np.save(project / "short.npy", np.zeros((3, BINS), bool))
    done = write(script, project, *(str(flag).format(project) for flag in flags), status=2)
    assert re.search(message, done.stderr.splitlines()[-1]), done.stderr


def test_full_disk_is_one_line_and_leaves_nothing(script: Any, project: Path) -> None:
    disk = project / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(disk)], capture_output=True).returncode:
        pytest.skip("no permission to mount a small tmpfs")
    try:
        (disk / "filler").write_bytes(bytes(8192))
        done = script(
            "write_tfrecords.py",
            "-x",
            20000,
            project / "g.fa",
            project / "w.bed",
            project / "cov",
            disk / "o.tfr",
            status=1,
        )
        assert "disk is full" in done.stderr and "Traceback" not in done.stderr
        assert not [path.name for path in disk.iterdir() if path.suffix in (".tfr", ".part")]
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_killed_writer_leaves_nothing_finished_and_the_next_run_completes(script: Any, project: Path) -> None:
    """kill -9 while the shard is being written: held open in the middle by a pause before the rename."""
    slow = (
        "import os, sys, time; sys.argv[0] = sys.argv.pop(1); sys.path.insert(0, os.path.dirname(sys.argv[0]));"
        "replace = os.replace; os.replace = lambda *a: (print('written', flush=True), time.sleep(60), replace(*a));"
        "import runpy; runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    command = [ROOT / "bin/write_tfrecords.py", project / "g.fa", project / "w.bed", project / "cov", project / "o.tfr"]
    with subprocess.Popen(
        [sys.executable, "-c", slow, *map(str, command)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "written\n"
        os.kill(process.pid, signal.SIGKILL)
    time.sleep(0.05)
    assert not (project / "o.tfr").exists()
    write(script, project)
    assert len(decode(project / "o.tfr")) == 4
