"""All tests of a study as the page carries them: panel after panel, columns of numbers."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from tcra.common.genome.chromosomes import sort_key
from tcra.common.multiple_testing import benjamini_hochberg
from tcra.common.pvalues import minus_log10_pvalue
from tcra.figures.style import (
    BLUE,
    CHROMOSOME_SHADES,
    GREEN,
    GREY,
    HIT_COLOUR,
    ORANGE,
    PURPLE,
    SERIES_COLOURS,
    SKY,
    THRESHOLD_COLOUR,
    VERMILION,
)  # fmt: skip
from tcra.report.association_panels import AssociationPanel
from tcra.report.packed_columns import smallest_unsigned
from tcra.report.page_parts import number

EXACT_TESTS = 150_000  # up to so many tests the page has every digit of COMBINE's tables; beyond, seven digits of z
COLOURS = {
    "shades": CHROMOSOME_SHADES, "hit": HIT_COLOUR, "threshold": THRESHOLD_COLOUR, "diagonal": GREY, "points": BLUE,
    "series": SERIES_COLOURS,
    "ld": (VERMILION, ORANGE, GREEN, SKY, GREY), "lead": PURPLE,
}  # fmt: skip


def tests_in_page(
    panels: Sequence[AssociationPanel], genes: pd.DataFrame
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What the page says of the panels, and the columns of their rows, in the order of `stored_order`, genes ascending.

    Columns: gene (step from the row before, from 0 in each panel), z (models only), n and r2 (models only), flags (index into the
    listed ones, models only), height (−log10 p; only of rows whose z does not give it) and, of studies up to EXACT_TESTS, p and fdr.
    genes: see `genome_positions`.
    """
    ordered = stored_order(panels)
    stored = {id(panel): number for number, panel in enumerate(ordered)}
    place = pd.Series(np.arange(len(genes)), index=genes.index)
    exact = sum(panel.tests for panel in panels) <= EXACT_TESTS
    rows = [
        panel.rows.iloc[np.argsort(place.reindex(panel.rows["gene"]).to_numpy(), kind="stable")] for panel in ordered
    ]
    models = [part for panel, part in zip(ordered, rows, strict=True) if not panel.over_several]
    steps = [np.diff(place.reindex(part["gene"]).to_numpy(), prepend=0) for part in rows]
    decimals = np.float64 if exact else np.float32
    flags = sorted({text for part in models for text in part["flags"].unique()} - {""})
    codes = {text: code for code, text in enumerate(["", *flags])}
    from_z = all(_height_is_of_z(part) for part in models)
    without_z = rows[len(models) :] if from_z else rows
    columns = {
        "gene": smallest_unsigned(_joined(steps)),
        "z": _joined([part["zscore"] for part in models]).astype(decimals),
        "n": smallest_unsigned(_joined([part["n_used"].fillna(0) for part in models])),
        "r2": _joined([part["r2"] for part in models]).astype(decimals),
        "flags": smallest_unsigned(_joined([part["flags"].map(codes) for part in models])),
        "height": _joined([part["minus_log10_p"] for part in without_z]).astype(np.float32),
    }
    own_fdr = exact or not all(_is_corrected_as_usual(part) for part in rows)
    if exact:
        columns["p"] = _joined([part["pvalue"] for part in rows]).astype(np.float64)
    if own_fdr:
        columns["fdr"] = _joined([part["fdr"] for part in rows]).astype(decimals)
    said = {
        "exact": exact,
        "from_z": from_z,
        "flags": ["", *flags],
        "panels": [_panel(panel) for panel in ordered],
        "order": [stored[id(panel)] for panel in panels],
        "chromosomes": _chromosomes(genes),
        "genes": {"id": list(genes.index), "name": list(genes["gene_name"]), "chrom": list(genes["chrom"]),
                  "pos": [None if np.isnan(p) else int(p) for p in genes["pos"]], "x": [int(x) for x in genes["x"]]},
        "colours": COLOURS,
    }  # fmt: skip
    return said, columns


def stored_order(panels: Sequence[AssociationPanel]) -> list[AssociationPanel]:
    """Models before tests over several; traits of one model side by side: what they share is then packed once."""
    order = {(panel.tissue, panel.snp_set): i for i, panel in reversed(list(enumerate(panels)))}
    return sorted(panels, key=lambda panel: (panel.over_several, order[panel.tissue, panel.snp_set], panel.trait))


def _chromosomes(genes: pd.DataFrame) -> list[dict[str, Any]]:
    found = []
    for chrom in sorted(set(genes["chrom"]), key=sort_key):
        x = genes.loc[genes["chrom"] == chrom, "x"]
        found.append({"name": chrom or "?", "from": int(x.min()), "to": int(x.max())})
    return found


def _panel(panel: AssociationPanel) -> dict[str, Any]:
    return {"trait": panel.trait, "tissue": panel.tissue, "set": panel.snp_set, "label": panel.label, "several": panel.over_several,
            "model": str(panel.rows["model"].iloc[0]), "tests": panel.tests, "lambda": number(panel.inflation, 4)}  # fmt: skip


def _joined(parts: Sequence[Any]) -> np.ndarray:
    return np.concatenate([np.asarray(part) for part in parts]) if parts else np.zeros(0)


def _height_is_of_z(part: pd.DataFrame) -> bool:
    return bool(np.allclose(minus_log10_pvalue(part["zscore"]), part["minus_log10_p"], rtol=1e-4, atol=1e-4))


def _is_corrected_as_usual(part: pd.DataFrame) -> bool:
    """Whether fdr is Benjamini and Hochberg's over the panel's own tests: the page can then compute it."""
    usual = benjamini_hochberg(10.0 ** -part["minus_log10_p"])
    return bool(np.allclose(usual, part["fdr"], rtol=1e-4, atol=1e-12))
