"""Whether the page counts the same tests and hits as the table of the combining stage: an independent check of both."""

from collections.abc import Sequence
from pathlib import Path

from tcra.report.association_panels import UNNAMED, AssociationPanel
from tcra.report.page_parts import count
from tcra.report.read_tables import read_columns


def summary_differences(path: Path, panels: Sequence[AssociationPanel]) -> list[str]:
    """Sentences on what differs. `path`: columns trait, model, tests, hits_fdr (one row per trait and model)."""
    rows = read_columns(path, ["trait", "model"], ["tests"], also_numbers=["hits_fdr", "threshold"])
    sentences = []
    for trait in dict.fromkeys(panel.trait for panel in panels):
        ours = [panel for panel in panels if panel.trait == trait and not panel.over_several]
        theirs = rows[rows["trait"].replace("", UNNAMED) == trait]
        pairs = [("tests", sum(panel.tests for panel in ours), theirs["tests"].sum())]
        if "hits_fdr" in rows and ("threshold" not in rows or (theirs["threshold"] == 0.05).all()):
            pairs.append(("genes at FDR 5 %", sum(panel.fdr_hits for panel in ours), theirs["hits_fdr"].sum()))
        sentences += [
            f"{trait}: {count(mine)} {what} in the associations, {count(other)} in {path.name}; are both files of one run?"
            for what, mine, other in pairs
            if mine != other
        ]
    return sentences
