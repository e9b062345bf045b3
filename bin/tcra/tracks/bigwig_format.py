"""The bigWig file format, read in bulk: sections of runs, as arrays instead of one Python object per run.

Source: Kent et al. 2010, BigWig and BigBed (Bioinformatics 26:2204), supplementary tables 5 to 15. Coordinates are 0-based, half-open.
"""

import mmap
import struct
from dataclasses import dataclass
from typing import Any

import deflate
import numpy as np
from numpy.typing import NDArray

_MAGIC, _CHROMOSOMES_MAGIC, _INDEX_MAGIC = 0x888FFC26, 0x78CA8C91, 0x2468ACE0
_SECTION_HEADER = 24
_LARGEST_SECTION = _SECTION_HEADER + 12 * 0xFFFF  # bytes: items are counted in 16 bits
_BED_GRAPH, _VARIABLE_STEP, _FIXED_STEP = 1, 2, 3


class FormatError(ValueError):
    """The bytes are not what the format says: no bigWig, damaged, or cut short."""


class NoEntries(FormatError):
    """A whole bigWig without a single value."""


@dataclass(frozen=True)
class BigWigIndex:
    """What a bigWig's header and indices say.

    order: `<` or `>`. inflated: largest size of a section in bytes, 0 if sections are stored plain. lengths: chromosome to bp.
    sections: chromosome to its sections in file order, fields start, end (bp), offset, size (bytes).
    extremes: smallest and largest value in the file; None where it does not say.
    """

    order: str
    inflated: int
    lengths: dict[str, int]
    sections: dict[str, NDArray[Any]]
    extremes: tuple[float, float] | None


def read_bigwig_index(data: mmap.mmap) -> BigWigIndex:
    """Header, chromosomes and the index of sections.

    Errors: FormatError for anything but a whole bigWig; NoEntries for one without a value.
    """
    try:
        order = _byte_order(data)
        fields = struct.unpack_from(order + "4x2H3Q2H2QI", data, 0)
        chromosome_tree, _, index, summary, inflated = fields[2], fields[3], fields[4], fields[8], fields[9]
        lengths, names = _read_chromosomes(data, order, chromosome_tree)
        if not index:  # as pyBigWig closes a file that it wrote nothing into
            raise NoEntries("it holds no entry")
        sections = _read_index(data, order, index)
        extremes = struct.unpack_from(order + "8x2d", data, summary) if summary else None
    except (struct.error, IndexError, UnicodeDecodeError, OverflowError) as error:
        raise FormatError(f"an index ends beyond the file's {len(data)} bytes") from error
    if not sections.size:
        raise NoEntries("it holds no entry")
    if int((sections["offset"] + sections["size"]).max()) > len(data):
        raise FormatError(f"its data ends beyond the file's {len(data)} bytes")
    if not set(np.unique(sections["chrom"])) <= set(names):
        raise FormatError("a section is of a chromosome that the file does not name")
    by_name = {name: sections[sections["chrom"] == number] for number, name in names.items()}
    for name, found in by_name.items():
        if (found["end"][1:] < found["end"][:-1]).any():
            raise FormatError(f"its sections of {name} lie within one another")
    return BigWigIndex(order, min(inflated, _LARGEST_SECTION), lengths, by_name, extremes)


def _byte_order(data: mmap.mmap) -> str:
    for order in "<>":
        if struct.unpack_from(order + "I", data, 0)[0] == _MAGIC:
            return order
    raise FormatError("it does not start as a bigWig file does")


def _read_chromosomes(data: mmap.mmap, order: str, offset: int) -> tuple[dict[str, int], dict[int, str]]:
    """Chromosome lengths by name, and names by number, from the B+ tree."""
    magic, _, key_size, value_size, _ = struct.unpack_from(order + "4IQ", data, offset)
    if magic != _CHROMOSOMES_MAGIC or value_size != 8:
        raise FormatError("its list of chromosomes is damaged")
    lengths: dict[str, int] = {}
    names: dict[int, str] = {}
    nodes = [offset + 32]
    for node in nodes:
        _check_for_cycle(nodes, data)
        is_leaf, count = struct.unpack_from(order + "BxH", data, node)
        for item in range(count):
            at = node + 4 + item * (key_size + 8)
            if is_leaf:
                number, length = struct.unpack_from(order + "2I", data, at + key_size)
                name = data[at : at + key_size].rstrip(b"\0").decode()
                lengths[name], names[number] = length, name
            else:
                nodes.append(struct.unpack_from(order + "Q", data, at + key_size)[0])
    return lengths, names


