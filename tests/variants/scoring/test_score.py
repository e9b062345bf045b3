"""score_variants.py from end to end at small sizes: table, accounting, options, resuming, errors."""

import gzip
import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from tcra.common.genome.fasta import Genome
from tcra.errors import UserError
from tcra.variants.scoring import fast, score_variants
from tcra.variants.scoring.network import ScoringNetwork
from tcra.variants.scoring.settings import ScoreInputs, ScoreOptions

KEYS = ["variant_id", "chrom", "pos", "ref", "alt", "rsid", "mean_abs"]
TRACKS = ["track_0", "track_1", "track_2"]
SMALL = ("--input-length", 4096, "--target-bins", 16)


@pytest.fixture(scope="module")
def variants(fasta: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A VCF, unsorted, of substitutions and indels on two chromosomes with one variant of each kind that is rejected."""
    lines = ["##fileformat=VCFv4.2", "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]
    with Genome(fasta) as genome:
        for chrom, start, length, alt in [
            ("chr2", 4000, 1, "A,C"), ("chr2", 4001, 3, "TT"), ("chr1", 23_000, 1, "GATTACA"), ("chr1", 9_800, 1, "A"),
            *[("chr1", start, 1, "A,G") for start in range(2000, 8000, 150)],
        ]:  # fmt: skip
            ref = genome.sequence(chrom, start, start + length)
            alts = ",".join(a for a in alt.split(",") if a != ref)
            rsid = f"ss9;rs{start}" if start % 4 else "."
            lines.append(f"{chrom}\t{start + 1}\t{rsid}\t{ref}\t{alts}\t.\t.\t.")
        lines += ["chr1\t2001\t.\tAC\t<DEL>\t.\t.\t.", f"chr1\t2002\t.\t{'A' * 1025}\tC\t.\t.\t.", lines[3]]
    path = tmp_path_factory.mktemp("variants") / "v.vcf"
    path.write_text("\n".join(lines) + "\n")
    return path


Score = Callable[..., pd.DataFrame]


@pytest.fixture(scope="module")
def run(checkpoints: Callable, fasta: Path, variants: Path) -> Iterator[Score]:
    """Scores in this process, as score_variants.py does; models and what XLA compiled for them are kept between runs."""
    models: dict[object, object] = {}
    load, make = score_variants.load_models, ScoringNetwork

    def load_once(paths: Sequence[Path], options: ScoreOptions) -> object:
        key = tuple(paths)
        if key not in models:
            models[key] = load(paths, options)
        return models[key]

    def network_once(loaded: list, central_bins: int) -> ScoringNetwork:
        key = (id(loaded), central_bins)
        if key not in models:
            models[key] = make(loaded, central_bins)
        return models[key]  # type: ignore[return-value]

    def scores(out: Path | list[Path], **changes: object) -> pd.DataFrame:
        outs = out if isinstance(out, list) else [out]
        chosen = {"models": (checkpoints(0),), "variants": variants, "input_length": 4096, "target_bins": 16} | changes
        inputs = ScoreInputs(fasta=fasta, models=chosen.pop("models"), variants=chosen.pop("variants"))
        score_variants.score_variants(inputs, ScoreOptions(**chosen), outs)
        if changes.get("dry_run"):
            return pd.DataFrame()
        return pd.read_csv(outs[0]) if ".csv" in outs[0].name else pd.read_parquet(outs[0])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(score_variants, "load_models", load_once)
        patch.setattr(score_variants, "ScoringNetwork", network_once)
        patch.setattr(score_variants, "windows_per_batch", lambda network: 16)
        yield scores


@pytest.fixture(scope="module")
def naive(run: Score, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    return run(tmp_path_factory.mktemp("naive") / "naive.parquet", method="naive")


def test_table_accounting_and_agreement(
    script: Callable, checkpoints: Callable, fasta: Path, variants: Path, naive: pd.DataFrame, tmp_path: Path
) -> None:
    out = tmp_path / "s.parquet"
    script(
        "score_variants.py", "--model", checkpoints(0), "--fasta", fasta, "--variants", variants, "--out", out, *SMALL
    )
    table = pd.read_parquet(out)
    assert list(table.columns) == [*KEYS, *TRACKS]
    assert (table[TRACKS].dtypes == np.float32).all()
    assert table["rsid"].fillna("").tolist() == [f"rs{p - 1}" if (p - 1) % 4 else "" for p in table["pos"]]
    order = list(zip(table["chrom"].astype(int), table["pos"], table["ref"], table["alt"], strict=True))
    assert order == sorted(order)
    assert table["variant_id"].tolist() == [f"{c}_{p}_{r}_{a}" for c, p, r, a in order]
    np.testing.assert_allclose(table["mean_abs"], table[TRACKS].abs().mean(axis=1), rtol=1e-6)
    assert table["variant_id"].equals(naive["variant_id"])
    largest = naive[TRACKS].abs().to_numpy().max()
    assert np.abs(table[TRACKS] - naive[TRACKS]).to_numpy().max() <= 1e-5 * largest
    (count,) = json.loads((tmp_path / "s.parquet.accounting.json").read_text())["counts"]
    assert count["in"] == count["out"] + sum(count["rejected"].values())
    assert count["out"] == len(table)
    reasons = set(count["rejected"])
    assert reasons >= {"symbolic or star allele", "allele is too long for the window", "duplicate"}
    record = json.loads(pq.read_schema(out).metadata[b"tcra"])
    assert record["parameters"]["method"] == "fast" and "variables.index" in record["inputs"]
    assert not list(tmp_path.glob(".*"))


def test_windows_of_mostly_n_are_rejected(run: Score, fasta: Path, tmp_path: Path) -> None:
    """A window near the start of chr1 hangs over the chromosome's end by half; with the N run inside, [6900, 12600) loses some too."""
    lines = []
    with Genome(fasta) as genome:
        for start in (0, 8_800, 11_000):
            ref = genome.sequence("chr1", start, start + 1)
            lines.append(f"1_{start + 1}_{ref}_{'A' if ref != 'A' else 'C'}")
    (tmp_path / "v.txt").write_text("\n".join(lines) + "\n")
    table = run(tmp_path / "s.parquet", variants=tmp_path / "v.txt")
    with gzip.open(tmp_path / "s.parquet.rejected.tsv.gz", "rt") as rejected:
        (_, line) = rejected.read().splitlines()
    assert line.split("\t")[1] == lines[0] and "window is more than half N: 20" in line
    assert table["variant_id"].tolist() == lines[1:]
    assert "rsid" not in table  # no variant has one


@pytest.mark.thorough
def test_options(run: Score, naive: pd.DataFrame, tmp_path: Path) -> None:
    """Both strands by both methods; absolute values, skipped start, and a text table."""
    both = [run(tmp_path / f"{m}.parquet", method=m, reverse_complement=True) for m in ("fast", "naive")]
    largest = both[1][TRACKS].abs().to_numpy().max()
    assert np.abs(both[0][TRACKS] - both[1][TRACKS]).to_numpy().max() <= 1e-5 * largest
    assert np.abs(both[1][TRACKS] - naive[TRACKS]).to_numpy().max() > 0.01 * largest
    table = run(tmp_path / "s.csv.gz", absolute=True, skip_start_bp=3000)
    kept = naive[naive["pos"] > 3000].reset_index(drop=True)
    assert list(table.columns) == [*KEYS, *TRACKS] and table["variant_id"].tolist() == kept["variant_id"].tolist()
    np.testing.assert_allclose(table[TRACKS], kept[TRACKS].abs(), atol=2e-5)


@pytest.mark.thorough
def test_several_models_in_one_pass(run: Score, checkpoints: Callable, tmp_path: Path) -> None:
    outs = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    first = run(outs, models=(checkpoints(0), checkpoints(1)))
    alone = run(tmp_path / "alone.parquet", models=(checkpoints(1),))
    np.testing.assert_allclose(pd.read_parquet(outs[1])[TRACKS], alone[TRACKS], atol=1e-5)
    assert np.abs(first[TRACKS] - alone[TRACKS]).to_numpy().max() > 0.01


@pytest.mark.thorough
@pytest.mark.parametrize("then", [16, 24])
def test_a_killed_run_goes_on_with_the_same_bytes(
    run: Score, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, then: int
) -> None:
    """then: variants a part in the second run, as on a machine with another batch size."""
    monkeypatch.setattr(score_variants, "SMALLEST_PART", 16)
    monkeypatch.setattr(score_variants, "BATCHES_PER_PART", 1)
    run(tmp_path / "whole.parquet", reverse_complement=True)
    calls, true_score = 0, fast.FastScorer.score

    def dies(self: fast.FastScorer, first: int, end: int, tick: object) -> np.ndarray:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise KeyboardInterrupt
        return true_score(self, first, end, lambda number: None)

    monkeypatch.setattr(fast.FastScorer, "score", dies)
    killed = tmp_path / "killed.parquet"
    with pytest.raises(KeyboardInterrupt):
        run(killed, reverse_complement=True)
    assert not killed.exists()
    assert len(list((tmp_path / ".killed.parquet.parts").glob("*.npy"))) == 3
    monkeypatch.setattr(score_variants, "SMALLEST_PART", then)
    run(killed, reverse_complement=True)
    assert calls > 4
    for suffix in ("", ".accounting.json", ".rejected.tsv.gz"):
        assert (tmp_path / f"killed.parquet{suffix}").read_bytes() == (tmp_path / f"whole.parquet{suffix}").read_bytes()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"central_bins": 17}, "17 central bins"),
        ({"models": (Path("nowhere/variables"),)}, "nowhere/variables"),
    ],
)
def test_errors(run: Score, tmp_path: Path, changes: dict, message: str) -> None:
    with pytest.raises(UserError, match=message):
        run(tmp_path / "s.parquet", **changes)
    with pytest.raises(UserError, match="1 models, but 2 output files"):
        run([tmp_path / "s.parquet", tmp_path / "t.parquet"])
    with pytest.raises(UserError, match=r"s\.parquet is given twice as --out"):
        run([tmp_path / "s.parquet"] * 2, models=(Path("a"), Path("b")))


