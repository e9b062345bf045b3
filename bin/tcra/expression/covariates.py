"""Tables of known covariates or hidden factors (such as PEER's), joined to the expression by sample name."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tcra.common.files import open_text
from tcra.errors import UserError

MISSING_COVARIATE = ("", ".", "NA", "N/A", "NaN", "nan")


def read_covariates(path: Path, samples: Sequence[str]) -> NDArray[np.float64]:
    """Covariates (samples, k) in the order of `samples`; the table may have samples as columns (GTEx, QTLtools) or as rows.

    A covariate of text (such as sex F and M) becomes one 0/1 column for each of its values but the first.

    Errors: UserError if a sample is not in the table, a value is missing, or the names do not match at all.
    """
    names, rows = _read(path)
    if len(set(names) & set(samples)) < len({row[0] for row in rows} & set(samples)):  # samples as rows: turn it
        rows = [[name, *(row[i] for row in rows)] for i, name in enumerate(names, 1)]
        names = [row[0] for row in _read(path)[1]]
    column = {name: i for i, name in enumerate(names)}
    if len(column) < len(names):
        raise UserError(f"{path}: a sample stands twice")
    absent = [sample for sample in samples if sample not in column]
    if absent:
        raise UserError(
            f"{path} lacks {len(absent)} of the {len(samples)} samples of the expression, such as {absent[0]}; "
            f"its samples look like {names[0]}"
        )
    order = [column[sample] for sample in samples]
    columns = [part for row in rows for part in _columns(path, row[0], [row[1 + i] for i in order])]
    return np.array(columns, np.float64).reshape(-1, len(samples)).T


def _read(path: Path) -> tuple[list[str], list[list[str]]]:
    """Header names without the first, and the rows."""
    with open_text(path) as text:
        lines = [line.rstrip("\r\n") for line in text if line.strip()]
    if not lines:
        raise UserError(f"{path} has no covariates")
    split = "\t" if "\t" in lines[0] else "," if "," in lines[0] else None  # None: any blanks
    rows = [[cell.strip(' "') for cell in line.split(split)] for line in lines]  # R quotes text
    for number, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            raise UserError(f"{path} line {number}: {len(row)} cells, but the header has {len(rows[0])}")
    if len(rows) < 2 or len(rows[0]) < 2:
        raise UserError(f"{path} has no covariates")
    return rows[0][1:], rows[1:]


def _columns(path: Path, name: str, cells: list[str]) -> list[list[float]]:
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
    return [numbers]
