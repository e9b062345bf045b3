"""plan_tracks.py: the plan's files, basenji's targets.txt, and the preflight."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tcra.common.genome.intervals import Interval
from tcra.tracks.coverage_folder import coverage_name
from tcra.tracks.record_shards import read_features, read_shard
from tcra.tracks.splits import count_leaks, make_shards, sort_by_split

from ..entry_scripts import load_entry


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
    assert tracks.to_numpy().tolist() == [
        [
            "0",
            "A",
            "a.bw",
            "A.h5",
            "first",
            "100",
            "100",
            "mean",
            "32",
            "",
            "",
            "2",
            "clip-then-scale",
            "error",
            "error",
        ],
        ["1", "B", "b.bw", "B.h5", "", "100", "100", "max", "16.5", "", "1", "2", "clip-then-scale", "error", "error"],
    ]
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


def test_each_setting_column_is_a_flag_of_read_coverage(script: Any, project: Path) -> None:
    """A row's cells, each as `--COLUMN CELL`, give the coverage that the plan means; nothing of it depends on other tracks."""
    from tcra.tracks.plan_tracks import TRACK_IDENTITY, TRACK_SETTINGS

    plan(script, project, "--clip", 32, "--scale", 2, "--crop", 100)
    table = pd.read_csv(project / "plan/tracks.tsv", sep="\t", dtype=str, keep_default_na=False)
    assert table.columns.tolist() == [*TRACK_IDENTITY, *TRACK_SETTINGS]
    for row in table.to_dict("records"):
        flags = [part for name in TRACK_SETTINGS if row[name] for part in (f"--{name}", row[name])]
        out = project / "cov" / row["coverage"]
        script("read_coverage.py", *flags, project / row["bigwig"], project / "plan/sequences.bed", out)
    shard = (project / "g.fa", project / "plan/sequences.bed", project / "cov", project / "o.tfr")
    script("write_tfrecords.py", "--targets", project / "plan/targets.txt", *shard)
    values = [np.frombuffer(read_features(record)["target"], "f2") for record in read_shard(project / "o.tfr")]
    # chr1 holds 1, chr2 holds 2; both times the scale of 2
    assert [sorted(set(value)) for value in values] == [[2.0], [2.0], [2.0], [4.0]]
    (project / "tracks.csv").write_text("id,bigwig,clip,statistic,clip_pct,description\nB,b.bw,16.5,max,1,\n")
    plan(script, project, "--clip", 32, "--scale", 2, "--crop", 100)
    alone = pd.read_csv(project / "plan/tracks.tsv", sep="\t", dtype=str, keep_default_na=False)
    assert alone.drop(columns="index").to_dict("records") == table.drop(columns="index").to_dict("records")[1:]


def test_plan_and_read_coverage_have_the_same_flags() -> None:
    """What one script takes for a setting, the other takes too, with the same choices."""
    from tcra.tracks.plan_tracks import TRACK_SETTINGS

    actions = {
        name: {action.dest: action for action in load_entry(name).make_parser()._actions}
        for name in ("plan_tracks", "read_coverage")
    }
    for setting in TRACK_SETTINGS:
        for found in actions.values():
            assert f"--{setting}" in found[setting].option_strings and found[setting].nargs is None
        assert actions["plan_tracks"][setting].choices == actions["read_coverage"][setting].choices


def test_bins_of_a_plan_are_enformers() -> None:
    from tcra.enformer import constants
    from tcra.tracks.settings import PlanOptions

    assert PlanOptions().settings.bin_width_bp == constants.BIN_WIDTH_BP


@pytest.mark.parametrize(
    ("columns", "row", "said"),
    [
        ("Clip", "5", "column Clip, which is no setting; did you mean clip?"),
        ("clipsoft", "5", "did you mean clip_soft?"),
        ("stat_sum", "sum", "is not|did you mean|columns that are not read: stat_sum"),
        ("Scale ", "2", "did you mean scale?"),
        ("orders", "scale-then-clip", "did you mean order?"),
        ("width", "64", "line 2: column width is 64, but width is one for all tracks of a run, here 100"),
        ("blacklist", "x.bed", "column blacklist is x.bed, but .* here not given"),
        ("clip", "0", "clip is 0.0, expected a number above 0"),
        ("clip_pct", "0", "clip_pct is 0.0, expected a number above 0"),
        ("negative", "no", "negative is 'no', expected one of keep, zero, error"),
    ],
)
def test_settings_that_would_be_overlooked(script: Any, project: Path, columns: str, row: str, said: str) -> None:
    (project / "tracks.csv").write_text(f"id,bigwig,{columns}\nA,a.bw,{row}\n")
    done = plan(script, project, status=0 if "not read" in said else 2)
    assert re.search(said, done.stderr), done.stderr


