"""Genes against what was planted: heritable genes with a model and trait genes found, tissue by tissue and by the test over tissues."""

from typing import Any

import pandas as pd

from tcra.demo.compare_variants import rounded
from tcra.errors import UserError
from tcra.expression.database_format import LARGEST_P, LEAST_RHO

FDR = 0.05


def compare_tissue_genes(
    planted: dict[str, Any], tissue: str, models: pd.DataFrame, associations: pd.DataFrame, snp_set: str
) -> dict[str, Any]:
    """Of one tissue and SNP set: heritable and other genes with a model that passes the database's rule; trait genes of the tissue that
    are found, genes of other tissues alone that are too, and false ones."""
    genes = {gene["gene_id"]: gene for gene in planted["genes"]}
    models = models[models["snp_set"] == snp_set]
    tests = _tests(planted, associations[associations["tissue"] == tissue], snp_set, f"tissue {tissue}")
    if models.empty:
        raise UserError(f"the model summaries of tissue {tissue} have no row of SNP set {snp_set}")
    passing = set(models.loc[passes_rule(models), "gene_id"])
    heritable = {name for name, gene in genes.items() if tissue in gene["heritability"]}
    drivers = trait_genes(planted)
    own = drivers & heritable
    significant = set(tests.loc[tests["fdr"] <= FDR, "gene"])
    return {
        "heritable": len(heritable),
        "heritable_with_model": len(heritable & passing),
        "heritable_with_model_share": rounded(len(heritable & passing) / len(heritable)),
        "other_with_model": len(passing - heritable),
        "mean_heritable_r2": rounded(
            float(models.loc[models["gene_id"].isin(heritable), "pred_perf_R2"].fillna(0).mean())
        ),
        "tested": len(tests),
        "trait_genes": len(own),
        "trait_genes_found": len(significant & own),
        "trait_genes_missed": _names(genes, own - significant),
        "genes_of_other_tissues": _names(genes, (significant & drivers) - own),
        "false_discoveries": len(significant - drivers),
        "false_genes": _names(genes, significant - drivers),
    }


def compare_over_tissues(
    planted: dict[str, Any], over_tissues: pd.DataFrame, associations: pd.DataFrame, snp_set: str
) -> dict[str, Any]:
    """Of one SNP set, each gene tested over its tissues: trait genes found; for those of one tissue alone, whether that tissue is named;
    for shared ones, how many each tissue finds by itself."""
    genes = {gene["gene_id"]: gene for gene in planted["genes"]}
    tests = _tests(planted, over_tissues, snp_set, "the test over tissues").sort_values(["fdr", "gene"])
    drivers = trait_genes(planted)
    shared = {name for name in drivers if len(genes[name]["heritability"]) > 1}
    significant = tests[tests["fdr"] <= FDR]
    found = set(significant["gene"])
    # A gene without a heritable part of its own can still predict its neighbour's causal SNP: linkage, not a miscount.
    false = found - drivers
    named = significant[significant["gene"].isin(drivers - shared)]
    right = [best in genes[name]["heritability"] for name, best in zip(named["gene"], named["best"], strict=True)]
    alone = {
        tissue: len(shared & _significant(planted, associations[associations["tissue"] == tissue], snp_set, tissue))
        for tissue in planted["tissues"]
    }
    mean_alone = sum(alone.values()) / len(alone)
    return {
        "tested": len(tests),
        "significant": [genes[name]["gene_name"] if name in genes else name for name in significant["gene"]],
        "trait_genes": len(drivers),
        "trait_genes_found": len(found & drivers),
        "trait_genes_found_share": rounded(len(found & drivers) / len(drivers)),
        "trait_genes_missed": _names(genes, drivers - found),
        "false_discoveries": len(false),
        "false_genes": _names(genes, false),
        "of_one_tissue_found": len(right),
        "right_tissue_named": sum(right),
        "right_tissue_named_share": rounded(sum(right) / len(right)) if right else None,
        "shared": len(shared),
        "shared_found": len(found & shared),
        "shared_found_by_tissue": alone,
        "shared_found_ratio": rounded(len(found & shared) / mean_alone) if mean_alone else None,
    }


def trait_genes(planted: dict[str, Any]) -> set[str]:
    """Identifiers of the genes that drive the trait."""
    return {gene["gene_id"] for gene in planted["genes"] if gene["trait_sign"]}


def passes_rule(models: pd.DataFrame) -> pd.Series:
    """PredictDB's rule for a model worth keeping."""
    good = (models["rho_avg"] > LEAST_RHO) & (models["rho_pval"] < LARGEST_P)
    return good & (models["n_snps_in_model"].fillna(0) > 0)


def _tests(planted: dict[str, Any], table: pd.DataFrame, snp_set: str, what: str) -> pd.DataFrame:
    tests: pd.DataFrame = table[(table["snp_set"] == snp_set) & (table["trait"] == planted["trait"])]
    if tests.empty:
        raise UserError(
            f"the associations have no row of SNP set {snp_set} for {what}; expected the sets {planted['set_sizes']}"
        )
    return tests


def _significant(planted: dict[str, Any], table: pd.DataFrame, snp_set: str, tissue: str) -> set[str]:
    tests = _tests(planted, table, snp_set, f"tissue {tissue}")
    return set(tests.loc[tests["fdr"] <= FDR, "gene"])


def _names(genes: dict[str, Any], chosen: set[str]) -> list[str]:
    return sorted(genes[name]["gene_name"] if name in genes else name for name in chosen)
