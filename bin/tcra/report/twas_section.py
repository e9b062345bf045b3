"""The gene–trait associations: hits by trait and SNP set, Manhattan and QQ plots."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from tcra.common.genome.chromosomes import sort_key
from tcra.figures.labels import points_to_name
from tcra.figures.style import BLUE, CHROMOSOME_SHADES, GREY, HIT_COLOUR, THRESHOLD_COLOUR
from tcra.figures.thin import manhattan_points, qq_ranks
from tcra.report.association_panels import OVER_SEVERAL, OVER_TISSUES, Panel
from tcra.report.page_parts import PageTable, Section, count, number, p_text, plural

POINTS_IN_PAGE = 150_000  # over all panels; the page stays under a few megabytes
TOP_GENES = 10
ROWS_OPEN = 60  # longer tables are folded away


def twas_section(panels: Sequence[Panel], genes: pd.DataFrame, positions_known: bool) -> Section:
    """`panels`: one per trait and model; `genes`: see `genome_positions`. COMBINE draws the figures for print."""
    section = Section("twas", "Gene–trait associations", "Associations")
    traits = list(dict.fromkeys(panel.trait for panel in panels))
    found_anywhere: set[str] = set()
    for trait in traits:
        mine = [panel for panel in panels if panel.trait == trait]
        sentence, found = trait_sentence(trait, mine)
        found_anywhere |= found
        section.headline.append(sentence)
    section.cards.append((count(len(found_anywhere)), f"genes found in {plural(len(traits), 'trait')} (FDR 5 %)"))
    for panel in panels:
        if panel.tests >= 100 and panel.inflation > 1.3 and not panel.over_several:
            section.checks.append(
                f"{panel.trait}, {panel.label}: λ = {panel.inflation:.2f}; a polygenic trait or a large sample raises it, and so "
                f"does confounding."
            )
    section.checks += _flagged(panels)
    if not positions_known:
        section.checks.append(
            "Gene positions were not given (--genes): genes stand in order of name in the Manhattan plots."
        )
    section.tables += [_hits_table(panels), _top_table(panels)]
    return section


def trait_sentence(trait: str, mine: Sequence[Panel]) -> tuple[str, set[str]]:
    """Genes found for one trait, and the set of them: by the omnibus test where there is one, else in any one SNP set."""
    sets = [panel for panel in mine if not panel.over_several]
    omnibus = _widest(mine)
    singly = {gene for panel in sets for gene in panel.rows.loc[panel.rows["fdr"] <= 0.05, "gene"]}
    if not omnibus:
        where = "at least one SNP set" if len(sets) > 1 else "the SNP set"
        return f"{trait}: {plural(len(singly), 'gene')} at FDR 5 % in {where} ({_best(sets)}).", singly
    jointly = {gene for panel in omnibus for gene in panel.rows.loc[panel.rows["fdr"] <= 0.05, "gene"]}
    tested = len({gene for panel in omnibus for gene in panel.rows["gene"]})
    over = omnibus[0].omnibus_over.removeprefix("all ")
    sentence = f"{trait}: {plural(len(jointly), 'gene')} at FDR 5 % by the omnibus test over {over} ({count(tested)} genes tested)"
    return f"{sentence}; {count(len(singly))} in at least one SNP set on its own ({_best(sets)}).", jointly


def _widest(mine: Sequence[Panel]) -> list[Panel]:
    """The panels of the omnibus test over tissues, else of that over SNP sets; none if there is neither."""
    overs = [panel.omnibus_over for panel in mine if panel.omnibus_over]
    return [
        panel for panel in mine if overs and panel.omnibus_over == max(overs, key=lambda over: over == OVER_TISSUES)
    ]


def _best(sets: Sequence[Panel]) -> str:
    if not sets:
        return "no SNP set was tested"
    best = max(sets, key=lambda panel: panel.fdr_hits)
    return f"most in {best.label}: {count(best.fdr_hits)} of {count(best.tests)} tested, {count(best.bonferroni_hits)} by Bonferroni"


def twas_data(panels: Sequence[Panel], genes: pd.DataFrame) -> dict[str, Any]:
    """What the page's selector draws from: thinned points per panel, genes by index, chromosomes along x, colours."""
    budget = int(np.clip(POINTS_IN_PAGE // max(len(panels), 1), 600, 6000))
    index = pd.Series(np.arange(len(genes)), index=genes.index)
    chromosomes = []
    for chrom in sorted(set(genes["chrom"]), key=sort_key):
        x = genes.loc[genes["chrom"] == chrom, "x"]
        chromosomes.append({"name": chrom or "?", "from": int(x.min()), "to": int(x.max())})
    return {
        "genes": {
            "id": list(genes.index),
            "name": list(genes["gene_name"]),
            "chrom": list(genes["chrom"]),
            "pos": [None if np.isnan(p) else int(p) for p in genes["pos"]],
            "x": [int(x) for x in genes["x"]],
        },
        "chromosomes": chromosomes,
        "colours": {
            "shades": CHROMOSOME_SHADES,
            "hit": HIT_COLOUR,
            "threshold": THRESHOLD_COLOUR,
            "diagonal": GREY,
            "points": BLUE,
        },
        "panels": [_panel_data(panel, genes, index, budget) for panel in panels],
    }


def _panel_data(panel: Panel, genes: pd.DataFrame, index: pd.Series, budget: int) -> dict[str, Any]:
    rows = panel.rows
    heights, places = rows["minus_log10_p"].to_numpy(), genes["x"].reindex(rows["gene"]).to_numpy()
    kept = manhattan_points(places, heights, budget)
    named = points_to_name(
        places[kept],
        heights[kept],
        (rows["fdr"] <= 0.05).to_numpy()[kept],
        list(rows["gene_name"].iloc[kept]),
        width_share=0.1,
    )
    order = np.sort(heights)[::-1]
    ranks = qq_ranks(len(order), min(budget, 400))
    return {
        "trait": panel.trait,
        "model": panel.label,
        "tests": panel.tests,
        "lambda": number(panel.inflation, 4),
        "bonferroni": round(panel.bonferroni_height, 3),
        "fdrLine": _round(rows.loc[rows["fdr"] <= 0.05, "minus_log10_p"].min()),
        "thinned": len(kept) < len(rows),
        "g": [int(i) for i in index.reindex(rows["gene"].iloc[kept])],
        "y": [round(float(h), 2) for h in heights[kept]],
        "named": named,
        "rank": [int(r) for r in ranks],
        "qq": [round(float(order[r]), 2) for r in ranks],
    }


def _round(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 3)


def _flagged(panels: Sequence[Panel]) -> list[str]:
    """A sentence on the found genes whose result may mislead, by flag."""
    found = [panel.rows[panel.rows["fdr"] <= 0.05] for panel in panels if not panel.over_several]
    flags = pd.concat(found)["flags"].str.split(",").explode() if found else pd.Series(dtype=str)
    numbers = flags[flags != ""].value_counts()
    if numbers.empty:
        return []
    listed = ", ".join(f"{str(flag).replace('_', ' ')} {count(number)}" for flag, number in numbers.items())
    return [
        f"Associations at FDR 5 % with a flag: {listed} (column flags of associations.tsv.gz; docs/association.md explains them)."
    ]


def _hits_table(panels: Sequence[Panel]) -> PageTable:
    rows = [
        [p.trait, p.label, count(p.tests), f"{p.inflation:.3f}", count(p.bonferroni_hits), count(p.fdr_hits),
         p_text(float(p.rows["minus_log10_p"].max())) if p.tests else "–"]
        for p in panels
    ]  # fmt: skip
    header = ["Trait", "SNP set", "Genes tested", "λ", "Bonferroni 5 %", "FDR 5 %", "Smallest p"]
    return PageTable(
        "Tests and genes found, each trait and SNP set corrected for its own tests",
        header,
        rows,
        frozenset(range(2, 7)),
        folded=len(rows) > ROWS_OPEN,
    )


def _top_table(panels: Sequence[Panel]) -> PageTable:
    """The best genes of every trait: by the omnibus if there is one, else by their best SNP set."""
    rows = []
    for trait in dict.fromkeys(panel.trait for panel in panels):
        mine = [panel for panel in panels if panel.trait == trait]
        chosen = _widest(mine) or mine
        tested = pd.concat([panel.rows.assign(label=panel.label) for panel in chosen])
        best = (
            tested.sort_values(["minus_log10_p", "gene"], ascending=[False, True])
            .drop_duplicates("gene")
            .head(TOP_GENES)
        )
        all_sets = pd.concat([panel.rows.assign(label=panel.label) for panel in mine])
        for _, row in best.iterrows():
            sets = all_sets[(all_sets["gene"] == row["gene"]) & (~all_sets["label"].str.endswith(OVER_SEVERAL))]
            where = sets.loc[sets["minus_log10_p"].idxmax()] if len(sets) else row
            rows.append([
                trait, row["gene_name"], row["gene"], p_text(row["minus_log10_p"]), p_text(-np.log10(max(row["fdr"], 1e-300))),
                where["label"], number(where["zscore"]), f"{int((sets['fdr'] <= 0.05).sum())} of {len(sets)}",
                where["flags"].replace("_", " ").replace(",", ", ") or "–",
            ])  # fmt: skip
    by = "omnibus p" if any(panel.omnibus_over for panel in panels) else "smallest p"
    header = ["Trait", "Gene", "Identifier", "p", "FDR", "Best SNP set", "z there", "Sets at FDR 5 %", "Flags there"]
    return PageTable(
        f"Top {TOP_GENES} genes of each trait by {by}", header, rows, frozenset({3, 4, 6, 7}), len(rows) > ROWS_OPEN
    )
