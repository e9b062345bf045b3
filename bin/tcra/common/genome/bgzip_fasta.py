"""Random access to a FASTA file that bgzip compressed, by its own blocks and samtools' index (.fai). Coordinates are 0-based."""

import io
import mmap
import zlib
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import numpy as np

from tcra.common.files import BGZF_MAGIC, require_whole_bgzf
from tcra.errors import UserError

_HEADER_BYTES, _FOOTER_BYTES = 18, 8  # of a block: up to its size; its checksum and its length when decompressed


@dataclass(frozen=True)
class FastaRecord:
    """A line of a FASTA index: bp, bytes before the first letter, letters and bytes per line (names as in pyfaidx)."""

    rlen: int
    offset: int
    lenc: int
    lenb: int


class BgzipFile(io.RawIOBase):
    """The decompressed bytes of a bgzip file, from any place. The blocks are found by their own sizes, so that no .gzi is needed.

    Errors: UserError for a file that is gzip without blocks, or damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        require_whole_bgzf(path)
        self._file = open(path, "rb")
        self._bytes = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
        self._starts, lengths, at = [], [], 0
        while at < len(self._bytes):
            head = self._bytes[at : at + _HEADER_BYTES]
            if head[:4] != BGZF_MAGIC or head[12:14] != b"BC":
                self.close()
                if at:
                    raise UserError(f"{path} is damaged (no block begins at byte {at}); copy or download it again")
                raise UserError(
                    f"{path} is gzip, which has no random access; gunzip it, or compress it with bgzip and index it with samtools faidx"
                )
            end = at + int.from_bytes(head[16:18], "little") + 1
            lengths.append(int.from_bytes(self._bytes[end - 4 : end], "little"))
            self._starts.append(at)
            at = end
        self._starts.append(at)
        self._firsts = np.array([0, *accumulate(lengths)], np.int64)
        self._at = 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: int(self._firsts[-1])}[whence]
        self._at = base + offset
        return self._at

    def read(self, size: int = -1) -> bytes:
        """`size` bytes of what is decompressed, fewer at the end."""
        text = self.read_at(self._at, int(self._firsts[-1]) if size < 0 else size)
        self._at += len(text)
        return text

    def read_at(self, start: int, size: int) -> bytes:
        """`size` decompressed bytes from the byte `start`, fewer at the end; the place of `read` stays."""
        end = min(start + size, int(self._firsts[-1]))
        if end <= start:
            return b""
        first, last = np.searchsorted(self._firsts, [start, end - 1], side="right") - 1
        text = b"".join(self._block(number) for number in range(int(first), int(last) + 1))
        before = start - int(self._firsts[first])
        return text[before : before + end - start]

    def _block(self, number: int) -> bytes:
        block = self._bytes[self._starts[number] : self._starts[number + 1]]
        try:
            text = zlib.decompress(block[_HEADER_BYTES:-_FOOTER_BYTES], wbits=-15)
        except zlib.error as error:
            raise UserError(f"{self.path} is damaged ({error}); copy or download it again") from None
        if zlib.crc32(text) != int.from_bytes(block[-_FOOTER_BYTES:-4], "little"):
            raise UserError(f"{self.path} is damaged (a block's checksum differs); copy or download it again")
        return text

    def close(self) -> None:
        if not self.closed:
            self._bytes.close()
            self._file.close()
        super().close()


class BgzipFasta:
    """The sequences of a bgzip FASTA file, with what `Genome` uses of pyfaidx (which needs another library for such files).

    Errors: UserError for a file without a FASTA index, or one that is not an index.
    """

    def __init__(self, path: Path, index: Path) -> None:
        if not index.is_file():
            BgzipFile(path).close()  # its error where bgzip has not compressed the file
            raise UserError(
                f"{path} is compressed and has no index ({index.name}); make it with samtools faidx, or gunzip the file"
            )
        self.index: dict[str, FastaRecord] = {}
        for number, line in enumerate(index.read_text(encoding="utf-8").splitlines(), 1):
            cells = line.split("\t")
            if len(cells) != 5 or not all(cell.isdecimal() for cell in cells[1:]):
                raise UserError(f"{index} line {number} is no line of a FASTA index; remove it and run samtools faidx")
            self.index[cells[0]] = FastaRecord(*map(int, cells[1:]))
        self.file = BgzipFile(path)

    def fetch(self, name: str, first: int, last: int) -> str:
        """Upper-case letters of a sequence, `first` to `last` (1-based, both inside, as pyfaidx counts)."""
        record = self.index[name]
        start, end = (
            record.offset + at // record.lenc * record.lenb + at % record.lenc for at in (first - 1, last - 1)
        )
        text = self.file.read_at(start, end + 1 - start)
        return text.replace(b"\n", b"").replace(b"\r", b"").decode("ascii").upper()

    def close(self) -> None:
        self.file.close()
