"""Where gene models belong: at their transcription start, else in the middle of their weights."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tcra.common.arrays import Booleans, Integers
from tcra.common.genome.genes import GeneAnnotation
from tcra.finemapping.trained_models import TrainedModels


@dataclass(frozen=True)
class GenePlaces:
    """chrom (m,): plain names, empty where unknown. position (m,) int64: 0-based, -1 where unknown. annotated (m,): it is a TSS."""

    chrom: NDArray[np.object_]
    position: Integers
    annotated: Booleans


def locate_genes(models: TrainedModels, annotation: GeneAnnotation | None) -> GenePlaces:
    """The place of every gene model: of its gene in the annotation, else the median position that its weights' varIDs state."""
    number = len(models.table)
    chrom, position = np.full(number, "", dtype=object), np.full(number, -1, np.int64)
    annotated = np.zeros(number, bool)
    for model, gene_id in enumerate(models.table["gene"].tolist()):
        rows = models.rows(model)
        names = models.chrom[rows]
        known = names[names != ""]
        home = str(known[0]) if len(known) else ""
        gene = annotation.find(gene_id, home) if annotation is not None else None
        if gene is not None:
            chrom[model], position[model], annotated[model] = gene.chrom, gene.tss, True
        elif home:
            on_home = models.position[rows][names == home]
            chrom[model], position[model] = home, int(np.median(on_home)) - 1
    return GenePlaces(chrom, position, annotated)
