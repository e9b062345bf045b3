"""Every bin equals a plain per-base computation, bit for bit, on tracks of all kinds."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyBigWig
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tcra.common.genome.intervals import Interval
from tcra.errors import UserError
from tcra.tracks.bigwig import BigWig
from tcra.tracks.blacklist import Blacklist
from tcra.tracks.coverage import track_targets
from tcra.tracks.settings import STATISTICS, TrackSettings

LENGTH = 6000
ODD_VALUES = [0.0, 0.0713, 1.0, 3.0, 2047.0, 1e-7, 6e-8, 2e-8, 40000.0, 65504.0, 65519.0, 1e6, 0.33, 17.25]


def per_base(
    track: Path, windows: list[Interval], black: list[tuple[int, int]], s: TrackSettings, left_edge: bool = True
) -> Any:
    """The definition: each base to float16, baseline, blacklist, crop, scale, pool, clip, in numpy on whole windows.

    left_edge: clip blacklisted regions that cross a window's left edge (False: leave them out, as basenji does).
    """
    rows = []
    with pyBigWig.open(str(track)) as file, np.errstate(all="ignore"):
        for window in windows:
            x: Any = file.values(window.chrom, window.start, window.end, numpy=True).astype(np.float16)
            bins = (len(x) - 2 * s.crop_bp) // s.bin_width_bp
            if s.interpolate and np.isnan(x).any():
                padded = np.zeros(len(x) + 2)
                padded[1:-1] = x
                known = np.flatnonzero(~np.isnan(padded))
                x = np.interp(np.arange(len(padded)), known, padded[known])[1:-1]
            baseline = np.nan_to_num(np.percentile(x, 100 * s.baseline_quantile)) if bins >= 8 else 0
            for start, end in black:
                first, last = max(0, start - 20) - window.start, end + 20 - window.start
                if last > 0 and first < len(x) and (first >= 0 or left_edge):
                    first = max(first, 0)
                    x[first:last] = np.clip(x[first:last], -baseline, baseline)
            if not s.interpolate:  # between +inf and -inf NaN stays, and the track is refused
                x[np.isnan(x)] = baseline
            x = x[s.crop_bp : len(x) - s.crop_bp]
            if s.order == "scale-then-clip":
                x = s.scale * x
            rows.append(_finish(_pool(x.reshape(bins, s.bin_width_bp), s), s))
        targets = np.array(rows, np.float16)
        limit = np.percentile(targets, 100 * s.track_quantile)
        return targets, limit, np.clip(targets, -limit, limit).astype(np.float16)


def _pool(x: Any, s: TrackSettings) -> Any:
    if s.statistic in ("sum", "sum_sqrt"):
        return x.sum(axis=1, dtype="float32")
    if s.statistic in ("mean", "mean_sqrt", "peak"):
        return x.mean(axis=1, dtype="float32")
    return x.max(axis=1) if s.statistic == "max" else np.median(x, axis=1)


def _finish(x: Any, s: TrackSettings) -> Any:
    old = s.order == "clip-then-scale"
    if s.statistic.endswith("_sqrt"):
        x = x**0.75 if old else -1 + np.sqrt(1 + x)
    elif s.statistic == "peak":
        x = np.clip(np.sqrt(4 * x), 0, 1)
    if s.clip_soft is not None:
        above = x > s.clip_soft
        x[above] = (
            s.clip_soft + np.sqrt(x[above] - s.clip_soft)
            if old
            else s.clip_soft - 1 + np.sqrt(x[above] - s.clip_soft + 1)
        )
    if s.clip is not None:
        x = np.clip(x, -s.clip, s.clip)
    if old:
        x = s.scale * x
    return np.clip(x, np.finfo("f2").min, np.finfo("f2").max).astype("f2")


def ours(track: Path, windows: list[Interval], black: list[tuple[int, int]], s: TrackSettings) -> Any:
    with tempfile.TemporaryDirectory() as folder, BigWig(track) as file:
        bed = Path(folder) / "black.bed"
        bed.write_text("".join(f"chr1\t{start}\t{end}\n" for start, end in black))
        return track_targets(file, Path("windows.bed"), windows, s, Blacklist(bed if black else None))


def assert_same(track: Path, windows: list[Interval], black: list[tuple[int, int]], s: TrackSettings) -> None:
    targets, limit, clipped = per_base(track, windows, black, s)
    if np.isnan(targets).any() or (limit <= 0 and targets.any()):
        with pytest.raises(UserError, match=r"NaN|erase"):  # basenji would erase the track; here it is an error
            ours(track, windows, black, s)
        return
    np.testing.assert_array_equal(ours(track, windows, black, s), clipped)


@st.composite
def tracks(draw: st.DrawFn) -> list[tuple[str, int, int, float]]:
    """Runs with and without gaps, of one base or many; integers, multiples of a factor, tiny, huge, signed, NaN."""
    kind = draw(st.sampled_from(["counts", "scaled", "odd", "signed", "gaps", "any"]))
    values = {
        "counts": st.integers(0, 300).map(float),
        "scaled": st.integers(0, 3000).map(lambda n: n * 0.0713),
        "odd": st.sampled_from(ODD_VALUES),
        "signed": st.sampled_from([*ODD_VALUES, *(-v for v in ODD_VALUES)]),
        "gaps": st.one_of(st.just(float("nan")), st.floats(0, 100, width=32)),
        "any": st.floats(-1e5, 1e5, width=32),
    }[kind]
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    pool = draw(st.lists(values, min_size=1, max_size=40))
    longest = draw(st.sampled_from([1, 5, 60, 900]))
    gap = draw(st.sampled_from([0, 0, 3, 500]))
    runs, place = [], int(random.integers(0, 200)) if gap else 0
    while place < LENGTH:
        end = min(LENGTH, place + int(random.integers(1, longest + 1)))
        runs.append(("chr1", place, end, pool[int(random.integers(len(pool)))]))
        place = end + (int(random.integers(0, gap + 1)) if gap else 0)
    return runs


SETTINGS = st.builds(
    TrackSettings,
    crop_bp=st.sampled_from([0, 0, 40]),
    bin_width_bp=st.sampled_from([1, 3, 16, 100, 128]),
    statistic=st.sampled_from(STATISTICS),
    clip=st.sampled_from([None, 32.0, 0.5]),
    clip_soft=st.sampled_from([None, 10.0, 0.3]),
    scale=st.sampled_from([1.0, 2.0, 0.1, -1.0, 300.0]),
    order=st.sampled_from(["clip-then-scale", "scale-then-clip"]),
    clip_quantile=st.sampled_from([None, 1.0, 0.9]),
    interpolate=st.booleans(),
)
REGIONS = st.lists(
    st.tuples(st.integers(0, LENGTH - 1), st.integers(1, 700)).map(lambda r: (r[0], r[0] + r[1])), max_size=4
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(runs=tracks(), chosen=SETTINGS, bins=st.integers(1, 12), black=REGIONS, seed=st.integers(0, 99))
def test_equals_the_definition(
    make_bigwig: Any, runs: list[Any], chosen: TrackSettings, bins: int, black: list[tuple[int, int]], seed: int
) -> None:
    length = bins * chosen.bin_width_bp + 2 * chosen.crop_bp
    starts = np.random.default_rng(seed).integers(0, LENGTH - length + 1, 5)
    windows = [Interval("chr1", int(start), int(start) + length) for start in [*starts, 0, LENGTH - length]]
    with tempfile.TemporaryDirectory() as folder:
        track = make_bigwig(Path(folder) / "t.bw", {"chr1": LENGTH}, runs)
        assert_same(track, windows, black, chosen)


@pytest.mark.parametrize("order", ["clip-then-scale", "scale-then-clip"])
def test_more_values_than_float16_can_count(tmp_path: Path, make_bigwig: Any, order: Any) -> None:
    random = np.random.default_rng(5)
    edges = np.unique(random.integers(0, 200_000, 30_000))
    runs = [
        ("chr1", int(a), int(b), float(v))
        for a, b, v in zip(edges[:-1], edges[1:], random.gamma(0.5, 9, len(edges)), strict=False)
    ]
    track = make_bigwig(tmp_path / "t.bw", {"chr1": 200_000}, runs)
    windows = [
        Interval("chr1", 128 * i, 128 * i + 70_144) for i in range(140)
    ]  # 76,720 bins, and 70,144 bases per window
    assert_same(
        track, windows, [(30_000, 31_000)], TrackSettings(bin_width_bp=128, statistic="mean", order=order, scale=2)
    )


def test_bases_are_added_again_only_where_the_last_bit_is_open(
    tmp_path: Path, make_bigwig: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tcra.tracks.pool as pool

    random = np.random.default_rng(6)
    values = np.exp(random.uniform(-12, 11, 60_000))  # float32 sums of these round at every step
    track = make_bigwig(
        tmp_path / "t.bw", {"chr1": 60_000}, [("chr1", i, i + 1, float(v)) for i, v in enumerate(values)]
    )
    windows = [Interval("chr1", 0, 59_904)]
    replayed = []
    plain = pool._add_as_numpy
    monkeypatch.setattr(
        pool, "_add_as_numpy", lambda runs, starts, s: (replayed.append(len(starts)), plain(runs, starts, s))[1]
    )
    assert_same(track, windows, [], TrackSettings(bin_width_bp=8, statistic="sum", clip_quantile=1.0))
    assert 0 < sum(replayed) < 0.01 * 59_904 / 8


def test_counts_need_no_base(tmp_path: Path, make_bigwig: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import tcra.tracks.pool as pool

    monkeypatch.delattr(pool, "bases")  # the work is per run: a base-by-base array is never made
    runs = [("chr1", i, i + 37, i % 300) for i in range(0, 199_000, 50)]
    track = make_bigwig(tmp_path / "t.bw", {"chr1": 200_000}, runs)
    windows = [Interval("chr1", 500 * i, 500 * i + 12_800) for i in range(100)]
    for statistic in ("sum", "mean", "max", "mean_sqrt", "peak"):
        assert_same(
            track,
            windows,
            [(5_000, 9_000)],
            TrackSettings(bin_width_bp=128, statistic=statistic, clip_soft=20, scale=2),
        )


def test_region_across_the_left_edge_is_clipped_where_basenji_leaves_it(tmp_path: Path, make_bigwig: Any) -> None:
    runs = [("chr1", i, i + 10, 100.0 if 480 <= i < 560 else 1.0) for i in range(0, 2000, 10)]
    track = make_bigwig(tmp_path / "t.bw", {"chr1": 2000}, runs)
    windows, black = [Interval("chr1", 500, 900)], [(490, 550)]
    chosen = TrackSettings(bin_width_bp=10, statistic="mean", clip_quantile=1.0)
    left_out = per_base(track, windows, black, chosen, left_edge=False)[2]
    assert left_out[0, 0] == 100
    clipped = ours(track, windows, black, chosen)
    assert (clipped[0] == 1).all()
    np.testing.assert_array_equal(clipped, per_base(track, windows, black, chosen)[2])


def test_result_is_the_same_whatever_the_order_of_windows(tmp_path: Path, make_bigwig: Any) -> None:
    random = np.random.default_rng(7)
    runs = [(c, i, i + 7, float(random.gamma(1, 5))) for c in ("chr1", "chr2") for i in range(0, 4990, 9)]
    track = make_bigwig(tmp_path / "t.bw", {"chr1": 5000, "chr2": 5000}, runs)
    windows = [Interval(c, s, s + 256) for c in ("chr1", "chr2") for s in range(0, 4700, 300)]
    chosen = TrackSettings(bin_width_bp=32, statistic="mean")
    mixed = random.permutation(len(windows))
    np.testing.assert_array_equal(
        ours(track, [windows[i] for i in mixed], [], chosen), ours(track, windows, [], chosen)[mixed]
    )


def test_interpolated_between_both_infinities_is_refused(tmp_path: Path, make_bigwig: Any) -> None:
    track = make_bigwig(tmp_path / "t.bw", {"chr1": LENGTH}, [("chr1", 50, 51, 1e6), ("chr1", 150, 151, -1e6)])
    chosen = TrackSettings(bin_width_bp=100, interpolate=True)
    assert_same(track, [Interval("chr1", 0, 200)], [], chosen)
