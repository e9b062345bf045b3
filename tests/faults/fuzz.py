"""Entry scripts on damaged inputs: python -m tests.faults.fuzz --runs 10000 --seed 1

Each run damages one file of a small valid study and runs one script in a forked process. The table at the end counts, by script, what
happened. Faults are listed with the number of their run; `--only NUMBER` does one again and keeps its folder.
"""

import argparse
import importlib
import importlib.util
import os
import resource
import select
import shlex
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import numpy as np

from .cases import CASES, Case
from .classify import CLEAN, FAULTS, Ended, Result, changed_outcome, outcome, read_result
from .mutations import damage
from .study import make_study, make_trained

ROOT = Path(__file__).resolve().parents[2]
MEMORY_BOUND = 2 << 30
CPU_BOUND, WALL_BOUND = 30, 120  # seconds; the wall clock is for a process that waits
TENSORFLOW_SHARE = 0.04


class Server:
    """Runs entry scripts in forks of this process, which has imported all that they import."""

    def __init__(self) -> None:
        self.scripts: dict[str, ModuleType] = {}

    def load(self, script: str) -> ModuleType:
        if script not in self.scripts:
            spec = importlib.util.spec_from_file_location(script, ROOT / "bin" / f"{script}.py")
            assert spec and spec.loader
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            self.scripts[script] = module
        return self.scripts[script]

    def run(self, script: str, arguments: Sequence[str], folder: Path, learn: bool = False) -> Ended:
        """Run to its end or to its bounds, in `folder`. learn: import here what the script has imported there."""
        module, said, imported = self.load(script), folder / "stderr", folder / "imported"
        if (child := os.fork()) == 0:
            self._child(module, arguments, folder, said, imported if learn else None)
        waiting = select.poll()
        waiting.register(watched := os.pidfd_open(child), select.POLLIN)
        over = not waiting.poll(WALL_BOUND * 1000)
        if over:
            os.kill(child, signal.SIGKILL)
        _, status, used = os.wait4(child, 0)
        os.close(watched)
        over = over or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU)
        if learn and imported.exists():
            for name in imported.read_text().split():
                importlib.import_module(name)
        code = None if over else os.waitstatus_to_exitcode(status)
        return Ended(code, said.read_text(errors="replace"), used.ru_maxrss * 1024)

    def _child(
        self, module: ModuleType, arguments: Sequence[str], folder: Path, said: Path, imported: Path | None
    ) -> None:
        from tcra import cli

        status = 1
        try:
            os.chdir(folder)
            for number, path in ((1, folder / "stdout"), (2, said)):
                os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
            sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)
            resource.setrlimit(resource.RLIMIT_CPU, (CPU_BOUND, CPU_BOUND + 5))
            sys.argv = [str(module.__file__), *arguments]
            before = set(sys.modules)
            try:
                cli.run(module.main, module.make_parser(), arguments)
            except SystemExit as leaving:
                status = leaving.code if isinstance(leaving.code, int) else 0 if leaving.code is None else 1
            if imported:
                names = [
                    name
                    for name in set(sys.modules) - before
                    if "." not in name or name.startswith(("tcra.", "pyarrow.", "pandas.", "scipy."))
                ]
                found = [
                    name for name in names if getattr(sys.modules[name], "__spec__", None) and not name.startswith("_")
                ]
                imported.write_text("\n".join(sorted(found)))
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)


class Fuzz:
    def __init__(self, folder: Path, cases: Sequence[Case]) -> None:
        self.folder, self.server, self.cases = folder, Server(), cases
        self.study = folder / "study"
        self.undisturbed: dict[str, tuple[Result, str]] = {}
        make_study(self.study, self._stage, ROOT)

    def _stage(self, script: str, arguments: list[str]) -> None:
        ended = self.server.run(script, arguments, self.folder)
        if ended.status != 0:
            raise SystemExit(f"{script} {shlex.join(arguments)} left with {ended.status}:\n{ended.said}")

    def prepare(self, tensorflow: bool) -> None:
        """The undisturbed runs of the cases, whose imports this process learns."""
        if tensorflow:
            from tcra.enformer.quiet import load_tensorflow

            load_tensorflow()
            make_trained(self.study, self._stage)
        for case in self.cases:
            if case.tensorflow == tensorflow:
                place = self.folder / f"undisturbed-{len(self.undisturbed)}"
                ended = self._run(case, place, self.study, learn=not tensorflow)
                if outcome(ended, MEMORY_BOUND) is not None:
                    raise SystemExit(f"{case.name} does not run undisturbed: {ended}")
                self.undisturbed[case.name] = (read_result(place / "result"), ended.said)

    def _run(self, case: Case, place: Path, study: Path, learn: bool = False) -> Ended:
        (place / "result").mkdir(parents=True)
        words = [word.replace("%", str(place / "result")) for word in case.arguments.split()]
        words = [word.replace("@", f"{study}/") for word in words]
        return self.server.run(case.script, words, place, learn)

    def one(self, number: int, seed: int, case: Case) -> tuple[str, str]:
        """(what happened, what was done) in one run; its folder stays where there was a fault."""
        random = np.random.default_rng([seed, number])
        place = self.folder / f"run-{number}"
        name = case.damaged[int(random.integers(len(case.damaged)))]
        study = place / "study"
        shutil.copytree(self.study, study, copy_function=os.link)
        (study / name).unlink()
        mutation = damage(study / name, self.study / name, random)
        ended = self._run(case, place, study)
        found = outcome(ended, MEMORY_BOUND)
        if found is None:
            before, said = self.undisturbed[case.name]
            found = changed_outcome(
                before, read_result(place / "result"), said, ended.said.replace(str(study), str(self.study)), mutation.structural,
                self.study / name, study / name,
            )  # fmt: skip
        elif found == "refused" and any((place / "result").rglob("*")):
            left = [str(path.relative_to(place)) for path in (place / "result").rglob("*")]
            found, ended = "silent", Ended(2, f"refused, but it left {left}", 0)
        last = (ended.said.strip().splitlines() or [""])[-1]
        if found in CLEAN:
            shutil.rmtree(place)
        return found, f"run {number}, {case.name}, {name}, {mutation.what}: {last[-300:]}"


