"""Annotation files: the published definitions, all combinations, sums, other tools' row order."""

import gzip
import json
from pathlib import Path

import cyvcf2
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tcra.variants.annotation.annotation_rules import annotate

IDENTITY = ["CHR", "SNP", "BP", "A2", "A1"]
TRACKS = [f"track{place}" for place in range(4)]


def read(folder: Path, chrom: str) -> pd.DataFrame:
    """A chromosome's Parquet file, after checking that its text says the same."""
    table = pq.read_table(folder / f"{chrom}.annot.parquet").to_pandas()
    text = pd.read_csv(folder / f"{chrom}.annot.gz", sep="\t", dtype={"SNP": str})
    pd.testing.assert_frame_equal(table, text, check_dtype=False, rtol=1e-6)
    return table


@given(st.lists(st.floats(-5, 5, width=32), min_size=1, max_size=30), st.floats(0.01, 1))
def test_rules(values: list[float], fraction: float) -> None:
    scores = np.array(values, np.float32)
    size = np.abs(scores)
    np.testing.assert_array_equal(annotate(scores, "quantitative"), size)
    binary = annotate(scores, "mean")
    assert binary.dtype == np.uint8
    np.testing.assert_array_equal(binary, size >= size.astype(np.float64).mean())
    top = annotate(scores, "fraction", fraction)
    number = max(1, round(fraction * len(scores)))
    assert top.sum() >= number and size[top == 1].min() == np.sort(size)[-number]
    assert (size[top == 0] < size[top == 1].min()).all()


def test_scores_that_are_not_numbers_are_not_annotated() -> None:
    scores = np.array([np.nan, 1, 3], np.float32)
    for rule, expected in (("mean", [0, 0, 1]), ("fraction", [0, 0, 1]), ("quantitative", [0, 1, 3])):
        assert annotate(scores, rule, 0.5).tolist() == expected
    assert annotate(scores[:1], "mean").tolist() == [0]
    infinite = np.array([-np.inf, 1, 3], np.float32)
    for rule, expected in (("mean", [0, 0, 1]), ("fraction", [0, 0, 1]), ("quantitative", [0, 1, 3])):
        assert annotate(infinite, rule, 0.5).tolist() == expected


@pytest.mark.parametrize("shards", [1, 5])
def test_published_rule_on_every_chromosome(tmp_path: Path, made_up_scores, write_scores, script, shards: int) -> None:
    frame = made_up_scores(1500, seed=2)
    shuffled = frame.sample(frac=1, random_state=0) if shards > 1 else frame
    script(
        "annotate_variants.py", "--scores", write_scores(tmp_path / "s", shuffled, shards), "--out", tmp_path / "out"
    )
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["accounting.json", "rejected.tsv.gz", "tCRA"]
    for chrom, rows in frame.groupby("chrom"):
        table = read(tmp_path / "out" / "tCRA", str(chrom))
        assert table.columns.tolist() == [*IDENTITY, *(f"tCRA_{track}" for track in TRACKS)]
        assert table["SNP"].tolist() == rows["rsid"].fillna(rows["variant_id"]).tolist()
        assert table["CHR"].tolist() == [23 if chrom == "X" else int(str(chrom))] * len(rows)
        assert (table["BP"].tolist(), table["A2"].tolist(), table["A1"].tolist()) == tuple(
            rows[c].tolist() for c in ("pos", "ref", "alt")
        )
        for track in TRACKS:
            size = rows[track].abs().astype(np.float64)
            assert table[f"tCRA_{track}"].tolist() == (size >= size.mean()).astype(int).tolist()
        sums = (tmp_path / "out" / "tCRA" / f"{chrom}.l2.M").read_text()
        assert sums == "\t".join(str(table[f"tCRA_{track}"].sum()) for track in TRACKS) + "\n"
        assert not (tmp_path / "out" / "tCRA" / f"{chrom}.l2.M_5_50").exists()


def baseline_of(frame: pd.DataFrame, folder: Path, text: bool) -> pd.DataFrame:
    """baselineLF's layout on some of the variants and others, alleles sometimes the other way round, rows in another order."""
    generator = np.random.default_rng(7)
    some = frame.sample(frac=0.8, random_state=1)
    more = pd.DataFrame({"chrom": ["1", "2", "10", "X"], "pos": [300_000] * 4, "ref": "A", "alt": "G"})
    rows = pd.concat([some, more]).reset_index(drop=True)
    turn = generator.random(len(rows)) < 0.3
    table = pd.DataFrame({
        "CHR": rows["chrom"].replace("X", "23").astype(int), "SNP": [f"rs{n}" for n in range(len(rows))], "BP": rows["pos"],
        "A1": rows["ref"].where(turn, rows["alt"]), "A2": rows["alt"].where(turn, rows["ref"]),
        "base": np.int8(1), "GERP": generator.normal(size=len(rows)),
    })  # fmt: skip
    folder.mkdir()
    for chrom, part in table.groupby("CHR"):
        name = folder / f"baselineLF2.2.UKB.{'X' if chrom == 23 else chrom}.annot"
        if text:
            part.to_csv(f"{name}.gz", sep="\t", index=False)
        else:
            part.to_parquet(f"{name}.parquet", index=False)
    return table.assign(chrom=rows["chrom"], key=[(c, p, *sorted((r, a))) for c, p, r, a in
                                                 zip(rows["chrom"], rows["pos"], rows["ref"], rows["alt"], strict=True)])  # fmt: skip


