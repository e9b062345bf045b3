"""Stops, left-over files, and limits of the system: real signals, real limits, processes of their own."""

import errno
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from tcra.common import files
from tcra.common.files import atomic_path, atomic_text, atomic_together, open_text
from tcra.errors import UserError
from tcra.expression.genotypes.open import open_genotypes

from .server import ROOT

START = f"import sys; sys.path.insert(0, {str(ROOT / 'bin')!r})\nfrom tcra import cli\nparser = cli.make_parser('x')\n"


def run(body: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A script whose main function has this body, as an entry script of its own."""
    text = (
        START + "def main(arguments):\n" + textwrap.indent(textwrap.dedent(body), "    ") + "\ncli.run(main, parser)\n"
    )
    return subprocess.run(
        [sys.executable, "-c", text], cwd=folder, capture_output=True, text=True, timeout=120,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "status", "line"),
    [("SIGINT", 130, "error: interrupted; run the same command again"), ("SIGTERM", 143, "")],
)
def test_a_stop_in_the_middle_of_an_import(tmp_path: Path, kind: str, status: int, line: str) -> None:
    """A library that turns the interruption into an error of its own, as C extensions do."""
    (tmp_path / "library.py").write_text(
        f"import os, signal, time\ntry:\n    os.kill(os.getpid(), signal.{kind})\n    time.sleep(30)\n"
        "except BaseException:\n    raise ImportError('numpy.core.multiarray failed to import') from None\n"
    )
    done = run("sys.path.insert(0, '.')\nimport library", tmp_path)
    assert done.returncode == status and "Traceback" not in done.stderr
    assert done.stderr.startswith(line) and len(done.stderr.splitlines()) == bool(line)


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ("raise OSError(28, 'No space left on device', 'scores.parquet')", 1, "the disk is full while writing scores.parquet"),
        ("raise OSError(5, 'Input/output error', 'x.tsv')", 1, "x.tsv: input/output error"),
        ("import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (8, 8)); keep = [open('f%d' % n, 'w') for n in range(9)]", 1,
         "ulimit -n"),
        ("import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
         "open('f', 'wb', 0).write(bytes(9999)); "
         "open('f', 'ab', 0).write(b'x')", 1, "ulimit -f"),
        ("raise MemoryError", 137, "out of memory"), ("open('a' * 300)", 2, "file name too long"),
        ("from tcra.errors import UserError; raise UserError('cell ' + 'A' * 300_000)", 2, "error: cell AAAA"),
    ],
)  # fmt: skip
def test_what_the_system_refuses_is_one_line(tmp_path: Path, body: str, status: int, said: str) -> None:
    done = run(body, tmp_path)
    assert (done.returncode, len(done.stderr.splitlines())) == (status, 1), done.stderr[-2000:]
    assert said in done.stderr and len(done.stderr) < 3000


def test_a_full_disk_while_sqlite_writes(tmp_path: Path) -> None:
    done = run(
        """
        import resource, signal, sqlite3
        from pathlib import Path
        from tcra.common.files import atomic_path
        from tcra.expression.database import system_errors
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
        with system_errors(Path("models")), atomic_path(Path("models/x.db")) as temporary:
            temporary.unlink()
            database = sqlite3.connect(temporary)
            database.execute("CREATE TABLE weights (rsid TEXT)")
            database.executemany("INSERT INTO weights VALUES (?)", (("rs" * 50,) for _ in range(5000)))
            database.commit()
        """,
        tmp_path,
    )
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1 and "models" in done.stderr, done.stderr
    assert not list((tmp_path / "models").iterdir())


def test_files_of_a_killed_run_are_removed_by_the_next(tmp_path: Path) -> None:
    killed = run("from pathlib import Path\nfrom tcra.common.files import atomic_folder, atomic_path\nimport os, signal\n"
                 "with atomic_path(Path('a.tsv')), atomic_folder(Path('b')) as b:\n    (b / 'x').write_text('x')\n"
                 "    os.kill(os.getpid(), signal.SIGKILL)", tmp_path)  # fmt: skip
    assert killed.returncode == -signal.SIGKILL
    left = sorted(path.name for path in tmp_path.iterdir())
    assert len(left) == 2 and all(name.startswith(".") and name.endswith(".part") for name in left)
    (tmp_path / ".notes.part").write_text("somebody else's")
    waits = (
        "from pathlib import Path\nfrom tcra.common.files import atomic_path\nimport time\n"
        "with atomic_path(Path('c')):\n    print('open', flush=True)\n    time.sleep(60)"
    )
    running = subprocess.Popen([sys.executable, "-c", START + waits], cwd=tmp_path, stdout=subprocess.PIPE)
    try:
        assert running.stdout and running.stdout.readline() == b"open\n"
        files._tidied.discard(tmp_path)
        with atomic_text(tmp_path / "d.tsv") as text:
            text.write("d\n")
        names = sorted(path.name for path in tmp_path.iterdir())
        assert len(names) == 3 and names[0].startswith(".c.") and names[1:] == [".notes.part", "d.tsv"]
    finally:
        running.kill()
        running.communicate()


def test_files_of_one_run_appear_together(tmp_path: Path) -> None:
    def write() -> None:
        for name in ("table", "other", "third"):
            with atomic_text(tmp_path / name) as text:
                text.write(name)
            assert not [path for path in tmp_path.iterdir() if not path.name.startswith(".")]

    with pytest.raises(KeyboardInterrupt), atomic_together():
        write()
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())
    with atomic_together(last=[tmp_path / "table"]), atomic_together():
        write()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "table", "third"]
    with atomic_path(tmp_path / "table") as temporary:  # outside, at once
        temporary.write_text("new")
    assert (tmp_path / "table").read_text() == "new"


@pytest.mark.parametrize("content", [b"a\tb\n1\t2\0\n", b"a" * (files.LONGEST_LINE_BYTES + 1)])
def test_texts_that_are_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "table.tsv"
    path.write_bytes(content)
    with (
        pytest.raises(UserError, match=r"table\.tsv (is damaged or not a text file|has a line of more than 64 MB)"),
        open_text(path) as text,
    ):
        list(text)


def test_a_text_of_ours_without_its_end(tmp_path: Path) -> None:
    path = tmp_path / "table.tsv"
    path.write_text("a\tb\n1\t2")
    with open_text(path) as text:
        assert len(list(text)) == 2
    with pytest.raises(UserError, match="is cut short: its last line has no end"), open_text(path, whole=True) as text:
        list(text)


def test_pipes_and_devices_are_refused_at_once(script, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    start = time.monotonic()
    for place in (tmp_path / "pipe", Path("/dev/zero")):
        said = script("plan_genes.py", "--expression", place, "--out", tmp_path / "x", status=2, timeout=60).stderr
        assert "is a pipe or a device, expected a regular file" in said
        with pytest.raises(UserError, match="is no regular file"), open_text(place):
            pass
    assert time.monotonic() - start < 60


def plink(folder: Path, alleles: list[str], people: str = "F p1 0 0 0 -9\nF p2 0 0 0 -9\n") -> Path:
    (folder / "g.bed").write_bytes(b"\x6c\x1b\x01" + bytes(len(alleles)))
    (folder / "g.bim").write_text("".join(f"1\trs{n}\t0\t{n + 1}\t{allele}\tG\n" for n, allele in enumerate(alleles)))
    (folder / "g.fam").write_text(people)
    return folder / "g.bed"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("g.fam", "", "g.fam is empty"), ("g.fam", "F\n", "g.fam line 1: 1 cells, expected"), ("g.bim", "", "g.bim is empty"),
        ("g.bim", "1 x 0 5 A\n", "g.bim line 1: 5 cells, expected 6"), ("g.bim", "1 x 0 five A G\n", "g.bim line 1: position 'five'"),
    ],
)  # fmt: skip
def test_files_beside_a_bed_that_are_damaged(tmp_path: Path, name: str, text: str, said: str) -> None:
    path = plink(tmp_path, ["A"])
    (tmp_path / name).write_text(text)
    with pytest.raises(UserError, match=said):
        open_genotypes(path)


def test_errors_of_sqlite_are_those_of_the_system() -> None:
    from tcra.expression.database import system_errors

    with pytest.raises(OSError) as caught, system_errors(Path("models")):
        raise sqlite3.OperationalError("database or disk is full")
    assert caught.value.errno == errno.ENOSPC and caught.value.filename == "models"
