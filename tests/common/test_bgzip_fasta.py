"""A FASTA file that bgzip compressed: the same letters as the plain file, wherever its blocks begin; anything else is refused."""

import gzip
import zlib
from pathlib import Path

import numpy as np
import pytest
from tcra.common.files import BGZF_END
from tcra.common.genome.fasta import Genome, write_index
from tcra.errors import UserError


def bgzip(data: bytes, block: int) -> bytes:
    """bgzip's format: gzip members with their own size in a field BC, and an empty one at the end."""
    parts = []
    for at in range(0, len(data), block):
        text = data[at : at + block]
        packed = zlib.compressobj(wbits=-15)
        body = packed.compress(text) + packed.flush()
        head = bytes.fromhex("1f8b08040000000000ff0600424302") + b"\0" + (len(body) + 25).to_bytes(2, "little")
        parts.append(head + body + zlib.crc32(text).to_bytes(4, "little") + len(text).to_bytes(4, "little"))
    return b"".join(parts) + BGZF_END


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    letters = np.random.default_rng(1).choice(list("ACGTacgtN"), 2_000)
    lines = []
    for name, start, end in (("chr1 first", 0, 1_213), ("NC_000002.12", 1_213, 1_950), ("MT", 1_950, 2_000)):
        text = "".join(letters[start:end])
        lines += [f">{name}", *(text[at : at + 60] for at in range(0, len(text), 60))]
    path = tmp_path / "g.fa"
    path.write_text("\n".join(lines) + "\n")
    write_index(path)
    return path


def compressed(plain: Path, block: int = 300) -> Path:
    path = plain.with_name("g.fa.gz")
    path.write_bytes(bgzip(plain.read_bytes(), block))
    path.with_name("g.fa.gz.fai").write_bytes(Path(f"{plain}.fai").read_bytes())
    return path


@pytest.mark.parametrize("block", [7, 300, 60_000])
def test_the_same_letters(block: int, plain: Path) -> None:
    with Genome(plain) as one, Genome(compressed(plain, block)) as two:
        assert one.lengths == two.lengths and two.find("2") == "NC_000002.12" and two.find("chrM") == "MT"
        for chrom, start, end in (
            ("1", -5, 70),
            ("chr1", 59, 61),
            ("2", 0, 737),
            ("2", 600, 800),
            ("M", 10, 10),
            ("1", 1_212, 1_213),
        ):
            assert two.sequence(chrom, start, end) == one.sequence(chrom, start, end)


def damage(path: Path, how: str) -> None:
    data, index = path.read_bytes(), path.with_name("g.fa.gz.fai")
    if how == "gzip":
        path.write_bytes(gzip.compress(gzip.decompress(data)))
    elif how == "gzip without an index":
        damage(path, "gzip")
        index.unlink()
    elif how == "cut":
        path.write_bytes(data[: -len(BGZF_END)])
    elif how == "a bit":
        path.write_bytes(data[:200] + bytes([data[200] ^ 1]) + data[201:])
    elif how == "no index":
        index.unlink()
    elif how == "another index":
        index.write_text(index.read_text().replace("\t1213\t", "\t1212\t"))
    else:
        index.write_text("chr1 1213\n")


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("gzip", "is gzip, which has no random access"),
        ("gzip without an index", "is gzip, which has no random access"),
        ("cut", "no empty block at its end"),
        ("a bit", "is damaged"),
        ("no index", "make it with samtools faidx"),
        ("another index", "goes on behind the end of chr1"),
        ("no table", "line 1 is no line of a FASTA index"),
    ],
)
def test_anything_else_is_refused(how: str, message: str, plain: Path) -> None:
    path = compressed(plain)
    damage(path, how)
    with pytest.raises(UserError, match=message), Genome(path) as genome:
        genome.sequence("1", 0, 1_213)
