"""The cohort's files: complete, consistent with each other and with the truth, and the same bytes for the same seed."""

import gzip
import json
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pyBigWig
import pytest
from scipy.stats import spearmanr
from tcra.common.files import checksum
from tcra.common.genome.fasta import Genome
from tcra.common.genome.intervals import read_bed
from tcra.common.genome.variants import parse_variant
from tcra.demo.cohort import LENGTHS, SITE_SNPS, SNPS, STRONG_SITE_SNPS
from tcra.demo.demo_genes import GENE_KINDS, choose_causes, place_genes
from tcra.demo.grammar import CONTROL_TFS, DEMO_TISSUES, POOLED_TRACK, TISSUE_TRACKS
from tcra.demo.make import make_demo
from tcra.demo.sequence import plant_enhancers, random_letters
from tcra.demo.snps import SnpNumbers, Snps, make_snps

TRUNK = Path(__file__).resolve().parents[2] / "assets" / "demo_trunk"

FILES = [
    "genome.fa", "genome.fa.fai", "tissues.csv", "epithelium.tracks.csv", "stroma.tracks.csv", "windows.bed",
    "checkpoint/variables.index", "variants.vcf.gz", "genotypes.vcf.gz", "epithelium.expression.bed.gz", "stroma.expression.bed.gz",
    "epithelium.covariates.tsv", "stroma.covariates.tsv", "genes.gtf", "gwas.tsv.gz", "traits.csv", "motif_sites.bed",
    "planted.json", "settings.json", "accounting.json", "rejected.tsv.gz",
]  # fmt: skip


def read_vcf(path: Path) -> pd.DataFrame:
    with gzip.open(path, "rt") as text:
        rows = [line.rstrip("\n").split("\t") for line in text if not line.startswith("##")]
    return pd.DataFrame(rows[1:], columns=rows[0]).astype({"POS": int})


@pytest.fixture(scope="module")
def planted(demo: Path) -> dict:
    return json.loads((demo / "planted.json").read_text())


@pytest.fixture(scope="module")
def genotypes(demo: Path) -> pd.DataFrame:
    return read_vcf(demo / "genotypes.vcf.gz")


@pytest.fixture(scope="module")
def dosages(genotypes: pd.DataFrame) -> np.ndarray:
    """(SNPs, people) alternate alleles."""
    counts = {"0|0": 0, "0|1": 1, "1|0": 1, "1|1": 2}
    return genotypes.iloc[:, 9:].map(counts.__getitem__).to_numpy()


def test_every_file_is_there(demo: Path) -> None:
    assert [name for name in FILES if not (demo / name).is_file()] == []


def test_settings_are_those_of_the_demo_profile(demo: Path) -> None:
    config = (Path(__file__).resolve().parents[2] / "conf" / "demo.config").read_text()
    profile = dict(re.findall(r"^ *(\w+) *= *'?([^'\n]+?)'?$", config, re.MULTILINE))
    settings = json.loads((demo / "settings.json").read_text())
    shared = settings.keys() & profile.keys()  # the others are the pipeline's defaults, or travel with the data
    assert {name: profile[name] for name in shared} == {name: str(settings[name]) for name in shared}
    assert {"crop", "train_steps", "set_sizes", "gene_window"} <= shared


@pytest.mark.thorough
def test_same_seed_same_bytes_other_seed_other_bytes(demo: Path, tmp_path: Path) -> None:
    make_demo(1, TRUNK, tmp_path / "again")
    make_demo(2, TRUNK, tmp_path / "other")
    assert checksum(tmp_path / "again") == checksum(demo)
    for name in ("genome.fa", "genotypes.vcf.gz", "gwas.tsv.gz", "stroma.expression.bed.gz"):
        assert checksum(tmp_path / "other" / name) != checksum(demo / name)


