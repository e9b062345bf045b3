"""Where the tested genes stand on the genome: from the annotation, or from the gene models' windows."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from tcra.common.genome.chromosomes import plain_name
from tcra.expression.annotation import read_annotation
from tcra.report.read import column_names, read_columns

WINDOW = ("window_start", "window_end")


def annotated_positions(path: Path, genes: Iterable[str]) -> pd.DataFrame:
    """Index: gene id. Columns: chrom (plain name; "" if the annotation lacks the gene), pos (1-based start of the gene's body, bp).

    A gene on X and Y is put on X. Errors: UserError of `read_annotation`.
    """
    annotation = read_annotation(path)
    places = {}
    for gene_id in genes:
        found = (annotation.find(gene_id, chrom) for chrom in annotation.chromosomes)
        gene = next((gene for gene in found if gene), None)
        places[gene_id] = (gene.chrom, gene.start + 1.0) if gene else ("", float("nan"))
    return pd.DataFrame.from_dict(places, orient="index", columns=["chrom", "pos"])


def modelled_positions(path: Path) -> pd.DataFrame | None:
    """The same from model summaries that have chrom, window_start and window_end (1-based, bp): the middle of the window. None without."""
    if not {"chrom", *WINDOW} <= set(column_names(path)):
        return None
    table = read_columns(path, ["gene_id", "chrom"], WINDOW).drop_duplicates("gene_id").set_index("gene_id")
    middle = ((table["window_start"] + table["window_end"]) / 2).round()
    return pd.DataFrame({"chrom": [plain_name(chrom) for chrom in table["chrom"]], "pos": middle})
