"""Where the tested genes stand on the genome: from the annotation, or from the gene models' windows."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from tcra.association.study.draw_figures import gene_positions
from tcra.common.genome.chromosomes import plain_name
from tcra.report.read_tables import column_names, read_columns

WINDOW = ("window_start", "window_end")


def annotated_positions(path: Path, genes: Iterable[str]) -> pd.DataFrame:
    """Index: gene id. Columns: chrom (plain name), pos (1-based start of the gene's body, bp), of the genes that the annotation has.

    Errors: UserError of `read_annotation`.
    """
    return gene_positions(path, pd.Series(list(genes), dtype=object)).set_index("gene")


def modelled_positions(path: Path) -> pd.DataFrame | None:
    """The same from model summaries that have chrom, window_start and window_end (1-based, bp): the middle of the window. None without."""
    if not {"chrom", *WINDOW} <= set(column_names(path)):
        return None
    table = read_columns(path, ["gene_id", "chrom"], WINDOW).drop_duplicates("gene_id").set_index("gene_id")
    middle = ((table["window_start"] + table["window_end"]) / 2).round()
    return pd.DataFrame({"chrom": [plain_name(chrom) for chrom in table["chrom"]], "pos": middle})
