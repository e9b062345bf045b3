"""QQ plot of the gene tests of one trait, one series per model, with λ."""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import betaincinv

from tcra.common.multiple_testing import inflation
from tcra.figures.canvas import vector_figure
from tcra.figures.labels import natural_order
from tcra.figures.style import GREY, LIGHT_GREY, SERIES_COLOURS
from tcra.figures.thin import qq_ranks

RANKS_DRAWN = 600


def draw_qq(path: Path, table: pd.DataFrame, title: str = "") -> None:
    """−log10 p observed against expected, with the 95 % band of the largest model under the null.

    table: columns model, zscore, minus_log10_pvalue; rows without a p are left out.
    """
    table = table[table["minus_log10_pvalue"].notna()]
    with vector_figure(path, (3.6, 3.6)) as axes:
        most = int(table.groupby("model").size().max()) if len(table) else 1
        rank = qq_ranks(most, RANKS_DRAWN) + 1
        expected = -np.log10((rank - 0.5) / most)
        # The k-th smallest of n uniform p-values follows Beta(k, n − k + 1).
        band = [-np.log10(betaincinv(rank, most - rank + 1, share)) for share in (0.025, 0.975)]
        axes.fill_between(expected, *band, color=LIGHT_GREY, linewidth=0)
        axes.plot([0, expected[0]], [0, expected[0]], color=GREY, linewidth=0.8)
        for i, model in enumerate(sorted(table["model"].unique(), key=natural_order)):
            part = table[table["model"] == model]
            observed = np.sort(part["minus_log10_pvalue"].to_numpy(float))[::-1]
            shown = qq_ranks(len(part), RANKS_DRAWN)
            x = -np.log10((shown + 0.5) / len(part))
            label = f"{model}, λ = {inflation(part['zscore']):.3f}".replace("$", r"\$")
            colour = SERIES_COLOURS[i % len(SERIES_COLOURS)]
            axes.plot(x, observed[shown], ".", markersize=3, color=colour, label=label)
        axes.set_xlabel("Expected −log10 p")
        axes.set_ylabel("Observed −log10 p")
        axes.set_title(title, parse_math=False)
        if len(table):
            axes.legend(fontsize=6, loc="upper left")
