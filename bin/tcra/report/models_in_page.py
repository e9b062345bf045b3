"""The gene models of all tissues as the page carries them: one row per gene, tissue and SNP set."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tcra.report.packed_columns import smallest_unsigned
from tcra.report.page_parts import set_label, set_order
from tcra.report.read_tables import read_columns

_NUMBERS = ("n_snps_in_window", "n_samples", "rho_avg")


def models_in_page(
    summaries: Sequence[tuple[str, Path]], genes: pd.DataFrame
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What the page says of the models, and their columns: model_gene (step from the row before), model_of (index into the listed
    tissues × sets), model_snps, model_window, model_people (0 if unknown), model_r2, model_rho (NaN if unknown), model_why (index
    into the listed reasons for having no model). summaries: by tissue; genes: index gene id, in the order of the page."""
    parts = []
    for tissue, path in summaries:
        table = read_columns(
            path,
            ["gene_id"],
            ["n_snps_in_model", "pred_perf_R2"],
            ["snp_set", "in_database", "status", "reason"],
            list(_NUMBERS),
        )
        table = table.assign(tissue=tissue).reindex(
            columns=[
                "gene_id",
                "tissue",
                "snp_set",
                "n_snps_in_model",
                "pred_perf_R2",
                "in_database",
                "status",
                "reason",
                *_NUMBERS,
            ]
        )
        parts.append(table[table["gene_id"].isin(genes.index)])
    whole = pd.concat(parts, ignore_index=True)
    for name in ("snp_set", "in_database", "status", "reason"):
        whole[name] = whole[name].fillna("")
    place = pd.Series(np.arange(len(genes)), index=genes.index)
    kinds = sorted(
        set(zip(whole["tissue"], whole["snp_set"], strict=True)), key=lambda kind: (kind[0], set_order(kind[1]))
    )
    code = {kind: i for i, kind in enumerate(kinds)}
    whole["kind"] = [code[kind] for kind in zip(whole["tissue"], whole["snp_set"], strict=True)]
    whole["place"] = place.reindex(whole["gene_id"]).to_numpy()
    whole = whole.sort_values(["place", "kind"], kind="stable")
    why = whole["reason"].where(whole["reason"] != "", whole["status"].where(whole["status"] != "ok", ""))
    why = why.where(whole["in_database"] != "yes", "")
    why = why.mask((why == "") & (whole["in_database"] == "no"), "fails the database's quality rule")
    reasons = ["", *sorted(set(why) - {""})]
    columns = {
        "model_gene": smallest_unsigned(np.diff(whole["place"].to_numpy(), prepend=0)),
        "model_of": smallest_unsigned(whole["kind"].to_numpy()),
        "model_snps": smallest_unsigned(whole["n_snps_in_model"].fillna(0).to_numpy()),
        "model_window": smallest_unsigned(whole["n_snps_in_window"].fillna(0).to_numpy()),
        "model_people": smallest_unsigned(whole["n_samples"].fillna(0).to_numpy()),
        "model_r2": whole["pred_perf_R2"].to_numpy(np.float32),
        "model_rho": whole["rho_avg"].to_numpy(np.float32),
        "model_why": smallest_unsigned(why.map({text: i for i, text in enumerate(reasons)}).to_numpy()),
    }
    return {"kinds": [[tissue, set_label(name)] for tissue, name in kinds], "reasons": reasons}, columns
