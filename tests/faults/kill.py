"""Entry scripts stopped at random moments and run again: python -m tests.faults.kill --runs 100 --seed 1

Each run stops a script by SIGINT, SIGTERM or SIGKILL at a random moment of its time. What then looks finished must be what an undisturbed
run writes; the same command must then end with 0, leave the same bytes, and nothing beside them. `--pipeline 30` does the same with the
demo on the real engine, continued by -resume.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from ..engine import task_environment
from .cases import CASES, Case
from .server import ROOT, Server, prepare_environment, words_of
from .study import make_study, make_trained

SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}
PIPELINE_TABLES = (
    "epithelium/ranking/ranking.parquet",
    "stroma/model_databases/stroma_400.db",
    "combined/associations.tsv.gz",
    "truth.json",
)


def files_in(folder: Path) -> dict[str, bytes]:
    """Contents of all files by their names; of none if there is no folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def is_hidden(name: str) -> bool:
    """Whether a name says that the file is not finished: it or a folder around it begins with a dot."""
    return any(part.startswith(".") for part in Path(name).parts)


class Kill:
    def __init__(self, folder: Path, cases: Sequence[Case]) -> None:
        self.folder, self.server, self.study = folder, Server(), folder / "study"
        if not self.study.exists():
            make_study(self.study, partial(self.server.stage, folder), ROOT)
        self.undisturbed: dict[str, tuple[dict[str, bytes], float]] = {}
        for tensorflow in (False, True):
            chosen = [case for case in cases if case.tensorflow == tensorflow]
            if chosen and tensorflow:
                from tcra.enformer.quiet import load_tensorflow

                load_tensorflow()
                make_trained(self.study, partial(self.server.stage, folder))
            for case in chosen:
                for learn in (True, False) if not tensorflow else (False,):  # the second run takes its usual time
                    result = folder / "undisturbed" / case.name.replace(":", "-") / str(learn) / "result"
                    result.mkdir(parents=True)
                    start = time.monotonic()
                    ended = self.server.run(case.script, words_of(case, self.study, result), result.parent, learn)
                    if ended.status != 0:
                        raise SystemExit(f"{case.name} does not run undisturbed: {ended}")
                self.undisturbed[case.name] = files_in(result), time.monotonic() - start

    def one(self, number: int, seed: int, case: Case) -> tuple[str, str]:
        """(what was wrong or "", what was done) in one run."""
        random = np.random.default_rng([seed, number])
        expected, seconds = self.undisturbed[case.name]
        kind, wait = list(SIGNALS)[int(random.integers(3))], float(random.uniform(0, 1.1 * seconds))
        place = self.folder / f"run-{number}"
        result = place / "result"
        result.mkdir(parents=True)
        words = words_of(case, self.study, result)
        running = self.server.start(case.script, words, place)
        running.wait(wait)
        os.kill(running.process, kind)  # nothing happens to one that has ended and was not waited for
        ended = running.end(over=not running.ends())
        what = f"run {number}, {case.name}, {kind.name} after {wait:.2f} of {seconds:.2f} s (left with {ended.status})"
        early = ended.status == -int(kind) or "error: interrupted" in ended.said or ended.status == 143
        if ended.status not in (0, SIGNALS[kind]) and not early:
            return f"it left with {ended.status}: {ended.said[-300:]}", what
        if "Traceback" in ended.said:
            return f"traceback: {ended.said[-300:]}", what
        for name, content in files_in(result).items():
            if not is_hidden(name) and expected.get(name) != content:
                return f"{name} looks finished and is not", what
        again = self.server.run(case.script, [*words], place)
        if (
            again.status != 0
            and "exists; delete it, or give --overwrite" in again.said
            and files_in(result) == expected
        ):
            again = ended  # it had ended
        elif again.status != 0:
            return f"the second run left with {again.status}: {again.said[-300:]}", what
        found = files_in(result)
        wrong = sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
        if wrong:
            return f"other files than undisturbed: {wrong}", what
        shutil.rmtree(place)
        return "", what


def kill_scripts(runs: int, seed: int, cases: Sequence[Case], folder: Path) -> int:
    """Print the table by script; the number of differences."""
    kill = Kill(folder, cases)
    counts: dict[str, Counter[str]] = {}
    for number in range(runs):
        case = cases[number % len(cases)]
        wrong, what = kill.one(number, seed, case)
        counts.setdefault(case.script, Counter())["different" if wrong else "same"] += 1
        if wrong:
            print(f"{what}: {wrong}", flush=True)
    print("script\tkills\tdifferences")
    for script, found in sorted(counts.items()):
        print(f"{script}\t{sum(found.values())}\t{found['different']}")
    return sum(found["different"] for found in counts.values())


def kill_pipeline(runs: int, seed: int, folder: Path) -> int:
    """The demo stopped at a random moment and continued by -resume, against an undisturbed one; the number of differences."""
    engine = [
        str(ROOT / ".nextflow-engine" / "nextflow"),
        "-log",
        "nextflow.log",
        "run",
        str(ROOT),
        "-ansi-log",
        "false",
        "-profile",
        "demo",
    ]

    def start(place: Path, *more: str) -> subprocess.Popen[bytes]:
        place.mkdir(parents=True, exist_ok=True)
        return subprocess.Popen(
            [*engine, *more], cwd=place, env=task_environment(), stdin=subprocess.DEVNULL,
            stdout=open(place / "printed", "ab"), stderr=subprocess.STDOUT,
            start_new_session=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip

    begun = time.monotonic()
    if start(folder / "undisturbed").wait() != 0:
        raise SystemExit(f"the demo does not run undisturbed: {folder / 'undisturbed' / 'printed'}")
    seconds, different = time.monotonic() - begun, 0
    for number in range(runs):
        random = np.random.default_rng([seed, number])
        kind, wait = list(SIGNALS)[int(random.integers(3))], float(random.uniform(0.05, 1) * seconds)
        place = folder / f"run-{number}"
        running = start(place)
        try:
            running.wait(wait)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, kind) if kind == signal.SIGKILL else running.send_signal(kind)
        running.wait(600)
        status = start(place, "-resume").wait()
        wrong = [name for name in PIPELINE_TABLES if status or read(place, name) != read(folder / "undisturbed", name)]
        different += bool(wrong)
        print(
            f"pipeline {number}: {kind.name} after {wait:.0f} of {seconds:.0f} s: {f'left with {status}, {wrong}' if wrong else 'same'}",
            flush=True,
        )
        if not wrong:
            shutil.rmtree(place)
    print(f"pipeline\t{runs} kills\t{different} differences")
    return different


def read(place: Path, name: str) -> bytes:
    return (place / "results" / "demo" / name).read_bytes()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=100, help="kills of scripts, dealt out in turn")
    parser.add_argument("--pipeline", type=int, default=0, help="kills of the pipeline")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--script", nargs="*", help="cases of these names only")
    parser.add_argument("--quick", action="store_true", help="without the scripts that load TensorFlow")
    parser.add_argument("--folder", type=Path, help="where to work (default: a temporary folder)")
    given = parser.parse_args()
    cases = [case for case in CASES if not given.script or case.name in given.script or case.script in given.script]
    cases = [case for case in cases if not (given.quick and case.tensorflow)]
    prepare_environment()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="kill-"))
    different = kill_scripts(given.runs, given.seed, cases, folder / "scripts") if given.runs else 0
    different += kill_pipeline(given.pipeline, given.seed, folder / "pipeline") if given.pipeline else 0
    if not different and given.folder is None:
        shutil.rmtree(folder)
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
