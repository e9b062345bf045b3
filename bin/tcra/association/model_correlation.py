"""How a gene's z-scores correlate between models (SNP sets, tissues) under the null: the correlation of its predicted expressions."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tcra.association.association_tables import CORRELATION_COLUMNS
from tcra.association.models.covariance import read_covariance
from tcra.association.models.prediction_model import PredictionModel
from tcra.association.statistic import GeneTests, associate_genes
from tcra.common.arrays import Floats

Tested = tuple[PredictionModel, GeneTests]


def correlate(models: list[Tested], trait: str, extra: Sequence[Path] = ()) -> pd.DataFrame:
    """For each gene with a z in two models or more: `trait, gene, model_1, model_2, correlation` for each pair of models.

    correlation = w₁'Σ₁₂w₂ / sqrt(var_g₁ var_g₂) over the used variants; NA if a covariance between them is not known: neither in a
    model's own covariance, nor in the files `extra` (same columns; the first that has it counts).
    Variants are the same if id and alleles are: the sign of a covariance belongs to the effect allele.
    """
    sources = [*models, *(_read_extra(path, models) for path in extra)]
    codes = _variant_codes([model for model, _ in sources])
    place = [{str(name): g for g, name in enumerate(model.gene_names)} for model, _ in sources]
    tested: dict[str, list[int]] = {}
    for m, (model, tests) in enumerate(models):
        for g in np.flatnonzero(np.isfinite(tests.zscore)):
            tested.setdefault(str(model.gene_names[g]), []).append(m)
    rows = []
    for gene in sorted(gene for gene, where in tested.items() if len(where) > 1):
        where = tested[gene]
        matrix = _correlations(
            [(*sources[m], codes[m], place[m][gene]) for m in where],
            [(*sources[m], codes[m], place[m][gene]) for m in range(len(sources)) if gene in place[m]],
        )
        rows += [
            (trait, gene, models[one][0].name, models[two][0].name, matrix[i, i + 1 + j])
            for i, one in enumerate(where)
            for j, two in enumerate(where[i + 1 :])
        ]
    return pd.DataFrame(rows, columns=list(CORRELATION_COLUMNS))


Part = tuple[PredictionModel, GeneTests, NDArray[np.int64], int]


def _correlations(tested: list[Part], known: list[Part]) -> Floats:
    """Correlations (k, k) of the k tested models of one gene; `known` are all that may hold a covariance, the first that has it is used."""
    union = np.unique(np.concatenate([codes[tests.rows(g)] for _, tests, codes, g in tested]))
    sigma = np.full((len(union), len(union)), np.nan)
    for _, tests, codes, g in reversed(known):
        at = np.searchsorted(union, codes[tests.rows(g)])
        inside = (at < len(union)) & np.isin(codes[tests.rows(g)], union)
        place, matrix = np.ix_(at[inside], at[inside]), tests.matrix(g)[np.ix_(inside, inside)]
        sigma[place] = np.where(np.isnan(matrix), sigma[place], matrix)
    weights = np.zeros((len(tested), len(union)))
    for k, (model, tests, codes, g) in enumerate(tested):
        rows = tests.rows(g)
        weights[k, np.searchsorted(union, codes[rows])] = model.weight[rows]
    product = weights @ np.where(np.isnan(sigma), 0.0, sigma) @ weights.T
    present = (weights != 0).astype(float)
    missing = present @ np.isnan(sigma).astype(float) @ present.T > 0
    scale = np.sqrt(np.array([tests.var_g[g] for _, tests, _, g in tested]))
    return np.where(missing, np.nan, np.clip(product / np.outer(scale, scale), -1.0, 1.0))


def _variant_codes(models: list[PredictionModel]) -> list[NDArray[np.int64]]:
    """A number for each weight row's variant (id, ref, eff), the same in all models."""
    names = [(model.snp + "|" + model.ref + "|" + model.eff) for model in models]
    codes, _ = pd.factorize(np.concatenate(names))
    return np.split(codes.astype(np.int64), np.cumsum([model.size for model in models])[:-1])


def _read_extra(path: Path, models: list[Tested]) -> Tested:
    """The file's covariances of all variants of all models, as a model of its own in which every variant that it has is used."""
    frame = pd.concat(
        [
            pd.DataFrame({"gene": m.gene_names[m.gene], "snp": m.snp, "ref": m.ref, "eff": m.eff}, dtype=object)
            for m, _ in models
        ]
    ).drop_duplicates(["gene", "snp"])
    frame = frame.sort_values("gene", kind="stable")
    code, names = pd.factorize(frame["gene"].to_numpy(object), sort=True)
    size, first = len(frame), models[0][0]
    union = PredictionModel(
        path=path, name="", snp_set="", gene_names=np.asarray(names, dtype=object), gene=code.astype(np.int64),
        snp=frame["snp"].to_numpy(object), place=np.full(size, "", object), weight=np.ones(size),
        ref=frame["ref"].to_numpy(object), eff=frame["eff"].to_numpy(object), frequency=np.full(size, np.nan),
        extra=first.extra, listed=np.ones(len(names), bool), repeated=[], repeated_genes=[],
    )  # fmt: skip
    return union, associate_genes(union, read_covariance(path, union), np.ones(size), np.ones(size))
