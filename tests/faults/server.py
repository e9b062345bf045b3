"""Runs entry scripts in forks of a process that has imported what they import: a run costs milliseconds."""

import importlib
import os
import resource
import select
import shlex
import signal
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from ..entry_scripts import load_entry
from .cases import Case
from .classify import Ended

ROOT = Path(__file__).resolve().parents[2]
CPU_BOUND, IDLE_BOUND = 30, 30  # seconds: a run that computes longer, or sleeps so long without computing, hangs
LEARNED = ("tcra.", "pyarrow.", "pandas.", "scipy.")


@dataclass
class Running:
    """A forked run. folder: where it runs, and where its stderr goes."""

    process: int
    folder: Path

    def wait(self, seconds: float) -> bool:
        """Whether it has ended within so many seconds."""
        watched = os.pidfd_open(self.process)
        try:
            waiting = select.poll()
            waiting.register(watched, select.POLLIN)
            return bool(waiting.poll(seconds * 1000))
        finally:
            os.close(watched)

    def ends(self) -> bool:
        """Wait for its end; False for a run that only waits. A busy machine, on which it is ready but does not come on, is no hang."""
        used, idle = -1, 0
        while not self.wait(5):
            stat = Path(f"/proc/{self.process}/stat").read_text().rsplit(")", 1)[1].split()
            now = int(stat[11]) + int(stat[12])
            idle = idle + 5 if stat[0] in "SDT" and now == used else 0
            used = now
            if idle >= IDLE_BOUND:
                return False
        return True

    def end(self, over: bool = False) -> Ended:
        """Its end, which has come or is forced. over: it was stopped for its time."""
        if over:
            os.kill(self.process, signal.SIGKILL)
        _, status, used = os.wait4(self.process, 0)
        over = over or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU)
        said = self.folder / "stderr"
        words = said.read_text(errors="replace") if said.exists() else ""  # it may be stopped before it has any
        return Ended(None if over else os.waitstatus_to_exitcode(status), words, used.ru_maxrss * 1024)


class Server:
    def __init__(self) -> None:
        self.scripts: dict[str, ModuleType] = {}

    def load(self, script: str) -> ModuleType:
        if script not in self.scripts:
            self.scripts[script] = load_entry(script)
        return self.scripts[script]

    def start(self, script: str, arguments: Sequence[str], folder: Path, learn: bool = False) -> Running:
        """Start a script in `folder`. learn: it writes down what it imports."""
        module = self.load(script)
        sys.stdout.flush()
        if (child := os.fork()) == 0:
            _run_and_leave(module, arguments, folder, learn)
        return Running(child, folder)

    def run(self, script: str, arguments: Sequence[str], folder: Path, learn: bool = False) -> Ended:
        """Run a script to its end or to its bounds. learn: import here what it imports there."""
        running = self.start(script, arguments, folder, learn)
        ended = running.end(over=not running.ends())
        if learn and (folder / "imported").exists():
            for name in (folder / "imported").read_text().split():
                importlib.import_module(name)
        return ended

    def stage(self, folder: Path, script: str, arguments: list[str]) -> None:
        """Run a script that makes inputs of others."""
        ended = self.run(script, arguments, folder, learn="tensorflow" not in sys.modules)
        if ended.status != 0:
            raise SystemExit(f"{script} {shlex.join(arguments)} left with {ended.status}:\n{ended.said}")


def words_of(case: Case, study: Path, out: Path) -> list[str]:
    """The command line of a case."""
    return [word.replace("%", str(out)).replace("@", f"{study}/") for word in case.arguments.split()]


def prepare_environment() -> None:
    """One thread per run, and the package on the path."""
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
    os.environ.update(dict.fromkeys(threads, "1"), TF_CPP_MIN_LOG_LEVEL="3")
    sys.path.insert(0, str(ROOT / "bin"))


def _run_and_leave(module: ModuleType, arguments: Sequence[str], folder: Path, learn: bool) -> None:
    """In the fork: run the script as its own process would, and end with its status."""
    from tcra import cli

    status = 1
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
        os.chdir(folder)
        for number, name in ((1, "stdout"), (2, "stderr")):
            os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), number)
        sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_BOUND, CPU_BOUND + 5))
        sys.argv = [str(module.__file__), *arguments]
        before = set(sys.modules)
        try:
            cli.run(module.main, module.make_parser(), arguments)
        except SystemExit as leaving:
            status = leaving.code if isinstance(leaving.code, int) else 0 if leaving.code is None else 1
        if learn:
            names = [name for name in set(sys.modules) - before if "." not in name or name.startswith(LEARNED)]
            found = [
                name for name in names if getattr(sys.modules[name], "__spec__", None) and not name.startswith("_")
            ]
            (folder / "imported").write_text("\n".join(sorted(found)))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
