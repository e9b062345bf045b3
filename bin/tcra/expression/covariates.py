"""Tables of known covariates or hidden factors (such as PEER's), joined to the expression by sample name."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tcra.common.files import open_text
from tcra.common.number_cells import with_decimal_point
from tcra.errors import UserError

MISSING_COVARIATE = ("", ".", "NA", "N/A", "NaN", "nan")
PLINK_MISSING_COVARIATE = ("-9", "-9.0")
IDENTIFIERS = ("fid", "iid", "sid")  # PLINK's columns of names, in tables with people as rows


def read_covariates(path: Path, samples: Sequence[str]) -> NDArray[np.float64]:
    """Covariates (samples, k) in the order of `samples`; the table may have samples as columns (GTEx, QTLtools) or as rows (PLINK's
    FID and IID, with or without a header, or one column of names).

    A covariate of text (such as sex F and M) becomes one 0/1 column for each of its values but the first.

    Errors: UserError if a sample is not in the table, a value is missing, or the names do not match at all.
    """
    people, named = _by_name(_read(path), set(samples))
    column = {name: i for i, name in enumerate(people)}
    if len(column) < len(people):
        repeated = next(name for i, name in enumerate(people) if name in people[:i])
        raise UserError(f"{path}: sample {repeated} stands twice")
    absent = [sample for sample in samples if sample not in column]
    if absent:
        raise UserError(
            f"{path} lacks {len(absent)} of the {len(samples)} samples of the expression, such as {absent[0]}; "
            f"its samples look like {people[0]}"
        )
    order = [column[sample] for sample in samples]
    columns = [part for name, cells in named for part in _columns(path, name, [cells[i] for i in order], samples)]
    return np.array(columns, np.float64).reshape(-1, len(samples)).T


def _read(path: Path) -> list[list[str]]:
    """The table's cells, header first."""
    with open_text(path) as text:
        lines = [line.rstrip("\r\n") for line in text if line.strip()]
    if not lines:
        raise UserError(f"{path} has no covariates")
    split = next((mark for mark in ("\t", ",", ";") if mark in lines[0]), None)  # None: any blanks
    rows = [[cell.strip(' "') for cell in line.split(split)] for line in lines]  # R quotes text
    if split == ";":
        rows[1:] = [list(map(with_decimal_point, row)) for row in rows[1:]]
    if all(len(row) == len(rows[0]) + 1 for row in rows[1:]):  # and puts no name above its row names
        rows[0].insert(0, "")
    for number, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            raise UserError(f"{path} line {number}: {len(row)} cells, but the header has {len(rows[0])}")
    if len(rows) < 2 or len(rows[0]) < 2:
        raise UserError(f"{path} has no covariates")
    return rows


def _by_name(rows: list[list[str]], samples: set[str]) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """The people, and the name and cells of each covariate, in their order.

    Where people are rows, they are named by that of the columns FID, IID, SID, and the first, which has most of the samples (or by
    FID_IID); these columns, and copies of one, are no covariates.
    """
    header, *body = rows
    if _is_headless(header, samples):  # .eigenvec of PLINK 1 and GCTA
        second = header[1] in samples
        body, header = rows, ["FID", "IID"] if second else ["IID"]
        header = [*header, *(f"column {i + 1}" for i in range(len(header), len(rows[0])))]
    turned = [list(cells) for cells in zip(*body, strict=True)]
    kinds = [name.lstrip("#").lower() for name in header]
    identifiers = {i for i, kind in enumerate(kinds) if i == 0 or kind in IDENTIFIERS}
    candidates = [*identifiers, *([1] if kinds[0] == "" else [])]  # the names may stand behind R's row numbers
    keys = [turned[i] for i in sorted(candidates, key=lambda i: (kinds[i] != "iid", kinds[i] == ""))]
    if "fid" in kinds and "iid" in kinds:
        families = zip(turned[kinds.index("fid")], turned[kinds.index("iid")], strict=True)
        keys.append([f"{family}_{person}" for family, person in families])
    people = max(keys, key=lambda names: len(samples.intersection(names)))
    in_header, in_rows = len(samples.intersection(header[1:])), len(samples.intersection(people))
    if in_header > in_rows or (in_header == in_rows and identifiers == {0}):
        return header[1:], [(row[0], row[1:]) for row in body]
    covariates = [i for i, cells in enumerate(turned) if i not in identifiers and cells != people]
    return people, [(header[i], turned[i]) for i in covariates]


def _is_headless(first: list[str], samples: set[str]) -> bool:
    """Whether the first row is a person's: a sample's name (or two names, the second a sample's), then numbers that name no sample."""
    names = 2 if first[1] in samples else 1 if first[0] in samples else 0
    rest = first[names:]
    return bool(names and rest) and not samples.intersection(rest) and all(map(_is_number, rest))


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _columns(path: Path, name: str, cells: list[str], samples: Sequence[str]) -> list[list[float]]:
    if any(cell in MISSING_COVARIATE for cell in cells):
        raise UserError(f"{path}: covariate {name} has missing values; fill or drop them")
    try:
        numbers = [float(cell) for cell in cells]
    except ValueError:
        values = sorted(set(cells))
        if len(values) > 10:
            raise UserError(
                f"{path}: covariate {name} is neither a number nor one of few categories (such as {values[0]!r})"
            ) from None
        return [[float(cell == value) for cell in cells] for value in values[1:]]
    odd = next((cell for cell, number in zip(cells, numbers, strict=True) if not math.isfinite(number)), None)
    if odd is not None:
        raise UserError(f"{path}: covariate {name} has {odd!r}, expected a number; correct it or drop the covariate")
    if unknown := _unknown_to_plink(cells, numbers):
        raise UserError(
            f"{path}: covariate {name} has {cells[unknown[0]]} for {len(unknown)} samples, such as {samples[unknown[0]]}: PLINK's code "
            "for a missing value; fill or drop them"
        )
    return [numbers]


def _unknown_to_plink(cells: list[str], numbers: list[float]) -> list[int]:
    """Which cells are PLINK's −9, where it cannot be a value like the others: none of them is a whole number, or below −1."""
    coded = [i for i, cell in enumerate(cells) if cell in PLINK_MISSING_COVARIATE]
    others = [number for number, cell in zip(numbers, cells, strict=True) if cell not in PLINK_MISSING_COVARIATE]
    if not coded or not others:
        return []
    return coded if min(others) >= -1 or not any(number.is_integer() for number in others) else []
