"""What all entry scripts share: the parser, argument types, logging, progress, errors and exit codes.

Exit status: 0 done; 1 a fault of this software or of the machine (a full disk); 2 the user's mistake; 130 interrupted; 137 out of memory;
141 nobody reads the output any more; 143 ended by the scheduler.
"""

import argparse
import atexit
import errno
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn, TypeVar

from tcra import __version__
from tcra.errors import ChildFailed, UserError

Item = TypeVar("Item")
LONGEST_MESSAGE = 2000
TRUE, FALSE = ("true", "yes", "1"), ("false", "no", "0")
# Set before numpy is imported. On matrices as small as ours more threads only wait, processes share the cores, and sums come out the
# same on any machine. TensorFlow has threads of its own.
ONE_BLAS_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
log = logging.getLogger(__name__)


class HelpWithDefaults(argparse.HelpFormatter):
    """Shows a flag's default behind its text, where there is one: None, False, an empty text and an empty list are none."""

    def _get_help_string(self, action: argparse.Action) -> str:
        text, default = action.help or "", action.default
        if default is None or default is False or default in ("", []) or default is argparse.SUPPRESS:
            return text
        shown = " ".join(map(str, default)) if isinstance(default, (list, tuple)) else str(default)
        return f"{text} (default: {shown.replace('%', '%%')})"


def make_parser(description: str) -> argparse.ArgumentParser:
    """A parser whose --help shows defaults, with --version, and without abbreviated flags (a new flag must not break a script)."""
    parser = argparse.ArgumentParser(description=description, formatter_class=HelpWithDefaults, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"tcra {__version__}")
    return parser


def add_old_spellings(parser: argparse.ArgumentParser, spellings: Mapping[str, str]) -> None:
    """Accept flags under the names that they had before, by old name, without a word about these in --help."""
    for old, flag in spellings.items():
        parser._option_string_actions[old] = parser._option_string_actions[flag]


def existing_file(text: str) -> Path:
    """Argument type: a file that exists and is not empty."""
    path = Path(text)
    if not path.is_file():
        kind = "is a folder, not a file" if path.is_dir() else "does not exist"
        kind = "is a pipe or a device, expected a regular file" if path.exists() and not path.is_dir() else kind
        raise argparse.ArgumentTypeError(f"{text} {kind}")
    if path.stat().st_size == 0:
        raise argparse.ArgumentTypeError(f"{text} is empty")
    return path


def labelled_file(text: str) -> tuple[str, Path]:
    """Argument type: NAME=FILE, or FILE alone, whose name is empty."""
    name, sign, path = text.partition("=")
    return ("", existing_file(text)) if not sign or Path(text).is_file() else (name, existing_file(path))


def named_file(text: str) -> tuple[str, Path]:
    """Argument type: NAME=FILE."""
    name, _, path = text.partition("=")
    if not name or not path:
        raise argparse.ArgumentTypeError(f"{text!r} has no name before the file, expected NAME=FILE")
    return name, existing_file(path)


def existing_path(text: str) -> Path:
    """Argument type: a file or folder that exists."""
    path = Path(text)
    if not path.exists():
        raise argparse.ArgumentTypeError(f"{text} does not exist")
    return path


def output_file(text: str) -> Path:
    """Argument type: a file to write; a folder is an error before any work is done."""
    path = Path(text)
    if path.is_dir():
        raise argparse.ArgumentTypeError(f"{text} is a folder, not a file; give a file's name in it")
    return path


def positive_int(text: str) -> int:
    """Argument type: a whole number of at least 1."""
    value = whole_number(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not at least 1")
    return value


def whole_number(text: str) -> int:
    """Argument type: a whole number of at least 0."""
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text} is negative")
    return value


def fraction(text: str) -> float:
    """Argument type: a number in [0, 1].

    >>> fraction("0.05")
    0.05
    """
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return value


def yes_or_no(text: str) -> bool:
    """Argument type: true, yes or 1; false, no or 0."""
    if text.lower() not in (*TRUE, *FALSE):
        raise argparse.ArgumentTypeError(f"{text!r} is neither yes nor no")
    return text.lower() in TRUE


def integer_list(text: str) -> list[int]:
    """Argument type: whole numbers of at least 1, separated by commas.

    >>> integer_list("200000,500000")
    [200000, 500000]
    """
    numbers = [positive_int(part.strip()) for part in text.split(",") if part.strip()]
    if not numbers:
        raise argparse.ArgumentTypeError(f"{text!r} holds no number")
    return numbers


