"""The gene models of all tissues: which SNP set of each gene is used, and their weights in one table."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tcra.association.models.prediction_model import PredictionModel, read_model
from tcra.common.arrays import Booleans, Floats, Integers
from tcra.common.genome.chromosomes import plain_name
from tcra.common.genome.variants import split_notation
from tcra.errors import UserError
from tcra.finemapping.settings import BEST


@dataclass(frozen=True)
class TrainedModels:
    """m gene models with k weights. table: a row per model, with the columns `gene, gene_name, tissue, snp_set, rho_avg,
    pred_perf_r2`; ordered by gene and tissue. chosen (m,): the SNP set of its gene and tissue that is used. tissues: in order of input.

    start (m + 1,): weights of model i are start[i] to start[i + 1]. snp (k,): ids; chrom (k,): plain names, empty where the model
    does not say; position (k,) int64: 1-based, 0 where it does not say; ref, eff (k,): upper case; weight (k,) float64 per `eff`.
    replaced: (gene, id) of weights that a later row of the database replaced.
    """

    table: pd.DataFrame
    chosen: Booleans
    tissues: tuple[str, ...]
    start: Integers
    snp: NDArray[np.object_]
    chrom: NDArray[np.object_]
    position: Integers
    ref: NDArray[np.object_]
    eff: NDArray[np.object_]
    weight: Floats
    replaced: list[tuple[str, str]]

    def rows(self, model: int) -> slice:
        """The weights of a model."""
        return slice(int(self.start[model]), int(self.start[model + 1]))

    @property
    def model_of(self) -> Integers:
        """The model of each weight (k,)."""
        return np.repeat(np.arange(len(self.table)), np.diff(self.start))


def read_models(paths: Sequence[Path], snp_set: str = BEST, key: str = "rsid") -> TrainedModels:
    """Read model databases (a tissue and SNP set each); the file's name says the tissue.

    snp_set: the name of one, or `best`: of each gene and tissue the one with the largest rho_avg (else pred_perf_r2).

    Errors: UserError if two databases are of one tissue and SNP set, or none is of the SNP set that is asked for.
    """
    models = [read_model(path, key, places=True) for path in paths]
    names = [(model.tissue, model.snp_set) for model in models]
    for place, name in enumerate(names):
        if name in names[:place]:
            raise UserError(
                f"{paths[place]} and {paths[names.index(name)]} are both of tissue {name[0]}"
                + (f" and SNP set {name[1]}" if name[1] else "")
                + "; give each once, or rename the file if it is of another tissue"
            )
    sets = sorted({name[1] for name in names if name[1]})
    if snp_set != BEST and snp_set not in sets:
        raise UserError(
            f"--snp-set {snp_set}: no model database is of it (SNP sets: {', '.join(sets) or 'none'}); or give best"
        )
    table = pd.concat(
        [
            _gene_table(model, tissue, place)
            for place, (model, (tissue, _)) in enumerate(zip(models, names, strict=True))
        ],
        ignore_index=True,
    )
    tissues = tuple(dict.fromkeys(tissue for tissue, _ in names))
    table = table.sort_values(["gene", "tissue", "snp_set"], kind="stable", ignore_index=True)
    parts = [
        np.arange(*np.searchsorted(models[source].gene, [local, local + 1]))
        for source, local in zip(table["source"], table["local"], strict=True)
    ]
    offset = np.cumsum([0, *(model.size for model in models)])
    order = np.concatenate([offset[source] + part for source, part in zip(table["source"], parts, strict=True)])
    chrom, position = _places(np.concatenate([model.place for model in models])[order])
    return TrainedModels(
        table=table.drop(columns=["source", "local"]),
        chosen=_choose(table, snp_set),
        tissues=tissues,
        start=np.cumsum([0, *map(len, parts)]),
        snp=np.concatenate([model.snp for model in models])[order],
        chrom=chrom,
        position=position,
        ref=np.concatenate([model.ref for model in models])[order],
        eff=np.concatenate([model.eff for model in models])[order],
        weight=np.concatenate([model.weight for model in models])[order],
        replaced=[pair for model in models for pair in model.repeated],
    )


def _gene_table(model: PredictionModel, tissue: str, source: int) -> pd.DataFrame:
    extra = model.extra.reindex(model.gene_names)
    number = {
        name: pd.to_numeric(extra[name], errors="coerce").to_numpy(np.float64)
        if name in extra
        else np.full(len(extra), np.nan)
        for name in ("rho_avg", "pred_perf_r2")
    }
    named = extra["gene_name"].to_numpy(dtype=object)
    return pd.DataFrame(
        {
            "gene": model.gene_names,
            "gene_name": [
                name if isinstance(name, str) else gene for name, gene in zip(named, model.gene_names, strict=True)
            ],
            "tissue": tissue,
            "snp_set": model.snp_set,
            **number,
            "listed": model.listed,
            "source": source,
            "local": np.arange(len(model.gene_names)),
        }
    )


def _choose(table: pd.DataFrame, snp_set: str) -> Booleans:
    """Which rows are used (m,): those of the SNP set, or the best of each gene and tissue; the first of equal ones."""
    usable = table["listed"].to_numpy(bool)
    if snp_set != BEST:
        # A tissue whose database names no SNP set has one model per gene.
        return usable & table["snp_set"].isin([snp_set, ""]).to_numpy()
    quality = table["rho_avg"].fillna(table["pred_perf_r2"]).fillna(-np.inf).where(usable, -np.inf)
    order = np.argsort(-quality.to_numpy(), kind="stable")
    first = ~table.iloc[order].duplicated(["gene", "tissue"])
    chosen = np.zeros(len(table), bool)
    chosen[order[first.to_numpy()]] = True
    return chosen & usable


def _places(texts: NDArray[np.object_]) -> tuple[NDArray[np.object_], Integers]:
    """Chromosome and 1-based position from texts such as chr1_12345_A_G_b38; empty and 0 for other texts."""
    code, distinct = pd.factorize(texts, use_na_sentinel=False)
    chrom, position = np.full(len(distinct), "", dtype=object), np.zeros(len(distinct), np.int64)
    for place, text in enumerate(distinct):
        try:
            name, start, _, _ = split_notation(str(text))
        except ValueError:
            continue
        chrom[place], position[place] = plain_name(name), start + 1
    return chrom[code], position[code]
