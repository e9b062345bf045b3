"""plan_tracks.py: the plan's files, basenji's targets.txt, and the preflight."""

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tcra.common.genome.intervals import Interval
from tcra.tracks.splits import count_leaks, make_shards, sort_by_split


@pytest.fixture
def project(tmp_path: Path, make_bigwig: Any) -> Path:
    """Two tracks, a genome of two chromosomes and windows in mixed order."""
    lengths = {"chr1": 5000, "chr2": 3000}
    for name in ("a.bw", "b.bw"):
        make_bigwig(tmp_path / name, lengths, [("chr1", 0, 5000, 1), ("chr2", 0, 3000, 2)])
    (tmp_path / "g.fa").write_text("".join(f">{name}\n{'ACGT' * (length // 4)}\n" for name, length in lengths.items()))
    (tmp_path / "w.bed").write_text(
        "chr2\t0\t1000\ttest\nchr1\t0\t1000\ttrain\nchr1\t3000\t4000\tvalid\nchr1\t1000\t2000\ttrain\n"
    )
    (tmp_path / "tracks.csv").write_text(
        "id,bigwig,clip,statistic,clip_pct,description\nA,a.bw,,,,first\nB,b.bw,16.5,max,1,\n"
    )
    return tmp_path


def plan(script: Any, project: Path, *flags: Any, status: int = 0) -> Any:
    return script(
        "plan_tracks.py", "--tracks", project / "tracks.csv", "--bed", project / "w.bed", "--fasta", project / "g.fa",
        "--out", project / "plan", "--width", 100, *flags, status=status,
    )  # fmt: skip


def test_plan_holds_settings_shards_and_sizes(script: Any, project: Path) -> None:
    plan(script, project, "--clip", 32, "--scale", 2, "--crop", 100, "--sequences-per-shard", 1)
    tracks = pd.read_csv(project / "plan/tracks.tsv", sep="\t", dtype=str, keep_default_na=False)
    assert tracks["id"].tolist() == ["A", "B"]
    assert tracks["flags"].tolist() == [
        "--crop 100 -w 100 -u mean -c 32 -s 2 --order clip-then-scale",
        "--crop 100 -w 100 -u max -c 16.5 --clip_pct 1 -s 2 --order clip-then-scale",
    ]
    assert tracks[["clip", "clip_soft", "description"]].to_numpy().tolist() == [["32", "", "first"], ["16.5", "", ""]]
    shards = pd.read_csv(project / "plan/shards.tsv", sep="\t")
    assert shards.to_numpy().tolist() == [
        ["train", 0, "train-0-0", 0, 1], ["train", 1, "train-0-1", 1, 2], ["valid", 0, "valid-0-0", 2, 3], ["test", 0, "test-0-0", 3, 4],
    ]  # fmt: skip
    assert [line.split()[3] for line in (project / "plan/sequences.bed").read_text().splitlines()] == [
        "train",
        "train",
        "valid",
        "test",
    ]
    assert json.loads((project / "plan/statistics.json").read_text()) == {
        "seq_length": 1000, "target_length": 8, "num_targets": 2, "pool_width": 100, "crop_bp": 100,
        "train_seqs": 2, "valid_seqs": 1, "test_seqs": 1,
    }  # fmt: skip


def test_targets_of_a_plan_make_the_same_plan(script: Any, project: Path) -> None:
    (project / "tracks.csv").write_text("id,bigwig,clip,description\nA,a.bw,,first\nB,b.bw,16.5,\n")
    plan(script, project, "--clip", 32, "--scale", 2)
    first = (project / "plan/tracks.tsv").read_text()
    (project / "tracks.csv").write_text((project / "plan/targets.txt").read_text())
    plan(script, project)
    assert (project / "plan/tracks.tsv").read_text() == first


def test_bigwigs_staged_elsewhere_are_given_row_by_row(script: Any, project: Path) -> None:
    for number, name in enumerate(("a.bw", "b.bw")):
        (project / str(number)).mkdir()
        (project / name).rename(project / str(number) / "same.bw")
    (project / "tracks.csv").write_text("id,bigwig\nA,far/a/same.bw\nB,far/b/same.bw\n")
    plan(script, project, "--bigwigs", project / "0/same.bw", project / "1/same.bw")
    assert "far/a/same.bw" in (project / "plan/tracks.tsv").read_text()
    done = plan(script, project, "--bigwigs", project / "0/same.bw", status=2)
    assert "tracks.csv has 2 tracks, but 1 bigWigs are given" in done.stderr


def test_targets_of_basenji_are_taken_as_they_are(shared_data: Path) -> None:
    from tcra.tracks.settings import Settings
    from tcra.tracks.track_table import read_tracks

    tracks = read_tracks(shared_data / "basenji/tiny_hg38/targets.txt", Settings(width=32, crop=32_768))
    assert len(tracks) == 74
    assert (tracks[1].identifier, tracks[1].line) == ("CNhs10752-", 3)
    assert tracks[1].settings == Settings(width=32, crop=32_768, statistic="sum_sqrt", clip=384, clip_soft=64, scale=1)
    assert tracks[1].description.startswith("CAGE:oral squamous")


