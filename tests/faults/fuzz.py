"""Entry scripts on damaged inputs: python -m tests.faults.fuzz --runs 10000 --seed 1

Each run damages one file of a small valid study and runs one script in a forked process. The table at the end counts, by script, what
happened. Faults are listed with the number of their run; `--only NUMBER` does one again and keeps its folder.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from .cases import CASES, Case
from .classify import CLEAN, FAULTS, Ended, Result, changed_outcome, outcome, read_result
from .mutations import damage
from .server import ROOT, Server, prepare_environment, words_of
from .study import make_study, make_trained

MEMORY_BOUND = 2 << 30
TENSORFLOW_SHARE = 0.04


class Fuzz:
    def __init__(self, folder: Path, cases: Sequence[Case]) -> None:
        self.folder, self.server, self.cases = folder, Server(), cases
        self.study = folder / "study"
        self.undisturbed: dict[str, tuple[Result, str]] = {}
        if not self.study.exists():
            make_study(self.study, partial(self.server.stage, folder), ROOT)

    def load_tensorflow(self) -> None:
        from tcra.enformer.quiet import load_tensorflow

        load_tensorflow()
        if not (self.study / "model").exists():
            make_trained(self.study, partial(self.server.stage, self.folder))

    def undisturbed_run(self, case: Case) -> tuple[Result, str]:
        """What the case writes and says on the study as it is; this process learns its imports."""
        if case.name not in self.undisturbed:
            place = Path(tempfile.mkdtemp(prefix="undisturbed-", dir=self.folder))
            ended = self._run(case, place, self.study, learn=not case.tensorflow)
            if outcome(ended, MEMORY_BOUND) is not None:
                raise SystemExit(f"{case.name} does not run undisturbed: {ended}")
            self.undisturbed[case.name] = (read_result(place / "result"), ended.said)
        return self.undisturbed[case.name]

    def _run(self, case: Case, place: Path, study: Path, learn: bool = False) -> Ended:
        (place / "result").mkdir(parents=True)
        return self.server.run(case.script, words_of(case, study, place / "result"), place, learn)

    def one(self, number: int, seed: int, case: Case) -> tuple[str, str]:
        """(what happened, what was done) in one run; its folder stays where there was a fault."""
        random = np.random.default_rng([seed, number])
        before, said = self.undisturbed_run(case)
        place = self.folder / f"run-{seed}-{number}"
        shutil.rmtree(place, ignore_errors=True)
        name = case.damaged[int(random.integers(len(case.damaged)))]
        study = place / "study"
        shutil.copytree(self.study, study, copy_function=os.link)
        (study / name).unlink()
        mutation = damage(study / name, self.study / name, random)
        ended = self._run(case, place, study)
        found = outcome(ended, MEMORY_BOUND)
        if found is None:
            found = changed_outcome(
                before, read_result(place / "result"), said, ended.said.replace(str(study), str(self.study)), mutation.structural,
                self.study / name, study / name,
            )  # fmt: skip
        elif found == "refused" and any(path.is_file() for path in (place / "result").rglob("*")):
            left = [str(path.relative_to(place)) for path in (place / "result").rglob("*") if path.is_file()]
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
    parser.add_argument(
        "--folder", type=Path, help="where to work (default: a temporary folder); a study in it is used again"
    )
    given = parser.parse_args()
    cases = [case for case in CASES if not given.script or case.name in given.script or case.script in given.script]
    cases = [case for case in cases if not (given.quick and case.tensorflow)]
    prepare_environment()
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
        if tensorflow:
            fuzz.load_tensorflow()
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