@pytest.mark.parametrize("text", [False, True])
def test_every_combination_has_the_same_rows(tmp_path: Path, made_up_scores, write_scores, script, text: bool) -> None:
    frame = made_up_scores(900, seed=6)
    second = frame.sample(frac=0.9, random_state=3).drop(columns=["track2", "track3"])
    baseline = baseline_of(frame, tmp_path / "baseline", text)
    script(
        "annotate_variants.py", "--scores", write_scores(tmp_path / "a", frame, 2), "--second-scores", write_scores(tmp_path / "b", second),
        "--baseline", tmp_path / "baseline", "--name", "DTL", "--second-name", "ENF", "--out", tmp_path / "out", "--rule", "quantitative",
    )  # fmt: skip
    names = {"UKB", "DTL", "ENF", "UKB_DTL", "UKB_ENF", "DTL_ENF", "UKB_DTL_ENF"}
    assert {path.name for path in (tmp_path / "out").iterdir() if path.is_dir()} == names
    key = [
        (c, p, *sorted((r, a)))
        for c, p, r, a in zip(frame["chrom"], frame["pos"], frame["ref"], frame["alt"], strict=True)
    ]
    first_scores, second_scores = (
        frame.assign(key=key).set_index("key"),
        frame.assign(key=key).loc[second.index].set_index("key"),
    )
    for chrom in ("1", "X"):
        rows = baseline[(baseline["chrom"] == chrom) & baseline["key"].isin(second_scores.index)]
        whole = read(tmp_path / "out" / "UKB_DTL_ENF", chrom)
        assert whole.columns.tolist() == [
            *IDENTITY,
            "base",
            "GERP",
            *(f"DTL_{t}" for t in TRACKS),
            "ENF_track0",
            "ENF_track1",
        ]
        pd.testing.assert_frame_equal(whole[[*IDENTITY, "base", "GERP"]], rows[[*IDENTITY, "base", "GERP"]].reset_index(drop=True),
                                      check_dtype=False)  # fmt: skip
        for source, scores, tracks in (("DTL", first_scores, TRACKS), ("ENF", second_scores, TRACKS[:2])):
            for track in tracks:
                np.testing.assert_array_equal(whole[f"{source}_{track}"], scores.loc[rows["key"].tolist(), track].abs())
        for name in names:
            part = read(tmp_path / "out" / name, chrom)
            pd.testing.assert_frame_equal(part, whole[part.columns])
            sums = [float(cell) for cell in (tmp_path / "out" / name / f"{chrom}.l2.M").read_text().split("\t")]
            np.testing.assert_allclose(sums, part.iloc[:, 5:].astype(float).sum())
    report = json.loads((tmp_path / "out" / "accounting.json").read_text())
    shared = baseline["key"].isin(first_scores.index) & baseline["key"].isin(second_scores.index)
    assert report["counts"][0] == {
        "unit": "variants of UKB", "in": len(baseline), "out": int(shared.sum()),
        "rejected": {"not in DTL": 4, "not in ENF": int((~shared).sum()) - 4},
    }  # fmt: skip


def test_common_variants_are_summed_apart(tmp_path: Path, made_up_scores, write_scores, script) -> None:
    frame = made_up_scores(400, seed=6)
    af = np.random.default_rng(0).uniform(0, 1, len(frame))
    frame[["variant_id"]].assign(af=af).iloc[::2].to_csv(tmp_path / "af.tsv", sep="\t", index=False)
    script("annotate_variants.py", "--scores", write_scores(tmp_path / "s", frame), "--frequencies", tmp_path / "af.tsv", "--out",
           tmp_path / "out", "--rule", "fraction", "--fraction", "0.2")  # fmt: skip
    common = pd.Series(np.minimum(af, 1 - af) > 0.05).where(np.arange(len(frame)) % 2 == 0, False)
    table = read(tmp_path / "out" / "tCRA", "2")
    mine = common[(frame["chrom"] == "2").to_numpy()].to_numpy()
    expected = [str(table.loc[mine, f"tCRA_{track}"].sum()) for track in TRACKS]
    assert (tmp_path / "out" / "tCRA" / "2.l2.M_5_50").read_text() == "\t".join(expected) + "\n"
    assert all(abs(table[f"tCRA_{track}"].mean() - 0.2) < 0.12 for track in TRACKS)  # a tenth of the scores is tied


