"""Every profile's configuration, as Nextflow resolves it, against a committed snapshot: no resource is lost where selectors meet.

`TCRA_WRITE_SNAPSHOTS=1 pytest tests/pipeline/test_profiles.py` writes new snapshots; look at what changed before you commit them.
"""

import os
import re
import subprocess
from pathlib import Path

import pytest

from ..engine import ROOT, task_environment

pytestmark = pytest.mark.pipeline

SNAPSHOTS = Path(__file__).parent / "profiles"
PROFILES = (
    "none", "demo", "docker", "podman", "singularity", "apptainer", "slurm", "awsbatch", "googlebatch", "azurebatch",
    "k8s", "offline", "gpu", "docker,gpu", "slurm,podman", "slurm,apptainer,gpu", "slurm,singularity,offline,gpu",
    "awsbatch,docker,gpu", "gpu,slurm", "demo,podman", "demo,slurm",
)  # fmt: skip


def resolve(engine: Path, profile: str) -> str:
    """What `nextflow config` prints, without paths of this machine and without the parameters (the schema's test has those)."""
    done = subprocess.run(
        [str(engine), "-log", os.devnull, "config", str(ROOT), *(["-profile", profile] if profile != "none" else [])],
        capture_output=True, text=True, check=True, env=task_environment(),
    )  # fmt: skip
    text = done.stdout.replace(str(ROOT), "PROJECT")
    return re.sub(r"params \{.*?\n\}\n", "", text, count=1, flags=re.S).strip() + "\n"


@pytest.mark.parametrize("profile", PROFILES)
def test_profile(engine: Path, profile: str) -> None:
    found = resolve(engine, profile)
    snapshot = SNAPSHOTS / f"{profile.replace(',', '+')}.config"
    if os.environ.get("TCRA_WRITE_SNAPSHOTS"):
        SNAPSHOTS.mkdir(exist_ok=True)
        snapshot.write_text(found)
    assert found == snapshot.read_text()
    for label in ("cpu_small", "cpu_shard", "mem_large", "gpu"):
        block = re.search(rf"withLabel:{label} \{{(.*?)\n   \}}", found, re.S)
        assert block, f"label {label} has no block"
        for directive in ("cpus", "memory", "time"):
            assert re.search(rf"^\s+{directive} = ", block[1], re.M), f"{label} lost its {directive}"
    if "gpu" in profile.split(","):
        assert re.search(r"accelerator = 1", found)


@pytest.mark.parametrize("parser", ["v1", "v2"])
@pytest.mark.parametrize("profile", ["slurm,gpu", "gpu,slurm", "awsbatch,gpu", "gpu,awsbatch"])
def test_a_queue_is_the_limit_of_gpu_tasks_whatever_the_order(
    engine: Path, profile: str, parser: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NXF_SYNTAX_PARSER", parser)
    gpu = re.search(r"withName:'EMBED.*?\n   \}", resolve(engine, profile), re.S)
    assert gpu and "maxForks = 0" in gpu[0] and "accelerator = 1" in gpu[0]
    assert re.search(
        r"queue = \{ params.gpu && params.\w+_gpu_queue|queue = \{ params.gpu && params.slurm_gpu_partition", gpu[0]
    )
