"""The shards of a TFRecord data set: their names, their order, and one record's bytes without TensorFlow."""

import re
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from tcra.errors import UserError

SHARD_FOLDER, SHARD_SUFFIX = "tfrecords", ".tfr"
_LAST_INTEGER = re.compile(r"(\d+)\D*$")
_HEADER, _FOOTER = 12, 4


def shard_name(split: str, index: int) -> str:
    """The name of a split's shard number `index`, from 0; the middle 0 is basenji's.

    >>> shard_name("train", 3)
    'train-0-3'
    """
    return f"{split}-0-{index}"


def split_of(name: str) -> str:
    """The split that a shard belongs to: the part of its name before the first `-`."""
    return name.split("-")[0]


def shard_path(folder: Path, name: str) -> Path:
    """Where the shard `name` of the data set in `folder` stands."""
    return Path(folder) / SHARD_FOLDER / f"{name.removesuffix(SHARD_SUFFIX)}{SHARD_SUFFIX}"


def shard_names(folder: Path, split: str) -> list[str]:
    """Names of a split's shards, in order."""
    return [path.stem for path in find_shards(folder, split)]


def shard_order(name: str) -> tuple[int, str]:
    """Sort key of a shard's name: its last integer (`train-0-11` stands after `train-0-2`), then the name."""
    match = _LAST_INTEGER.search(name)
    return (int(match[1]) if match else -1, name)


def find_shards(folder: Path, split: str | None = None, names: Sequence[str] | None = None) -> list[Path]:
    """Shard files of the data set in `folder`, in order: of one split, of all splits (None), or those named.

    names: shards such as `train-0-3`, with or without `.tfr`; their order is
    put right by the last integer in each name.

    Errors: UserError if there are none, or a named one is missing.
    """
    records = Path(folder) / SHARD_FOLDER
    if names is not None:
        paths = [shard_path(folder, name) for name in names]
        for path in paths:
            if not path.is_file():
                raise UserError(f"{path}: no such shard")
    else:
        paths = list(records.glob(f"*{SHARD_SUFFIX}" if split is None else f"{split}-*{SHARD_SUFFIX}"))
    if not paths:
        present = sorted({split_of(path.name) for path in records.glob(f"*{SHARD_SUFFIX}")})
        wanted = f"{split}-*{SHARD_SUFFIX}" if split is not None else f"*{SHARD_SUFFIX}"
        raise UserError(f"{records} has no shard {wanted}; its splits are: {', '.join(present) or 'none'}")
    return sorted(paths, key=lambda path: (split_of(path.name), *shard_order(path.stem)))


def read_shard(path: Path) -> Iterator[bytes]:
    """The serialized examples of one shard (TFRecord framing in a zlib stream), in order; checksums are TensorFlow's to check.

    Errors: UserError if the shard is no zlib stream, is cut short, or ends inside a record.
    """
    inflate, buffer = zlib.decompressobj(), bytearray()
    with open(path, "rb") as handle:
        while block := handle.read(1 << 20):
            try:
                buffer += inflate.decompress(block)
            except zlib.error as error:
                raise UserError(f"{path} is not a zlib-compressed TFRecord file ({error}); write it again") from error
            while len(buffer) >= _HEADER:
                length = int.from_bytes(buffer[:8], "little")
                if len(buffer) < _HEADER + length + _FOOTER:
                    break
                yield bytes(buffer[_HEADER : _HEADER + length])
                del buffer[: _HEADER + length + _FOOTER]
    if not inflate.eof or buffer:
        raise UserError(f"{path} is cut short; write it again")


def read_features(example: bytes) -> dict[str, bytes]:
    """The byte features of one serialized `tf.train.Example`: name → its first value."""
    features: dict[str, bytes] = {}
    for _, whole in _fields(example):
        for _, entry in _fields(whole):
            parts = dict(_fields(entry))
            values = dict(_fields(parts[2]))
            if 1 in values:  # a BytesList
                features[parts[1].decode()] = dict(_fields(values[1]))[1]
    return features


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Length-delimited fields of a protocol-buffer message: (field number, bytes)."""
    position = 0
    while position < len(message):
        tag, position = _varint(message, position)
        if tag & 7 != 2:
            raise ValueError(f"wire type {tag & 7} where only length-delimited fields are known")
        length, position = _varint(message, position)
        yield tag >> 3, message[position : position + length]
        position += length


def _varint(message: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