@pytest.mark.thorough
def test_dry_run_plans_and_writes_nothing(
    run: Score, naive: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(tmp_path / "s.parquet", dry_run=True)
    plan = capsys.readouterr().out
    assert not list(tmp_path.iterdir())
    assert f"variants to score: {len(naive)}" in plan
    assert "shards of 20000 variants by chromosome: 2" in plan
    assert "hours" in plan and "symbolic or star allele" in plan


@pytest.mark.thorough
def test_a_user_error_is_one_line(script: Callable, checkpoints: Callable, fasta: Path, tmp_path: Path) -> None:
    (tmp_path / "v.txt").write_text("1_11_A\n")
    files = ("--fasta", fasta, "--variants", tmp_path / "v.txt", "--out", tmp_path / "s.parquet")
    done = script("score_variants.py", "--model", checkpoints(0), *files, *SMALL, status=2)
    assert re.fullmatch(
        "[0-9:]+ running on the .*\nerror: .*v.txt line 1.*\n", done.stderr
    )  # nothing from TensorFlow, no traceback
    refused = script("score_variants.py", "--model", "x", *files[:-1], tmp_path, status=2)
    assert refused.stderr.splitlines()[-1].endswith(
        f"argument --out: {tmp_path} is a folder, not a file; give a file's name in it"
    )
