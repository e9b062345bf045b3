"""Arguments, exit status and the one line on stderr."""

import argparse
import errno
import os
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pytest
from tcra import __version__, cli
from tcra.common.provenance import as_json, provenance
from tcra.errors import UserError

BIN = Path(__file__).resolve().parents[2] / "bin"


def leave(main, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    with pytest.raises(SystemExit) as stopped:
        cli.run(main, cli.make_parser("x"), [])
    return int(str(stopped.value.code)), capsys.readouterr().err


def raising(error: BaseException):
    def main(arguments: argparse.Namespace) -> None:
        raise error

    return main


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (UserError("a.vcf line 3:\n no"), 2, "error: a.vcf line 3: no\n"),
        (KeyboardInterrupt(), 130, "error: interrupted; run the same command again to continue\n"),
        (MemoryError(), 137, "error: out of memory; give the task more memory or make its shard smaller\n"),
        (
            OSError(errno.ENOSPC, "No space", "out.h5"),
            1,
            "error: the disk is full while writing out.h5; free some space and run again\n",
        ),
        (
            FileNotFoundError(errno.ENOENT, "No such file or directory", "a.bw"),
            2,
            "error: a.bw: no such file or directory\n",
        ),
        (FileExistsError(errno.EEXIST, "File exists", "a/b"), 2, "error: a/b: file exists\n"),
        (OSError(errno.EROFS, "Read-only file system", "/x"), 2, "error: /x: read-only file system\n"),
    ],
)
def test_errors_are_one_line(error: BaseException, status: int, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert leave(raising(error), capsys) == (status, line)


def test_success_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    assert leave(lambda arguments: None, capsys) == (0, "")


def test_our_faults_keep_their_traceback() -> None:
    with pytest.raises(ZeroDivisionError):
        cli.run(raising(ZeroDivisionError()), cli.make_parser("x"), [])


def test_terminated_task_removes_its_temporary_files(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys\nsys.path.insert(0, sys.argv[1])\nfrom pathlib import Path\nfrom tcra import cli\n"
        "from tcra.common.files import atomic_text\n"
        "def main(arguments):\n    with atomic_text(Path(sys.argv[2])) as text:\n        os.kill(os.getpid(), signal.SIGTERM)\n"
        "cli.run(main, cli.make_parser('x'), [])\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(BIN), str(tmp_path / "out")], capture_output=True, text=True)
    assert (done.returncode, done.stderr, list(tmp_path.iterdir())) == (143, "", [])


def test_flags_are_not_abbreviated(capsys: pytest.CaptureFixture[str]) -> None:
    parser = cli.make_parser("x")
    parser.add_argument("--window")
    with pytest.raises(SystemExit):
        parser.parse_args(["--win", "5"])
    with pytest.raises(SystemExit):
        parser.parse_args(["--version"])
    assert capsys.readouterr().out == f"tcra {__version__}\n"


def test_old_spellings_are_accepted_and_hidden() -> None:
    parser = cli.make_parser("x")
    parser.add_argument("--rank-tracks", required=True)
    cli.add_old_spellings(parser, {"--tracks": "--rank-tracks"})
    assert parser.parse_args(["--tracks", "a"]).rank_tracks == parser.parse_args(["--rank-tracks=a"]).rank_tracks == "a"
    assert "--tracks" not in parser.format_help()


def test_help_names_a_default_only_where_there_is_one() -> None:
    parser = cli.make_parser("x")
    for name, default in {
        "a": None,
        "b": False,
        "c": "",
        "d": [],
        "e": 0,
        "f": 0.05,
        "g": ["x", "y"],
        "h": "5%",
    }.items():
        parser.add_argument(f"--{name}", default=default, help="meaning")
    shown = [line.split("meaning")[1].strip() for line in parser.format_help().splitlines() if "meaning" in line]
    assert shown == ["", "", "", "", "(default: 0)", "(default: 0.05)", "(default: x y)", "(default: 5%)"]


@pytest.mark.parametrize(
    ("kind", "good", "value", "bad"),
    [
        (cli.positive_int, "3", 3, ["0", "-1", "1.5", "x", ""]),
        (cli.whole_number, "0", 0, ["-1", "1e3", ""]),
        (cli.fraction, "0.25", 0.25, ["-0.1", "1.1", "nan", "x"]),
        (cli.integer_list, "200, 500,", [200, 500], ["0", "5,x", "", ","]),
    ],
)
def test_argument_types(kind, good: str, value: object, bad: list[str]) -> None:
    assert kind(good) == value
    for text in bad:
        with pytest.raises(argparse.ArgumentTypeError):
            kind(text)


def test_files_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "full").write_text("x")
    assert cli.existing_file(str(tmp_path / "full")) == tmp_path / "full"
    assert cli.existing_path(str(tmp_path)) == tmp_path
    for name, message in (("none", "does not exist"), ("empty", "is empty"), (".", "is a folder")):
        with pytest.raises(argparse.ArgumentTypeError, match=message):
            cli.existing_file(os.path.join(tmp_path, name))
    with pytest.raises(argparse.ArgumentTypeError, match="does not exist"):
        cli.existing_path(str(tmp_path / "none"))


def test_progress_passes_everything_on() -> None:
    assert list(cli.progress(range(5), "x")) == [0, 1, 2, 3, 4]
    assert list(cli.progress(iter("ab"), "x")) == ["a", "b"]


@dataclass(frozen=True)
class Inner:
    window_bp: int = 5
    table: Path = Path("/data/table.tsv")


@dataclass(frozen=True)
class Options:
    scores: list[Path]
    inner: Inner = field(default_factory=Inner)
    out: Path = Path("/results/x")
    alpha: float = 0.5


def test_provenance_of_options_is_that_of_their_values() -> None:
    options = Options([Path("/data/a.parquet"), Path("/data/b.parquet")])
    record = provenance(options, [])
    assert record["parameters"] == {
        "alpha": 0.5, "inner": {"table": "table.tsv", "window_bp": 5}, "scores": ["a.parquet", "b.parquet"]
    }  # fmt: skip
    assert record == provenance(asdict(options), [])


def test_provenance_names_every_input_and_no_place(tmp_path: Path) -> None:
    paths = [tmp_path / folder / "scores.parquet" for folder in ("b", "a", "c")]
    for path, content in zip(paths, ("one", "two", "one"), strict=True):
        path.parent.mkdir()
        path.write_text(content)
    given = dict(out=tmp_path / "x", scores=paths, named=[("a", paths[0])], alpha=0.5, nothing=None)
    record = provenance(given, paths)
    assert record["parameters"] == {
        "alpha": 0.5, "named": [["a", "scores.parquet"]], "nothing": None, "scores": ["scores.parquet"] * 3
    }  # fmt: skip
    assert set(record["inputs"]) == {"scores.parquet", "scores.parquet (2)"}  # two contents, one of them twice
    assert len(set(record["inputs"].values())) == 2
    assert record == provenance(given, paths[::-1])
    assert str(tmp_path) not in as_json(record)
