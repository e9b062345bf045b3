"""Files: atomic writing, opening by content, checksums."""

import functools
import gzip
import io
import json
import logging
import os
import re
import shutil
import socket
import threading
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TextIO, cast
from uuid import uuid4

from isal import igzip, isal_zlib

from tcra.errors import UserError

log = logging.getLogger(__name__)

GZIP_MAGIC, ZSTD_MAGIC, BZIP2_MAGIC, XZ_MAGIC, ZIP_MAGIC = (
    b"\x1f\x8b",
    b"\x28\xb5\x2f\xfd",
    b"BZh",
    b"\xfd7zXZ",
    b"PK\x03\x04",
)
LONGEST_LINE_BYTES = 1 << 26
# How every block of a bgzip file begins, and the empty one that it ends with (SAM format, section 4.1).
BGZF_MAGIC = b"\x1f\x8b\x08\x04"
BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
# What reading a compressed file that is cut short or altered raises.
DAMAGED = (EOFError, gzip.BadGzipFile, zlib.error, cast("type[Exception]", isal_zlib.IsalError))


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """A temporary path beside `path`, for a library that opens its own file; synced and renamed to `path` if the block succeeds.

    If the block fails or the process is killed, nothing stands at `path` that was not there before.
    Errors: UserError if `path` is a folder.
    """
    path = Path(path)
    if path.is_dir():
        raise UserError(f"{path} is a folder; the output is a file: give its name")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _temporary(path)
    temporary.touch(exist_ok=False)
    kept = False
    try:
        yield temporary
        with open(temporary, "rb") as written:
            os.fsync(written.fileno())
        if _together is not None:
            _together.append((temporary, path))
            kept = True
        else:
            os.replace(temporary, path)
    finally:
        if not kept:
            temporary.unlink(missing_ok=True)


_together: list[tuple[Path, Path]] | None = None  # written within `atomic_together`, not renamed yet


