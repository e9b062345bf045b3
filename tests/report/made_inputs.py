"""Inputs that follow the stages' contracts, made with a seed: small, and with names that try to break the page."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

EVIL = "<script>document.title='broken'</script>"
SETS = ("400", "4000", "random_400")
TRAITS = ("height", "asthma & eczema")


def accounting_file(folder: Path, name: str, stage: str, counts: list[tuple[str, int, int, dict[str, int]]]) -> Path:
    path = folder / name
    record = {
        "stage": stage,
        "counts": [{"unit": unit, "in": i, "out": o, "rejected": lost} for unit, i, o, lost in counts],
        "software": "tcra 0.0",
        "parameters": {"seed": 1, "input": name},
        "inputs": {f"{name}.input": "crc32c:00000000"},
    }
    path.write_text(json.dumps(record))
    return path


def association_table(genes: int, seed: int = 1) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    parts = []
    for trait in TRAITS:
        effect = np.where(random.random(genes) < 0.03, random.normal(0, 5, genes), 0)
        for name in SETS:
            z = effect + random.normal(size=genes)
            names = [EVIL if i == 3 else f"GENE{i}" for i in range(genes)]
            part = pd.DataFrame({"gene": [f"ENSG{i:011d}.1" for i in range(genes)], "gene_name": names, "zscore": z})
            part.insert(0, "trait", trait)
            part.insert(1, "model", f"demo_{name}")
            part.insert(2, "snp_set", name)
            from scipy.stats import false_discovery_control, norm

            part["effect_size"] = z / 100
            part["pvalue"] = 2 * norm.sf(abs(z))
            part["minus_log10_pvalue"] = -np.log10(part["pvalue"])
            part["fdr"] = false_discovery_control(part["pvalue"])
            part["pred_perf_r2"] = random.beta(2, 10, genes)
            part["n_snps_used"] = random.integers(1, 40, genes)
            parts.append(part)
    table = pd.concat(parts, ignore_index=True)
    table.loc[5, ["zscore", "pvalue", "minus_log10_pvalue", "fdr"]] = np.nan  # a gene without variance
    return table


def make_inputs(folder: Path, genes: int = 300, variants: int = 5000) -> dict[str, object]:
    """Every file of the report's command line, by flag."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(7)
    lost = {"ref allele is not the genome's": 3, EVIL: 1}
    files: dict[str, object] = {
        "--accounting": [
            accounting_file(folder, "plan.json", "PLAN", [("tracks", 5, 5, {}), ("windows", 974, 974, {})]),
            accounting_file(folder, "split.json", "SPLIT_VARIANTS", [("variants", 5004, 5000, lost)]),
            accounting_file(
                folder, "score1.json", "SCORE", [("variants", 2600, 2590, {"window off the chromosome": 10})]
            ),
            accounting_file(folder, "score2.json", "SCORE", [("variants", 2400, 2400, {})]),
            accounting_file(folder, "rank.json", "RANK", [("variants", 4990, 4990, {})]),
            accounting_file(
                folder,
                "models.json",
                "GENE_MODELS",
                [("genes", genes, genes - 20, {"fewer than 2 SNPs in the window": 20})],
            ),
            accounting_file(
                folder, "associate.json", "ASSOCIATE", [("GWAS rows", 4000, 1000, {"not in the model": 3000})]
            ),
        ]
    }
    steps = np.arange(0, 601, 50)
    history = pd.DataFrame(
        [
            {
                "step": step,
                "split": split,
                "loss": 1 / (1 + step / 100) + shift,
                "pearson": 0.9 - 0.8 * np.exp(-step / 150) - shift,
            }
            for split, shift in (("train", 0.0), ("valid", 0.02))
            for step in steps
        ]
    )
    history.to_parquet(folder / "history.parquet")
    tracks = pd.DataFrame(
        [
            {
                "split": split,
                "index": i,
                "track": f"TF{i}<b>",
                "pearson": 0.8 + i / 50,
                "pearson_log1p": 0.8,
                "mean_track_pearson": 0.4,
            }
            for split in ("valid", "test")
            for i in range(5)
        ]
    )
    tracks.to_parquet(folder / "tracks.parquet")
    values = np.sort(random.lognormal(-4, 1.5, variants))[::-1].astype(np.float32)
    pq.write_table(
        pa.table(
            {
                "variant_id": [f"1_{i}_A_C" for i in range(variants)],
                "mean_abs": values,
                "rank": np.arange(1, variants + 1),
            }
        ),
        folder / "ranking.parquet",
    )
    enrichment = pd.DataFrame(
        [
            {"ranking": "tCRA", "annotation": name, "snp_set": size, "size": size, "inside_set": 50, "total_set": size,
             "inside_background": 100, "total_background": variants - size, "odds_ratio": odds * 400 / size,
             "low95": odds * 300 / size, "high95": odds * 500 / size, "p": 1e-9}
            for name, odds in (("motif sites", 9.0), ("a$b<i>", 1.2))
            for size in (400, 800, 4000)
        ]
    )  # fmt: skip
    enrichment.to_csv(folder / "enrichment.tsv", sep="\t", index=False)
    kept = random.random((genes, len(SETS))) < 0.6
    models = pd.DataFrame(
        [
            {"gene_id": f"ENSG{g:011d}.1", "gene_name": f"GENE{g}", "n_snps_in_model": 7 if kept[g, s] else 0,
             "pred_perf_R2": 0.02 + 0.3 * random.random() if kept[g, s] else np.nan, "pred_perf_pval": 0.01,
             "rho_avg": 0.3 if kept[g, s] else np.nan, "snp_set": name}
            for g in range(genes)
            for s, name in enumerate(SETS)
        ]
    )  # fmt: skip
    models.to_csv(folder / "model_summaries.tsv", sep="\t", index=False, na_rep="NA")
    table = association_table(genes)
    table.to_csv(folder / "associations.tsv.gz", sep="\t", index=False, na_rep="NA")
    joint = table.dropna(subset=["pvalue"]).groupby(["trait", "gene", "gene_name"], as_index=False)["pvalue"].min()
    joint["acat_pvalue"] = (joint.pop("pvalue") * 2).clip(upper=1)
    joint.to_csv(folder / "omnibus.tsv.gz", sep="\t", index=False)
    (folder / "genes.gtf").write_text(
        "".join(
            f"chr{1 + g * 22 // genes}\ttest\tgene\t{1000 + (g % 15) * 3_000_000}\t{5000 + (g % 15) * 3_000_000}"
            f'\t.\t+\t.\tgene_id "ENSG{g:011d}.4"; gene_name "GENE{g}";\n'
            for g in range(genes)
        )
    )
    truth = {
        "checks": [
            {"name": "AUROC of motif-changing variants", "value": 0.997, "aim": "≥ 0.85", "passed": True},
            {"name": "trait genes found", "value": 0.5, "aim": "≥ 80 %", "passed": False},
        ]
    }
    (folder / "truth.json").write_text(json.dumps(truth))
    (folder / "versions.tsv").write_text("SCORE\ttensorflow\t2.21.0\nRANK\tpandas\t3.1.1\nSCORE\tpandas\t3.1.1\n")
    (folder / "parameters.json").write_text(json.dumps({"tracks": "tracks.csv", "set_sizes": [400, 800], "gpu": False}))
    return files | {
        "--history": folder / "history.parquet",
        "--track-correlations": folder / "tracks.parquet",
        "--ranking": folder / "ranking.parquet",
        "--enrichment": folder / "enrichment.tsv",
        "--model-summaries": folder / "model_summaries.tsv",
        "--associations": folder / "associations.tsv.gz",
        "--omnibus": folder / "omnibus.tsv.gz",
        "--genes": folder / "genes.gtf",
        "--truth": folder / "truth.json",
        "--versions": folder / "versions.tsv",
        "--parameters": folder / "parameters.json",
    }


