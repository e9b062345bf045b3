"""Every profile's configuration, as Nextflow resolves it, against a committed snapshot: no resource is lost where selectors meet.

Snapshots hold one setting per line, sorted, so that both parsers and Nextflow 26, which print the same settings in other orders and
forms, meet the same snapshot. `TCRA_WRITE_SNAPSHOTS=1 pytest tests/pipeline/test_profiles.py` writes new ones; look at what changed
before you commit them.
"""

import os
import re
import subprocess
from pathlib import Path

import pytest

from ..engine import ROOT, task_environment

pytestmark = pytest.mark.pipeline

SNAPSHOTS = Path(__file__).parent / "settings_of_profiles"
PROFILES = (
    "none", "demo", "docker", "podman", "singularity", "apptainer", "slurm", "awsbatch", "googlebatch", "azurebatch",
    "k8s", "offline", "gpu", "docker,gpu", "slurm,podman", "slurm,apptainer,gpu", "slurm,singularity,offline,gpu",
    "awsbatch,docker,gpu", "gpu,slurm", "demo,podman", "demo,slurm",
)  # fmt: skip
AT_ONCE = ("none", "demo", "awsbatch", "slurm,apptainer,gpu")  # in `make test`; each start of the engine takes seconds


def resolve(engine: Path, profile: str, *options: str) -> dict[str, str]:
    """Settings that `nextflow config` prints, by name, without those of `params` (the schema's test has them)."""
    done = subprocess.run(
        [str(engine), *options, "-log", os.devnull, "config", str(ROOT), "-flat", *(["-profile", profile] if profile != "none" else [])],
        capture_output=True, text=True, check=True, env=task_environment(),
    )  # fmt: skip
    return normalise(done.stdout.replace(str(ROOT), "PROJECT"))


def normalise(printed: str) -> dict[str, str]:
    """Name and value of every setting: without quotes around selectors, white space as one space, maps as a setting per entry."""
    settings: dict[str, str] = {}
    for name, value in re.findall(r"^(\w[^\s=]*(?:'[^']*'\S*)*) = (.*?)(?=^\w[^\n]*? = |\Z)", printed, re.M | re.S):
        name, value = name.replace("'", "").replace('"', ""), " ".join(value.split())
        if name.startswith("params."):
            continue
        if value.startswith("[") and re.match(r"\[\w+:", value):
            settings |= {f"{name}.{key}": item for key, item in entries(value[1:-1])}
        else:
            settings[name] = value
    return settings


def entries(text: str) -> list[tuple[str, str]]:
    """Entries of a printed map, `key:value, …`; a comma within brackets or quotes ends none."""
    parts, depth, quoted = [""], 0, False
    for letter in text:
        quoted ^= letter == "'"
        depth += 0 if quoted else (letter in "[{(") - (letter in "]})")
        if letter == "," and not depth and not quoted:
            parts.append("")
        else:
            parts[-1] += letter
    pairs = [part.split(":", 1) for part in parts]
    return [(key.strip(), value.strip()) for key, value in pairs]


@pytest.mark.parametrize(
    "profile", [name if name in AT_ONCE else pytest.param(name, marks=pytest.mark.slow) for name in PROFILES]
)
def test_profile(engine: Path, profile: str) -> None:
    found = resolve(engine, profile)
    text = "".join(f"{name} = {value}\n" for name, value in sorted(found.items()))
    snapshot = SNAPSHOTS / f"{profile.replace(',', '+')}.txt"
    if os.environ.get("TCRA_WRITE_SNAPSHOTS"):
        SNAPSHOTS.mkdir(exist_ok=True)
        snapshot.write_text(text)
    assert text == snapshot.read_text()
    for label in ("cpu_small", "cpu_shard", "mem_large", "gpu"):
        for directive in ("cpus", "memory", "time"):
            assert f"process.withLabel:{label}.{directive}" in found
    if "gpu" in profile.split(","):
        assert found["process.withName:EMBED|TRAIN|EVALUATE|SCORE.accelerator"] == "1"


@pytest.mark.thorough
@pytest.mark.parametrize("profile", ["none", "slurm,apptainer,gpu"])
def test_the_strict_parser_gives_the_same_settings(engine: Path, profile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NXF_SYNTAX_PARSER", "v2")
    text = "".join(f"{name} = {value}\n" for name, value in sorted(resolve(engine, profile).items()))
    assert text == (SNAPSHOTS / f"{profile.replace(',', '+')}.txt").read_text()


@pytest.mark.thorough
@pytest.mark.parametrize("parser", ["v1", "v2"])
@pytest.mark.parametrize("profile", ["slurm,gpu", "gpu,slurm", "awsbatch,gpu", "gpu,awsbatch"])
def test_a_queue_is_the_limit_of_gpu_tasks_whatever_the_order(
    engine: Path, profile: str, parser: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NXF_SYNTAX_PARSER", parser)
    found = resolve(engine, profile)
    gpu = {name.rsplit(".", 1)[1]: value for name, value in found.items() if "withName:EMBED" in name}
    assert gpu["maxForks"] == "0" and gpu["accelerator"] == "1"
    assert re.search(r"params.\w+_gpu_(queue|partition)", gpu["queue"])


@pytest.mark.thorough
@pytest.mark.parametrize("parser", ["v1", "v2"])
def test_gpu_false_as_text_is_no_gpu(
    engine: Path, parser: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From Nextflow 25.10 on, `--gpu false` arrives in the configuration as a text, which is truthy."""
    monkeypatch.setenv("NXF_SYNTAX_PARSER", parser)
    text = tmp_path / "text.config"
    text.write_text("params.gpu = 'false'\n")
    found = resolve(engine, "none", "-c", str(text))
    assert found["process.withName:EMBED|TRAIN|EVALUATE|SCORE.container"] == "'localhost/tcra-tf-cpu:0.1.0'"
    assert found["process.withName:EMBED|TRAIN|EVALUATE|SCORE.maxForks"] == "0"