def test_columns_of_other_programs_are_named(script: Any, project: Path) -> None:
    (project / "tracks.csv").write_text("id,bigwig,cell_line,width\nA,a.bw,MCF-7,100\n")
    assert "columns that are not read: cell_line" in plan(script, project).stderr


NEGATIVE = [("chr1", 0, 5000, -3), ("chr1", 5000, 5001, 2), ("chr2", 0, 3000, 2)]


def test_track_with_values_below_0(script: Any, project: Path, make_bigwig: Any) -> None:
    make_bigwig(project / "b.bw", {"chr1": 5001, "chr2": 3000}, NEGATIVE)
    (project / "g.fa").write_text(f">chr1\n{'A' * 5001}\n>chr2\n{'C' * 3000}\n")
    make_bigwig(project / "a.bw", {"chr1": 5001, "chr2": 3000}, [("chr1", 0, 10, 1)])
    done = plan(script, project, status=2)
    assert re.search(r"line 3 \(B\): .*b.bw holds values below 0 \(the smallest is -3\)", done.stderr)
    plan(script, project, "--negative", "zero")
    (project / "tracks.csv").write_text("id,bigwig,negative\nA,a.bw,\nB,b.bw,keep\n")
    plan(script, project)
    table = pd.read_csv(project / "plan/tracks.tsv", sep="\t")
    assert table["negative"].tolist() == ["error", "keep"]
    (project / "tracks.csv").write_text("id,bigwig,scale\nA,a.bw,\nB,b.bw,-1\n")
    assert "the smallest is -2" in plan(script, project, status=2).stderr


def test_track_without_one_of_the_chromosomes(script: Any, project: Path, make_bigwig: Any) -> None:
    make_bigwig(project / "b.bw", {"chr1": 5000}, [("chr1", 0, 10, 1)])
    done = plan(script, project, status=2)
    assert "b.bw has no chromosome chr2" in done.stderr and "--missing_chromosomes zero" in done.stderr
    done = plan(script, project, "--missing-chromosomes", "zero")
    assert "b.bw has no chr2: windows there count as 0" in done.stderr
    make_bigwig(project / "b.bw", {"1": 5000}, [("1", 0, 10, 1)])
    done = plan(script, project, "--missing_chromosomes", "zero", status=2)
    assert "it has 1 where chr1 was expected" in done.stderr  # another spelling is no missing chromosome
    make_bigwig(project / "b.bw", {"chrUn": 5000}, [("chrUn", 0, 10, 1)])
    done = plan(script, project, "--missing_chromosomes", "zero", status=2)
    assert "has none of the windows' chromosomes" in done.stderr


def test_track_without_a_value(script: Any, project: Path, make_bigwig: Any) -> None:
    make_bigwig(project / "b.bw", {"chr1": 5000, "chr2": 3000}, [])
    done = plan(script, project, status=2)
    assert re.search(r"line 3 \(B\): .*b.bw holds no value for any base; leave this track out", done.stderr)


@given(st.lists(st.text(min_size=1, max_size=40), min_size=2, unique=True))
def test_names_of_coverage_are_safe_and_differ(identifiers: list[str]) -> None:
    names = [coverage_name(identifier) for identifier in identifiers]
    assert len(set(names)) == len(names)
    for name in names:
        assert re.fullmatch(r"[A-Za-z0-9_=][A-Za-z0-9_.=-]*\.h5", name) and not re.fullmatch(r"\d+\.h5", name)
        assert len(name) < 255


