"""All figures of a study: QQ by trait, Manhattan by trait where the genes' positions are known, Miami where the GWAS is too."""

import re
from itertools import count
from pathlib import Path

import pandas as pd

from tcra.figures.manhattan import draw_manhattan, draw_miami
from tcra.figures.qq import draw_qq


def draw_all(out: Path, table: pd.DataFrame, points: dict[str, pd.DataFrame]) -> list[Path]:
    """Write the SVG files into `out`; returns them.

    table: corrected associations, with the columns of `gene_positions` where the genes' positions are known. points: `gwas_points` of
    each trait that has them.
    """
    drawn: list[Path] = []
    stems: set[str] = set()
    for trait, here in table.groupby("trait", sort=True):
        plain = re.sub(r"[^A-Za-z0-9._-]+", "_", str(trait)) or "trait"
        # Two traits may have one plain name: "a b" and "a_b".
        stem = next(name for n in count(1) if (name := plain if n == 1 else f"{plain}_{n}") not in stems)
        stems.add(stem)
        drawn.append(out / f"qq_{stem}.svg")
        draw_qq(drawn[-1], here, str(trait))
        if "pos" not in here or not here["pos"].notna().any():
            continue
        drawn.append(out / f"manhattan_{stem}.svg")
        draw_manhattan(drawn[-1], here, str(trait))
        if str(trait) in points:
            drawn.append(out / f"miami_{stem}.svg")
            draw_miami(drawn[-1], here, points[str(trait)], str(trait))
    return drawn
