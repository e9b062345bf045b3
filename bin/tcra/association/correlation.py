"""How a gene's z-scores correlate between models (SNP sets, tissues) under the null: the correlation of its predicted expressions."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tcra.association.covariance import read_covariance
from tcra.association.model import Model
from tcra.association.statistic import GeneTests

Floats = NDArray[np.float64]
Variant = tuple[str, str, str]


class JointCovariance:
    """Covariances of a gene's variants over all models: the models' own, and of a file with more pairs if there is one.

    A variant is (id, ref, eff): the covariance's sign belongs to the effect allele, so models that code it the other way share nothing.
    """

    def __init__(self, models: list[tuple[Model, GeneTests]], extra: Path | None) -> None:
        self.models = models
        self.place = [{name: g for g, name in enumerate(model.gene_names)} for model, _ in models]
        self.extra: dict[str, dict[frozenset[Variant], float]] = {}
        if extra is not None:
            self._read_extra(extra)

    def _read_extra(self, path: Path) -> None:
        """Pairs of the file whose two variants stand in one of the models, by gene."""
        union = merge_models([model for model, _ in self.models])
        covariance = read_covariance(path, union)
        for first, second, value in zip(covariance.first, covariance.second, covariance.value, strict=True):
            gene = str(union.gene_names[union.gene[first]])
            pair = frozenset((variant(union, int(first)), variant(union, int(second))))
            self.extra.setdefault(gene, {})[pair] = float(value)

    def of(self, gene: str) -> dict[frozenset[Variant], float]:
        """All known covariances of the gene's used variants, by unordered pair; of a pair in several models the first one's."""
        known = dict(self.extra.get(gene, {}))
        for (model, tests), place in zip(self.models, self.place, strict=True):
            if gene not in place:
                continue
            rows, matrix = tests.rows(place[gene]), tests.matrix(place[gene])
            names = [variant(model, int(row)) for row in rows]
            for i, one in enumerate(names):
                for j in range(i, len(names)):
                    if not np.isnan(matrix[i, j]):
                        known.setdefault(frozenset((one, names[j])), float(matrix[i, j]))
        return known


def variant(model: Model, row: int) -> Variant:
    """Identity of the variant of a weight row."""
    return str(model.snp[row]), str(model.ref[row]), str(model.eff[row])


def merge_models(models: list[Model]) -> Model:
    """A model with the genes and variants of all models (weights of the first that has them), to read a covariance for."""
    frame = pd.concat(
        [
            pd.DataFrame({"gene": m.gene_names[m.gene], "snp": m.snp, "ref": m.ref, "eff": m.eff, "place": m.place})
            for m in models
        ]
    ).drop_duplicates(["gene", "snp"])
    frame = frame.sort_values("gene", kind="stable")
    names, code = np.unique(frame["gene"].to_numpy(str), return_inverse=True)
    first = models[0]
    return Model(
        path=first.path, name="", snp_set="", gene_names=names.astype(object), gene=code.astype(np.int64),
        snp=frame["snp"].to_numpy(object), place=frame["place"].to_numpy(object), weight=np.ones(len(frame)),
        ref=frame["ref"].to_numpy(object), eff=frame["eff"].to_numpy(object), frequency=np.full(len(frame), np.nan),
        extra=first.extra, listed=np.ones(len(names), bool), repeated=[], repeated_genes=[],
    )  # fmt: skip


def correlate(models: list[tuple[Model, GeneTests]], extra: Path | None = None) -> pd.DataFrame:
    """For each gene with a z in two models or more: `gene, model_1, model_2, correlation` for each pair of models.

    correlation = w₁'Σ₁₂w₂ / sqrt(var_g₁ var_g₂) over the used variants; NA if a covariance between them is not known.
    """
    joint = JointCovariance(models, extra)
    tested: dict[str, list[int]] = {}
    for m, (model, tests) in enumerate(models):
        for g in np.flatnonzero(np.isfinite(tests.zscore)):
            tested.setdefault(str(model.gene_names[g]), []).append(m)
    rows = []
    for gene in sorted(gene for gene, where in tested.items() if len(where) > 1):
        known, where = joint.of(gene), tested[gene]
        for i, one in enumerate(where):
            for two in where[i + 1 :]:
                value = _correlation(known, models[one], models[two], joint.place[one][gene], joint.place[two][gene])
                rows.append((gene, models[one][0].name, models[two][0].name, value))
    return pd.DataFrame(rows, columns=["gene", "model_1", "model_2", "correlation"])


def _correlation(
    known: dict[frozenset[Variant], float], one: tuple[Model, GeneTests], two: tuple[Model, GeneTests], g1: int, g2: int
) -> float:
    (model_1, tests_1), (model_2, tests_2) = one, two
    total = 0.0
    seconds = [(variant(model_2, int(row)), float(model_2.weight[row])) for row in tests_2.rows(g2)]
    for row in tests_1.rows(g1):
        first, weight = variant(model_1, int(row)), float(model_1.weight[row])
        for second, other in seconds:
            value = known.get(frozenset((first, second)))
            if value is None:
                return float("nan")
            total += weight * other * value
    scale = float(np.sqrt(tests_1.var_g[g1] * tests_2.var_g[g2]))
    return max(-1.0, min(1.0, total / scale))