def choose(number: int, seed: int, cases: Sequence[Case]) -> Case:
    """The case of a run; scripts that load TensorFlow come less often."""
    random = np.random.default_rng([seed, number, 1])
    slow, quick = [case for case in cases if case.tensorflow], [case for case in cases if not case.tensorflow]
    pool = slow if slow and (not quick or random.random() < TENSORFLOW_SHARE) else quick
    return pool[int(random.integers(len(pool)))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--first", type=int, default=0, help="number of the first run")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--script", nargs="*", help="cases of these names only (a script's name is all its cases)")
    parser.add_argument("--quick", action="store_true", help="without the scripts that load TensorFlow")
    parser.add_argument("--seconds", type=float, help="no new run after so long")
    parser.add_argument("--only", type=int, help="do this run again, and keep its folder")
    parser.add_argument(
        "--show", nargs="*", default=[], help="also list what happened thus (refused, said, same, legitimate)"
    )
    parser.add_argument("--folder", type=Path, help="where to work (default: a temporary folder)")
    given = parser.parse_args()
    cases = [case for case in CASES if not given.script or case.name in given.script or case.script in given.script]
    cases = [case for case in cases if not (given.quick and case.tensorflow)]
    os.environ.update(
        OMP_NUM_THREADS="1",
        OPENBLAS_NUM_THREADS="1",
        TF_CPP_MIN_LOG_LEVEL="3",
        TF_NUM_INTRAOP_THREADS="1",
        TF_NUM_INTEROP_THREADS="1",
    )
    sys.path.insert(0, str(ROOT / "bin"))
    folder = given.folder or Path(tempfile.mkdtemp(prefix="fuzz-"))
    fuzz = Fuzz(folder, cases)
    numbers = [given.only] if given.only is not None else range(given.first, given.first + given.runs)
    planned = [(choose(number, given.seed, cases), number) for number in numbers]
    counts: dict[str, Counter[str]] = {}
    start = time.monotonic()
    for tensorflow in (False, True):
        wanted = [(case, number) for case, number in planned if case.tensorflow == tensorflow]
        if not wanted:
            continue
        fuzz.prepare(tensorflow)
        for case, number in wanted:
            if given.seconds and time.monotonic() - start > given.seconds:
                break
            found, what = fuzz.one(number, given.seed, case)
            counts.setdefault(case.script, Counter())[found] += 1
            if found in FAULTS or found in given.show or given.only is not None:
                print(f"{found}: {what}", flush=True)
    faults = report(counts)
    print(
        f"{sum(sum(c.values()) for c in counts.values())} runs, {faults} faults, seed {given.seed}; folders of faults: {folder}"
    )
    if not faults and given.folder is None and given.only is None:
        shutil.rmtree(folder)
    sys.exit(1 if faults else 0)


def report(counts: dict[str, Counter[str]]) -> int:
    """Print the table; the number of faults."""
    kinds = (*CLEAN, *FAULTS)
    print("\t".join(("script", "runs", *kinds)))
    total: Counter[str] = Counter()
    for script, found in sorted(counts.items()):
        total += found
        print("\t".join((script, str(sum(found.values())), *(str(found[kind]) for kind in kinds))))
    print("\t".join(("all", str(sum(total.values())), *(str(total[kind]) for kind in kinds))))
    return sum(total[kind] for kind in FAULTS)


if __name__ == "__main__":
    main()
