"""Which chromosomes a VCF holds, as far as it can be known without reading all of it. A header may declare more, fewer or none."""

import io
import struct
from pathlib import Path
from typing import IO

from tcra.common.files import BGZF_MAGIC, open_bytes
from tcra.common.genome.bgzip_fasta import BgzipFile

TAIL_BYTES = 1 << 17  # read at first to find a file's last line
_TEXT_START, _BCF_START = b"##fileformat=VCF", b"BCF"


def indexed_chromosomes(path: Path) -> list[str]:
    """Sequences that a VCF's tabix index (.tbi, .csi) lists, which have records; empty if there is none, or a BCF's, which lists numbers.

    Layouts: https://samtools.github.io/hts-specs/tabix.pdf and CSIv1.pdf (whose auxiliary data, for a VCF, are tabix's header).
    """
    for suffix, magic, first in ((".tbi", b"TBI\x01", 8), (".csi", b"CSI\x01", 16)):
        index = Path(f"{path}{suffix}")
        if not index.is_file():
            continue
        with open_bytes(index) as handle:
            content = handle.read()
        names_at = first + 28  # after format, three columns, comment sign, lines to skip, and the length of the names
        short = suffix == ".csi" and len(content) >= 16 and struct.unpack_from("<i", content, 12)[0] < 28
        if content[:4] != magic or len(content) < names_at or short:
            return []
        length = struct.unpack_from("<i", content, names_at - 4)[0]
        names = content[names_at : names_at + length]
        return [name.decode() for name in names.split(b"\0") if name] if len(names) == length > 0 else []
    return []


def last_chromosome(path: Path) -> str:
    """The chromosome of the last record of a VCF that is plain text or compressed by bgzip, found from the file's end; empty for a BCF
    or plain gzip, and if there is no record."""
    with open(path, "rb") as handle:
        start = handle.read(18)
    if start.startswith(BGZF_MAGIC) and start[12:14] == b"BC":
        with BgzipFile(path) as packed:
            return "" if packed.read_at(0, 3) == _BCF_START else _chromosome_at_the_end(packed)
    if start.startswith(_TEXT_START[: len(start)]):
        with open(path, "rb") as text:
            return _chromosome_at_the_end(text)
    return ""


def _chromosome_at_the_end(text: IO[bytes] | BgzipFile) -> str:
    size, reach = text.seek(0, io.SEEK_END), TAIL_BYTES
    while True:
        text.seek(max(0, size - reach))
        lines = text.read(reach).rstrip(b"\r\n").rsplit(b"\n", 1)
        if len(lines) == 2 or reach >= size:
            return "" if lines[-1].startswith(b"#") else lines[-1].split(b"\t", 1)[0].decode()
        reach *= 8
