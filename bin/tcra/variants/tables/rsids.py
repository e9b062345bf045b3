"""rs numbers of variants from a table of their own, or from the shards that SPLIT_VARIANTS writes."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tcra.errors import UserError
from tcra.variants.tables.sites import Sites
from tcra.variants.tables.variant_tables import read_variant_table


class Rsids:
    """rs numbers by variant, read once: a table with `variant_id` or `chrom pos ref alt`, and `rsid`; a VCF; or a folder of such
    tables (`*.tsv`, `*.tsv.gz`, `*.parquet`). Where two tables differ, the first in order of name counts.
    """

    def __init__(self, path: Path) -> None:
        self._tables: list[tuple[Sites, NDArray[np.int64]]] = []
        for file in _files(path):
            table = read_variant_table(file)
            numbers = table.rs_numbers[table.placed]
            named = np.flatnonzero(numbers)
            self._tables.append((table.sites.take(named), numbers[named]))

    def of(self, sites: Sites) -> NDArray[np.int64]:
        """rs number of each variant: (n,) int64, 0 where unknown. sites: sorted by place; ref and alt may be exchanged."""
        found = np.zeros(len(sites), np.int64)
        for named, numbers in reversed(
            self._tables
        ):  # the last assignment counts: go backwards, so that the first one does
            rows = sites.find_either_way(named)
            known = np.flatnonzero(rows >= 0)[::-1]
            found[rows[known]] = numbers[known]
        return found


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    names = sorted(
        name
        for pattern in ("*.tsv", "*.tsv.gz", "*.parquet")
        for name in path.glob(pattern)
        if not name.name.startswith("rejected") and not name.name.endswith("rejected.tsv.gz")
    )
    if not names:
        raise UserError(f"{path}: no .tsv or .parquet file in this folder; expected the output of split_variants.py")
    return names
