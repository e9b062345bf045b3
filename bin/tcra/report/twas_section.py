"""The gene–trait associations: hits by trait and SNP set, Manhattan and QQ plots."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tcra.report.association_panels import OVER_SEVERAL, OVER_TISSUES, AssociationPanel
from tcra.report.page_parts import PageTable, Section, count, number, p_text, plural

TOP_GENES = 10
PANELS_LISTED, NAMES_LISTED = 6, 5
LARGE_INFLATION, FEW_TESTS = 1.3, 100
ROWS_OPEN = 60  # longer tables are folded away


def twas_section(panels: Sequence[AssociationPanel], positions_known: bool) -> Section:
    """`panels`: one per trait and model. COMBINE draws the figures for print."""
    section = Section("twas", "Gene–trait associations", "Associations")
    traits = list(dict.fromkeys(panel.trait for panel in panels))
    found_anywhere: set[str] = set()
    for trait in traits:
        mine = [panel for panel in panels if panel.trait == trait]
        sentence, found = trait_sentence(trait, mine)
        found_anywhere |= found
        section.headline.append(sentence)
    section.cards.append(
        (
            count(len(found_anywhere)),
            f"genes found{_in_any(traits)} (FDR 5 % {_by(panels)})",
        )
    )
    section.checks += [hint for trait in traits if (hint := _inflated(trait, panels))]
    section.checks += _flagged(panels)
    if not positions_known:
        section.checks.append(
            "Gene positions were not given (--genes): genes stand in order of name in the Manhattan plots."
        )
    section.tables += [_hits_table(panels), _top_table(panels)]
    return section


def trait_sentence(trait: str, mine: Sequence[AssociationPanel]) -> tuple[str, set[str]]:
    """Genes found for one trait, and the set of them: by the omnibus test where there is one, else in any one SNP set. Each number is of
    one panel, whose tests were corrected together; a number over several panels is said to be one."""
    sets = [panel for panel in mine if not panel.over_several]
    omnibus = _widest(mine)
    singly = {gene for panel in sets for gene in panel.rows.loc[panel.rows["fdr"] <= 0.05, "gene"]}
    if not omnibus:
        if len(sets) == 1:
            return (
                f"{trait}: {count(sets[0].fdr_hits)} of {count(sets[0].tests)} genes at FDR 5 % ({sets[0].label}).",
                singly,
            )
        return (
            f"{trait}: {plural(len(singly), 'gene')} at FDR 5 % in at least one of {_apart(sets)} ({_best(sets)}).",
            singly,
        )
    jointly = {gene for panel in omnibus for gene in panel.rows.loc[panel.rows["fdr"] <= 0.05, "gene"]}
    over = omnibus[0].omnibus_over.removeprefix("all ")
    each = [
        f"{count(panel.fdr_hits)} of {count(panel.tests)} genes tested{_inside(panel, omnibus)}" for panel in omnibus
    ]
    found = "; ".join(each[:PANELS_LISTED]) + (
        f" and {len(each) - PANELS_LISTED} more" if len(each) > PANELS_LISTED else ""
    )
    own = ", each corrected for its own tests" if len(omnibus) > 1 else ""
    sentence = f"{trait}: FDR 5 % by the omnibus test over {over}{own}: {found}"
    return f"{sentence}; {count(len(singly))} in at least one of {_apart(sets)} ({_best(sets)}).", jointly


def found_lines(panels: Sequence[AssociationPanel]) -> list[str]:
    """What a terminal shows at the end of a run: a line per trait, with the names of its strongest genes."""
    lines = []
    for trait in dict.fromkeys(panel.trait for panel in panels):
        mine = [panel for panel in panels if panel.trait == trait]
        rows = pd.concat([panel.rows[panel.rows["fdr"] <= 0.05] for panel in _widest(mine) or mine])
        best = rows.sort_values(["minus_log10_p", "gene"], ascending=[False, True])["gene_name"].drop_duplicates()
        names = ", ".join(best[:NAMES_LISTED]) + (", …" if len(best) > NAMES_LISTED else "")
        lines.append(f"found: {trait_sentence(trait, mine)[0]}" + (f" Strongest: {names}." if names else ""))
    return lines


def _inside(panel: AssociationPanel, panels: Sequence[AssociationPanel]) -> str:
    """What tells the panel from the other ones of its test: a tissue, or a SNP set."""
    if len(panels) == 1:
        return ""
    return f" in {panel.snp_set if panel.omnibus_over == OVER_TISSUES else panel.tissue}"


def _apart(sets: Sequence[AssociationPanel]) -> str:
    return f"{plural(len(sets), 'set of models', 'sets of models')}, each corrected for its own tests"


def _inflated(trait: str, panels: Sequence[AssociationPanel]) -> str:
    """A sentence on λ above LARGE_INFLATION, of the panel of the trait with the largest; empty if there is none."""
    mine = [one for one in panels if one.trait == trait and not one.over_several and one.inflation > LARGE_INFLATION]
    if not mine:
        return ""
    worst = max(mine, key=lambda panel: panel.inflation)
    where = f" (and above {LARGE_INFLATION} in {len(mine) - 1} more)" if len(mine) > 1 else ""
    few = f" With {count(worst.tests)} tests λ is imprecise." if worst.tests < FEW_TESTS else ""
    return (
        f"{trait}, {worst.label}: λ = {worst.inflation:.2f}{where}; a polygenic trait and a large sample raise it without any fault "
        f"(calibrate with φ: --gwas_h2 and --gwas_N of associate.py), and so does confounding.{few}"
    )


def _in_any(traits: Sequence[str]) -> str:
    return f" in at least one of {plural(len(traits), 'trait')}" if len(traits) > 1 else ""


def _by(panels: Sequence[AssociationPanel]) -> str:
    omnibus = _widest(panels)
    if omnibus:
        return f"by an omnibus test over {omnibus[0].omnibus_over.removeprefix('all ')}"
    return "in a set of models"


def _widest(mine: Sequence[AssociationPanel]) -> list[AssociationPanel]:
    """The panels of the omnibus test over tissues, else of that over SNP sets; none if there is neither."""
    overs = [panel.omnibus_over for panel in mine if panel.omnibus_over]
    return [
        panel for panel in mine if overs and panel.omnibus_over == max(overs, key=lambda over: over == OVER_TISSUES)
    ]


def _best(sets: Sequence[AssociationPanel]) -> str:
    if not sets:
        return "no SNP set was tested"
    best = max(sets, key=lambda panel: panel.fdr_hits)
    return f"most in {best.label}: {count(best.fdr_hits)} of {count(best.tests)} tested, {count(best.bonferroni_hits)} by Bonferroni"


def _flagged(panels: Sequence[AssociationPanel]) -> list[str]:
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


def _hits_table(panels: Sequence[AssociationPanel]) -> PageTable:
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


def _top_table(panels: Sequence[AssociationPanel]) -> PageTable:
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
