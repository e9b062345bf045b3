"""Gene models by SNP set: how many genes have one, and how well it predicts expression in cross-validation."""

from pathlib import Path

import numpy as np
import pandas as pd

from tcra.figures.model_quality import draw_model_quality
from tcra.figures.style import BLUE, SKY
from tcra.report.page_parts import (
    PageFigure,
    PageTable,
    Section,
    count,
    percent,
    plotly_text,
    plural,
    set_label,
    set_order,
)
from tcra.report.read_tables import read_columns


def model_section(path: Path, figures: Path) -> Section:
    """`path`: columns gene_id, snp_set, n_snps_in_model, pred_perf_R2; rho_avg (mean out-of-fold correlation) and in_database where known.

    A gene has a model if at least one SNP is in it and, where in_database says so, it passed the database's quality rule.
    """
    table = read_columns(
        path, ["gene_id"], ["n_snps_in_model", "pred_perf_R2"], ["snp_set", "in_database"], ["rho_avg"]
    )
    table["usable"] = table["n_snps_in_model"].fillna(0) > 0
    if "in_database" in table:
        table["usable"] &= table["in_database"] == "yes"
    if "snp_set" not in table:
        table["snp_set"] = "all"
    sets = sorted(table["snp_set"].unique(), key=set_order)
    groups = [(name, table[table["snp_set"] == name]) for name in sets]
    section = Section("models", "Gene models")
    if table.empty:
        return section
    genes = table["gene_id"].nunique()
    modelled = table.loc[table["usable"], "gene_id"].nunique()
    section.cards.append((count(modelled), f"of {count(genes)} genes with a model"))
    best_name, best = max(groups, key=lambda group: _share(group[1]))
    section.headline.append(
        f"{plural(modelled, 'gene')} of {count(genes)} have an expression model in at least one of {plural(len(sets), 'SNP set')}; "
        f"the SNP set {set_label(best_name)} gives the most ({percent(_share(best))} of genes, "
        f"mean cross-validated R² {_mean(best, 'pred_perf_R2'):.3f})."
    )
    if not modelled:
        section.checks.append(
            "No gene has a model: look at the number of SNPs per gene window in the accounting chain."
        )
    section.figures.append(_share_figure(groups))
    if modelled:
        section.figures.append(_r2_figure(groups))
    draw_model_quality(
        figures / "gene_models.svg",
        [set_label(name) for name, _ in groups],
        [_share(part) for _, part in groups],
        [_modelled(part)["pred_perf_R2"].dropna().to_numpy() for _, part in groups],
    )
    section.tables.append(_table(groups))
    return section


def _share(part: pd.DataFrame) -> float:
    return float(part["usable"].mean()) if len(part) else 0.0


def _modelled(part: pd.DataFrame) -> pd.DataFrame:
    return part[part["usable"]]


def _mean(part: pd.DataFrame, column: str) -> float:
    values = _modelled(part)[column].dropna()
    return float(values.mean()) if len(values) else float("nan")


def _share_figure(groups: list[tuple[str, pd.DataFrame]]) -> PageFigure:
    labels = [set_label(name) for name, _ in groups]
    shares = [round(_share(part) * 100, 2) for _, part in groups]
    return PageFigure(
        key="model-share",
        title="Genes with a model",
        alt="Share of genes with a model, by SNP set: "
        + "; ".join(f"{label} {share:g} %" for label, share in zip(labels, shares, strict=True)),
        caption="Share of genes with a model: the elastic net keeps at least one SNP, and the model passes the database's quality rule.",
        traces=[{"type": "bar", "x": [plotly_text(label) for label in labels], "y": shares, "marker": {"color": BLUE},
                 "text": [f"{s:.0f} %" for s in shares], "textposition": "auto", "hovertemplate": "%{x}: %{y:.1f} %<extra></extra>"}],
        layout={"xaxis": {"type": "category", "title": {"text": "SNP set"}},
                "yaxis": {"title": {"text": "Genes with a model (%)"}, "rangemode": "tozero"}},
        svg="gene_models.svg",
    )  # fmt: skip


def _r2_figure(groups: list[tuple[str, pd.DataFrame]]) -> PageFigure:
    traces = []
    for name, part in groups:
        quartiles = (
            np.quantile(r2, [0, 0.25, 0.5, 0.75]) if len(r2 := _modelled(part)["pred_perf_R2"].dropna()) else None
        )
        if quartiles is None:
            continue
        upper = float(r2[r2 <= quartiles[3] + 1.5 * (quartiles[3] - quartiles[1])].max())
        low, q1, middle, q3 = (float(f"{v:.4g}") for v in quartiles)
        label = plotly_text(set_label(name))
        traces.append(
            {"type": "box", "name": label, "x": [label], "q1": [q1], "median": [middle], "q3": [q3],
             "lowerfence": [low], "upperfence": [round(upper, 4)], "mean": [float(f"{r2.mean():.4g}")], "marker": {"color": BLUE},
             "fillcolor": SKY, "line": {"color": BLUE}, "showlegend": False, "boxpoints": False}
        )  # fmt: skip
    return PageFigure(
        key="model-r2",
        title="Cross-validated R² of the models",
        alt="Box plots of the cross-validated R squared of gene models, by SNP set.",
        caption="R² between expression and out-of-fold prediction, genes with a model. Boxes: quartiles; dashed: mean; "
        "whiskers: the largest value "
        "within 1.5 box heights; outliers are not drawn. The penalty is chosen on the same folds, so small R² are optimistic.",
        traces=traces,
        layout={
            "xaxis": {"type": "category", "title": {"text": "SNP set"}},
            "yaxis": {"title": {"text": "Cross-validated R²"}},
        },
        svg="gene_models.svg",
    )


def _table(groups: list[tuple[str, pd.DataFrame]]) -> PageTable:
    has_rho = any("rho_avg" in part for _, part in groups)
    header = [
        "SNP set",
        "Genes tested",
        "With a model",
        "Share",
        "Mean R²",
        "Median R²",
        *(["Mean ρ"] if has_rho else []),
        "SNPs per model",
    ]
    rows = []
    for name, part in groups:
        kept = _modelled(part)
        r2 = kept["pred_perf_R2"].dropna()
        row = [set_label(name), count(len(part)), count(len(kept)), percent(_share(part))]
        row += [f"{r2.mean():.3f}", f"{r2.median():.3f}"] if len(r2) else ["–", "–"]
        if has_rho:
            rho = _mean(part, "rho_avg")
            row.append("–" if np.isnan(rho) else f"{rho:.3f}")
        row.append(f"{kept['n_snps_in_model'].mean():.1f}" if len(kept) else "–")
        rows.append(row)
    return PageTable("Gene models by SNP set", header, rows, frozenset(range(1, len(header))))