def run(
    main: Callable[[argparse.Namespace], None], parser: argparse.ArgumentParser, arguments: Sequence[str] | None = None
) -> NoReturn:
    """Parse, run `main`, and leave with its exit status: a user's mistake is one line on stderr, never a traceback.

    Given no `arguments`, it reads the command line and ends the process itself: at an ordinary end, a thread that pyarrow has
    left behind can abort it ("terminate called without an active exception"), and the status would be lost.
    """
    if arguments is not None:
        _run(main, parser, arguments)
    try:
        _run(main, parser, None)
    except SystemExit as leaving:
        status = leaving.code if isinstance(leaving.code, int) else 0 if leaving.code is None else 1
        atexit._run_exitfuncs()
        with suppress(BrokenPipeError):
            sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _run(
    main: Callable[[argparse.Namespace], None], parser: argparse.ArgumentParser, arguments: Sequence[str] | None
) -> NoReturn:
    os.environ.update(ONE_BLAS_THREAD)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    parsed = parser.parse_args(arguments)
    # Schedulers end a task with SIGTERM: leave as after Ctrl-C, so that temporary files are removed.
    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda received, _frame: _raise_stop(received, stopped))
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # as it is for a job in a shell's background
        signal.signal(signal.SIGINT, lambda received, _frame: _raise_stop(received, stopped))
    try:
        main(parsed)
        sys.stdout.flush()
    except BaseException as error:
        # Raised in the middle of an import, or within a library's own code, a stop can arrive as any other error.
        if stopped == [signal.SIGINT] or isinstance(error, KeyboardInterrupt):
            stop("interrupted; run the same command again to continue", 130)
        if stopped:
            sys.exit(128 + stopped[0])
        _explain(error)
        raise
    sys.exit(0)


def _raise_stop(received: int, stopped: list[int]) -> None:
    stopped[:] = [received]
    raise KeyboardInterrupt if received == signal.SIGINT else SystemExit(128 + received)


def _explain(error: BaseException) -> None:
    """Leave with the line and the exit status of a known kind of error; come back from any other."""
    if isinstance(error, UserError):
        stop(str(error), 2)
    if isinstance(error, ChildFailed):
        stop(str(error), error.status)
    if isinstance(error, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    if isinstance(error, ModuleNotFoundError) and (error.name or "").split(".")[0] != "tcra":
        message = f"the Python package {error.name} is not installed for {sys.executable}"
        stop(f"{message}; run `make setup` and activate .venv, or run with -profile docker", 2)
    if isinstance(error, MemoryError):
        stop("out of memory; give the task more memory or make its shard smaller", 137)
    if isinstance(error, OSError) and error.errno is not None:
        _explain_system_error(error)


def _explain_system_error(error: OSError) -> NoReturn:
    """Files that cannot be opened are the user's mistake; a full disk and limits of the system are not."""
    place, reason = error.filename or "an output or input", (error.strerror or "cannot be used").lower()
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        stop(f"the disk is full while writing {error.filename or 'an output'}; free some space and run again", 1)
    if error.errno == errno.EFBIG:
        stop(f"{place}: the file would be larger than the system allows (ulimit -f); raise the limit and run again", 1)
    if error.errno in (errno.EMFILE, errno.ENFILE):
        stop(f"{place}: more files are open than the system allows (ulimit -n); raise the limit and run again", 1)
    if error.errno == errno.ENOMEM:
        stop("out of memory; give the task more memory or make its shard smaller", 137)
    users = (
        errno.ENOENT,
        errno.EEXIST,
        errno.EACCES,
        errno.EPERM,
        errno.EISDIR,
        errno.ENOTDIR,
        errno.EROFS,
        errno.ENAMETOOLONG,
        errno.ELOOP,
    )
    mistake = error.filename and error.errno in users
    stop(f"{place}: {reason}", 2 if mistake else 1)


def stop(message: str, status: int) -> NoReturn:
    """Print one line on stderr and leave. A cell that a message shows may be longer than any line should be."""
    line = " ".join(message.split())
    print(
        f"error: {line if len(line) <= LONGEST_MESSAGE else line[:LONGEST_MESSAGE] + ' …'}", file=sys.stderr, flush=True
    )
    sys.exit(status)


def progress(items: Iterable[Item], what: str, total: int | None = None) -> Iterator[Item]:
    """The `items`, one by one, while rate and remaining time are shown: a bar on a terminal, one line per minute in a log."""
    if total is None and isinstance(items, Sequence):
        total = len(items)
    if sys.stderr.isatty():
        from tqdm import tqdm

        yield from tqdm(items, desc=what, total=total, file=sys.stderr, dynamic_ncols=True)
        return
    start = last = time.monotonic()
    for done, item in enumerate(items):
        now = time.monotonic()
        if done and now - last >= 60:
            last, rate = now, done / (now - start)
            remaining = f" of {total}, {(total - done) / rate / 60:.0f} min left" if total else ""
            log.info("%s: %d%s, %.1f per second", what, done, remaining, rate)
        yield item