def test_long_ids_differ_in_their_names() -> None:
    names = {coverage_name("α" * 200 + str(number)) for number in range(50)}
    assert len(names) == 50 and max(map(len, names)) < 210


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
    from tcra.tracks.settings import TrackSettings
    from tcra.tracks.track_table import read_tracks

    tracks = read_tracks(shared_data / "basenji/tiny_hg38/targets.txt", TrackSettings(bin_width_bp=32, crop_bp=32_768))
    assert len(tracks) == 74
    assert (tracks[1].identifier, tracks[1].line) == ("CNhs10752-", 3)
    assert tracks[1].settings == TrackSettings(
        bin_width_bp=32, crop_bp=32_768, statistic="sum_sqrt", clip=384, clip_soft=64, scale=1
    )
    assert tracks[1].description.startswith("CAGE:oral squamous")


def test_published_windows_make_the_published_shards(shared_data: Path) -> None:
    from tcra.tracks.window_bed import read_window_bed

    windows = read_window_bed(shared_data / "seed/sequences_hg38_all_196k.bed.gz")
    assert sort_by_split(Path("x"), windows) == windows
    shards = make_shards(windows, 256)
    assert [sum(s.split == split for s in shards) for split in ("train", "valid", "test")] == [133, 9, 8]
    assert (shards[-1].name, shards[-1].end) == ("test-0-7", 38_171)


@pytest.mark.parametrize(
    ("test_fold", "splits"),
    [(0, "test valid train train"), (2, "train train test valid"), (3, "valid train train test")],
)
def test_folds_become_splits(script: Any, project: Path, test_fold: int, splits: str) -> None:
    """As in basenji's cross-validation: one fold tests, the next validates, the others train."""
    starts = (0, 1000, 2000, 3000)
    lines = [f"chr1\t{start}\t{start + 1000}\tfold{fold}\n" for fold, start in enumerate(starts)]
    (project / "w.bed").write_text("".join(lines))
    done = plan(script, project, "--test-fold", test_fold)
    assert f"fold{test_fold} tests, fold{(test_fold + 1) % 4} validates, the other 2 train" in done.stderr
    planned = [line.split("\t") for line in (project / "plan/sequences.bed").read_text().splitlines()]
    by_start = {int(start): split for _, start, _, split in planned}
    assert [by_start[start] for start in starts] == splits.split()
    assert json.loads((project / "plan/statistics.json").read_text())["train_seqs"] == 2
    assert "--test-fold 9 to be one of them" in plan(script, project, "--test-fold", 9, status=2).stderr


def test_windows_shared_between_splits_are_counted() -> None:
    windows = [
        Interval("1", 0, 100, "train"),
        Interval("1", 90, 190, "valid"),
        Interval("1", 190, 290, "test"),
        Interval("2", 0, 100, "test"),
    ]
    assert count_leaks(windows) == 2
    assert count_leaks(windows, crop_bp=5) == 0
    nested = [Interval("1", 0, 1000, "train"), Interval("1", 10, 20, "train"), Interval("1", 500, 510, "test")]
    assert count_leaks(nested) == 2


def test_leaks_are_a_warning(script: Any, project: Path) -> None:
    (project / "w.bed").write_text(
        "chr1\t0\t1000\ttrain\nchr1\t950\t1950\ttest\nchr1\t2000\t3000\ttest\nchr1\t4000\t5000\tvalid\n"
    )
    assert "2 of 4 windows share bins with a window of another split" in plan(script, project).stderr
    assert "2 of 4 windows share DNA" in plan(script, project, "--crop", 100).stderr
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
        ("w.bed", "chr1\t0\t1000\ttrain\nchr1\t1000\t2000\ttest\n", "w.bed has no window of the split valid in column 4"),
        ("w.bed", "chr1\t0\t1000\tfold0\nchr1\t1000\t2000\ttest\n", "column 4 is 'fold0', expected train, valid, test or fold0"),
        ("w.bed", "chr1\t0\t1000\tfold0\nchr1\t1000\t2000\tfold1\n", "its folds are fold0, fold1; expected at least 3"),
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
    assert re.search(
        r"line 3 \(B\): .*b.bw has no chromosome chr2 .*; it has 2 where chr2 was expected", done.stderr
    ), done.stderr