def test_published_windows_make_the_published_shards(shared_data: Path) -> None:
    from tcra.tracks.window_bed import read_windows

    windows = read_windows(shared_data / "seed/sequences_hg38_all_196k.bed.gz")
    assert sort_by_split(Path("x"), windows) == windows
    shards = make_shards(windows, 256)
    assert [sum(s.split == split for s in shards) for split in ("train", "valid", "test")] == [133, 9, 8]
    assert (shards[-1].name, shards[-1].end) == ("test-0-7", 38_171)


def test_windows_shared_between_splits_are_counted() -> None:
    windows = [
        Interval("1", 0, 100, "train"),
        Interval("1", 90, 190, "valid"),
        Interval("1", 190, 290, "test"),
        Interval("2", 0, 100, "test"),
    ]
    assert count_leaks(windows) == 2
    assert count_leaks(windows, crop=5) == 0
    nested = [Interval("1", 0, 1000, "train"), Interval("1", 10, 20, "train"), Interval("1", 500, 510, "test")]
    assert count_leaks(nested) == 2


def test_leaks_are_a_warning(script: Any, project: Path) -> None:
    (project / "w.bed").write_text("chr1\t0\t1000\ttrain\nchr1\t950\t1950\ttest\nchr1\t2000\t3000\ttest\n")
    assert "2 of 3 windows share bins with a window of another split" in plan(script, project).stderr
    assert "2 of 3 windows share DNA" in plan(script, project, "--crop", 100).stderr
    assert "bins" not in plan(script, project, "--crop", 100).stderr


TRACKS_HEADER = "id,bigwig,scale,order\n"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("tracks.csv", TRACKS_HEADER, "tracks.csv has a header but no tracks"),
        ("tracks.csv", "id,file_name\nA,a.bw\n", "tracks.csv has no column bigwig"),
        ("tracks.csv", TRACKS_HEADER + "A,a.bw,,\nA,b.bw,,\n", "tracks.csv line 3: id A stands already in line 2"),
        ("tracks.csv", TRACKS_HEADER + "A,a.bw,,\nB,a.bw,,\n", "tracks.csv line 3: a.bw with the same settings stands already in line 2"),
        ("tracks.csv", TRACKS_HEADER + "A,,,\n", "tracks.csv line 2: column bigwig is empty"),
        ("tracks.csv", TRACKS_HEADER + "pos,a.bw,,\n", "tracks.csv line 2: id pos is the name of another column"),
        ("tracks.csv", TRACKS_HEADER + "A,a.bw,0,\n", "tracks.csv line 2: scale is 0.0"),
        ("tracks.csv", TRACKS_HEADER + "A,a.bw,x,\n", "tracks.csv line 2: column scale has 'x', expected a number"),
        ("tracks.csv", TRACKS_HEADER + "A,a.bw,,sideways\n", "tracks.csv line 2: order is 'sideways'"),
        ("tracks.csv", TRACKS_HEADER + "A,c.bw,,\nB,d.bw,,\n", r"line 2 \(A\): .*c.bw: no such bigWig file \(and 1 more of 2 tracks"),
        ("w.bed", "1\t0\t1000\ttrain\n", "w.bed window 1 .*g.fa has no chromosome 1; it has chr1 where 1"),
        ("w.bed", "chr2\t2500\t3500\ttrain\n", "w.bed window 1 .*ends beyond chr2, which has 3000 bp"),
        ("w.bed", "chr1\t0\t1000\tpeak\n", "column 4 is 'peak', expected train, valid, test"),
        ("w.bed", "chr1\t0\t1000\ttrain\nchr1\t0\t900\ttrain\n", "window 2 .*has 900 bp, expected 1000"),
        ("g.fa", ">chr1\n" + "A" * 5000 + "\n>chr2\n" + "A" * 3001 + "\n", "a.bw: chr2 has 3000 bp, but 3001 bp in .*g.fa"),
    ],
)  # fmt: skip
def test_preflight_names_the_fault(script: Any, project: Path, name: str, content: str, message: str) -> None:
    (project / name).write_text(content)
    done = plan(script, project, status=2)
    assert len(done.stderr.strip().splitlines()) == 1
    assert re.search(message, done.stderr), done.stderr
    assert not (project / "plan").exists()


def test_track_of_other_naming_gets_a_hint(script: Any, project: Path, make_bigwig: Any) -> None:
    make_bigwig(project / "b.bw", {"1": 5000, "2": 3000}, [("1", 0, 10, 1)])
    done = plan(script, project, status=2)
    assert re.search(r"line 3 \(B\): .*b.bw has no chromosome chr2; it has 2 where chr2 was expected", done.stderr), (
        done.stderr
    )
