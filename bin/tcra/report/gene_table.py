"""The table of genes that the page searches and sorts: columns of numbers, genes, traits and models by index."""

from typing import Any

import numpy as np
import pandas as pd

ROWS_IN_PAGE = 150_000


def gene_table_data(table: pd.DataFrame, genes: pd.DataFrame) -> dict[str, Any]:
    """Columns of equal length, smallest p first. `left_out` rows (those with the largest p) are beyond what a page can carry.

    `table`: see `read_associations`; `genes`: index gene, in the order of the page's list of genes.
    """
    tested = table[table["minus_log10_p"].notna()]
    order = np.lexsort((tested["label"], tested["trait"], tested["gene"], -tested["minus_log10_p"].to_numpy()))
    kept = tested.iloc[order[:ROWS_IN_PAGE]]
    traits, labels = sorted(set(table["trait"])), list(dict.fromkeys(table["label"]))
    index = pd.Series(np.arange(len(genes)), index=genes.index)
    return {
        "traits": traits,
        "models": labels,
        "t": _codes(kept["trait"], traits),
        "m": _codes(kept["label"], labels),
        "g": [int(i) for i in index.reindex(kept["gene"])],
        "z": _rounded(kept["zscore"], 3),
        "p": _rounded(kept["minus_log10_p"], 3),
        "q": _rounded(-np.log10(kept["fdr"].clip(lower=1e-300)), 3),
        "r": _rounded(kept["r2"], 3),
        "n": _rounded(kept["n_used"], 0),
        "left_out": len(tested) - len(kept),
    }


def _codes(cells: pd.Series, values: list[str]) -> list[int]:
    place = {value: i for i, value in enumerate(values)}
    return [place[cell] for cell in cells]


def _rounded(cells: pd.Series, digits: int) -> list[float | int | None]:
    """Rounded numbers, whole ones as integers (shorter in JSON), missing ones as None."""
    rounded = []
    for value in np.round(cells.to_numpy(dtype=float), digits):
        rounded.append(None if not np.isfinite(value) else int(value) if value == int(value) else float(value))
    return rounded