def test_reference_alleles_are_the_genomes_except_the_planted_mistakes(demo: Path, genotypes: pd.DataFrame) -> None:
    sites = read_vcf(demo / "variants.vcf.gz")
    with Genome(demo / "genome.fa") as genome:
        found = [genome.sequence(c, p - 1, p) for c, p in zip(sites["#CHROM"], sites["POS"], strict=True)]
    wrong = sites[sites["REF"] != found]
    assert 4 <= len(wrong) <= 6 and set(wrong["ID"]) == {"."}
    assert sites.duplicated(["#CHROM", "POS", "REF", "ALT"]).sum() == 4
    right = sites[sites["REF"] == found].drop_duplicates()
    assert list(right["ID"]) == list(genotypes["ID"]) and len(right) == 4000
    assert all(part["POS"].is_monotonic_increasing for _, part in sites.groupby("#CHROM"))


def test_the_tissues_differ_and_share_a_track(demo: Path) -> None:
    tissues = pd.read_csv(demo / "tissues.csv", index_col="tissue")
    assert list(tissues.index) == list(DEMO_TISSUES) == ["epithelium", "stroma"]
    assert list(tissues.columns) == ["tracks", "expression", "covariates"]
    tables = {tissue: pd.read_csv(demo / name).set_index("id") for tissue, name in tissues["tracks"].items()}
    assert [len(table) for table in tables.values()] == [5, 4]
    assert set(tables["epithelium"].index) & set(tables["stroma"].index) == {POOLED_TRACK}
    assert tables["epithelium"].loc[POOLED_TRACK, "bigwig"] == tables["stroma"].loc[POOLED_TRACK, "bigwig"]
    shown = {tissue: {tf for row in tracks.values() for tf in row} for tissue, tracks in TISSUE_TRACKS.items()}
    assert all(tf not in tfs for tf in CONTROL_TFS for tfs in shown.values())
    people = {tissue: set(samples(demo / name)) for tissue, name in tissues["expression"].items()}
    assert [len(names) for names in people.values()] == [305, 205]
    assert len(people["epithelium"] & people["stroma"]) == 110


def samples(path: Path) -> list[str]:
    """People of an expression table."""
    with gzip.open(path, "rt") as text:
        return text.readline().rstrip("\n").split("\t")[4:]


def test_tracks_peak_at_their_motifs_and_not_at_the_controls(demo: Path) -> None:
    sites = pd.read_csv(demo / "motif_sites.bed", sep="\t", names=["chrom", "start", "end", "tf", "score", "strand"])
    sites = sites[sites["score"] > 900]
    bigwigs = {}
    for tissue in DEMO_TISSUES:
        tracks = pd.read_csv(demo / f"{tissue}.tracks.csv")
        assert list(tracks["clip"].unique()) == [32] and list(tracks["scale"].unique()) == [2]
        bigwigs |= dict(zip(tracks["id"], tracks["bigwig"], strict=True))
    mean = {}
    for track, path in bigwigs.items():
        with pyBigWig.open(str(demo / path)) as bigwig:
            assert bigwig.chroms() == {"chr1": 1_500_000, "chr2": 1_500_000}
            for tf, part in sites.groupby("tf"):
                values = [
                    bigwig.stats(c, s, e)[0] for c, s, e in zip(part["chrom"], part["start"], part["end"], strict=True)
                ]
                mean[track, tf] = np.mean(values)
    for track, row in {name: row for own in TISSUE_TRACKS.values() for name, row in own.items()}.items():
        for tf, loading in row.items():
            if loading == 1:
                assert mean[track, tf] > 2 * max(mean[track, control] for control in CONTROL_TFS), (track, tf)


def test_windows_tile_the_genome_once_and_stand_split_by_split(demo: Path) -> None:
    windows = read_bed(demo / "windows.bed")
    assert {window.length for window in windows} == {4096}
    targets = sorted((w.chrom, w.start + 512, w.end - 512) for w in windows)
    assert all(a[0] != b[0] or a[2] == b[1] for a, b in pairwise(targets))
    splits = [window.name for window in windows]
    assert splits == sorted(splits, key=["train", "valid", "test"].index)
    assert splits.count("train") > 700 and min(splits.count("valid"), splits.count("test")) > 70