@contextmanager
def atomic_together(last: Sequence[Path] = ()) -> Iterator[None]:
    """The files that `atomic_path` and `atomic_text` write in the block, in any thread, appear together at its end, or none of them does.

    last: those that appear last, so that all others are there where one of them is. Within another block it adds nothing.
    """
    global _together
    if _together is not None:
        yield
        return
    written: list[tuple[Path, Path]] = []
    _together = written
    try:
        yield
        for temporary, path in sorted(written, key=lambda pair: pair[1] in last):
            os.replace(temporary, path)
    finally:
        _together = None
        for temporary, _ in written:
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
    """A temporary folder beside `path`, renamed to `path` if the block succeeds; an older result there is replaced.

    What stands there and is no older result (it holds other names and kinds of files than the new one) is moved aside to
    `NAME.old-1`, never deleted. Errors: UserError if `path` is a file, or the current folder or one that holds it.
    """
    path = Path(path)
    if path.exists() and not path.is_dir():
        raise UserError(f"{path} is a file; the output is a folder: give another name")
    if path.exists() and Path.cwd().is_relative_to(path.resolve()):
        raise UserError(
            f"{path} is the current folder, or holds it; the output needs a folder of its own: give a new name"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _temporary(path)
    temporary.mkdir()
    try:
        yield temporary
        if path.exists() and not _is_older_result(path, temporary):
            aside = next(name for n in range(1, 1000) if not (name := path.with_name(f"{path.name}.old-{n}")).exists())
            os.replace(path, aside)
            log.warning("%s held other files; it is now %s", path, aside)
        if path.exists():
            old = _temporary(path)
            os.replace(path, old)
            os.replace(temporary, path)
            shutil.rmtree(old)
        else:
            os.replace(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _is_older_result(old: Path, new: Path) -> bool:
    """Whether everything in `old` has a name that `new` has too, or is a file of a kind that `new` holds."""
    names = {entry.name for entry in new.iterdir()}
    kinds = {entry.suffix for entry in new.iterdir() if entry.is_file()}
    return all(entry.name in names or (entry.is_file() and entry.suffix in kinds) for entry in old.iterdir())


_HOST = f"{zlib.crc32(socket.gethostname().encode()):08x}"
_LEFT_OVER = re.compile(rf"\..*\.{_HOST}-(\d+)-[0-9a-f]{{8}}\.part(-journal|-wal|-shm)?")
_tidied: set[Path] = set()
_tidying = threading.Lock()


def _temporary(path: Path) -> Path:
    """A name beside `path` that nothing has, with the process it belongs to. Not by `tempfile`, whose files only their owner may read.

    What killed processes have left in the folder is removed first, once per folder.
    """
    folder = path.parent.absolute()
    with _tidying:
        if folder not in _tidied:
            _tidied.add(folder)
            remove_left_over(folder)
    return path.with_name(f".{path.name}.{_HOST}-{os.getpid()}-{uuid4().hex[:8]}.part")


def remove_left_over(folder: Path) -> None:
    """Remove the temporary files and folders in `folder` whose process, of this machine, is no more."""
    for entry in list(folder.iterdir()):
        match = _LEFT_OVER.fullmatch(entry.name)
        if match and not _is_running(int(match[1])):
            log.info("%s is of a run that was stopped; removed", entry)
            if entry.is_dir():
                shutil.rmtree(entry, ignore_errors=True)
            else:
                entry.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def open_bytes(path: Path) -> IO[bytes]:
    """Open for reading, decompressed by content (plain, gzip, bgzip, zstd), whatever the name says.

    Errors: UserError for a file that is missing, empty, compressed in a way that is not read here, or bgzip without its end.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"{path}: no such file" if not path.exists() else f"{path} is no regular file, expected one")
    with open(path, "rb") as handle:
        magic = handle.read(6)
    if not magic:
        raise UserError(f"{path} is empty")
    if magic.startswith(GZIP_MAGIC):
        require_whole_bgzf(path)
        return cast("IO[bytes]", igzip.open(path, "rb"))
    if magic.startswith(ZSTD_MAGIC):
        return cast("IO[bytes]", io.BufferedReader(_ZstdStream(open(path, "rb")), 1 << 17))
    for known, name in ((BZIP2_MAGIC, "bzip2"), (XZ_MAGIC, "xz"), (ZIP_MAGIC, "zip")):
        if magic.startswith(known):
            raise UserError(f"{path} is a {name} file; decompress it, or compress it with gzip or zstd")
    return open(path, "rb")


def require_whole_bgzf(path: Path) -> None:
    """UserError if a bgzip file (VCF, BCF, a table with an index) has lost its end.

    It ends in an empty block; without it, a file that was cut between two blocks reads like a whole one, and htslib, given an index,
    takes any cut for the end.
    """
    with open(path, "rb") as handle:
        start = handle.read(14)
        if start[:4] != BGZF_MAGIC or start[12:] != b"BC":
            return
        handle.seek(-min(len(BGZF_END), path.stat().st_size), os.SEEK_END)
        if handle.read() != BGZF_END:
            raise UserError(f"{path} is damaged or cut short (no empty block at its end); copy or download it again")


def read_start(path: Path, size: int) -> bytes:
    """The first `size` bytes of decompressed content. A damaged file is a UserError that names it."""
    try:
        with open_bytes(path) as raw:
            return raw.read(size)
    except DAMAGED as error:
        raise UserError(f"{path} is damaged or cut short ({error}); copy or download it again") from error


class _ZstdStream(io.RawIOBase):
    """The bytes of one or more zstd frames. Unlike the library's own reader, it does not take a cut or damaged file for a short one.

    Errors: EOFError for a file that ends inside a frame; zlib.error (as gzip) for damaged bytes.
    """

    def __init__(self, file: IO[bytes]) -> None:
        import zstandard

        self._file, self._zstd = file, zstandard
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._packed = self._ready = b""
        self._inside = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        while not self._ready:
            self._packed = self._packed or self._file.read(1 << 17)
            if not self._packed:
                if self._inside:
                    raise EOFError("it ends inside a zstd frame")
                return 0
            try:
                self._ready = self._frame.decompress(self._packed)
            except self._zstd.ZstdError as error:
                raise zlib.error(str(error)) from None
            self._packed, self._inside = self._frame.unused_data, not self._frame.eof
            if self._frame.eof:
                self._frame = self._zstd.ZstdDecompressor().decompressobj()
        number = min(len(buffer), len(self._ready))
        buffer[:number], self._ready = self._ready[:number], self._ready[number:]
        return number

    def close(self) -> None:
        self._file.close()
        super().close()


class LineBytes(io.BufferedIOBase):
    """The bytes of a text file of lines, looked over as they are read.

    Errors: UserError for a byte of 0 (damage, or no text), for a line so long that it is none, before it has filled the memory, and,
    if `whole`, for a last line without an end.
    """

    def __init__(self, raw: IO[bytes], path: Path, whole: bool = False) -> None:
        self._raw, self._path, self._whole = raw, path, whole
        self._since_end = 0  # bytes after the last line's end

    @property
    def name(self) -> str:
        return str(self._path)

    def readable(self) -> bool:
        return True

    def read1(self, size: int = -1) -> bytes:
        block = self._raw.read(size if size > 0 else 1 << 16)
        if not block and self._whole and self._since_end:
            raise UserError(f"{self._path} is cut short: its last line has no end; run the stage that writes it again")
        if b"\0" in block:
            raise UserError(f"{self._path} is damaged or not a text file (it has bytes of 0); copy or make it again")
        end = block.rfind(b"\n")
        self._since_end = len(block) - end - 1 if end >= 0 else self._since_end + len(block)
        if self._since_end > LONGEST_LINE_BYTES:
            limit = LONGEST_LINE_BYTES >> 20
            raise UserError(f"{self._path} has a line of more than {limit} MB; expected a text file of lines")
        return block

    def read(self, size: int | None = -1) -> bytes:
        if size is not None and size >= 0:
            return self.read1(size) if size else b""
        return b"".join(iter(lambda: self.read1(1 << 20), b""))

    def close(self) -> None:
        self._raw.close()
        super().close()


@contextmanager
def open_text(path: Path, errors: str = "strict", whole: bool = False) -> Iterator[TextIO]:
    """Open text for reading, decompressed by content. A truncated or damaged file is a UserError that names it.

    errors: what becomes of bytes that are not UTF-8, as for `open`. whole: the last line must have its end, as in all files of tcra.
    """
    try:
        with (
            LineBytes(open_bytes(path), path, whole) as raw,
            io.TextIOWrapper(raw, encoding="utf-8-sig", errors=errors) as text,
        ):
            yield text
    except DAMAGED as error:
        raise UserError(f"{path} is damaged or cut short ({error}); copy or download it again") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not a text file (byte {error.start} is not UTF-8)") from error


def read_json(path: Path) -> Any:
    """Errors: UserError that names the file and the line of the fault."""
    (document,) = read_json_documents(path, 1)
    return document


def read_json_documents(path: Path, most: int | None = None) -> list[Any]:
    """The JSON documents of a file, one after the other with white space between; at least one, and no more than `most`.

    Errors: UserError that names the file and the line of the fault.
    """
    found: list[Any] = []
    with open_text(path) as lines:
        text = lines.read()
        place = _after_space(text, 0)
        try:
            while not found or place < len(text):
                if len(found) == most:
                    raise json.JSONDecodeError("Extra data", text, place)
                document, place = json.JSONDecoder().raw_decode(text, place)
                found.append(document)
                place = _after_space(text, place)
        except (json.JSONDecodeError, RecursionError) as error:
            line, what = (
                (error.lineno, error.msg) if isinstance(error, json.JSONDecodeError) else (1, "nested too deeply")
            )
            raise UserError(f"{path} line {line}: not JSON ({what}); was the writing stage stopped?") from error
    return found


def _after_space(text: str, place: int) -> int:
    return re.compile(r"\s*").match(text, place).end()  # type: ignore[union-attr]  # it matches everywhere


def checksum(path: Path) -> str:
    """`crc32c:` and eight hexadecimal digits over the file's bytes; of a folder, over its files' names and bytes in order.

    CRC-32C finds accidental change at memory speed; it is no defence against forgery. A file that has not changed is read once.
    """
    path = Path(path)
    if path.is_dir():
        return _checksum(path)
    state = path.stat()
    return _checksum_once(path.resolve(), state.st_size, state.st_mtime_ns)


@functools.cache
def _checksum_once(path: Path, size: int, modified: int) -> str:
    return _checksum(path)


def _checksum(path: Path) -> str:
    import google_crc32c

    total = google_crc32c.Checksum()
    for part in sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]:
        if path.is_dir():
            total.update(str(part.relative_to(path)).encode())
        with open(part, "rb") as handle:
            while block := handle.read(1 << 22):
                total.update(block)
    return f"crc32c:{total.digest().hex()}"
