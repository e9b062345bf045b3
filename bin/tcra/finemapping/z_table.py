"""z-scores alone, as a table: `region, id, group, z`. The groups `SNP` and `SNP_…` are SNPs, all others gene models."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from tcra.common.accounting import Accounting
from tcra.common.files import DAMAGED, open_bytes
from tcra.common.tables import require_columns
from tcra.errors import UserError
from tcra.finemapping.priors import EffectData, is_snp_group

Z_COLUMNS = ("region", "id", "group", "z")
NO_GENES = "in a region without a gene model"


@dataclass(frozen=True)
class ZTable:
    """table: its rows, by region (in the order of their names) and as they stood. data: the same as numbers."""

    table: pd.DataFrame
    data: EffectData


def read_z_tables(paths: Sequence[Path], snp_share: float, accounting: Accounting) -> ZTable:
    """Read tables of z-scores; more columns may stand in them. Regions without a gene model are left out, and counted.

    snp_share: the share of all SNPs that the tables hold.

    Errors: UserError for a missing column, a z that is no finite number, or nothing to use.
    """
    table = pd.concat([_read(path) for path in paths], ignore_index=True)
    table = table.iloc[np.argsort(table["region"].to_numpy(str), kind="stable")].reset_index(drop=True)
    variables = accounting.count("variables")
    variables.received(len(table))
    regions = accounting.count("regions")
    regions.received(table["region"].nunique())
    genes = ~table["group"].map(is_snp_group).astype(bool)
    with_genes = genes.groupby(table["region"], sort=False).transform("any")
    for name in table.loc[~with_genes, "region"].unique():
        regions.reject("no gene model", name)
    variables.reject_many(NO_GENES, int((~with_genes).sum()))
    groups = list(dict.fromkeys(sorted(table["group"].unique(), key=lambda name: (is_snp_group(name), name))))
    table = table[with_genes].reset_index(drop=True)
    variables.passed(len(table))
    regions.passed(table["region"].nunique())
    if table.empty:
        raise UserError(
            f"{paths[0]}: no region has a gene model (groups: {', '.join(groups[:10])}); SNPs are of the group SNP, gene models of others"
        )
    names = table["region"].to_numpy()
    start = np.flatnonzero(np.concatenate(([True], names[1:] != names[:-1])))
    group = table["group"].map({name: place for place, name in enumerate(groups)}).to_numpy(np.int64)
    return ZTable(table, EffectData(table["z"].to_numpy(np.float64), group, start, tuple(groups), snp_share))


def _read(path: Path) -> pd.DataFrame:
    try:
        with open_bytes(path) as raw:
            table = pd.read_csv(
                raw,
                sep="\t",
                dtype={"region": str, "id": str, "group": str},
                keep_default_na=False,
                na_values={"z": ["NA", ""]},
            )
    except (*DAMAGED, UnicodeDecodeError, ValueError) as error:
        raise UserError(
            f"{path} cannot be read as a table with tabs ({error}); expected the columns {', '.join(Z_COLUMNS)}"
        ) from None
    require_columns(path, table.columns, Z_COLUMNS)
    z = pd.to_numeric(table["z"], errors="coerce")
    if not np.isfinite(z).all():
        row = int(np.flatnonzero(~np.isfinite(z))[0])
        raise UserError(f"{path} line {row + 2}: z is {table['z'].iloc[row]!r}, expected a finite number")
    return table[list(Z_COLUMNS)].assign(z=z.astype(np.float64))
