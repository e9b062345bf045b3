"""Whether the GWAS and a model speak of the same variants: alleles that agree at most shared places, one row per variant."""

from pathlib import Path

import numpy as np

from tcra.association.alignment import ALLELES_DIFFER, Aligned
from tcra.association.models.prediction_model import PredictionModel
from tcra.errors import UserError

_ENOUGH = 20  # weights for a judgement


def check_agreement(path: Path, model: PredictionModel, aligned: Aligned, by_position: bool) -> None:
    """Errors: UserError if the alleles differ at most of the places that the GWAS and the model share, or if most of the model's
    variants are in several rows of the GWAS with other numbers. path: the GWAS (its first file)."""
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
    if 2 * aligned.conflicts > matched >= _ENOUGH:
        raise UserError(
            f"{path}: {aligned.conflicts} of the {matched} weights of {model.path.name} that it has are in several rows with other "
            f"numbers{_example(model, aligned)}; such as rows of several populations, tests or studies: give it with one row per variant"
        )


def _example(model: PredictionModel, aligned: Aligned) -> str:
    where = np.flatnonzero(aligned.conflicting)
    return f" (such as {model.snp[where[0]]})" if len(where) else ""
