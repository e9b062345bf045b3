"""QQ plot of the gene tests of one trait, a line a model, with λ."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import beta

from tcra.common.multiple_testing import inflation
from tcra.figures.canvas import COLOURS, svg


def draw_qq(path: Path, table: pd.DataFrame, title: str = "") -> None:
    """-log10 p observed against expected, with the 95 % band of the largest model under the null.

    table: columns model, zscore, minus_log10_pvalue; rows without a p are left out.
    """
    table = table[table["minus_log10_pvalue"].notna()]
    with svg(path, (3.6, 3.6)) as axes:
        most = int(table.groupby("model").size().max()) if len(table) else 1
        rank = _thinned(most) + 1
        expected = -np.log10((rank - 0.5) / most)
        band = [-np.log10(beta.ppf(q, rank, most - rank + 1)) for q in (0.025, 0.975)]
        axes.fill_between(expected, *band, color="#dddddd", linewidth=0)
        axes.plot([0, expected[0]], [0, expected[0]], color="#888888", linewidth=0.8)
        for i, (model, part) in enumerate(table.groupby("model", sort=True)):
            observed = np.sort(part["minus_log10_pvalue"].to_numpy(float))[::-1]
            x = -np.log10((np.arange(1, len(part) + 1) - 0.5) / len(part))
            shown = _thinned(len(part))
            label = f"{model}, λ = {inflation(part['zscore']):.3f}"
            axes.plot(x[shown], observed[shown], ".", markersize=3, color=COLOURS[i % len(COLOURS)], label=label)
        axes.set_xlabel("expected −log10 p")
        axes.set_ylabel("observed −log10 p")
        axes.set_title(title)
        if len(table):
            axes.legend(frameon=False, fontsize=6, loc="upper left")


def _thinned(count: int, strong: int = 200, rest: int = 400) -> NDArray[np.int64]:
    """Ranks to draw (0-based): the 200 strongest, and 400 of the others, evenly in log rank."""
    if count <= strong + rest:
        return np.arange(count)
    others = np.unique(np.geomspace(strong, count - 1, rest).astype(np.int64))
    return np.concatenate([np.arange(strong), others[others >= strong]])