def made_genotypes(project_data: Path, number: int) -> tuple[pd.DataFrame, np.ndarray]:
    """The first SNPs of the made-up genotypes, named as of chromosome 7, and their standardised dosages (people, SNPs)."""
    path = project_data / "gene_models" / "genotypes.vcf.gz"
    rows, dosages = [], []
    for record in cyvcf2.VCF(str(path), gts012=True):
        if len(record.ALT) == 1 and 0.05 < record.aaf < 0.95:
            rows.append(("7", record.POS, record.REF, record.ALT[0], record.ID))
            dosages.append(record.gt_types.astype(np.float64))
        if len(rows) == number:
            break
    matrix = np.array(dosages).T
    return pd.DataFrame(rows, columns=["chrom", "pos", "ref", "alt", "rsid"]), (matrix - matrix.mean(0)) / matrix.std(0)


@pytest.mark.parametrize("layout", ["polyfun", "ldsc"])
def test_ld_scores_line_up_row_for_row(tmp_path: Path, project_data: Path, write_scores, script, layout: str) -> None:
    """LD scores from the files, multiplied as ldsc.py does it (row by row, unchecked), are those of the scores themselves."""
    sites, dosages = made_genotypes(project_data, 800)
    people = len(dosages)
    bim = pd.DataFrame(
        {"chrom": 7, "rsid": sites["rsid"], "cm": 0, "pos": sites["pos"], "a1": sites["alt"], "a2": sites["ref"]}
    )
    bim.to_csv(tmp_path / "eas.bim", sep="\t", index=False, header=False)
    generator = np.random.default_rng(3)
    scores = sites[["chrom", "pos", "ref", "alt"]].copy()
    scores.insert(0, "variant_id", ["_".join(map(str, row)) for row in scores.itertuples(index=False)])
    values = generator.gamma(0.5, 1, (len(scores), 3)).astype(np.float32)
    scores["mean_abs"] = values.mean(axis=1)
    scores = scores.assign(**{f"t{k}": values[:, k] for k in range(3)})
    missing = generator.random(len(scores)) < 0.1
    folder = write_scores(tmp_path / "s", scores[~missing].sample(frac=1, random_state=1), 3)
    script(
        "annotate_variants.py",
        "--scores",
        folder,
        "--sites",
        tmp_path / "eas.bim",
        "--text-layout",
        layout,
        "--out",
        tmp_path / "out",
    )

    with gzip.open(tmp_path / "out" / "tCRA" / "7.annot.gz", "rt") as text:
        table = pd.read_csv(text, sep="\t")
    assert table.columns.tolist()[:4] == (["CHR", "BP", "SNP", "CM"] if layout == "ldsc" else IDENTITY[:4])
    assert (
        table["SNP"].tolist() == sites["rsid"].tolist() and table["BP"].tolist() == sites["pos"].tolist()
    )  # ldsc.py's own check
    annotations = table.iloc[:, 4 if layout == "ldsc" else 5 :].to_numpy(np.float64)
    r2 = (dosages.T @ dosages / people) ** 2
    adjusted = r2 - (1 - r2) / (people - 2)
    within = np.abs(sites["pos"].to_numpy()[:, None] - sites["pos"].to_numpy()) < 1_000_000
    ld_scores = (adjusted * within) @ annotations

    known = np.where(missing[:, None], np.nan, values)
    with np.errstate(invalid="ignore"):
        plain = (known >= np.nanmean(known.astype(np.float64), axis=0)).astype(np.float64)
    np.testing.assert_allclose(ld_scores, (adjusted * within) @ plain)
    assert not np.allclose(
        ld_scores, (adjusted * within) @ np.roll(annotations, 1, axis=0)
    )  # a shift by one row would show
    sums = [int(cell) for cell in (tmp_path / "out" / "tCRA" / "7.l2.M").read_text().split()]
    assert sums == annotations.sum(axis=0).tolist()
    report = json.loads((tmp_path / "out" / "accounting.json").read_text())
    assert report["counts"][0]["unit"] == "sites" and report["counts"][0]["out"] == int((~missing).sum())


def test_same_input_same_bytes_and_provenance(tmp_path: Path, made_up_scores, write_scores, script) -> None:
    scores = write_scores(tmp_path / "s", made_up_scores(200))
    for out in ("a", "b"):
        script("annotate_variants.py", "--scores", scores, "--out", tmp_path / out)
    for path in sorted((tmp_path / "a").rglob("*.*")):
        assert path.read_bytes() == (tmp_path / "b" / path.relative_to(tmp_path / "a")).read_bytes(), path
    record = json.loads(pq.read_schema(tmp_path / "a" / "tCRA" / "1.annot.parquet").metadata[b"tcra"])
    assert record["parameters"]["rule"] == "mean" and record["inputs"]["s"].startswith("crc32c:")


