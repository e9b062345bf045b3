"""LD references in several files, baselines as LDSC publishes them, and bytes that are no UTF-8."""

import gzip
from pathlib import Path

import pandas as pd
import pytest


@pytest.fixture
def frame(made_up_scores) -> pd.DataFrame:
    return made_up_scores(400)


def write_bims(folder: Path, frame: pd.DataFrame, separator: str = "\t") -> list[Path]:
    folder.mkdir()
    paths = []
    for chrom, rows in frame.groupby("chrom", sort=False):
        table = pd.DataFrame({"chrom": chrom, "id": "v" + rows["pos"].astype(str), "cm": 0, "pos": rows["pos"],
                              "a1": rows["alt"], "a2": rows["ref"]})  # fmt: skip
        paths.append(folder / f"ref.{chrom}.bim")
        table.to_csv(paths[-1], sep=separator, header=False, index=False)
    return paths


def annotated(out: Path, name: str) -> pd.DataFrame:
    return pd.concat([pd.read_csv(path, sep="\t") for path in sorted((out / name).glob("*.annot.gz"))])


@pytest.mark.parametrize("way", ["files", "folder", "one", "blanks"])
def test_sites_in_several_files(tmp_path: Path, frame: pd.DataFrame, write_scores, script, way: str) -> None:
    paths = write_bims(tmp_path / "ref", frame, " " if way == "blanks" else "\t")
    if way == "one":
        (tmp_path / "all.bim").write_text("".join(path.read_text() for path in paths))
    sites = {"files": paths, "folder": [tmp_path / "ref"], "one": [tmp_path / "all.bim"], "blanks": paths}[way]
    script(
        "annotate_variants.py",
        "--scores",
        write_scores(tmp_path / "s", frame),
        "--sites",
        *sites,
        "--out",
        tmp_path / "out",
    )
    assert sorted(annotated(tmp_path / "out", "tCRA")["SNP"]) == sorted("v" + frame["pos"].astype(str))


def test_a_chromosome_in_two_files_is_refused(tmp_path: Path, frame: pd.DataFrame, write_scores, script) -> None:
    (first, *_) = write_bims(tmp_path / "ref", frame)
    (tmp_path / "again.bim").write_text(first.read_text())
    done = script("annotate_variants.py", "--scores", write_scores(tmp_path / "s", frame), "--sites", first, tmp_path / "again.bim",
                  "--out", tmp_path / "out", status=2)  # fmt: skip
    assert "both have chromosome" in done.stderr and "again.bim" in done.stderr


def write_baseline(folder: Path, rows: pd.DataFrame) -> None:
    folder.mkdir()
    table = pd.DataFrame(
        {
            "CHR": 1,
            "BP": rows["pos"],
            "SNP": "v" + rows["pos"].astype(str),
            "CM": 0.0,
            "base": 1,
            "Coding": range(len(rows)),
        }
    )
    table.to_csv(folder / "baselineLD.1.annot.gz", sep="\t", index=False)


def test_a_baseline_without_alleles_takes_those_of_the_sites(
    tmp_path: Path, frame: pd.DataFrame, write_scores, script
) -> None:
    frame = frame[frame["chrom"] == "1"].reset_index(drop=True)
    (bim,) = write_bims(tmp_path / "ref", frame)
    write_baseline(tmp_path / "base", frame.iloc[10:])
    arguments = [
        "--scores",
        write_scores(tmp_path / "s", frame),
        "--baseline",
        tmp_path / "base",
        "--out",
        tmp_path / "out",
    ]
    script("annotate_variants.py", *arguments, "--sites", bim, "--text-layout", "ldsc")
    table = annotated(tmp_path / "out", "UKB_tCRA").set_index("BP")
    assert table.loc[frame["pos"], "Coding"].tolist() == [0] * 10 + list(range(len(frame) - 10))
    assert (table.loc[frame["pos"].iloc[10:], "base"] == 1).all() and len(table) == len(frame)
    done = script("annotate_variants.py", *arguments, status=2)
    assert "has no column A2" in done.stderr


@pytest.mark.parametrize("cell", ["SNP", "note", "A1"])
def test_bytes_that_are_no_utf8_in_a_baseline(
    tmp_path: Path, frame: pd.DataFrame, write_scores, script, cell: str
) -> None:
    cells = {"CHR": b"1", "SNP": b"rs1", "BP": b"5", "A2": b"A", "A1": b"C", "note": b"1"}
    cells[cell] = b"\xe9"
    (tmp_path / "base").mkdir()
    with gzip.open(tmp_path / "base" / "b.1.annot.gz", "wb") as out:
        out.write("\t".join(cells).encode() + b"\n" + b"\t".join(cells.values()) + b"\n")
    done = script("annotate_variants.py", "--scores", write_scores(tmp_path / "s", frame), "--baseline", tmp_path / "base",
                  "--out", tmp_path / "out", status=2)  # fmt: skip
    assert "b.1.annot.gz" in done.stderr.splitlines()[-1]
