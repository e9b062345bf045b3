"""The documentation against the code: links lead somewhere, parameters and flags exist, the code in it runs."""

import functools
import json
import re
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pyarrow.parquet as pq
import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*(ROOT / "docs").glob("*.md"), *ROOT.glob("*.md")])
ENGINE = {"-resume", "-profile", "-params-file", "-c", "--help", "-stub-run", "-work-dir"}


def ids(page: Path) -> str:
    return page.name


@functools.cache
def parameters() -> set[str]:
    schema = json.loads((ROOT / "nextflow_schema.json").read_text())
    return {name for group in schema["$defs"].values() for name in group["properties"]}


@functools.cache
def flags_of(script: str) -> set[str]:
    shown = subprocess.run(
        [sys.executable, ROOT / "bin" / script, "--help"], capture_output=True, text=True, check=True
    ).stdout
    return set(re.findall(r"(?<![\w-])--?[A-Za-z][\w-]*", shown))


def commands(page: Path) -> list[str]:
    """Command lines in fenced blocks, with continued lines joined and comments cut."""
    blocks = re.findall(r"^ *```(?:bash|sh)?\n(.*?)^ *```", page.read_text(), re.DOTALL | re.MULTILINE)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [re.sub(r"\s#.*", "", line).strip() for line in lines]


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text()):
        if not re.match(r"[a-z]+:", target):
            assert (page.parent / target).exists(), f"{page.name} links to {target}, which is not there"


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_parameters_of_the_pipeline_exist(page):
    for line in commands(page):
        match = re.match(r"(?:\S*/)?nextflow run \.(.*)", line.removeprefix("$ "))
        if match and "--traks" not in line:  # the example of a misspelt parameter
            for flag in re.findall(r"(?<!\S)--([\w-]+)", match[1]):
                assert flag in parameters() | {"help"}, f"{page.name}: nextflow run has no parameter {flag}"
            for flag in re.findall(r"(?<!\S)(-[a-z][\w-]*)", match[1]):
                assert flag in ENGINE, f"{page.name}: nextflow run {flag}"


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_flags_of_the_entry_scripts_exist(page):
    for line in commands(page):
        match = re.match(r"(?:python\S* )?(?:\S*/)?(\w+\.py) (.*)", line)
        if match and (ROOT / "bin" / match[1]).exists():
            words = re.split(r"[|>]", match[2])[0]
            for flag in re.findall(r"(?<!\S)(--?[A-Za-z][\w-]*)", words):
                assert flag in flags_of(match[1]), f"{page.name}: {match[1]} has no flag {flag}"


@pytest.mark.parametrize(
    "page", ["usage.md", "own_tracks.md", "offline.md", "gpu.md", "precomputed_scores.md", "clusters.md", "cloud.md"]
)
def test_parameters_in_running_text_exist(page):
    text = re.sub(r"^ *```.*?^ *```", "", (ROOT / "docs" / page).read_text(), flags=re.DOTALL | re.MULTILINE)
    scripts = {name for name in re.findall(r"\b(\w+\.py)\b", text) if (ROOT / "bin" / name).exists()}
    known = {f"--{name}" for name in parameters()} | {"--help"} | {flag for name in scripts for flag in flags_of(name)}
    elsewhere = {"--gpus", "--nv", "--device", "--gres"}  # of docker, apptainer, podman and Slurm
    for code in re.findall(r"`([^`]+)`", text):
        for flag in re.findall(r"(?<!\S)(--[A-Za-z][\w-]*)", code):
            assert flag in known | elsewhere, (
                f"{page}: {flag} is no parameter of the pipeline, nor a flag of {sorted(scripts)}"
            )


def test_every_parameter_is_documented():
    text = "\n".join(page.read_text() for page in PAGES)
    missing = [name for name in sorted(parameters() - {"help"}) if not re.search(rf"--{name}\b", text)]
    assert not missing, f"no page names {missing}"


def test_published_enformer_scores_become_scores_that_rank(tmp_path, script):
    """The way that docs/precomputed_scores.md describes."""
    random = np.random.default_rng(5)
    scores = random.normal(size=(300, 4)).astype(np.float16)
    with h5py.File(tmp_path / "chr22.h5", "w") as file:
        file["chr"] = np.array([b"chr22"] * 300)
        file["pos"] = np.arange(1000, 1300)
        file["ref"], file["alt"] = np.array([b"A"] * 300), np.array([b"G"] * 300)
        file["snp"] = np.array([b"rs1"] * 300)
        file["SAD"] = scores
        file["target_ids"] = np.array([b"T0", b"T1", b"T2", b"T3"])
        file["target_labels"] = np.array([b"CHIP:FOXA1:MCF-7", b"DNASE:liver", b"CHIP:FOXA1:T-47D", b"CAGE:x"])
    converted = tmp_path / "chr22.parquet"
    script("convert_scores.py", "--scores", tmp_path / "chr22.h5", "--label", "CHIP:FOXA1", "--out", converted)
    table = pq.read_table(tmp_path / "chr22.parquet").to_pandas()
    assert list(table.columns) == ["variant_id", "chrom", "pos", "ref", "alt", "rsid", "mean_abs", "T0", "T2"]
    assert np.array_equal(table[["T0", "T2"]].to_numpy(), scores[:, [0, 2]].astype(np.float32))
    script(
        "rank_variants.py",
        "--scores",
        tmp_path / "chr22.parquet",
        "--set-sizes",
        "50,100",
        "--out",
        tmp_path / "ranking",
    )
    ranking = pq.read_table(tmp_path / "ranking" / "ranking.parquet").to_pandas()
    best = ranking.loc[ranking["rank"] == 1, "variant_id"].item()
    assert best == table.loc[table["mean_abs"].idxmax(), "variant_id"]
