"""Atomic writing, reading by content, checksums."""

import gzip
import io
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
import zstandard
from tcra.common.files import (
    BGZF_END,
    atomic_folder,
    atomic_path,
    atomic_text,
    checksum,
    open_text,
    read_json,
    read_json_documents,
    read_start,
)  # fmt: skip
from tcra.errors import UserError


def left_over(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_text_appears_whole(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "a.tsv"
    with atomic_text(out) as text:
        text.write("x\n")
        assert not out.exists()
    assert out.read_bytes() == b"x\n"
    assert left_over(out.parent) == ["a.tsv"]


def test_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "a.tsv"
    out.write_text("old")
    with pytest.raises(KeyError), atomic_text(out) as text:
        text.write("half")
        raise KeyError
    with pytest.raises(KeyError), atomic_path(out) as temporary:
        temporary.write_text("half")
        raise KeyError
    assert out.read_text() == "old"
    assert left_over(tmp_path) == ["a.tsv"]


def test_a_folder_in_a_files_place_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=rf"{tmp_path} is a folder; the output is a file"), atomic_path(tmp_path):
        pass
    assert not list(tmp_path.parent.glob(".*.part"))


def test_same_text_gives_the_same_gzip_bytes_under_any_name(tmp_path: Path) -> None:
    for name in ("a.gz", "b.gz"):
        with atomic_text(tmp_path / name) as text:
            text.write("x\n" * 1000)
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()
    assert gzip.decompress((tmp_path / "a.gz").read_bytes()) == b"x\n" * 1000


def test_permissions_follow_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        with atomic_text(tmp_path / "a") as text:
            text.write("x")
        with atomic_folder(tmp_path / "f") as folder:
            (folder / "x").touch()
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "f").stat().st_mode & 0o777 == 0o750


def test_killed_in_the_middle_leaves_nothing_that_looks_finished(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom tcra.common.files import atomic_text\n"
        "with atomic_text(Path(sys.argv[1])) as text:\n    text.write('half'); text.flush(); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2] / "bin")}
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "out.tsv")], env=environment)
    assert done.returncode == -9
    assert all(name.startswith(".") and name.endswith(".part") for name in left_over(tmp_path))


