"""The tables of a run: which columns they have, and what stands in them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tcra.common.arrays import Booleans, Floats, Integers
from tcra.finemapping.chromosome_data import ChromosomeData
from tcra.finemapping.colocalisation import HYPOTHESES
from tcra.finemapping.locus import Locus
from tcra.finemapping.panel_mismatch import LD_MISMATCH
from tcra.finemapping.region_posterior import RegionPosterior
from tcra.finemapping.susie import inclusion_probability
from tcra.finemapping.trained_models import TrainedModels

GENES_FILE, SNPS_FILE, SETS_FILE, REGIONS_FILE = "genes.tsv", "snps.tsv.gz", "credible_sets.tsv", "regions.tsv"
PARAMETERS_FILE, Z_TABLE_FILE, CHROMOSOMES_FILE = "parameters.json", "z_scores.tsv.gz", "chromosomes.tsv"
GENE_COLUMNS = (
    "region", "gene", "gene_name", "tissue", "snp_set", "zscore", "pip", "single_effect_pip", "gene_pip", "tissue_share",
    "credible_set", "posterior_mean", "evidence", "joint_or_conditional", "joint_z", "lead_snp_share", "n_snps_used", "outside",
    "flags", "focus_pip", "focus_in_set", *HYPOTHESES, "rho_avg", "pred_perf_r2", "status",
)  # fmt: skip
SNP_COLUMNS = (
    "region", "snp", "chrom", "pos", "ref", "alt", "z", "pip", "single_effect_pip", "credible_set", "conditional_z",
)  # fmt: skip
SET_COLUMNS = (
    "region",
    "credible_set",
    "member",
    "kind",
    "tissue",
    "alpha",
    "purity",
    "gene_share",
    "reported",
    "shadow",
)
REGION_COLUMNS = (
    "region", "chrom", "start", "end", "gene_models", "snps", "variables", "people", "mismatch", "effects", "converged", "lead_snp",
    "lead_z", "lead_snp_share", "joint_genes", "log_evidence", "focus_null", "focus_null_in_set", "status",
)  # fmt: skip
MAPPED = "fine-mapped"
CALLED_PIP = 0.8
STRONG, SECONDARY = "strong", "secondary"


def set_numbers(posterior: RegionPosterior, size: int) -> Integers:
    """The number of the reported credible set that each variable is in (p,), 0 without one; of several, the strongest effect's."""
    number = np.zeros(size, np.int64)
    for one in reversed(posterior.sets):
        if one.reported:
            number[one.members] = one.number
    return number


def gene_rows(
    data: ChromosomeData,
    region: int,
    models: TrainedModels,
    locus: Locus,
    posterior: RegionPosterior,
    coloc: Floats | None,
) -> pd.DataFrame:
    """A row per gene model of a region. coloc (m, 5): posteriors of H0 to H4, if they were asked for."""
    located = data.models.of(region)
    m = locus.genes
    table = models.table.iloc[data.models.model[located]].reset_index(drop=True)
    pip, single = posterior.fit.pip[:m], posterior.single.alpha[:m]
    gene_pip = np.zeros(m)
    share = np.zeros(m)
    for _, rows in table.groupby("gene").indices.items():
        gene_pip[rows] = inclusion_probability(posterior.fit.alpha[:, rows].sum(axis=1))
        share[rows] = pip[rows] / pip[rows].sum() if pip[rows].sum() > 0 else np.nan
    called = pip >= CALLED_PIP
    evidence = np.where(called & (single >= CALLED_PIP), STRONG, np.where(called, SECONDARY, ""))
    test, lead, of_focus = posterior.conditional, posterior.lead, posterior.focus
    number = set_numbers(posterior, locus.size)[:m]
    result = pd.DataFrame(
        {
            "region": data.regions[region].name,
            **{name: table[name] for name in ("gene", "gene_name", "tissue", "snp_set")},
            "zscore": locus.z[:m],
            "pip": pip,
            "single_effect_pip": single,
            "gene_pip": gene_pip,
            "tissue_share": share,
            "credible_set": pd.Series(number, dtype="Int64").where(number > 0),
            "posterior_mean": posterior.fit.posterior_mean[:m],
            "evidence": evidence,
            "joint_or_conditional": test.kind,
            "joint_z": test.joint_z,
            "lead_snp_share": lead.shares if lead is not None else np.full(m, np.nan),
            "n_snps_used": pd.Series(data.models.n_used[located], dtype="Int64"),
            "outside": data.models.outside[located],
            "flags": _flags(data, located, posterior, number),
            "focus_pip": of_focus.pip if of_focus else np.full(m, np.nan),
            "focus_in_set": pd.Series(of_focus.in_set.astype(int), dtype="Int64") if of_focus else pd.Series([pd.NA] * m, dtype="Int64"),
            **{name: coloc[:, place] if coloc is not None else np.full(m, np.nan) for place, name in enumerate(HYPOTHESES)},
            "rho_avg": table["rho_avg"],
            "pred_perf_r2": table["pred_perf_r2"],
            "status": MAPPED,
        }
    )  # fmt: skip
    return result[list(GENE_COLUMNS)]


