"""rs numbers: integers in memory (8 bytes per variant, 0 where unknown), text in tables."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

RS_NUMBER = re.compile(r"^rs\d{1,18}$")


def rs_numbers(texts: pa.Array) -> NDArray[np.int64]:
    """The numbers of texts (n,): (n,) int64; 0 for a null and for what is no rs number.

    >>> rs_numbers(pa.array(["rs12", "", None, "1_100_A_G", "rs7"])).tolist()
    [12, 0, 0, 0, 7]
    """
    named = pc.fill_null(pc.match_substring_regex(texts, RS_NUMBER.pattern), False)
    digits = pc.if_else(named, pc.utf8_slice_codeunits(texts, 2), "0")
    numbers: NDArray[np.int64] = digits.cast(pa.int64()).to_numpy(zero_copy_only=False)
    return numbers


def rs_texts(numbers: NDArray[np.int64], unknown: str | None = None) -> pa.Array:
    """The texts of rs numbers (n,), `unknown` where there is none.

    >>> rs_texts(np.array([12, 0])).to_pylist()
    ['rs12', None]
    """
    texts = pc.binary_join_element_wise("rs", pa.array(numbers).cast(pa.string()), "")
    return pc.if_else(pa.array(numbers == 0), pa.scalar(unknown, pa.string()), texts)


def first_rs_number(identifiers: str) -> str:
    """The first rs number of a cell with one or several identifiers, or "".

    >>> first_rs_number("COSV1;rs12;rs13")
    'rs12'
    """
    return next((name for name in re.split("[;,]", identifiers) if RS_NUMBER.match(name)), "")
