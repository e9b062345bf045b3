"""The study in one table: one row per gene, trait and tissue, with what a reader of the page sees of it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from tcra.common.table_text import write_table
from tcra.report.association_panels import ACAT, JOINT, OVER_SETS, OVER_SEVERAL, OVER_TISSUES
from tcra.report.finemapping_in_page import FineMapping
from tcra.report.page_parts import set_order

_KEY = ["trait", "tissue", "gene"]
_FIRST_COLUMNS = ("trait", "tissue", "gene", "gene_name", "chrom", "pos", "snp_sets", "snp_sets_fdr")
_BEST = {"snp_set_name": "best_snp_set", "zscore": "best_zscore", "pvalue": "best_pvalue", "fdr": "best_fdr", "r2": "best_pred_perf_r2",
         "n_used": "best_n_snps_used", "flags": "best_flags"}  # fmt: skip
_FINE = {"snp_set": "fine_mapped_snp_set", "pip": "pip", "single_effect_pip": "single_effect_pip", "gene_pip": "gene_pip",
         "tissue_share": "tissue_share", "credible_set": "credible_set", "evidence": "evidence",
         "joint_or_conditional": "joint_or_conditional", "joint_z": "joint_z", "rho_avg": "rho_avg"}  # fmt: skip


def write_gene_table(path: Path, table: pd.DataFrame, genes: pd.DataFrame, fine: Mapping[str, FineMapping]) -> None:
    """table: all tests (see `read_associations`, `read_omnibus`), with `snp_set_name`: the set as COMBINE names it. genes: see
    `genome_positions`. The best model of a gene is that with the smallest p; no gene, trait or tissue of the table is left out."""
    several = table["label"].str.endswith(OVER_SEVERAL)
    models, tests = table[~several], table[several]
    best = models.sort_values("minus_log10_p", ascending=False, kind="stable", na_position="last").drop_duplicates(_KEY)
    whole = best[[*_KEY, "gene_name", *_BEST]].rename(columns=_BEST).sort_values(_KEY, ignore_index=True)
    keyed = models.groupby(_KEY)
    whole = whole.merge(keyed["pvalue"].count().rename("snp_sets").reset_index(), on=_KEY)
    passing = (models["fdr"] <= 0.05).groupby([models[name] for name in _KEY]).sum().rename("snp_sets_fdr")
    whole = whole.merge(passing.reset_index(), on=_KEY)
    whole["chrom"] = genes["chrom"].reindex(whole["gene"]).replace("", None).to_numpy()
    whole["pos"] = genes["pos"].reindex(whole["gene"]).to_numpy()
    whole["pos"] = whole["pos"].astype("Int64")
    for test, name in ((ACAT, "acat"), (JOINT, "joint")):
        whole = _with_test(whole, tests[tests["label"].str.endswith(f"{OVER_SETS} {test}")], _KEY, f"{name}_snp_sets")
        # Over tissues there is a test per SNP set: that of the best one.
        over = tests[tests["label"].str.endswith(f"{OVER_TISSUES} {test}")].assign(
            best_snp_set=lambda part: part["snp_set_name"]
        )
        whole = _with_test(whole, over, ["trait", "gene", "best_snp_set"], f"{name}_tissues")
    whole = _with_fine_mapping(whole, fine)
    names = sorted(models["snp_set_name"].unique(), key=set_order)
    for name in names:
        part = models.loc[models["snp_set_name"] == name, [*_KEY, "zscore", "pvalue", "fdr"]].drop_duplicates(_KEY)
        whole = whole.merge(
            part.rename(columns={one: f"{one}_{name}" for one in ("zscore", "pvalue", "fdr")}), "left", on=_KEY
        )
    for name in ("best_n_snps_used", "credible_set"):
        whole[name] = whole[name].astype(float).astype("Int64")
    write_table(path, whole[[*_FIRST_COLUMNS, *(name for name in whole.columns if name not in _FIRST_COLUMNS)]])


def _with_test(whole: pd.DataFrame, part: pd.DataFrame, key: Sequence[str], name: str) -> pd.DataFrame:
    found = part[[*key, "pvalue", "fdr"]].rename(columns={"pvalue": f"{name}_pvalue", "fdr": f"{name}_fdr"})
    return whole.merge(found.drop_duplicates(list(key)), "left", on=list(key))


def _with_fine_mapping(whole: pd.DataFrame, fine: Mapping[str, FineMapping]) -> pd.DataFrame:
    parts = [one.genes[["tissue", "gene", *_FINE]].assign(trait=trait) for trait, one in fine.items()]
    if not parts:
        return whole.assign(**dict.fromkeys(_FINE.values(), np.nan))
    found = pd.concat(parts, ignore_index=True).rename(columns=_FINE)
    return whole.merge(found.drop_duplicates(_KEY), "left", on=_KEY)
