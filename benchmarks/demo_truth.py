#!/usr/bin/env python3
"""The demo over several seeds: what is found of what was planted, with tCRA's SNP sets, with random sets and with the prior model.

    python benchmarks/demo_truth.py --seeds 1,2,3,4,5 --folder /scratch/demo_truth

For each seed it runs the pipeline (`-profile demo --prior 0.1,0.5`) in a folder of its own; a finished run there is taken as it is. Then,
on the same people, genes and GWAS, it fits gene models to random SNP sets of the same sizes (the ranking with shuffled ranks) and tests
them in the same way. Prints the tables of docs/demo.md.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bin"))
from tcra.demo.compare_genes import compare_over_tissues, compare_tissue_genes, trait_genes  # noqa: E402
from tcra.demo.finished_run import read_model_summaries, read_planted, read_tests  # noqa: E402
from tcra.demo.settings import GWAS_COLUMNS, SETTINGS, TRAIT  # noqa: E402

PRIOR = "0.1,0.5"
RANDOM_SIZES = "400,800"
SETS = {"top 400": "400", "top 800": "800", "all 4,000": "4000", "prior": "prior"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="1,2,3,4,5", help="separated by commas")
    parser.add_argument("--folder", type=Path, required=True, help="where runs are kept, one folder per seed")
    parser.add_argument("--nextflow", default=str(ROOT / ".nextflow-engine" / "nextflow"), help="the engine")
    arguments = parser.parse_args()
    runs = {int(seed): measure(int(seed), arguments.folder / f"seed{seed}", arguments.nextflow)
            for seed in arguments.seeds.split(",")}  # fmt: skip
    print(truth_table({seed: truth for seed, (truth, _) in runs.items()}))
    print(sets_table({seed: rows for seed, (_, rows) in runs.items()}))


def measure(seed: int, folder: Path, nextflow: str) -> tuple[dict[str, Any], dict[str, dict[str, float]]]:
    """Of one seed: truth.json, and what each kind of SNP set finds."""
    folder.mkdir(parents=True, exist_ok=True)
    results = folder / "results"
    if not (results / "truth.json").is_file():
        command = [nextflow, "-log", "nextflow.log", "run", ROOT, "-profile", "demo", "-ansi-log", "false", "-resume"]
        run(*command, "--seed", seed, "--prior", PRIOR, "--outdir", results, folder=folder)
    demo, random = folder / "demo", folder / "random"
    if not (demo / "planted.json").is_file():
        script("make_demo.py", "--seed", seed, "--out", demo)
    planted = read_planted(demo / "planted.json")
    if not (random / "combined" / "tissues.tsv.gz").is_file():
        fit_random_sets(seed, planted, demo, results, random)
    rows = {name: found(planted, results, snp_set) for name, snp_set in SETS.items()}
    rows |= {f"random {size}": found(planted, random, size) for size in RANDOM_SIZES.split(",")}
    return json.loads((results / "truth.json").read_text()), rows


def fit_random_sets(seed: int, planted: dict[str, Any], demo: Path, results: Path, out: Path) -> None:
    """Gene models on shuffled ranks for every tissue, their associations, the tests over tissues: laid out as the pipeline's results."""
    columns = [part for name, value in GWAS_COLUMNS.items() for part in (f"--{name}", value)]
    for number, tissue in enumerate(planted["tissues"]):
        folder = out / tissue
        folder.mkdir(parents=True, exist_ok=True)
        ranking = pd.read_parquet(results / tissue / "ranking" / "ranking.parquet")
        ranking["rank"] = np.random.default_rng([seed, 100 + number]).permutation(ranking["rank"].to_numpy())
        ranking.to_parquet(folder / "ranking.parquet")
        script(
            "fit_gene_models.py", "--genotypes", demo / "genotypes.vcf.gz", "--genes", demo / "genes.gtf",
            "--expression", results / tissue / "expression" / "expression.csv.gz", "--snp-sets", folder / "ranking.parquet",
            "--set-sizes", RANDOM_SIZES, "--window", SETTINGS["gene_window"], "--cores", 1, "--out", folder / "chunk",
        )  # fmt: skip
        script("build_model_db.py", "--chunks", folder / "chunk", "--name", tissue, "--quality", "published",
               "--out", folder / "model_databases")  # fmt: skip
        script(
            "associate.py", "--models", folder / "model_databases", "--trait", TRAIT, "--gwas_file", demo / "gwas.tsv.gz", *columns,
            "--output_folder", folder / "associations", "--overwrite",
        )  # fmt: skip
    tables = [out / tissue / "associations" for tissue in planted["tissues"]]
    script("combine_associations.py", "--associations", *tables, "--out", out / "combined")


