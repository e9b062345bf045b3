"""docs/usage.md, "What I changed → what runs again": each row is done to a study on the real engine, and the tasks that ran are compared.

Stub runs: what runs again does not depend on what the tools compute. Stubs pass on what a stage's result depends on.
"""

import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from ..engine import ROOT, Run, tasks
from .test_stub import made_up_study

pytestmark = [pytest.mark.pipeline, pytest.mark.slow]

PARTS = ("main.nf", "nextflow.config", "nextflow_schema.json", "modules", "workflows", "conf", "bin", "assets")
TISSUES = "tissue,tracks,expression\nbreast,one.csv,a.bed.gz\nlung,two.csv,\n"
# Tasks that run after a change, where a process has more of them than run again.
FEWER = {
    "a track added": {"COVERAGE": 1, "PLAN": 1, "TFRECORDS": 1, "TRAIN": 1, "EVALUATE": 1, "RANK": 1, "ANNOTATE": 1},
    "a track dropped": {"PLAN": 1, "TFRECORDS": 1, "TRAIN": 1, "EVALUATE": 1, "RANK": 1, "ANNOTATE": 1},
    "the order of tracks": {"PLAN": 1, "TFRECORDS": 1, "TRAIN": 1, "EVALUATE": 1, "RANK": 1, "ANNOTATE": 1},
    "a setting of one track": {"COVERAGE": 1, "PLAN": 1, "TFRECORDS": 1, "TRAIN": 1, "EVALUATE": 1, "RANK": 1, "ANNOTATE": 1},
    "a tissue added": {"COVERAGE": 1, "PLAN": 1, "TFRECORDS": 1, "TRAIN": 1, "EVALUATE": 1, "RANK": 1, "ANNOTATE": 1, "ASSOCIATE": 1},
    "a trait added": {"ASSOCIATE": 1, "CHECK_INPUTS": 1},
    "the name of a tissue": {"PLAN": 1, "TRAIN": 1, "RANK": 1},
}  # fmt: skip


def table() -> dict[str, set[str]]:
    """The table of the page: what was changed, to the processes that run again (REPORT, which always does, left out)."""
    text = (ROOT / "docs/usage.md").read_text().split("### What I changed → what runs again")[1].split("\n#")[0]
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", text, re.M)[1:]
    return {re.sub(r"[`-]", "", change): set(re.findall(r"\b[A-Z][A-Z_]{3,}\b", names)) for change, names in rows}


def write(name: str, text: str) -> Callable[[Path], list[object]]:
    """A change that writes a file of the study's folder."""

    def change(folder: Path) -> list[object]:
        (folder / name).write_text(text)
        return []

    return change


def edit_ranking(folder: Path) -> list[object]:
    with open(folder / "project/bin/tcra/variants/ranking/rank.py", "a") as source:
        source.write("\n# edited\n")
    return []


def add_tissue(folder: Path) -> list[object]:
    (folder / "three.csv").write_text("id,bigwig\nA,A.bw\nD,D.bw\n")
    (folder / "D.bw").write_text("x")
    (folder / "tissues.csv").write_text(TISSUES + "skin,three.csv,b.bed.gz\n")
    return []


def add_trait(folder: Path) -> list[object]:
    (folder / "weight.tsv").write_text("x")
    (folder / "traits.csv").write_text("trait,path\nheight,height.tsv\nweight,weight.tsv\n")
    return []


CHANGES: dict[str, Callable[[Path], list[object]]] = {
    "a track added": write("one.csv", "id,bigwig\nA,A.bw\nB,B.bw\nE,C.bw\n"),
    "a track dropped": write("one.csv", "id,bigwig\nA,A.bw\n"),
    "the order of tracks": write("one.csv", "id,bigwig\nB,B.bw\nA,A.bw\n"),
    "a setting of one track": write("one.csv", "id,bigwig,clip\nA,A.bw,\nB,B.bw,5\n"),
    "a tissue added": add_tissue,
    "the name of a tissue": write("tissues.csv", TISSUES.replace("breast", "mamma")),
    "a trait added": add_trait,
    "set_sizes": lambda _: ["--set_sizes", "10,20"],
    "outdir": lambda _: ["--outdir", "elsewhere"],
    "a comment in the Python of the ranking": edit_ranking,
}


@pytest.fixture(scope="session")
def study(nextflow: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished run of two tissues that share a track, and a copy of the project."""
    folder = tmp_path_factory.mktemp("study")
    (folder / "project").mkdir()
    subprocess.run(["cp", "-r", *(ROOT / name for name in PARTS), folder / "project"], check=True)
    nextflow("-stub-run", *made_up_study(folder, TISSUES), folder=folder, project=str(folder / "project"))
    return folder


def test_the_table_and_the_changes_are_the_same() -> None:
    assert set(table()) == set(CHANGES)


def restore(kept: dict[Path, tuple[bytes, int]], folder: Path) -> None:
    """Files as they were, their times too: the engine's keys hold the times of inputs."""
    for path in folder.glob("*.csv"):
        if path not in kept:
            path.unlink()
    for path, (content, modified) in kept.items():
        path.write_bytes(content)
        os.utime(path, ns=(modified, modified))


@pytest.mark.parametrize("name", CHANGES)
def test_what_runs_again(nextflow: Run, study: Path, tmp_path: Path, name: str) -> None:
    source = study / "project/bin/tcra/variants/ranking/rank.py"
    kept = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in (source, *study.glob("*.csv"))}
    shutil.rmtree(study / "elsewhere", ignore_errors=True)
    try:
        options = CHANGES[name](study)
        given = {"tissues": "tissues.csv", "windows": "windows.bed", "fasta": "genome.fa", "checkpoint": "checkpoint"}
        given |= {"variants": "variants.vcf", "genotypes": "panel.vcf.gz", "genes": "genes.gtf", "traits": "traits.csv"}
        flags = [part for flag, file in given.items() for part in (f"--{flag}", study / file)]
        trace = tmp_path / "trace.tsv"
        nextflow(
            "-stub-run", "-resume", *flags, *options, "-with-trace", trace, folder=study, project=str(study / "project")
        )
    finally:
        restore(kept, study)
    done = tasks(trace)
    ran = Counter({process: statuses.count("COMPLETED") for process, statuses in done.items()})
    assert {process for process, number in ran.items() if number} - {"REPORT"} == table()[name]
    for process, number in FEWER.get(name, {}).items():
        assert ran[process] == number, f"{name}: {ran[process]} tasks of {process}, expected {number}"
    if options[:1] == ["--outdir"]:
        assert (study / "elsewhere/breast/ranking/ranking.parquet").is_file()