def _flags(
    data: ChromosomeData, located: Integers, posterior: RegionPosterior, set_number: Integers
) -> NDArray[np.object_]:
    m = len(located)
    shadows = [one.number for one in posterior.sets if one.shadow]
    lead, of_focus = posterior.lead, posterior.focus
    marks: dict[str, Booleans] = {
        "border": data.models.at_border[located],
        "ld_mismatch": np.full(m, posterior.mismatch > LD_MISMATCH),
        "shadow": np.isin(set_number, shadows) & (set_number > 0),
        "masked": posterior.conditional.masked,
        "same_signal": lead.same_signal if lead is not None else np.zeros(m, bool),
        "focus_left_out": np.isnan(of_focus.pip) if of_focus is not None else np.zeros(m, bool),
        "not_converged": np.full(m, not posterior.fit.converged),
    }
    return np.array([",".join(name for name, mark in marks.items() if mark[row]) for row in range(m)], dtype=object)


def left_out_rows(models: TrainedModels, reasons: NDArray[np.object_], regions: Sequence[str]) -> pd.DataFrame:
    """Rows of gene models that were not fine-mapped: those with a reason (m,). regions (m,): names, empty where there is none."""
    rows = np.flatnonzero(reasons != "")
    table = models.table.iloc[rows].reset_index(drop=True)
    result = pd.DataFrame(index=range(len(rows)), columns=list(GENE_COLUMNS), dtype=object)
    for name in ("gene", "gene_name", "tissue", "snp_set", "rho_avg", "pred_perf_r2"):
        result[name] = table[name]
    result["region"] = [regions[row] or None for row in rows.tolist()]
    result["status"] = reasons[rows]
    result["evidence"] = result["flags"] = ""
    return result


def snp_rows(data: ChromosomeData, region: int, locus: Locus, posterior: RegionPosterior) -> pd.DataFrame:
    """A row per SNP of a region."""
    rows, m = data.snp_rows(region), locus.genes
    number = set_numbers(posterior, locus.size)[m:]
    return pd.DataFrame(
        {
            "region": data.regions[region].name,
            "snp": data.names[rows],
            "chrom": data.panel.chrom,
            "pos": data.panel.position[rows],
            "ref": data.panel.ref[rows],
            "alt": data.panel.alt[rows],
            "z": locus.z[m:],
            "pip": posterior.fit.pip[m:],
            "single_effect_pip": posterior.single.alpha[m:],
            "credible_set": pd.Series(number, dtype="Int64").where(number > 0),
            "conditional_z": posterior.conditional.snp_z,
        }
    )[list(SNP_COLUMNS)]


def set_rows(
    data: ChromosomeData, region: int, models: TrainedModels, locus: Locus, posterior: RegionPosterior
) -> pd.DataFrame:
    """A row per member of each credible set of a region."""
    table = models.table.iloc[data.models.model[data.models.of(region)]]
    snps = data.names[data.snp_rows(region)]
    rows = []
    for one in posterior.sets:
        for member, alpha in zip(one.members.tolist(), one.alpha.tolist(), strict=True):
            gene = member < locus.genes
            name, tissue = (
                (table["gene"].iloc[member], table["tissue"].iloc[member]) if gene else (snps[member - locus.genes], "")
            )
            rows.append(
                (data.regions[region].name, one.number, name, "gene" if gene else "snp", tissue, alpha, one.purity, one.gene_share,
                 "yes" if one.reported else "no", "yes" if one.shadow else "no")
            )  # fmt: skip
    return pd.DataFrame(rows, columns=list(SET_COLUMNS))


def region_row(
    data: ChromosomeData, region: int, models: TrainedModels, locus: Locus, posterior: RegionPosterior
) -> dict[str, object]:
    """The row of a region."""
    one, lead, of_focus = data.regions[region], posterior.lead, posterior.focus
    genes = models.table["gene"].iloc[data.models.model[data.models.of(region)]].tolist()
    snps = data.snp_rows(region)
    return {
        "region": one.name,
        "chrom": one.chrom,
        "start": one.start,
        "end": one.end,
        "gene_models": locus.genes,
        "snps": len(snps),
        "variables": locus.size,
        "people": data.panel.people,
        "mismatch": posterior.mismatch,
        "effects": len(posterior.fit.alpha),
        "converged": "yes" if posterior.fit.converged else "no",
        "lead_snp": data.names[snps[lead.snp]] if lead is not None else None,
        "lead_z": float(locus.z[locus.genes + lead.snp]) if lead is not None else None,
        "lead_snp_share": lead.share if lead is not None else None,
        "joint_genes": ",".join(genes[kept] for kept in posterior.conditional.kept),
        "log_evidence": posterior.log_evidence,
        "focus_null": of_focus.null if of_focus else None,
        "focus_null_in_set": int(of_focus.null_in_set) if of_focus else None,
        "status": posterior.status,
    }


def table_files(out: Path) -> list[Path]:
    """The tables of a run in its folder."""
    return [out / name for name in (GENES_FILE, SNPS_FILE, SETS_FILE, REGIONS_FILE)]