def command_line(files: dict[str, object], out: Path) -> list[object]:
    """The files by flag as arguments."""
    words: list[object] = ["--out", out]
    for flag, value in files.items():
        words += [flag, *(value if isinstance(value, list) else [value])]
    return words


def make_loci(folder: Path, files: dict[str, object]) -> dict[str, object]:
    """Folders of extract_loci.py and finemap_genes.py for the gene GENE12 of the trait height, as ReportInputs takes them."""
    from tcra.finemapping.finemap_tables import GENE_COLUMNS, MAPPED, SET_COLUMNS, SNP_COLUMNS

    gene, random = "ENSG00000000012.1", np.random.default_rng(5)
    loci, fine = folder / "loci" / "height", folder / "finemapping" / "height" / "chr1"
    loci.mkdir(parents=True)
    fine.mkdir(parents=True)
    number = 300
    pos = np.sort(random.choice(np.arange(35_500_000, 36_500_000), number, replace=False))
    z = random.normal(size=number)
    z[150] = 7.5
    site = {"snp": [f"rs{1000 + i}" for i in range(number)], "chrom": "1", "pos": pos, "ref": "A", "alt": "C"}
    site["snp"][150] = "rs1012"
    site["snp"][12] = "rs9"
    snps = pd.DataFrame({"gene": gene, **site, "frequency": 0.3, "zscore": z, "minus_log10_pvalue": z**2 / 4.6})
    snps["r2"] = np.where(np.arange(number) == 150, 1.0, random.random(number) ** 3)
    snps.to_csv(loci / "locus_snps.tsv.gz", sep="\t", index=False)
    row = {"trait": "height", "gene": gene, "gene_name": "GENE12", "chrom": "1", "start": 35_500_001, "end": 36_500_000}
    pd.DataFrame([row | {"lead_snp": "rs1012", "people": 358, "snps": number}]).to_csv(
        loci / "loci.tsv", sep="\t", index=False
    )
    weights = snps.iloc[[150, 20]][["snp", "chrom", "pos", "ref", "alt"]].assign(
        gene=gene, tissue="demo", snp_set="400", weight=[-0.6, 0.1], rank=[17, 300], rank_value=[5.0, 0.2]
    )
    weights.to_csv(loci / "locus_weights.tsv.gz", sep="\t", index=False)
    scores = {
        "gene": gene,
        "snp": "rs1012",
        "tissue": "demo",
        "track": ["TF1<b>", "TF0<b>"],
        "score": [-2.5, 0.5],
        "tracks": 5,
    }
    pd.DataFrame(scores).to_csv(loci / "locus_scores.tsv.gz", sep="\t", index=False)
    states = {"gene": gene, "annotation": "liver", "start": [35_600_001], "end": [35_700_000], "state": ["1_TssA"]}
    pd.DataFrame(states).to_csv(loci / "locus_states.tsv.gz", sep="\t", index=False)
    mapped = {
        "region": "r1",
        "gene": gene,
        "gene_name": "GENE12",
        "tissue": "",
        "snp_set": "400",
        "pip": 0.91,
        "credible_set": 1,
    }
    mapped |= {"evidence": "strong", "single_effect_pip": 0.9, "gene_pip": 0.91, "tissue_share": 1.0, "status": MAPPED}
    mapped |= {"joint_or_conditional": "joint", "joint_z": 6.0, "rho_avg": 0.4, "flags": ""}
    pd.DataFrame([mapped], columns=list(GENE_COLUMNS)).to_csv(fine / "genes.tsv", sep="\t", index=False, na_rep="NA")
    member = {
        "region": "r1",
        "credible_set": 1,
        "member": gene,
        "kind": "gene",
        "alpha": 0.91,
        "purity": 1.0,
        "gene_share": 0.9,
        "reported": "yes",
        "shadow": "no",
    }
    pd.DataFrame([member], columns=list(SET_COLUMNS)).to_csv(
        fine / "credible_sets.tsv", sep="\t", index=False, na_rep="NA"
    )
    probable = pd.DataFrame(
        {**site, "region": "r1", "pip": np.where(np.arange(number) == 150, 0.08, 1e-4)}, columns=list(SNP_COLUMNS)
    )
    probable.to_csv(fine / "snps.tsv.gz", sep="\t", index=False, na_rep="NA")
    (fine / "accounting.json").write_text(json.dumps({"stage": "FINEMAP", "trait": "height", "counts": []}))
    return {"loci": (loci,), "finemapping": (fine,)}
