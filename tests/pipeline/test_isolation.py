"""Tasks need nothing but their folder: the demo without network and home folder, its tasks as another user, in an empty environment."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..engine import ROOT, task_environment, tasks
from .test_stub import PROCESSES

pytestmark = [pytest.mark.pipeline, pytest.mark.slow]

USER = 12345
PARTS = ("main.nf", "nextflow.config", "nextflow_schema.json", "modules", "workflows", "conf", "bin", "assets")

# Inputs are copies, not links; the task's folder is all that the other user may write.
CONFIG = """
process {{
    stageInMode  = 'copy'
    beforeScript = 'chmod 777 .'
    shell        = ['{shell}']
}}
"""

# The shell of the tasks; it must be called bash. Nextflow calls it twice, one within the other, to measure the task.
AS_STRANGER = """#!/bin/bash
[ "$(id -u)" = 0 ] || exec /bin/bash -euo pipefail "$@"
mapfile -t given < <(env | grep '^PYTHON')  # the configuration's own variables
exec setpriv --reuid={user} --regid={user} --clear-groups --no-new-privs env -i PATH={path} "${{given[@]}}" /bin/bash -euo pipefail "$@"
"""

# Private network and mounts: loopback only, an empty home (but for what runs the test), a project that nobody can write.
SEALED = """
set -e
ip link set lo up
i=0
for path in {kept}; do i=$((i + 1)); mkdir -p {stash}/$i; mount --bind "$path" {stash}/$i; done
mount -t tmpfs -o mode=755 tmpfs {home}
i=0
for path in {kept}; do i=$((i + 1)); mkdir -p "$path"; mount --bind {stash}/$i "$path"; done
mount --bind project project
mount -o remount,bind,ro project
exec {engine} -log nextflow.log run project -ansi-log false -profile demo -c isolated.config
"""


@pytest.fixture(scope="module")
def isolated(engine: Path) -> Iterator[Path]:
    """Folder of a finished demo run: `project/` as copied to a cluster, `work/`, `results/`."""
    if os.geteuid() != 0 or not all(map(shutil.which, ("unshare", "setpriv", "ip"))):
        pytest.skip("another user's id and namespaces need root, unshare, setpriv and ip")
    if subprocess.run(["unshare", "--net", "--mount", "true"], capture_output=True).returncode:
        pytest.skip("this machine allows no namespaces")
    with tempfile.TemporaryDirectory() as temporary:  # pytest closes its own folders to others
        folder = Path(temporary)
        folder.chmod(0o755)
        run_sealed(folder, engine)
        yield folder


def run_sealed(folder: Path, engine: Path) -> None:
    """Copy the project into the folder and run the demo there."""
    (folder / "project").mkdir()
    ignored = shutil.ignore_patterns("__pycache__")
    for part in PARTS:
        source, target = ROOT / part, folder / "project" / part
        shutil.copytree(source, target, ignore=ignored) if source.is_dir() else shutil.copy(source, target)
    path = f"{folder}/project/bin:{Path(sys.executable).parent}:/usr/bin:/bin"
    shell = folder / "as_stranger/bash"
    shell.parent.mkdir()
    shell.write_text(AS_STRANGER.format(user=USER, path=path))
    shell.chmod(0o755)
    (folder / "isolated.config").write_text(CONFIG.format(shell=shell))
    home = Path.home()
    kept = [str(path) for path in (Path(sys.base_prefix), ROOT) if path.is_relative_to(home)]
    sealed = SEALED.format(kept=" ".join(kept), stash=folder / "stash", home=home, engine=engine)
    done = subprocess.run(
        ["unshare", "--net", "--mount", "bash", "-c", sealed],
        cwd=folder, env=task_environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=1500,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def test_every_module_runs(isolated: Path) -> None:
    done = tasks(isolated / "results/demo/pipeline_info/trace.tsv")
    assert set(done) == PROCESSES
    assert {status for statuses in done.values() for status in statuses} == {"COMPLETED"}


def test_tasks_ran_as_the_other_user(isolated: Path) -> None:
    made = list((isolated / "work").glob("*/*/checked.json"))
    assert {path.stat().st_uid for path in made} == {USER}


def test_nothing_is_written_outside_the_work_folder(isolated: Path) -> None:
    folders = [path for path in ("/tmp", "/var/tmp", "/dev/shm", "/home") if Path(path).exists()]
    found = subprocess.run(
        ["find", *folders, "-xdev", "-user", str(USER)], capture_output=True, text=True
    ).stdout.splitlines()
    assert [path for path in found if not Path(path).is_relative_to(isolated / "work")] == []


def test_no_command_names_a_local_path(isolated: Path) -> None:
    commands = list((isolated / "work").glob("*/*/.command.sh"))
    assert len(commands) > len(PROCESSES)
    for command in commands:
        lines = command.read_text().split("nxf_eval_cmd")[0].splitlines()[1:]  # what follows is Nextflow's own
        assert not [line for line in lines if re.search(r"(^|[\s='\"])(/|~)", line)], command


def test_no_task_needs_a_link(isolated: Path) -> None:
    assert not [path for path in (isolated / "work").rglob("*") if path.is_symlink()]
