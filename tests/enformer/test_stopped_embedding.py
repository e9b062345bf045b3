"""Embedding that is stopped, at any moment and in any way, and run again: the same bytes, and no window that was never computed."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

import numpy as np
import pytest
from tcra.enformer import embedding_writer
from tcra.enformer.embed import embed_shards
from tcra.enformer.embeddings import open_embeddings, trunk_key
from tcra.enformer.problems import CachedTail
from tcra.enformer.window_sources import RecordWindows
from tcra.errors import UserError

from .conftest import settled_model

ROOT = Path(__file__).resolve().parents[2]
SHARDS = ["train-0-0", "valid-0-0"]


class Killed(BaseException):
    pass


@pytest.fixture(scope="module")
def model():
    return settled_model()


@pytest.fixture(scope="module")
def whole(model, data_set: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An undisturbed run, in passes of 4 windows."""
    out = tmp_path_factory.mktemp("whole")
    embed_shards(model, RecordWindows(data_set), SHARDS, out, batch=4)
    return out


def stopped_after(windows: int, model, data_set: Path, out: Path, monkeypatch: pytest.MonkeyPatch, end=Killed) -> None:
    """Embed, and end during the pass after so many windows of the first shard, with what a signal handler raises."""
    passed = []

    def dying(array: np.ndarray) -> bool:
        if len(passed) >= windows:
            raise end
        passed.append(1)
        return True

    with monkeypatch.context() as patch:  # the pass has run; its output is not in the file yet
        patch.setattr(embedding_writer, "is_trunk_output", dying)
        with pytest.raises(end):
            embed_shards(model, RecordWindows(data_set), SHARDS, out, batch=4)


def assert_same(out: Path, whole: Path) -> None:
    names = {f"{shard}.{end}" for shard in SHARDS for end in ("npy", "json")}
    assert {path.name for path in out.iterdir()} == names == {path.name for path in whole.iterdir()}
    for name in names:
        assert (out / name).read_bytes() == (whole / name).read_bytes(), name


@pytest.mark.parametrize(
    ("windows", "end"),
    [(0, SystemExit), (3, KeyboardInterrupt), (4, MemoryError), (8, KeyboardInterrupt), (11, SystemExit)],
)
def test_stopped_within_a_pass(model, data_set: Path, whole: Path, tmp_path: Path, monkeypatch, windows: int, end):
    stopped_after(windows, model, data_set, tmp_path / "e", monkeypatch, end)
    note = tmp_path / "e" / ".train-0-0.note.json"
    done = windows // 4 * 4  # whole passes alone count
    assert json.loads(note.read_text())["number"] == done if done else not note.exists()
    assert not (tmp_path / "e" / "train-0-0.npy").exists()
    embed_shards(model, RecordWindows(data_set), SHARDS, tmp_path / "e", batch=4)
    assert_same(tmp_path / "e", whole)


@pytest.mark.thorough
def test_interrupted_again_and_again(model, data_set: Path, whole: Path, tmp_path: Path):
    """Real signals at random moments: between the passes, in one, while the array or the note is written.

    An exception in the middle of tracing is lost in TensorFlow's C++ code, which then may bring Python down: the signal comes again after
    it. test_process_stopped_by_a_signal stops processes there.
    """
    random, stops = np.random.default_rng(4), 0

    def stop(_signal: int, frame: FrameType | None) -> None:
        while frame is not None:
            if frame.f_code.co_filename.endswith("func_graph.py"):
                signal.setitimer(signal.ITIMER_REAL, random.uniform(0.01, 0.1))
                return
            frame = frame.f_back
        raise KeyboardInterrupt

    handler = signal.signal(signal.SIGALRM, stop)
    try:
        for _ in range(8):
            try:
                signal.setitimer(signal.ITIMER_REAL, random.uniform(0.02, 0.6))
                embed_shards(model, RecordWindows(data_set), SHARDS, tmp_path / "e", batch=4)
                signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt:
                stops += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
    assert stops > 2
    embed_shards(model, RecordWindows(data_set), SHARDS, tmp_path / "e", batch=4)
    assert_same(tmp_path / "e", whole)


def test_gone_on_with_another_batch(model, data_set: Path, whole: Path, tmp_path: Path, monkeypatch):
    stopped_after(8, model, data_set, tmp_path / "e", monkeypatch)
    embed_shards(model, RecordWindows(data_set), SHARDS, tmp_path / "e", batch=3)
    for shard in SHARDS:
        again, undisturbed = (np.load(folder / f"{shard}.npy") for folder in (tmp_path / "e", whole))
        np.testing.assert_allclose(again.astype("f4"), undisturbed.astype("f4"), rtol=2e-3, atol=2e-3)
        assert again.any(axis=(1, 2, 3)).all()


def test_file_that_is_not_what_its_note_says_is_made_anew(
    model, data_set: Path, whole: Path, tmp_path: Path, monkeypatch
):
    """As after a power cut: the note is on disk, some of the array is not."""
    stopped_after(8, model, data_set, tmp_path / "e", monkeypatch)
    part = tmp_path / "e" / ".train-0-0.npy.part"
    array = np.lib.format.open_memmap(part, mode="r+")
    array[5] = 0
    array.flush()
    embed_shards(model, RecordWindows(data_set), SHARDS, tmp_path / "e", batch=4)
    assert_same(tmp_path / "e", whole)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"of": "", "number": 8, "windows": "", "checksums": []}'])
