"""Whether the GWAS and a model speak of the same variants: alleles that agree at most shared places, one row per variant."""

import numpy as np

from tcra.association.alignment import ALLELES_DIFFER, Aligned
from tcra.association.gwas.read_gwas import Gwas
from tcra.association.models.prediction_model import PredictionModel
from tcra.common.gwas.effect_columns import check_not_munged
from tcra.common.gwas.gwas_row_rules import check_several_rows
from tcra.errors import UserError

_ENOUGH = 20  # weights for a judgement


def check_agreement(gwas: Gwas, model: PredictionModel, aligned: Aligned, by_position: bool) -> None:
    """Errors: UserError if the alleles differ at most of the places that the GWAS and the model share, if most of the model's
    variants are in several rows of the GWAS with other numbers, or if the alleles show that the effect allele is not certain."""
    path = gwas.files[0].path
    used = aligned.source >= 0
    matched, differ = int(np.count_nonzero(used)), int(np.count_nonzero(aligned.reason == ALLELES_DIFFER))
    if differ > matched and differ + matched >= _ENOUGH:
        shared = f"alleles differ at {differ} of the {differ + matched} weights of {model.path.name} that it shares"
        if by_position:
            raise UserError(
                f"{path}: {shared} a position with: positions of another genome build agree by chance only; give --liftover with a "
                "chain file to the models' build"
            )
        raise UserError(
            f"{path}: {shared} an id with; check the allele columns, and that the ids are of the same data base"
        )
    check_several_rows(path, aligned.conflicts, matched, f"weights of {model.path.name}", _example(model, aligned))
    flipped = aligned.flipped & used
    if any(file.munged for file in gwas.files) and 2 * np.count_nonzero(flipped) > matched:
        variants, flipped_variants = np.unique(aligned.source[used]), np.unique(aligned.source[flipped])
        check_not_munged(path, len(flipped_variants), len(variants))


def _example(model: PredictionModel, aligned: Aligned) -> str:
    where = np.flatnonzero(aligned.conflicting)
    return str(model.snp[where[0]]) if len(where) else ""
