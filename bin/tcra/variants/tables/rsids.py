"""rs numbers for ranked variants, from a table or from the shards that the splitting stage writes."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tcra.errors import UserError
from tcra.variants.tables.sites import Sites
from tcra.variants.tables.variant_tables import read_variant_table


class Rsids:
    """rs numbers by variant, read once: a table with `variant_id` or `chrom pos ref alt`, and `rsid`; a VCF; or a folder of such
    tables (`*.tsv`, `*.tsv.gz`, `*.parquet`). Where two tables differ, the first in order of name stands.
    """

    def __init__(self, path: Path) -> None:
        self._tables: list[tuple[Sites, pa.Array]] = []
        for file in _files(path):
            table = read_variant_table(file)
            names = table.rsid.filter(pa.array(table.placed))
            named = pc.not_equal(names, "")
            self._tables.append((table.sites.take(np.flatnonzero(named)), names.filter(named)))

    def of(self, sites: Sites) -> pa.Array:
        """rsid of each variant: (n,) text, empty where unknown. sites: sorted by place; ref and alt may stand either way round."""
        source = np.full(len(sites), -1, np.int64)
        parts = [pa.array([], pa.string())]
        number = 0
        for named, names in self._tables:
            rows = sites.find_either_way(named)
            useful = rows >= 0
            useful[useful] = source[rows[useful]] < 0
            # The last write wins in an assignment by index: go backwards, so that the first stands.
            source[rows[useful][::-1]] = np.arange(number, number + int(useful.sum()))[::-1]
            parts.append(names.filter(pa.array(useful)))
            number += len(parts[-1])
        return pc.fill_null(pa.concat_arrays(parts).take(pa.array(source, mask=source < 0)), "")


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    names = sorted(
        p
        for pattern in ("*.tsv", "*.tsv.gz", "*.parquet")
        for p in path.glob(pattern)
        if not p.name.startswith("rejected")
    )
    names = [name for name in names if not name.name.endswith("rejected.tsv.gz")]
    if not names:
        raise UserError(f"{path}: no .tsv or .parquet file in this folder; expected the output of split_variants.py")
    return names
