"""Compare a finished run of the demo with what was planted: does each step find what is there, and only that?"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tcra.common.files import atomic_text, open_text
from tcra.common.provenance import provenance
from tcra.common.tables import require_columns
from tcra.demo.grammar import CONTROL_TFS
from tcra.errors import UserError

FDR = 0.05
# What a sound pipeline reaches on any seed: measure, its name for a person, sense, aim (see docs/demo.md).
AIMS = {
    "mean_track_pearson": ("mean test Pearson R of the tracks", ">=", 0.8),
    "auroc_motif_changing": ("AUROC of mean |tCRA|, motif-changing against other variants", ">=", 0.85),
    "negative_control_ratio": (
        "mean |tCRA| of variants in motifs no track shows, relative to motif-changing ones",
        "<=",
        0.25,
    ),
    "causal_enrichment": ("planted causal variants in the top SNP set, times a random set", ">=", 3.0),
    "heritable_genes_with_model": ("share of heritable genes with a model", ">=", 0.75),
    "trait_genes_found": ("share of planted trait genes found at FDR 5 %", ">=", 0.8),
    "false_discoveries": ("other genes found at FDR 5 %", "<=", 3.0),
}


@dataclass(frozen=True)
class FinishedRun:
    """A finished run's tables, and the truth."""

    planted: dict[str, Any]
    tracks: pd.DataFrame
    ranking: pd.DataFrame
    models: pd.DataFrame
    associations: pd.DataFrame


def compare_demo(paths: dict[str, Path], out: Path) -> list[str]:
    """Write `truth.json` and return two lines for a person: what was found, and how it compares with what was planted.

    paths: planted, track_correlations, ranking, model_summaries, associations.
    Errors: UserError naming a file that is not what the run should have written.
    """
    run = read_run(paths)
    smallest = min(run.planted["set_sizes"])
    tracks = compare_tracks(run)
    variants = compare_variants(run, smallest)
    genes = {str(size): compare_genes(run, str(size)) for size in run.planted["set_sizes"]}
    top = genes[str(smallest)]
    values = {
        "mean_track_pearson": tracks["mean"],
        "auroc_motif_changing": variants["auroc"],
        "negative_control_ratio": variants["negative_control"]["ratio"],
        "causal_enrichment": variants["causal"]["enrichment"],
        "heritable_genes_with_model": top["heritable_with_model_share"],
        "trait_genes_found": top["trait_genes_found_share"],
        "false_discoveries": float(top["false_discoveries"]),
    }
    checks = [judge(measure, values[measure]) for measure in AIMS]
    lines = [found_line(run, top), planted_line(run, variants, top, checks)]
    record = {
        "seed": run.planted["seed"],
        "top_set": smallest,
        "lines": lines,
        "checks": checks,
        "all_passed": all(check["passed"] for check in checks),
        "tracks": tracks,
        "variants": variants,
        "genes": genes,
        **provenance({}, paths.values()),
    }
    with atomic_text(out) as text:
        json.dump(record, text, indent=1, sort_keys=True)
        text.write("\n")
    return lines