def test_note_that_says_nothing_is_not_believed(
    model, data_set: Path, whole: Path, tmp_path: Path, monkeypatch, text: str
):
    stopped_after(8, model, data_set, tmp_path / "e", monkeypatch)
    (tmp_path / "e" / ".train-0-0.note.json").write_text(text)
    embed_shards(model, RecordWindows(data_set), SHARDS, tmp_path / "e", batch=4)
    assert_same(tmp_path / "e", whole)


def test_output_that_no_trunk_gives_is_an_error(model, data_set: Path, tmp_path: Path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(model, "trunk", lambda x, training=None: 0 * x[:, : model.sizes.target_bins, :1])
        with pytest.raises(
            UserError, match=r"train-0-0: the trunk's output for window 1 is not finite, .* or all zero"
        ):
            embed_shards(model, RecordWindows(data_set), SHARDS, tmp_path / "e", batch=4)


@pytest.mark.parametrize("with_checksums", [True, False])
@pytest.mark.parametrize(
    ("value", "place"), [(0.0, np.s_[3]), (np.nan, np.s_[3, 0, 2, 7]), (np.inf, np.s_[3, 0]), (1.0, np.s_[3, 0, 4, 4])]
)
def test_a_damaged_cache_is_not_read(
    model, data_set: Path, whole: Path, tmp_path: Path, value: float, place, with_checksums: bool
):
    """By training and evaluation alike; a cache of an older version has no checksums, and other values then pass."""
    for path in whole.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    array = np.lib.format.open_memmap(tmp_path / "valid-0-0.npy", mode="r+")
    array[place] = value
    array.flush()
    if not with_checksums:
        record = json.loads((tmp_path / "valid-0-0.json").read_text())
        del record["checksums"]
        (tmp_path / "valid-0-0.json").write_text(json.dumps(record))
    message = r"valid-0-0\.npy: the embedding of window 4 is damaged or was never written; remove the file"
    if value == 1.0 and not with_checksums:
        assert open_embeddings(tmp_path, "valid-0-0", trunk_key(model)).window(3)[4, 4] == 1
        return
    with pytest.raises(UserError, match=message):
        embeddings = open_embeddings(tmp_path, "valid-0-0", trunk_key(model))
        embeddings.windows(0, 12)
    with pytest.raises(UserError, match=message):
        (tmp_path / "train-0-1.npy").write_bytes((whole / "train-0-0.npy").read_bytes())
        problem = CachedTail.__new__(CachedTail)
        problem._valid = [(open_embeddings(tmp_path, "valid-0-0", trunk_key(model)), np.zeros((12, 1, 1), np.float16))]
        list(problem.validation())


def run(checkpoint: Path, data_set: Path, out: Path) -> list[str]:
    flags = ["--checkpoint", checkpoint, "--tfrecords", data_set, "--out", out, "--batch-size", 1]
    return [sys.executable, str(ROOT / "bin/embed_sequences.py"), *map(str, flags)]


@pytest.fixture(scope="module")
def undisturbed(checkpoint: Path, data_set: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("undisturbed") / "e"
    subprocess.run(run(checkpoint, data_set, out), check=True, capture_output=True)
    return out


AT_ONCE = [(signal.SIGINT, 0.7), (signal.SIGTERM, 0.0), (signal.SIGKILL, 0.7)]
LATER = [(kind, wait) for kind in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL) for wait in (0.2, 0.4, 1.0, 1.5)]


@pytest.mark.thorough
@pytest.mark.parametrize(("kind", "wait"), [*AT_ONCE, *(pytest.param(*pair, marks=pytest.mark.slow) for pair in LATER)])
def test_process_stopped_by_a_signal(
    checkpoint: Path, data_set: Path, undisturbed: Path, tmp_path: Path, kind: signal.Signals, wait: float
):
    """The signal comes after the first array was begun: while the trunk is traced, or during the passes."""
    out = tmp_path / "e"
    # A shell's background jobs ignore SIGINT, and so would what they start.
    process = subprocess.Popen(
        run(checkpoint, data_set, out), stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    while process.poll() is None and not list(out.glob(".*.npy.part")):
        time.sleep(0.01)
    time.sleep(wait)
    process.send_signal(kind)  # nothing happens to one that has ended
    _, said = process.communicate(timeout=120)
    assert process.returncode in (0, {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}[kind]), said
    assert "Traceback" not in said
    for path in out.glob("*.json"):  # what looks finished is
        if path.name != "accounting.json":
            assert path.read_bytes() == (undisturbed / path.name).read_bytes()
            assert path.with_suffix(".npy").read_bytes() == (undisturbed / path.name).with_suffix(".npy").read_bytes()
    subprocess.run(run(checkpoint, data_set, out), check=True, capture_output=True)
    assert {path.name for path in out.iterdir()} == {path.name for path in undisturbed.iterdir()}
    for path in undisturbed.iterdir():
        assert (out / path.name).read_bytes() == path.read_bytes(), path.name