def test_sites_of_a_vcf(tmp_path: Path, made_up_scores, write_scores, script) -> None:
    """Every alternate allele is a row; ref and alt may be exchanged; a site without a name gets its variant's id."""
    frame = made_up_scores(100, seed=5).query("chrom == '1'").reset_index(drop=True)
    first, second = frame.iloc[0], frame.iloc[1]
    other = next(base for base in "ACGT" if base not in (first["ref"], first["alt"]))
    lines = [
        "##fileformat=VCFv4.2", "##contig=<ID=chr1>", "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO",
        f"chr1\t{first['pos']}\trs1\t{first['ref']}\t{other},{first['alt']}\t.\t.\t.",
        f"chr1\t{second['pos']}\t.\t{second['alt']}\t{second['ref']}\t.\t.\t.",
    ]  # fmt: skip
    (tmp_path / "x.vcf").write_text("\n".join(lines) + "\n")
    script("annotate_variants.py", "--scores", write_scores(tmp_path / "s", frame), "--sites", tmp_path / "x.vcf", "--out",
           tmp_path / "out", "--rule", "quantitative")  # fmt: skip
    table = read(tmp_path / "out" / "tCRA", "1")
    assert table["SNP"].tolist() == ["rs1", "rs1", f"1_{second['pos']}_{second['alt']}_{second['ref']}"]
    assert table["tCRA_track1"].tolist() == [0, abs(first["track1"]), abs(second["track1"])]


@pytest.mark.thorough
def test_bad_inputs_are_one_line(tmp_path: Path, made_up_scores, write_scores, script) -> None:
    frame = made_up_scores(50)
    scores = write_scores(tmp_path / "s", frame)
    (tmp_path / "empty").mkdir()
    (tmp_path / "other").mkdir()
    pd.DataFrame({"CHR": [5], "SNP": ["a"], "BP": [1], "A1": ["A"], "A2": ["C"], "base": [1]}).to_parquet(
        tmp_path / "other" / "x.5.annot.parquet"
    )
    (tmp_path / "apart").mkdir()
    apart = pd.DataFrame({"CHR": [1], "SNP": ["a"], "BP": [400_000_000], "A1": ["A"], "A2": ["C"], "base": [1]})
    apart.to_parquet(tmp_path / "apart" / "x.1.annot.parquet")
    (tmp_path / "lacks").mkdir()
    pd.DataFrame({"CHR": [1], "BP": [1]}).to_csv(tmp_path / "lacks" / "x.1.annot.gz", sep="\t", index=False)
    (tmp_path / "x.bim").write_text("1 rs1 0 5 A\n")
    (tmp_path / "zero.bim").write_text("1\trs1\t0\t0\tA\tC\n")
    (tmp_path / "apart.bim").write_text("1\trs1\t0\t400000000\tA\tC\n")
    (tmp_path / "plink.frq").write_text("CHR SNP A1 A2 MAF NCHROBS\n1 rs1 A C 0.2 100\n")
    frame[["variant_id"]].assign(af=5).to_csv(tmp_path / "percent.tsv", sep="\t", index=False)
    for arguments, message in [
        (["--baseline", tmp_path / "empty"], "no file such as baseline.1.annot.parquet"),
        (["--baseline", tmp_path / "other"], "share no chromosome"),
        (["--baseline", tmp_path / "apart"], "UKB and tCRA share no variant; of UKB on "),
        (["--baseline", tmp_path / "lacks"], "has no column SNP"),
        (["--sites", tmp_path / "zero.bim"], "zero.bim: positions from 0 to 0"),
        (["--sites", tmp_path / "x.bim"], "is not a .bim file"),
        (["--sites", tmp_path / "apart.bim"], "apart.bim share no variant"),
        (["--frequencies", tmp_path / "plink.frq"], "plink.frq has a frequency of none of the variants"),
        (["--frequencies", tmp_path / "percent.tsv"], "percent.tsv: frequencies from 5 to 5, expected 0 to 1"),
        (["--second-scores", scores, "--second-name", "tCRA"], "two sources are called tCRA"),
        (["--rule", "fraction", "--fraction", "2"], "not between 0 and 1"),
    ]:
        done = script("annotate_variants.py", "--scores", scores, "--out", tmp_path / "out", *arguments, status=2)
        assert message in done.stderr.splitlines()[-1], (arguments, done.stderr)
        assert not (tmp_path / "out").exists()
