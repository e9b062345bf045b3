"""rs numbers for ranked variants, from a table or from the shards that the splitting stage writes."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from tcra.cli import UserError
from tcra.variants.ranking.sites import Sites
from tcra.variants.ranking.variant_tables import read_variant_table


def rsids_for(sites: Sites, path: Path) -> pa.Array:
    """rsid of each variant: (n,) text, empty where unknown. Ref and alt may stand either way round in the table.

    sites: sorted by place. path: a table with `variant_id` or `chrom pos ref alt`, and `rsid`; a VCF; or a folder of such tables
    (`*.tsv`, `*.tsv.gz`, `*.parquet`). Where two tables differ, the first in order of name stands.
    """
    files = _files(path)
    found = np.full(len(sites), "", dtype=object)
    for file in files:
        table = read_variant_table(file)
        names = np.asarray(table.rsid.to_pylist(), dtype=object)[table.placed]
        rows = sites.find_either_way(table.sites)
        named = (rows >= 0) & (names != "")
        # Last write wins in an assignment by index: go backwards, so that the first stands.
        rows, names = rows[named][::-1], names[named][::-1]
        fresh = found[rows] == ""
        found[rows[fresh]] = names[fresh]
    return pa.array(found, pa.string())


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
