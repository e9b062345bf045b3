"""One shard of a TFRecord data set, written without TensorFlow (basenji's `basenji_data_write.py`).

A record is a `tf.train.Example` with the byte features `sequence`, `target` and, if asked for, `umap`; a file is one zlib stream of
TFRecord frames (length, its checksum, record, its checksum).
"""

import struct
from collections.abc import Iterable, Mapping
from typing import Any

import deflate
import google_crc32c
import numpy as np
from numpy.typing import NDArray

from tcra.common.genome.one_hot import codes, one_hot
from tcra.tracks.bin_summary import Half

# The one-hot row of each byte as one 32-bit word: a look-up moves words, four times as fast as rows of four.
_ROWS = one_hot(bytes(range(256))).view(np.uint32).ravel()
_LEVEL = 1  # libdeflate's fastest: 18 % more bytes than zlib's default, in a tenth of the time


def encode_sequence(letters: str, as_index: bool) -> bytes:
    """DNA as one-hot bool (length, 4) in A C G T order, other letters all zero; or as uint8 indices, with 4 for other letters."""
    if as_index:
        return codes(letters).tobytes()
    return _ROWS[np.frombuffer(letters.encode("ascii"), np.uint8)].tobytes()


def encode_target(values: Half, decimals: int | None) -> bytes:
    """(bins, tracks) float16 little-endian in C order, rounded in float32 if `decimals` is given."""
    if decimals is not None:
        values = np.around(values.astype(np.float32), decimals).astype(np.float16)
    return values.astype("<f2", copy=False).tobytes()


def limit_unmappable(targets: Half, unmappable: NDArray[np.bool_], fraction: float) -> None:
    """In place: unmappable bins of one window (bins, tracks) become at most that track's quantile `fraction` over the window."""
    if unmappable.any():
        limits: NDArray[Any] = np.percentile(targets, [100 * fraction], axis=0)[0]
        targets[unmappable] = np.minimum(targets[unmappable], limits)


def serialize_example(features: Mapping[str, bytes]) -> bytes:
    """A `tf.train.Example` of byte features, keys in sorted order."""
    entries: list[bytes] = []
    for name in sorted(features):
        value = _field(1, _field(1, [features[name]]))  # Feature.bytes_list, BytesList.value
        entries += _field(1, _field(1, [name.encode()]) + _field(2, value))
    return b"".join(_field(1, entries))


def compress_records(records: Iterable[bytes]) -> bytes:
    """A whole TFRecord file: one zlib stream of framed records."""
    frames = bytearray()
    for record in records:
        length = struct.pack("<Q", len(record))
        for part in (length, _masked_checksum(length), record, _masked_checksum(record)):
            frames += part
    return bytes(deflate.zlib_compress(frames, _LEVEL))


def _field(number: int, payload: list[bytes]) -> list[bytes]:
    """A length-delimited protocol-buffer field, in pieces that are joined once at the end."""
    return [bytes([number << 3 | 2]) + _varint(sum(map(len, payload))), *payload]


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _masked_checksum(data: bytes) -> bytes:
    """TFRecord's masked CRC-32C: rotated right by 15 bits, plus a constant."""
    checksum = google_crc32c.value(data)
    return struct.pack("<I", ((checksum >> 15 | checksum << 17) + 0xA282EAD8) & 0xFFFFFFFF)
