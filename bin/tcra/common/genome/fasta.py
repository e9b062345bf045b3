"""Reference sequence from a FASTA file. Coordinates are 0-based, half-open."""

import os
import tempfile
from contextlib import nullcontext
from itertools import chain
from pathlib import Path
from typing import IO, Any

from tcra.common.files import GZIP_MAGIC
from tcra.common.genome.bgzip_fasta import BgzipFasta
from tcra.common.genome.chromosomes import ChromosomeNames, naming_hint
from tcra.errors import UserError

LONGEST_HEADER_BYTES = 1 << 16


class Genome:
    """Random access to a FASTA file (pyfaidx), N-padded off the ends, upper-case, under any chromosome naming.

    A file that bgzip compressed needs its FASTA index (.fai) beside it. For a plain one, an index beside the file is used if it is
    there and not older; else one is made in a temporary folder, since the FASTA's own folder may be read-only and several tasks may
    start at once.

    Errors: UserError for a file that is missing, gzip without bgzip's blocks, or no FASTA, and for an index that does not fit it.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        if not self.path.is_file():
            raise UserError(f"{path}: no such FASTA file")
        with open(self.path, "rb") as handle:
            magic = handle.read(2)
        index = Path(f"{self.path}.fai")
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._fasta: Any = BgzipFasta(self.path, index) if magic == GZIP_MAGIC else self._open_plain(magic, index)
        self.lengths: dict[str, int] = {name: record.rlen for name, record in self._fasta.index.items()}
        self.names = ChromosomeNames(self.lengths)
        self._check_index(index)

    def _open_plain(self, magic: bytes, index: Path) -> Any:
        import pyfaidx

        if magic[:1] != b">":
            raise UserError(f"{self.path} is not FASTA: it does not start with '>'")
        fresh = index.is_file() and index.stat().st_mtime >= self.path.stat().st_mtime and index.stat().st_size
        self._folder = None if fresh else tempfile.TemporaryDirectory()
        index_path = index if self._folder is None else Path(self._folder.name) / "index.fai"
        try:
            return pyfaidx.Faidx(
                str(self.path),
                indexname=str(index_path),
                as_raw=True,
                sequence_always_upper=True,
                rebuild=False,
                build_index=True,
            )
        except Exception as error:  # pyfaidx raises ValueErrors, IndexErrors and kinds of its own
            if self._folder is not None:
                self._folder.cleanup()
                what = (
                    f"{self.path} cannot be indexed: the lines of a sequence must have one length, with no blank lines"
                )
            else:
                what = f"{index} is no FASTA index; remove it"
            raise UserError(f"{what} ({error})") from None

    def _check_index(self, index: Path) -> None:
        """UserError where the index is not this file's: a sequence does not begin or end where it says."""
        compressed = isinstance(self._fasta, BgzipFasta)
        with nullcontext(self._fasta.file) if compressed else open(self.path, "rb") as file:
            records = self._fasta.index.items()
            misplaced = (_misplaced(file, name, record) for name, record in records)
            unlisted = (self._unlisted(file, record) for _, record in records)
            if wrong := next(filter(None, chain(misplaced, unlisted)), ""):
                self.close()
                raise UserError(
                    f"{self.path} {wrong} in {index if self._folder is None else 'its index'}: the file is cut short, or the index is "
                    "another file's; copy or download both again, or remove the index"
                )

    def _unlisted(self, file: IO[bytes], record: Any) -> str:
        """What is wrong with what follows a sequence: "" if it is another that the index has, or nothing."""
        lines, letters = divmod(record.rlen, record.lenc or 1)
        file.seek(record.offset + lines * record.lenb + letters)
        after = file.read(4096).strip()
        following = after[1:].split(maxsplit=1)[:1] if after.startswith(b">") else []
        missing = following and following[0].decode(errors="replace") not in self.lengths
        return f"has a sequence {following[0].decode(errors='replace')}, which is not" if missing else ""

    def find(self, chrom: str) -> str:
        """This FASTA's name of `chrom`.

        Errors: UserError that names the chromosome and the FASTA's own names.
        """
        name = self.names.find(chrom)
        if name is None:
            raise UserError(f"{self.path} has no chromosome {chrom}; {naming_hint([chrom], self.lengths)}")
        return name

    def sequence(self, chrom: str, start: int, end: int) -> str:
        """Upper-case letters of [start, end) bp, 0-based; positions off the chromosome are N. `chrom` under any naming."""
        name = self.find(chrom)
        inner_start, inner_end = max(start, 0), min(end, self.lengths[name])
        if inner_start >= inner_end:
            return "N" * (end - start)
        inner = self._fasta.fetch(name, inner_start + 1, inner_end)
        return "N" * (inner_start - start) + str(inner) + "N" * (end - inner_end)

    def close(self) -> None:
        self._fasta.close()
        if self._folder is not None:
            self._folder.cleanup()

    def __enter__(self) -> "Genome":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _misplaced(file: IO[bytes], name: str, record: Any) -> str:
    """What is wrong with a record of a FASTA index (samtools' columns): "" if its sequence begins and ends where it says."""
    before = max(record.offset - LONGEST_HEADER_BYTES, 0)
    file.seek(before)
    head = file.read(record.offset - before)
    title = head[:-1].rsplit(b"\n", 1)[-1].split()
    if not head.endswith(b"\n") or not title or title[0] != b">" + name.encode():
        return f"has another line than {name}'s before byte {record.offset}, where {name} begins"
    if not record.rlen:
        return ""
    lines, letters = divmod(record.rlen - 1, record.lenc or 1)
    if lines:
        file.seek(record.offset + record.lenc)
        if file.read(1) not in (b"\n", b"\r"):
            return f"has lines of another length in {name}, which has {record.lenc} letters per line"
    file.seek(record.offset + lines * record.lenb + letters)
    last = file.read(1)
    after = file.read(4096)
    if not last.strip():
        return f"ends within {name}, which has {record.rlen} bp"
    if after[:1].strip() or after.strip()[:1] not in (b"", b">", b";"):
        return f"goes on behind the end of {name}, which has {record.rlen} bp"
    return ""


def write_index(path: Path) -> None:
    """Write `path`.fai, whole or not at all (samtools' format)."""
    import pyfaidx

    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        index = Path(folder) / "index.fai"
        pyfaidx.Faidx(str(path), indexname=str(index)).close()
        os.replace(index, f"{path}.fai")
