"""A GWAS thinned to what a figure can show: every strong variant, and a grid of the weak ones."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from tcra.association.gwas.effects import compute_effects
from tcra.association.gwas.gwas_rows import read_gwas_rows
from tcra.association.gwas.read_gwas import open_gwas
from tcra.association.gwas.settings import GwasSettings
from tcra.common.genome.chromosomes import plain_name
from tcra.common.gwas.gwas_dialects import EFFECT_ROLES
from tcra.common.pvalues import minus_log10_pvalue
from tcra.figures.thin import strong_or_spread

log = logging.getLogger(__name__)
GWAS_POINTS_FILE = "gwas_points.tsv.gz"  # in the folder of a trait
GWAS_POINT_COLUMNS = ("trait", "chrom", "pos", "minus_log10_pvalue")
STRONG_MINUS_LOG10_P = 4.0
_CELL_BP = 2_000_000
_STEP = 0.1


def gwas_points(files: list[Path], trait: str, settings: GwasSettings) -> pd.DataFrame:
    """`trait, chrom, pos, minus_log10_pvalue` of the GWAS: all with -log10 p of 4 or more, else one per cell of 2 Mb and 0.1 of -log10 p.
    Files without columns of chromosome and position give none, with a warning."""
    parts: list[pd.DataFrame] = []
    for path in files:
        layout, columns = open_gwas(path, settings)
        lacking = [role for role in ("chromosome", "position") if role not in columns.roles]
        if lacking:
            message = "%s: no Miami plot, which needs the column of the %s; name it with --%s_column"
            log.warning(message, path.name, lacking[0], lacking[0])
            continue
        for rows in read_gwas_rows(path, layout, columns):
            batch = rows.batch
            cells = {role: batch[columns.roles[role]] for role in EFFECT_ROLES if role in columns.roles}
            effects = compute_effects(path, cells, settings.input_pvalue_fix, columns.roles)
            p = effects.p
            with np.errstate(divide="ignore", invalid="ignore"):
                strength = np.where(p > 0, 0.0 - np.log10(p), minus_log10_pvalue(effects.z))
            strength[(effects.reason != "") | effects.infinite] = np.nan
            encoded = pc.dictionary_encode(batch[columns.roles["chromosome"]])
            plain = np.array([plain_name(name) for name in encoded.dictionary.to_pylist()], dtype=object)
            table = pd.DataFrame(
                {
                    "chrom": plain[encoded.indices.to_numpy()],
                    "pos": pd.to_numeric(pd.Series(batch[columns.roles["position"]].to_pylist()), errors="coerce"),
                    "minus_log10_pvalue": strength,
                }
            )
            parts.append(_thin(table.dropna()))
    names = list(GWAS_POINT_COLUMNS)
    whole = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=names[1:])
    # The strongest first at each position, as in a table of p.
    thin = _thin(whole).sort_values(names[1:], ascending=[True, True, False], ignore_index=True)
    return thin.assign(trait=trait)[names]


def _thin(table: pd.DataFrame) -> pd.DataFrame:
    heights = table["minus_log10_pvalue"]
    return table[strong_or_spread(table["pos"], heights, STRONG_MINUS_LOG10_P, _CELL_BP, _STEP, table["chrom"])]
