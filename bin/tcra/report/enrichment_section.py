"""Evidence for the ranking: odds ratio of every annotation in every SNP set, with 95 % intervals."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tcra.figures.enrichment import draw_enrichment
from tcra.figures.style import GREY, SERIES_COLOURS
from tcra.report.page_parts import (
    PLOTLY_SYMBOLS,
    PageFigure,
    PageTable,
    Section,
    count,
    number,
    p_text,
    plotly_text,
    set_label,
)
from tcra.report.read_tables import read_columns

ROUND = [digit * 10.0**power for power in range(-3, 5) for digit in (1, 2, 5)]
SHOWN = 6  # annotations drawn; the table has all


def enrichment_section(path: Path, figures: Path) -> Section:
    """`path`: columns annotation, snp_set, odds_ratio, low95, high95; ranking, size, inside_set, total_set, p where known."""
    table = read_columns(
        path, ["annotation", "snp_set"], ["odds_ratio", "low95", "high95"], ["ranking"],
        ["size", "inside_set", "total_set", "inside_background", "total_background", "p"],
    )  # fmt: skip
    section = Section("enrichment", "Enrichment of the SNP sets", "Enrichment")
    if table.empty:
        return section
    if "ranking" not in table or (table["ranking"] == "").all():
        table["ranking"] = "tCRA"
    if "size" not in table:
        table["size"] = pd.to_numeric(table["snp_set"], errors="coerce")
    table = table.sort_values(["annotation", "ranking", "size"], kind="stable")
    best = table[table["odds_ratio"].notna()]
    if best.empty:
        return section
    series = [(str(a), str(r), part) for (a, r), part in table.groupby(["annotation", "ranking"], sort=True)]
    strongest = sorted(series, key=lambda item: -_smallest_set(item[2]))
    section.headline.append(_sentence(strongest[0]))
    drawn = strongest[:SHOWN]
    section.figures.append(_figure(drawn, len(series)))
    shown = table[table["annotation"].isin([name for name, _, _ in drawn]) & table["size"].notna()]
    if len(shown):
        draw_enrichment(figures / "enrichment.svg", shown)
    section.tables.append(_table(table))
    return section


def _smallest_set(part: pd.DataFrame) -> float:
    value = part.iloc[0]["odds_ratio"]
    return float(value) if np.isfinite(value) else 0.0


def _sentence(series: tuple[str, str, pd.DataFrame]) -> str:
    name, ranking, part = series
    row = part.iloc[0]
    where = f"the top {set_label(row['snp_set'])} variants"
    if ranking not in ("", "tCRA"):
        where += f" (ranking {ranking})"
    return (
        f"Variants in {name} are enriched in {where} with an odds ratio of {number(row['odds_ratio'])} "
        f"(95 % interval {number(row['low95'])} to {number(row['high95'])})."
        if row["odds_ratio"] > 1
        else f"No annotation is enriched in its smallest SNP set; the highest odds ratio is {number(row['odds_ratio'])} ({name})."
    )


def _label(name: str, ranking: str, series: list[tuple[str, str, pd.DataFrame]]) -> str:
    return f"{name} ({ranking})" if len({r for _, r, _ in series}) > 1 else name


def _figure(series: list[tuple[str, str, pd.DataFrame]], total: int) -> PageFigure:
    traces: list[dict[str, Any]] = []
    for place, (name, ranking, part) in enumerate(series):
        part = part[part["odds_ratio"].gt(0)]
        odds, low, high = (part[c].to_numpy() for c in ("odds_ratio", "low95", "high95"))
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": plotly_text(_label(name, ranking, series)),
                "x": [float(size) for size in part["size"]],
                "y": [float(f"{o:.4g}") for o in odds],
                "error_y": {
                    "type": "data",
                    "symmetric": False,
                    "array": [float(f"{v:.4g}") for v in np.nan_to_num(high - odds)],
                    "arrayminus": [float(f"{v:.4g}") for v in np.nan_to_num(odds - low)],
                    "thickness": 1.5,
                },
                "line": {"color": SERIES_COLOURS[place % len(SERIES_COLOURS)], "width": 2},
                "marker": {"symbol": PLOTLY_SYMBOLS[place % len(PLOTLY_SYMBOLS)], "size": 9},
            }
        )
    sizes = sorted({float(s) for _, _, part in series for s in part["size"]})
    labels = [set_label(f"{s:.0f}") for s in sizes]
    less = f" The {len(series)} strongest of {total} are drawn; the table has all." if total > len(series) else ""
    return PageFigure(
        key="enrichment",
        title="Odds ratio by SNP set",
        alt="Odds ratio with 95 % interval of each annotation against the size of the SNP set.",
        caption="Odds of lying inside the annotation, SNP set against all other scored variants; "
        "bars are 95 % intervals, the dotted line is no enrichment."
        + less,
        traces=traces,
        layout={
            "xaxis": {"type": "log", "title": {"text": "Variants in the SNP set"}, "tickvals": sizes, "ticktext": labels},
            "yaxis": {"type": "log", "title": {"text": "Odds ratio"}, "tickvals": ROUND, "ticktext": [f"{v:g}" for v in ROUND]},
            "shapes": [{"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 1, "y1": 1, "line": {"color": GREY, "dash": "dot"}}],
        },
        svg="enrichment.svg",
    )  # fmt: skip


def _table(table: pd.DataFrame) -> PageTable:
    rows = []
    for _, row in table.iterrows():
        p = float(row.get("p", float("nan")))
        interval = f"{number(row['low95'])} – {number(row['high95'])}" if np.isfinite(row["low95"]) else "–"
        rows.append([
            row["annotation"], row["ranking"], set_label(row["snp_set"]), _inside(row, "set"), _inside(row, "background"),
            number(row["odds_ratio"]), interval, "< 1e-300" if p < 1e-300 else p_text(float(-np.log10(p))),
        ])  # fmt: skip
    header = [
        "Annotation",
        "Ranking",
        "SNP set",
        "Inside, of the set",
        "Inside, of all",
        "Odds ratio",
        "95 % interval",
        "p",
    ]
    return PageTable("All annotations and SNP sets", header, rows, frozenset(range(2, 8)), folded=len(rows) > 12)


def _inside(row: pd.Series, where: str) -> str:
    inside, total = row.get(f"inside_{where}", float("nan")), row.get(f"total_{where}", float("nan"))
    return f"{count(inside)} of {count(total)}" if np.isfinite(inside) and np.isfinite(total) else "–"
