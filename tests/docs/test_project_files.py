"""The files around the code: the map for contributors, the package's metadata, CI. Each says what the code is."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import tcra
from tcra.report.methods import REFERENCES

if sys.version_info >= (3, 11):
    import tomllib
else:  # pytest and mypy bring it
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
OF_THE_DEMO = {"make_demo.py", "pretrain_demo_trunk.py", "compare_demo.py"}


def paths_in(page: str) -> set[str]:
    """Everything in backquotes that looks like a path of the project."""
    text = re.sub(r"^ *```.*?^ *```", "", (ROOT / page).read_text(), flags=re.DOTALL | re.MULTILINE)
    found = {
        code
        for code in re.findall(r"`([\w./*-]+)`", text)
        if "/" in code or re.search(r"\.(py|nf|md|toml|config|json)$", code)
    }
    return {code for code in found if not code.startswith((".venv", ".nextflow-engine", "./"))}


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_paths_exist(page: str) -> None:
    """Paths from the root, from the package, or a name of a file anywhere in the package."""
    made_up = {"smooth_tracks.py"}  # the stage that CONTRIBUTING.md adds
    written = {"accounting.json", "settings.py"}
    paths = paths_in(page)
    assert len(paths) > 15
    for path in sorted(paths - made_up - written):
        places = (ROOT, ROOT / "bin" / "tcra", ROOT / "bin" / "tcra" / "variants")
        found = any(list(place.glob(path.rstrip("/"))) for place in places)
        assert found or list((ROOT / "bin" / "tcra").rglob(path)), f"{page} names {path}, which is not there"


def test_every_room_is_on_the_map() -> None:
    rooms = {path.parent.name for path in (ROOT / "bin" / "tcra").glob("*/__init__.py")}
    for page in ("CONTRIBUTING.md", "docs/architecture.md"):
        named = set(re.findall(r"`(\w+)/`", (ROOT / page).read_text()))
        assert rooms <= named, f"{page} lacks {rooms - named}"


def test_every_stage_is_in_the_picture() -> None:
    stages = {
        name for path in (ROOT / "modules").glob("*.nf") for name in re.findall(r"(?m)^process (\w+)", path.read_text())
    }
    text = (ROOT / "docs" / "architecture.md").read_text()
    missing = {stage for stage in stages - {"DEMO", "TRUTH"} if not re.search(rf"\b{stage}\b", text)}
    assert not missing, f"docs/architecture.md lacks {missing}"


def requirements(name: str) -> list[str]:
    lines = (ROOT / "containers" / "requirements" / f"{name}.in").read_text().splitlines()
    return [line.split("#")[0].strip() for line in lines if line.split("#")[0].strip() and not line.startswith("-r")]


def test_the_package_needs_what_the_images_have() -> None:
    assert PROJECT["project"]["dependencies"] == requirements("cpu")
    extras = PROJECT["project"]["optional-dependencies"]
    assert extras == {"enformer": requirements("tf-cpu"), "enformer-gpu": requirements("gpu")}


def test_every_stage_is_a_command_of_the_package() -> None:
    scripts = {path.name for path in (ROOT / "bin").glob("*.py")} - OF_THE_DEMO
    assert PROJECT["tool"]["setuptools"]["script-files"] == sorted(f"bin/{name}" for name in scripts)


def test_the_version_stands_once() -> None:
    assert re.search(r"(?m)^version: (.*)$", (ROOT / "CITATION.cff").read_text())[1] == tcra.__version__  # type: ignore[index]
    assert re.search(r"(?m)^    version *= '(.*)'", (ROOT / "nextflow.config").read_text())[1] == tcra.__version__  # type: ignore[index]


def test_what_the_report_cites_is_in_the_citations() -> None:
    text = (ROOT / "CITATIONS.md").read_text()
    missing = {
        work.doi for work in REFERENCES.values() if not re.search(rf"doi:{re.escape(work.doi)}(?![\w./-]*\w)", text)
    }
    assert not missing, f"CITATIONS.md lacks {missing}"


def test_ci_runs_what_this_project_s_own_ci_runs() -> None:
    """Every command of .ci/run that is not about system packages or data outside the project is in the workflow too."""
    own = (ROOT / ".ci" / "run").read_text()
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
    commands = re.findall(r"(?m)^(make [\w-]+|\.venv/bin/python -m pytest .*?)(?:\s+#.*)?$", own)
    assert len(commands) >= 3
    for command in commands:
        assert command.strip() in workflow, command


@pytest.mark.slow
def test_pip_installs_a_working_stage(tmp_path: Path, project_data: Path) -> None:
    """`pip install .` in a fresh environment; then a stage, far from the checkout, gives S-PrediXcan's numbers."""
    source = tmp_path / "source"
    shutil.copytree(ROOT / "bin", source / "bin", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    done = subprocess.run([venv / "bin" / "pip", "install", "--quiet", source], capture_output=True, text=True)
    if "NewConnectionError" in done.stderr or "No matching distribution" in done.stderr:
        pytest.skip("the package index cannot be reached")
    assert done.returncode == 0, done.stderr
    shown = subprocess.run(
        [venv / "bin" / "python", "-c", "import tcra; print(tcra.__version__)"],
        capture_output=True, text=True, cwd=tmp_path, check=True,
    )  # fmt: skip
    assert shown.stdout.strip() == tcra.__version__
    data = project_data / "association" / "tissues"
    subprocess.run(
        [venv / "bin" / "associate.py", "--model_db_path", data / "Lung.db", "--covariance", data / "Lung.txt.gz", "--gwas_file",
         data / "gwas.tsv.gz", "--beta_column", "BETA", "--se_column", "SE", "--additional_output", "--output_file", tmp_path / "lung.csv"],
        cwd=tmp_path, env={"PATH": "/usr/bin:/bin"}, check=True,
    )  # fmt: skip
    ours, theirs = ((path).read_text().splitlines() for path in (tmp_path / "lung.csv", data / "expected_Lung.csv"))
    assert len(ours) == len(theirs) > 30 and ours[0] == theirs[0]
    assert json.loads((tmp_path / "lung.csv.accounting.json").read_text())["stage"] == "ASSOCIATE"