def test_linkage_disequilibrium_decays_with_distance(genotypes: pd.DataFrame, dosages: np.ndarray) -> None:
    positions = genotypes["POS"].to_numpy()
    close, far = [], []
    for i in range(0, 1900, 5):
        for j in (i + 1, i + 60):
            r = abs(np.corrcoef(dosages[i], dosages[j])[0, 1])
            distance = positions[j] - positions[i]
            (close if distance < 1000 else far if distance > 25_000 else []).append(r)
    assert np.mean(close) > 4 * np.mean(far) and np.mean(far) < 0.08
    assert 0.03 < (dosages.mean(1) / 2).min() and (dosages.mean(1) > 1).mean() == pytest.approx(0.2, abs=0.05)


@pytest.mark.parametrize("tissue, people", [("epithelium", 300), ("stroma", 200)])
def test_expression_follows_the_causal_snps_in_the_gene_s_tissues(
    demo: Path, planted: dict, genotypes: pd.DataFrame, dosages: np.ndarray, tissue: str, people: int
) -> None:
    expression = pd.read_csv(demo / f"{tissue}.expression.bed.gz", sep="\t", index_col="gene_id")
    shared = [name for name in genotypes.columns[9:] if name in expression.columns]
    assert len(shared) == people == planted["tissues"][tissue]["people"] and len(expression.columns) == people + 5 + 3
    assert list(pd.read_csv(demo / f"{tissue}.covariates.tsv", sep="\t").columns[1:]) == list(expression.columns[3:])
    keep = [list(genotypes.columns[9:]).index(name) for name in shared]
    row = {
        f"{c[3:]}_{p}_{r}_{a}": i
        for i, (c, p, r, a) in enumerate(genotypes[["#CHROM", "POS", "REF", "ALT"]].itertuples(index=False))
    }
    here, elsewhere = [], []
    for gene in planted["genes"]:
        if gene["causal"]:
            value = sum(cause["effect"] * dosages[row[cause["variant_id"]]] for cause in gene["causal"])
            agreement = spearmanr(expression.loc[gene["gene_id"], shared].astype(float), value[keep]).statistic
            if gene["heritability"].get(tissue, 0) > 0.25:
                here.append(agreement)
            elif tissue not in gene["heritability"]:
                elsewhere.append(agreement)
    assert len(here) > 5 and np.mean(here) > 0.3
    assert len(elsewhere) == 12 and abs(np.mean(elsewhere)) < 0.1