def read_run(paths: dict[str, Path]) -> FinishedRun:
    """Read and check the five files."""
    try:
        with open_text(paths["planted"]) as text:
            planted = json.load(text)
        (
            planted["motif_changing"],
            planted["negative_control"],
            planted["decoys"],
            planted["genes"],
            planted["set_sizes"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{paths['planted']} is not make_demo.py's planted.json ({error})") from None
    return FinishedRun(
        planted,
        _parquet(paths["track_correlations"], ["split", "track", "pearson"]),
        _parquet(paths["ranking"], ["variant_id", "mean_abs", "rank"]),
        _tsv(
            paths["model_summaries"], ["gene_id", "snp_set", "n_snps_in_model", "pred_perf_R2", "rho_avg", "rho_pval"]
        ),
        _tsv(paths["associations"], ["trait", "snp_set", "gene", "fdr"]),
    )


def compare_tracks(run: FinishedRun) -> dict[str, Any]:
    """Pearson R of each track on the test windows, and their mean."""
    test = run.tracks[run.tracks["split"] == "test"]
    pearson = {str(track): _rounded(r) for track, r in zip(test["track"], test["pearson"], strict=True)}
    missing = sorted(set(run.planted["tracks"]) - set(pearson))
    if missing:
        raise UserError(f"the track correlations have no test row for track {missing[0]}; evaluate on the test windows")
    return {"pearson": pearson, "mean": _rounded(float(np.mean(list(pearson.values()))))}


def compare_variants(run: FinishedRun, top_size: int) -> dict[str, Any]:
    """AUROC of mean |tCRA| for motif-changing variants, the negative control, and causal variants in the top set."""
    ranking = run.ranking.set_index("variant_id")
    value = ranking["mean_abs"].to_numpy(float)
    changing = ranking.index.isin([variant["variant_id"] for variant in run.planted["motif_changing"]])
    control = ranking.index.isin([variant["variant_id"] for variant in run.planted["negative_control"]])
    if not changing.any() or not control.any():
        raise UserError("the ranking holds none of the planted variants; is it of the same demo cohort (seed)?")
    decoy = ranking.index.isin(run.planted["decoys"])
    background = value[~changing & ~control].mean()
    ratios = {"motif_changing": value[changing].mean() / background, "control": value[control].mean() / background}
    return {
        "scored": len(ranking),
        "motif_changing": int(changing.sum()),
        "auroc": _rounded(auroc(value, changing)),
        "auroc_against_decoys": _rounded(auroc(value[changing | decoy], changing[changing | decoy]))
        if decoy.any()
        else None,
        "spearman_with_planted_effect": effect_correlation(run, ranking),
        "negative_control": {
            "tfs": list(CONTROL_TFS),
            "variants": int(control.sum()),
            "motif_changing_over_background": _rounded(ratios["motif_changing"]),
            "control_over_background": _rounded(ratios["control"]),
            "ratio": _rounded(ratios["control"] / ratios["motif_changing"]),
        },
        "causal": top_enrichment(run, ranking, top_size, motif_driven=True),
        "causal_outside_motifs": top_enrichment(run, ranking, top_size, motif_driven=False),
    }


def effect_correlation(run: FinishedRun, ranking: pd.DataFrame) -> float:
    """Spearman correlation of mean |tCRA| with the planted effect, over the motif-changing variants."""
    effect = pd.Series({variant["variant_id"]: variant["effect"] for variant in run.planted["motif_changing"]})
    return _rounded(effect.corr(ranking["mean_abs"].reindex(effect.index), method="spearman"))


def top_enrichment(run: FinishedRun, ranking: pd.DataFrame, size: int, motif_driven: bool) -> dict[str, Any]:
    """How many times more planted causal variants the top `size` holds than random sets of that size (expectation), and the chance
    of a random set with as many (hypergeometric)."""
    from scipy.stats import hypergeom

    planted = {
        cause["variant_id"]
        for gene in run.planted["genes"]
        if gene["motif_driven"] == motif_driven
        for cause in gene["causal"]
    }
    causal = ranking.index.isin(planted)
    inside = int((causal & (ranking["rank"] <= size)).sum())
    expected = causal.sum() * min(size, len(ranking)) / len(ranking)
    return {
        "planted": int(causal.sum()),
        "in_top_set": inside,
        "expected_in_random_set": _rounded(expected),
        "enrichment": _rounded(inside / expected) if expected else None,
        "p": float(f"{hypergeom.sf(inside - 1, len(ranking), int(causal.sum()), min(size, len(ranking))):.3g}"),
    }


def compare_genes(run: FinishedRun, snp_set: str) -> dict[str, Any]:
    """Of one SNP set: heritable and other genes with a model that passes the database's rule; trait genes found and false ones."""
    genes = {gene["gene_id"]: gene for gene in run.planted["genes"]}
    models = run.models[run.models["snp_set"] == snp_set]
    tests = run.associations[
        (run.associations["snp_set"] == snp_set) & (run.associations["trait"] == run.planted["trait"])
    ]
    if models.empty or tests.empty:
        where = "model summaries" if models.empty else "associations"
        raise UserError(f"the {where} have no row of SNP set {snp_set}; expected the sets {run.planted['set_sizes']}")
    passing = set(models.loc[passes_rule(models), "gene_id"])
    heritable = {name for name, gene in genes.items() if gene["heritability"] > 0}
    trait_genes = {name for name, gene in genes.items() if gene["trait_sign"]}
    ordered = list(tests.sort_values(["fdr", "gene"])["gene"])
    significant = set(tests.loc[tests["fdr"] <= FDR, "gene"])
    # A gene without a heritable part of its own can still predict its neighbour's causal SNP: linkage, not a miscount.
    false = sorted(significant - trait_genes)
    return {
        "heritable": len(heritable),
        "heritable_with_model": len(heritable & passing),
        "heritable_with_model_share": _rounded(len(heritable & passing) / len(heritable)),
        "other_with_model": len(passing - heritable),
        "mean_heritable_r2": _rounded(
            float(models.loc[models["gene_id"].isin(heritable), "pred_perf_R2"].fillna(0).mean())
        ),
        "tested": len(tests),
        "significant": [genes[name]["gene_name"] if name in genes else name for name in ordered if name in significant],
        "trait_genes": len(trait_genes),
        "trait_genes_found": len(significant & trait_genes),
        "trait_genes_found_share": _rounded(len(significant & trait_genes) / len(trait_genes)),
        "trait_genes_missed": sorted(genes[name]["gene_name"] for name in trait_genes - significant),
        "false_discoveries": len(false),
        "false_genes": [genes[name]["gene_name"] for name in false if name in genes],
    }


def passes_rule(models: pd.DataFrame) -> pd.Series:
    """PredictDB's rule for a model worth keeping: mean out-of-fold correlation above 0.1, p below 0.05."""
    return (models["n_snps_in_model"].fillna(0) > 0) & (models["rho_avg"] > 0.1) & (models["rho_pval"] < 0.05)


def auroc(value: NDArray[np.float64], positive: NDArray[np.bool_]) -> float:
    """Chance that a positive has a higher value than another, ties counted half (Mann–Whitney)."""
    from scipy.stats import rankdata

    ranks = rankdata(value)
    positives, others = int(positive.sum()), int((~positive).sum())
    return float((ranks[positive].sum() - positives * (positives + 1) / 2) / (positives * others))


def judge(measure: str, value: float | None) -> dict[str, Any]:
    """One check of truth.json: measure, name, value, aim in words, and whether it is met."""
    name, sense, aim = AIMS[measure]
    passed = value is not None and (value >= aim if sense == ">=" else value <= aim)
    return {"measure": measure, "name": name, "value": value, "aim": f"{sense} {aim:g}", "passed": bool(passed)}


def found_line(run: FinishedRun, top: dict[str, Any]) -> str:
    """What a user of the pipeline would say of the run, without knowing the truth."""
    found = top["significant"]
    named = ", ".join(found[:5]) + (", …" if len(found) > 5 else "")
    return (
        f"found: {len(found)} genes for {run.planted['trait']} at FDR 5 %" + (f" ({named})" if found else "")
        + f", of {top['tested']} genes with a model from the top {min(run.planted['set_sizes'])} of {len(run.ranking)} variants"
    )  # fmt: skip


def planted_line(run: FinishedRun, variants: dict[str, Any], top: dict[str, Any], checks: list[dict[str, Any]]) -> str:
    """How that compares with the truth."""
    values = {check["measure"]: check["value"] for check in checks}
    missed = [check["measure"] for check in checks if not check["passed"]]
    verdict = (
        f"all {len(checks)} aims met"
        if not missed
        else f"{len(missed)} of {len(checks)} aims MISSED: {', '.join(missed)}"
    )
    return (
        f"planted: {top['trait_genes_found']} of {top['trait_genes']} trait genes found, {top['false_discoveries']} false; "
        f"{top['heritable_with_model']} of {top['heritable']} heritable genes have a model; "
        f"causal variants {values['causal_enrichment']:.1f} × a random set; motif-changing variants AUROC {variants['auroc']:.3f}; "
        f"tracks R {values['mean_track_pearson']:.2f}; {verdict}"
    )


def _parquet(path: Path, columns: list[str]) -> pd.DataFrame:
    try:
        table = pd.read_parquet(path)
    except (ValueError, OSError) as error:
        raise UserError(f"{path} is not a Parquet file ({' '.join(str(error).split())[:120]})") from None
    require_columns(path, table.columns, columns)
    return table


def _tsv(path: Path, columns: list[str]) -> pd.DataFrame:
    with open_text(path) as text:
        table = pd.read_csv(text, sep="\t", dtype={"snp_set": str, "gene": str, "gene_id": str})
    require_columns(path, table.columns, columns)
    return table


def _rounded(value: float) -> float:
    return round(float(value), 4)