def found(planted: dict[str, Any], results: Path, snp_set: str) -> dict[str, float]:
    """What the models of one SNP set find, over all tissues."""
    associations = read_tests(results / "combined" / "associations.tsv.gz", "tissue")
    over_tissues = read_tests(results / "combined" / "tissues.tsv.gz", "best")
    tissues = [
        compare_tissue_genes(
            planted,
            t,
            read_model_summaries(results / t / "model_databases" / "model_summaries.tsv"),
            associations,
            snp_set,
        )
        for t in planted["tissues"]
    ]
    over = compare_over_tissues(planted, over_tissues, associations, snp_set)
    return {
        "trait genes found": over["trait_genes_found"],
        "false": over["false_discoveries"],
        "found with one false": found_with_one_false(planted, over_tissues[over_tissues["snp_set"] == snp_set]),
        "heritable genes with a model": sum(genes["heritable_with_model"] for genes in tissues),
        "others with a model": sum(genes["other_with_model"] for genes in tissues),
        "mean R²": float(np.mean([genes["mean_heritable_r2"] for genes in tissues])),
    }


def found_with_one_false(planted: dict[str, Any], tests: pd.DataFrame) -> int:
    """Trait genes with a smaller p than the second false gene: the same error whatever the sets."""
    drivers = trait_genes(planted)
    ordered = tests.sort_values(["acat_pvalue", "gene"])["gene"]
    true = ordered.isin(drivers).to_numpy()
    false_so_far = np.cumsum(~true)
    return int((true & (false_so_far <= 1)).sum())


def truth_table(truths: dict[int, dict[str, Any]]) -> str:
    """One row per seed: tracks, variants, genes, tissues; two values are of the two tissues."""
    lines = []
    for seed, truth in truths.items():
        tissues = list(truth["tissues"].values())
        variants, over = [tissue["variants"] for tissue in tissues], truth["over_tissues"][str(truth["top_set"])]
        genes = [tissue["genes"][str(truth["top_set"])] for tissue in tissues]
        alone = ", ".join(str(number) for number in over["shared_found_by_tissue"].values())
        cells = [
            seed,
            pair(tissue["tracks"]["mean"] for tissue in tissues),
            pair(v["auroc"] for v in variants),
            pair(v["auroc_faint"] for v in variants),
            pair((v["spearman_with_planted_effect"] for v in variants), 2),
            pair((v["negative_control"]["ratio"] for v in variants), 2),
            pair((v["other_tissue"]["ratio"] for v in variants), 2),
            ", ".join(f"{v['causal']['in_top_set']} of {v['causal']['planted']}" for v in variants),
            ", ".join(f"{g['heritable_with_model']} of {g['heritable']}" for g in genes),
            f"{over['trait_genes_found']} of {over['trait_genes']}",
            over["false_discoveries"],
            f"{over['right_tissue_named']} of {over['of_one_tissue_found']}",
            f"{over['shared_found']} of {over['shared']} ({alone})",
            "all" if truth["all_passed"] else ", ".join(c["measure"] for c in truth["checks"] if not c["passed"]),
        ]
        lines.append(row(cells))
    titles = [
        "seed", "mean test R", "AUROC", "AUROC, faint against decoys", "Spearman with planted effect", "control ratio",
        "other tissue's ratio",
        "causal in top 400", "heritable genes with a model", "trait genes found", "false", "right tissue named",
        "shared genes over tissues (each alone)", "aims met",
    ]  # fmt: skip
    return "\n".join([row(titles), row(["---"] * len(titles)), *lines, ""])


def sets_table(runs: dict[int, dict[str, dict[str, float]]]) -> str:
    """One row per kind of SNP set; the values of the seeds in order, and their sum or mean."""
    measures = list(next(iter(next(iter(runs.values())).values())))
    lines = []
    for name in next(iter(runs.values())):
        cells: list[object] = [name]
        for measure in measures:
            values = [rows[name][measure] for rows in runs.values()]
            if measure == "mean R²":
                cells.append(f"{np.mean(values):.3f}")
            else:
                cells.append(f"{sum(values):g} ({', '.join(f'{value:g}' for value in values)})")
        lines.append(row(cells))
    return "\n".join([row(["SNPs", *measures]), row(["---"] * (1 + len(measures))), *lines])


def pair(values: Any, digits: int = 3) -> str:
    return ", ".join(f"{value:.{digits}f}" for value in values)


def row(cells: list[Any]) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"


def script(name: str, *arguments: object) -> None:
    run(sys.executable, ROOT / "bin" / name, *arguments, folder=ROOT)


def run(*command: object, folder: Path) -> None:
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    done = subprocess.run([str(word) for word in command], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True)  # fmt: skip
    if done.returncode:
        sys.exit(f"{command[1]} left with {done.returncode}\n{done.stdout}\n{done.stderr}")


if __name__ == "__main__":
    main()