def test_gwas_alleles_and_signs_fit_the_trait_genes(demo: Path, planted: dict, genotypes: pd.DataFrame) -> None:
    gwas = pd.read_csv(demo / "gwas.tsv.gz", sep="\t").set_index("SNP")
    traits = pd.read_csv(demo / "traits.csv").iloc[0]
    assert all(traits[name] in ["SNP", *gwas.columns] for name in traits.index if name.endswith("_column"))
    sites = genotypes.set_index("ID")
    known = gwas[gwas["P"].notna()]
    swapped = known["A1"] == sites.loc[known.index, "REF"]
    assert swapped.mean() == pytest.approx(0.5, abs=0.05) and gwas["P"].isna().sum() == 5
    names = dict(
        zip(
            sites["#CHROM"].str[3:] + "_" + sites["POS"].astype(str) + "_" + sites["REF"] + "_" + sites["ALT"],
            sites.index,
            strict=True,
        )
    )
    signs = []
    for gene in planted["genes"]:
        if gene["trait_sign"] and len(gene["causal"]) == 1:
            cause = gene["causal"][0]
            line = gwas.loc[names[cause["variant_id"]]]
            beta = line["BETA"] if line["A1"] == cause["variant_id"].split("_")[3] else -line["BETA"]
            signs.append(np.sign(beta) == np.sign(cause["effect"]) * gene["trait_sign"])
    assert len(signs) >= 2 and all(signs)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_truth_has_what_the_aims_need(seed: int) -> None:
    snps: dict[str, Snps] = {}
    for i, (chrom, length) in enumerate(LENGTHS.items()):
        rng = np.random.default_rng([seed, 10 + i])
        letters = random_letters(rng, length)
        instances = plant_enhancers(rng, letters, 2500)
        snps[chrom] = make_snps(rng, letters, instances, SnpNumbers(SNPS // 2, STRONG_SITE_SNPS // 2, SITE_SNPS // 2))
        assert np.array_equal(letters[snps[chrom].start], snps[chrom].ref)
        assert np.all(snps[chrom].alt != snps[chrom].ref) and np.all(np.diff(snps[chrom].start) > 0)
        covered = np.zeros(length, bool)
        covered[instances.start[:, None] + np.arange(10)] = True
        assert np.array_equal(snps[chrom].in_site, covered[snps[chrom].start])
    genes = place_genes(np.random.default_rng([seed, 20]), LENGTHS)
    choose_causes(np.random.default_rng([seed, 21]), genes, snps)
    for kind in GENE_KINDS:
        alike = [
            gene for gene in genes if (tuple(gene.heritability), gene.motif_driven) == (kind.tissues, kind.motif_driven)
        ]
        assert [len(alike), sum(map(bool, (gene.trait_sign for gene in alike)))] == [kind.number, kind.trait_genes]
        for gene in alike:
            assert all(kind.heritability[0] <= value <= kind.heritability[1] for value in gene.heritability.values())
            for tissue in DEMO_TISSUES:
                changed = snps[gene.chrom].functional(tissue)[gene.causal]
                assert changed.all() if kind.motif_driven and tissue in kind.tissues else not changed.any()
    for tissue in DEMO_TISSUES:
        assert 230 < sum(int(part.functional(tissue).sum()) for part in snps.values()) < 420
        assert sum(int((part.in_site & (part.largest(tissue) < 0.05)).sum()) for part in snps.values()) > 250


def test_variant_names_of_the_truth_are_the_vcfs(planted: dict, genotypes: pd.DataFrame) -> None:
    known = set(
        genotypes["#CHROM"].str[3:]
        + "_"
        + genotypes["POS"].astype(str)
        + "_"
        + genotypes["REF"]
        + "_"
        + genotypes["ALT"]
    )
    causal = [cause["variant_id"] for gene in planted["genes"] for cause in gene["causal"]]
    control = set(planted["negative_control"])
    assert set(causal) | control <= known and all(parse_variant(name).identifier == name for name in causal)
    for own in planted["tissues"].values():
        changing = {variant["variant_id"] for variant in own["motif_changing"]}
        faint, decoys, elsewhere = (set(own[name]) for name in ("faint", "decoys", "elsewhere"))
        assert changing | faint | decoys | elsewhere <= known
        assert min(len(faint), len(decoys)) >= 25 and not faint & (decoys | changing)
        assert not changing & (control | decoys | elsewhere)
        assert all(0 < variant["effect"] < 1.5 for variant in own["motif_changing"])
    both = [{variant["variant_id"] for variant in own["motif_changing"]} for own in planted["tissues"].values()]
    assert min(len(both[0] - both[1]), len(both[1] - both[0]), len(both[0] & both[1])) > 80


@pytest.mark.parametrize(
    "damage, message",
    [
        ("no files", "holds no trunk"),
        ("other grammar", "was trained on grammar sha256:0"),
        ("no record", "does not say which grammar"),
    ],
)
def test_a_trunk_of_another_grammar_is_refused(script, tmp_path: Path, damage: str, message: str) -> None:
    trunk = tmp_path / "trunk"
    trunk.mkdir()
    if damage != "no files":
        (trunk / "variables.index").write_bytes(b"x")
        (trunk / "variables.data-00000-of-00001").write_bytes(b"x")
    if damage == "other grammar":
        (trunk / "trunk.json").write_text('{"grammar": "sha256:0"}')
    done = script("make_demo.py", "--trunk", trunk, "--out", tmp_path / "out", status=2)
    assert message in done.stderr and str(trunk) in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()
