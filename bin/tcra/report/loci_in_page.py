"""Loci as the page draws them: what LOCI took out, thinned, with the posterior probabilities of fine-mapping."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tcra.figures.thin import strong_or_spread
from tcra.report import locus_tables as tables
from tcra.report.finemapping_in_page import FineMapping
from tcra.report.page_parts import set_label, set_order
from tcra.report.read_tables import read_columns

SHOWN_HEIGHT, SHOWN_R2, SHOWN_PIP = (
    2.0,
    0.1,
    0.01,
)  # −log10 p, r² with the lead SNP, PIP: SNPs from here on are all drawn
CELLS_ACROSS, CELL_HEIGHT = 200, 0.2  # of the others, one per cell
_SITE = ["chrom", "pos", "ref", "alt"]


def loci_in_page(
    folders: Sequence[Path], place: Mapping[str, int], fine: Mapping[str, FineMapping]
) -> list[dict[str, Any]]:
    """One record per trait and gene that passes. place: gene id → number of the gene in the page; fine: by trait."""
    records = []
    for folder in folders:
        loci = read_columns(
            folder / tables.LOCI_FILE, ["trait", "gene", "chrom", "lead_snp"], ["start", "end", "people", "snps"]
        )
        snps = _by_gene(read_columns(folder / tables.LOCUS_SNPS_FILE, ["gene", "snp", "chrom", "ref", "alt"],
                                     ["pos", "zscore", "minus_log10_pvalue", "r2"]))  # fmt: skip
        weights = _by_gene(read_columns(folder / tables.LOCUS_WEIGHTS_FILE, ["gene", "tissue", "snp_set", "snp", "chrom", "ref", "alt"],
                                        ["pos", "weight", "rank", "rank_value"]))  # fmt: skip
        scores = _by_gene(
            read_columns(folder / tables.LOCUS_SCORES_FILE, ["gene", "snp", "tissue", "track"], ["score", "tracks"])
        )
        states = _by_gene(
            read_columns(folder / tables.LOCUS_STATES_FILE, ["gene", "annotation", "state"], ["start", "end"])
        )
        rows: list[dict[str, Any]] = [
            dict(zip(map(str, loci.columns), cells, strict=True)) for cells in loci.to_numpy()
        ]
        for row in rows:
            gene = row["gene"]
            if gene in place:
                known = fine.get(row["trait"])
                points = _points(snps.get(gene), weights.get(gene), known.snps if known else None, row)
                records.append({
                    "trait": row["trait"], "g": place[gene], "chrom": row["chrom"], "from": int(row["start"]), "to": int(row["end"]),
                    "lead": row["lead_snp"], "people": int(row["people"]), "of": int(row["snps"]), "snps": _listed(points),
                    "weights": _weights(weights.get(gene), points), "scores": _scores(scores.get(gene), points),
                    "states": _states(states.get(gene)),
                })  # fmt: skip
    return records


def _by_gene(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {str(gene): part for gene, part in table.groupby("gene", sort=False)}


def _points(
    snps: pd.DataFrame | None, weights: pd.DataFrame | None, posterior: pd.DataFrame | None, row: Mapping[str, Any]
) -> pd.DataFrame:
    """The SNPs that are drawn, by position, with `pip` where known; SNPs of models that the GWAS lacks have no height."""
    parts = [snps] if snps is not None else []
    if weights is not None:
        parts.append(weights[["snp", *_SITE]])
    columns = ["snp", *_SITE, "zscore", "minus_log10_pvalue", "r2"]
    if not parts:
        return pd.DataFrame(columns=[*columns, "pip"])
    whole = pd.concat(parts).reindex(columns=columns).drop_duplicates("snp")
    if posterior is not None:
        whole = whole.merge(posterior, "left", on=_SITE)
    else:
        whole["pip"] = np.nan
    step = max((row["end"] - row["start"]) / CELLS_ACROSS, 1)
    spread = strong_or_spread(
        whole["pos"].fillna(0), whole["minus_log10_pvalue"].fillna(0), SHOWN_HEIGHT, step, CELL_HEIGHT
    )
    kept = spread | (whole["r2"] >= SHOWN_R2) | (whole["pip"] >= SHOWN_PIP)
    if weights is not None:
        kept |= whole["snp"].isin(weights["snp"])
    return whole[kept].sort_values(["pos", "snp"], ignore_index=True)


def _listed(points: pd.DataFrame) -> dict[str, list[Any]]:
    return {
        "name": list(points["snp"]),
        "pos": rounded_cells(points["pos"], 0),
        "alleles": [f"{ref}>{alt}" for ref, alt in zip(points["ref"], points["alt"], strict=True)],
        "z": rounded_cells(points["zscore"], 3),
        "h": rounded_cells(points["minus_log10_pvalue"], 3),
        "r2": rounded_cells(points["r2"], 3),
        "pip": rounded_cells(points["pip"], 4) if points["pip"].notna().any() else [],
    }


def rounded_cells(cells: "pd.Series[Any]", digits: int) -> list[float | int | None]:
    """Rounded numbers, whole ones as integers (shorter in JSON), missing ones as None."""
    numbers = np.round(cells.to_numpy(dtype=float), digits).tolist()
    return [None if not np.isfinite(one) else int(one) if one == int(one) else one for one in numbers]


def _weights(weights: pd.DataFrame | None, points: pd.DataFrame) -> list[list[Any]]:
    """Rows tissue, SNP set, SNP (its number among the points), weight, rank, the value that it is ranked by."""
    if weights is None:
        return []
    number = {name: i for i, name in enumerate(points["snp"])}
    weights = weights.sort_values("snp_set", key=lambda names: names.map(set_order), kind="stable")
    return [
        [tissue, set_label(snp_set), number[snp], float(f"{weight:.6g}"), rank, value]
        for tissue, snp_set, snp, weight, rank, value in zip(
            weights["tissue"], weights["snp_set"], weights["snp"], weights["weight"], rounded_cells(weights["rank"], 0),
            rounded_cells(weights["rank_value"], 6), strict=True,
        )
    ]  # fmt: skip


def _scores(scores: pd.DataFrame | None, points: pd.DataFrame) -> list[list[Any]]:
    """Rows SNP (its number), tissue, number of tracks, [track, score] of the tracks with the largest score."""
    if scores is None:
        return []
    number = {name: i for i, name in enumerate(points["snp"])}
    rows = []
    for (snp, tissue), part in scores.groupby(["snp", "tissue"], sort=False):
        if snp in number:
            tracks = [[track, float(f"{score:.4g}")] for track, score in zip(part["track"], part["score"], strict=True)]
            rows.append([number[snp], tissue, int(part["tracks"].iloc[0]), tracks])
    return rows


def _states(states: pd.DataFrame | None) -> list[list[Any]]:
    if states is None:
        return []
    return [[str(name), [[int(a), int(b), state] for a, b, state in zip(part["start"], part["end"], part["state"], strict=True)]]
            for name, part in states.groupby("annotation", sort=True)]  # fmt: skip
