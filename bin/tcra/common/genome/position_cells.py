"""Positions in cells of text and in ids, as programs write them."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tcra.common.arrays import Integers
from tcra.common.number_cells import MISSING_CELLS

# R writes 100000 as 1e+05, pandas writes a column with a gap as 100000.0.
_NUMBER = r"^\d+(\.\d+)?([eE]\+?\d+)?$"
_POWER = r"^\d+\.(?P<decimals>\d+)[eE]\+?(?P<power>\d{1,3})$"
LARGEST_POSITION = 1 << 62
_PLACE = r"^(?:chr)?(?P<chrom>[0-9A-Za-z]+)[:_-](?P<position>[0-9]{1,10})(?:[:_-].*)?$"
# RefSeq's accessions: HGVS and chrom_pos_ref_alt count from 1, SPDI (four parts with colons) from 0.
_PLACE_ON_ACCESSION = (
    r"^(?P<chrom>N[CTW]_[0-9]+\.[0-9]+)(?:(?P<from_0>:)(?P<start>[0-9]{1,10}):[A-Za-z]*:[A-Za-z]*|"
    r":g\.(?P<hgvs>[0-9]{1,10})[A-Za-z].*|_(?P<underscored>[0-9]{1,10})(?:_.*)?)$"
)


def parse_positions(cells: pa.Array) -> Integers:
    """1-based positions (n,) int64 of text, 0 where a cell has none.

    Errors: ValueError that says what a column has which is no column of positions, or has lost the last digits of most of them.

    >>> parse_positions(pa.array(["100", "1e+05", "300.0", "NA", "2.5"])).tolist()
    [100, 100000, 300, 0, 0]
    """
    try:
        return np.asarray(pc.fill_null(pc.cast(cells, pa.int64()), 0).to_numpy(zero_copy_only=False))
    except pa.ArrowInvalid:
        pass
    words = pc.fill_null(pc.utf8_trim_whitespace(cells), "")
    number = pc.match_substring_regex(words, _NUMBER)
    values = pc.if_else(number, words, "0").cast(pa.float64()).to_numpy(zero_copy_only=False)
    positions = np.where((values % 1 == 0) & (values < LARGEST_POSITION), values, 0).astype(np.int64)
    if not positions.any():
        given = words.filter(pc.invert(pc.is_in(words, value_set=pa.array(MISSING_CELLS))))
        if len(given):
            raise ValueError(f"{given[0].as_py()!r}, expected whole numbers, counted from 1")
    rounded = _rounded(words)
    if 2 * len(rounded) > np.count_nonzero(positions):
        raise ValueError(
            f"positions that are rounded, such as {rounded[0].as_py()} (as spreadsheets write them); give all digits"
        )
    return positions


def _rounded(words: pa.StringArray) -> pa.StringArray:
    """Those that are written without their last digits. R's 1.2e+07 is among them, which it writes for round numbers alone."""
    powers = words.filter(pc.match_substring_regex(words, _POWER))
    parts = pc.extract_regex(powers, _POWER)
    power = pc.struct_field(parts, "power").cast(pa.int64())
    return powers.filter(pc.less(pc.utf8_length(pc.struct_field(parts, "decimals")), power))


def places_of_ids(ids: pa.Array) -> tuple[pa.Array, Integers]:
    """Chromosome (text, null where there is none) and 1-based position (0 where there is none) of ids.

    >>> chrom, position = places_of_ids(pa.array(["chr1_100_A_G_b38", "2:200", "NC_000003.12:299:A:G", "rs5"]))
    >>> chrom.to_pylist(), position.tolist()
    (['1', '2', 'NC_000003.12', None], [100, 200, 300, 0])
    """
    parts = pc.extract_regex(ids, _PLACE)
    chrom, position = pc.struct_field(parts, "chrom"), pc.struct_field(parts, "position")
    numbers = pc.fill_null(pc.cast(position, pa.int64()), 0)
    if pc.any(pc.starts_with(ids, "N")).as_py():
        accession = pc.fill_null(pc.match_substring_regex(ids, _PLACE_ON_ACCESSION), False)
        parts = pc.extract_regex(ids.filter(accession), _PLACE_ON_ACCESSION)
        chrom = pc.replace_with_mask(chrom, accession, pc.struct_field(parts, "chrom"))
        numbers = pc.replace_with_mask(numbers, accession, _position_on_accession(parts))
    return chrom, numbers.to_numpy(zero_copy_only=False)


def _position_on_accession(parts: pa.StructArray) -> pa.Int64Array:
    """1-based positions (n,) of the groups of `_PLACE_ON_ACCESSION`."""
    counted = (pc.struct_field(parts, name) for name in ("start", "hgvs", "underscored"))
    start, hgvs, underscored = (pc.cast(pc.if_else(pc.equal(text, ""), "0", text), pa.int64()) for text in counted)
    of_spdi = pc.not_equal(pc.struct_field(parts, "from_0"), "")
    return pc.add(pc.add(hgvs, underscored), pc.add(start, pc.cast(of_spdi, pa.int64())))
