"""Files: atomic writing, opening by content, checksums."""

import gzip
import io
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TextIO, cast

from tcra.cli import UserError

GZIP_MAGIC, ZSTD_MAGIC, BZIP2_MAGIC, XZ_MAGIC, ZIP_MAGIC = (
    b"\x1f\x8b",
    b"\x28\xb5\x2f\xfd",
    b"BZh",
    b"\xfd7zXZ",
    b"PK\x03\x04",
)


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """A temporary path beside `path`, for a library that opens its own file; synced and renamed to `path` if the block succeeds.

    If the block fails or the process is killed, nothing stands at `path` that was not there before.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        os.chmod(temporary, 0o666 & ~_umask())
        with open(temporary, "rb") as written:
            os.fsync(written.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def atomic_text(path: Path) -> Iterator[TextIO]:
    """A text file that appears at `path` whole or not at all; gzip by the name's `.gz`, with the same bytes for the same text."""
    with atomic_path(path) as temporary, open(temporary, "wb") as raw:
        if str(path).endswith(".gz"):
            with gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=6, mtime=0) as packed:
                with io.TextIOWrapper(packed, encoding="utf-8", newline="\n") as text:
                    yield text
        else:
            with io.TextIOWrapper(raw, encoding="utf-8", newline="\n") as text:
                yield text


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """A temporary folder beside `path`, renamed to `path` if the block succeeds; an older folder there is replaced."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent))
    try:
        yield temporary
        os.chmod(temporary, 0o777 & ~_umask())
        if path.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".old", dir=path.parent))
            os.replace(path, old / "old")
            os.replace(temporary, path)
            shutil.rmtree(old)
        else:
            os.replace(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def open_bytes(path: Path) -> IO[bytes]:
    """Open for reading, decompressed by content (plain, gzip, bgzip, zstd), whatever the name says.

    Errors: UserError for a file that is missing, empty, or compressed in a way that is not read here.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    with open(path, "rb") as handle:
        magic = handle.read(6)
    if not magic:
        raise UserError(f"{path} is empty")
    if magic.startswith(GZIP_MAGIC):
        return cast("IO[bytes]", gzip.open(path, "rb"))
    if magic.startswith(ZSTD_MAGIC):
        import zstandard

        return cast(
            "IO[bytes]", io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(open(path, "rb"), closefd=True))
        )
    for known, name in ((BZIP2_MAGIC, "bzip2"), (XZ_MAGIC, "xz"), (ZIP_MAGIC, "zip")):
        if magic.startswith(known):
            raise UserError(f"{path} is a {name} file; decompress it, or compress it with gzip or zstd")
    return open(path, "rb")


@contextmanager
def open_text(path: Path) -> Iterator[TextIO]:
    """Open text for reading, decompressed by content. A truncated or damaged file is a UserError that names it."""
    try:
        with open_bytes(path) as raw, io.TextIOWrapper(raw, encoding="utf-8-sig") as text:
            yield text
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UserError(f"{path} is damaged or cut short ({error}); copy or download it again") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not a text file (byte {error.start} is not UTF-8)") from error


def checksum(path: Path) -> str:
    """`crc32c:` and eight hexadecimal digits over the file's bytes; of a folder, over its files' names and bytes in order.

    CRC-32C finds accidental change at memory speed; it is no defence against forgery.
    """
    import google_crc32c

    total = google_crc32c.Checksum()
    path = Path(path)
    for part in sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]:
        if path.is_dir():
            total.update(str(part.relative_to(path)).encode())
        with open(part, "rb") as handle:
            while block := handle.read(1 << 22):
                total.update(block)
    return f"crc32c:{total.digest().hex()}"


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