def test_folder_replaces_an_older_result(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for content in ("one", "two"):
        with atomic_folder(out) as folder:
            (folder / "a.tsv").write_text(content)
            if content == "one":
                (folder / "b.tsv").touch()
    assert left_over(out) == ["a.tsv"]
    assert (out / "a.tsv").read_text() == "two"
    assert left_over(tmp_path) == ["out"]


def test_folder_failure_leaves_the_older_result(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with atomic_folder(out) as folder:
        (folder / "a.tsv").touch()
    with pytest.raises(ValueError), atomic_folder(out) as folder:
        (folder / "b.tsv").touch()
        raise ValueError
    assert left_over(out) == ["a.tsv"]
    assert left_over(tmp_path) == ["out"]


def test_folder_never_deletes_what_is_no_older_result(tmp_path: Path) -> None:
    out = tmp_path / "home"
    (out / "thesis").mkdir(parents=True)
    (out / "thesis" / "chapter.tex").write_text("years of work")
    with atomic_folder(out) as folder:
        (folder / "a.tsv").touch()
    assert left_over(out) == ["a.tsv"]
    assert (tmp_path / "home.old-1" / "thesis" / "chapter.tex").read_text() == "years of work"


def test_folder_refuses_a_file_and_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="is a file"), atomic_folder(tmp_path / "file"):
        pass
    monkeypatch.chdir(tmp_path)
    for name in (".", ".."):
        with pytest.raises(UserError, match="current folder"), atomic_folder(Path(name)):
            pass


TEXT = "".join(f"{number}\n" for number in range(200_000))


@pytest.mark.parametrize(
    "pack", [str.encode, lambda text: gzip.compress(text.encode()), lambda text: zstandard.compress(text.encode())]
)
def test_reads_by_content_whatever_the_name(tmp_path: Path, pack) -> None:
    path = tmp_path / "data.txt"
    path.write_bytes(pack(TEXT))
    with open_text(path) as text:
        assert text.read() == TEXT


def test_reads_all_members_of_joined_files(tmp_path: Path) -> None:
    for name, pack in (("a.gz", gzip.compress), ("a.zst", zstandard.compress)):
        (tmp_path / name).write_bytes(pack(b"a\n") + pack(b"b\n"))
        with open_text(tmp_path / name) as text:
            assert text.read() == "a\nb\n"


def zstd_with_checksum(content: bytes) -> bytes:
    """As the zstd command writes it; without its checksum, changed bytes may decode to other text unnoticed."""
    return zstandard.ZstdCompressor(write_checksum=True).compress(content)


@pytest.mark.parametrize("pack", [gzip.compress, zstd_with_checksum])
def test_cut_or_damaged_file_is_never_taken_for_a_short_one(tmp_path: Path, pack) -> None:
    whole = pack(TEXT.encode())
    for name, content in (("cut", whole[: len(whole) // 2]), ("damaged", whole[:200] + b"\xff" * 300 + whole[500:])):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(UserError, match=f"{name} is damaged or cut short"), open_text(path) as text:
            text.read()


def test_says_what_it_cannot_read(tmp_path: Path) -> None:
    path = tmp_path / "x"
    with pytest.raises(UserError, match="no such file"), open_text(path):
        pass
    for content, message in (
        (b"", "is empty"),
        (b"BZh91AY", "bzip2"),
        (b"PK\x03\x04zz", "zip"),
        (b"caf\xe9\n", "not a text file"),
    ):
        path.write_bytes(content)
        with pytest.raises(UserError, match=message), open_text(path) as text:
            text.read()


def test_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"\xef\xbb\xbfchrom\n")
    with open_text(tmp_path / "x") as text:
        assert text.read() == "chrom\n"


def test_checksum_of_file_and_folder(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"123456789")
    assert checksum(tmp_path / "a") == "crc32c:e3069283"  # the check value of CRC-32C
    before = checksum(tmp_path)
    assert before == checksum(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    assert checksum(tmp_path) != before


def test_zstd_stream_ends(tmp_path: Path) -> None:
    path = tmp_path / "x.zst"
    path.write_bytes(zstandard.compress(b"abc"))
    with open_text(path) as text:
        assert isinstance(text, io.TextIOWrapper)
        assert (text.read(), text.read()) == ("abc", "")


def test_the_start_of_a_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "head.gz"
    path.write_bytes(gzip.compress(TEXT.encode())[:12] + b"\xff" * 3000)  # no valid block follows the header
    with pytest.raises(UserError, match=r"head\.gz is damaged or cut short"):
        read_start(path, 100)
    path.write_bytes(gzip.compress(TEXT.encode()))
    assert read_start(path, 5) == TEXT.encode()[:5]


def bgzf_block(content: bytes) -> bytes:
    packed = zlib.compress(content, 1, -15)
    head = b"\x1f\x8b\x08\x04" + bytes(5) + b"\xff\x06\x00BC\x02\x00" + struct.pack("<H", len(packed) + 25)
    return head + packed + struct.pack("<II", zlib.crc32(content), len(content))


def test_a_bgzip_file_cut_between_two_blocks(tmp_path: Path) -> None:
    path = tmp_path / "x.gz"
    path.write_bytes(bgzf_block(b"abc\n") + bgzf_block(b"def\n") + BGZF_END)
    with open_text(path) as text:
        assert text.read() == "abc\ndef\n"
    path.write_bytes(bgzf_block(b"abc\n"))
    with pytest.raises(UserError, match=r"x\.gz is damaged or cut short"), open_text(path) as text:
        text.read()


def test_several_json_documents_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"a": 1}\n\n[2]\n"3"\n')
    assert read_json_documents(path) == [{"a": 1}, [2], "3"]
    with pytest.raises(UserError, match=r"a\.json line 3: not JSON \(Extra data\)"):
        read_json(path)
    path.write_text('{"a": 1}\n{"b": \n')
    with pytest.raises(UserError, match=r"a\.json line 3: not JSON"):
        read_json_documents(path)
    path.write_text("\n")
    with pytest.raises(UserError, match="not JSON"):
        read_json_documents(path)