def _read_index(data: mmap.mmap, order: str, offset: int) -> NDArray[Any]:
    """All sections from the leaves of the R tree, sorted by chromosome and start."""
    if struct.unpack_from(order + "I", data, offset)[0] != _INDEX_MAGIC:
        raise FormatError("its index is damaged")
    four = [(name, order + "u4") for name in ("chrom", "start", "end_chrom", "end")]
    leaf = np.dtype([*four, ("offset", order + "u8"), ("size", order + "u8")])
    branch = np.dtype([*four, ("offset", order + "u8")])
    nodes, found = [offset + 48], [np.empty(0, leaf)]
    for node in nodes:
        _check_for_cycle(nodes, data)
        is_leaf, count = struct.unpack_from(order + "BxH", data, node)
        kind = leaf if is_leaf else branch
        if node + 4 + count * kind.itemsize > len(data):
            raise IndexError
        items = np.frombuffer(data, kind, count, node + 4).copy()
        if is_leaf:
            found.append(items)
        else:
            nodes.extend(int(child) for child in items["offset"])
    sections = np.concatenate(found)
    return sections[np.lexsort((sections["start"], sections["chrom"]))]


def _check_for_cycle(nodes: list[int], data: mmap.mmap) -> None:
    """A node takes at least 4 bytes, so that a tree of more nodes than the file can hold leads back into itself."""
    if 4 * len(nodes) > len(data):
        raise FormatError("its index leads back into itself")


SectionRuns = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]


def read_sections(data: mmap.mmap, index: BigWigIndex, sections: NDArray[Any]) -> SectionRuns:
    """Starts, ends (bp) and values of all runs in some sections of one chromosome.

    Errors: FormatError if a section is damaged.
    """
    payloads = []
    for offset, size in zip(sections["offset"].tolist(), sections["size"].tolist(), strict=True):
        packed = data[offset : offset + size]
        try:
            payloads.append(bytes(deflate.zlib_decompress(packed, index.inflated)) if index.inflated else packed)
        except deflate.DeflateError as error:
            raise FormatError(f"the data at byte {offset} is damaged") from error
    tables = [_read_same_kind(group, index.order) for group in _by_kind(payloads)]
    if not tables:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32)
    starts, ends, values = zip(*tables, strict=True)
    return np.concatenate(starts), np.concatenate(ends), np.concatenate(values)


def _by_kind(payloads: list[bytes]) -> list[list[bytes]]:
    """Consecutive bedGraph sections together, since they can be joined; others one by one."""
    groups: list[list[bytes]] = []
    joinable = False
    for payload in payloads:
        if len(payload) < _SECTION_HEADER:
            raise FormatError("a section is cut short")
        is_bed_graph = payload[20] == _BED_GRAPH
        if joinable and is_bed_graph:
            groups[-1].append(payload)
        else:
            groups.append([payload])
        joinable = is_bed_graph
    return groups


def _read_same_kind(payloads: list[bytes], order: str) -> SectionRuns:
    head = payloads[0]
    kind = head[20]
    bytes_per_item = {_BED_GRAPH: 12, _VARIABLE_STEP: 8, _FIXED_STEP: 4}.get(kind)
    if bytes_per_item is None:
        raise FormatError(f"a section is of kind {kind}, expected 1, 2 or 3")
    bodies = []
    for payload in payloads:
        (count,) = struct.unpack_from(order + "H", payload, 22)
        end = _SECTION_HEADER + count * bytes_per_item
        if len(payload) < end:
            raise FormatError("a section is cut short")
        bodies.append(payload[_SECTION_HEADER:end])
    body = b"".join(bodies)
    values = np.frombuffer(body, order + "f4").reshape(-1, bytes_per_item // 4)[:, -1].astype(np.float32)
    places = np.frombuffer(body, order + "u4").reshape(-1, bytes_per_item // 4)
    if kind == _BED_GRAPH:
        return places[:, 0].astype(np.int64), places[:, 1].astype(np.int64), values
    start, _, step, span = struct.unpack_from(order + "4I", head, 4)
    if kind == _VARIABLE_STEP:
        starts = places[:, 0].astype(np.int64)
    else:
        starts = start + step * np.arange(len(values), dtype=np.int64)
    return starts, starts + span, values
