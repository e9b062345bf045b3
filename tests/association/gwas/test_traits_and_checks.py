"""The traits table, the look at a GWAS before the work, and folders and files that lack something."""

import json
from pathlib import Path

import pandas as pd
from tcra.association.gwas.check_gwas import check_gwas
from tcra.association.gwas.settings import GwasSettings
from tcra.association.gwas.traits_table import find_trait, read_traits

from ..conftest import run

TRAITS = "trait,path,beta_column,pvalue_column,keep_non_rsid,gwas_h2,gwas_N\nheight,gwas.tsv,BETA,P,true,,\n"


def test_traits_table(small, associate_main, user_error) -> None:
    table = small.folder / "traits.csv"
    table.write_text(TRAITS)
    (trait,) = read_traits(table)
    assert trait.settings == GwasSettings(beta_column="BETA", pvalue_column="P", keep_non_rsid=True)
    assert trait.path == small.gwas and "gwas_h2" not in trait.cells
    associate_main(*small.arguments, "--traits", table, "--trait", "height", "--output_file", small.out)
    assert json.loads(Path(f"{small.out}.accounting.json").read_text())["trait"] == "height"
    with user_error("has no trait weight (its traits: height)"):
        find_trait(table, "weight")
    for old, new, part in (
        ("beta_column", "beta_colum", "column beta_colum is not known"),
        ("gwas.tsv", "none.tsv", "line 2: none.tsv does not exist"),
        ("true", "maybe", "line 2: column keep_non_rsid has 'maybe', expected true or false"),
        ("P,true,,", "P,true,1.5,", "line 2: column gwas_h2 has 1.5, expected at least 0 and at most 1"),
    ):
        table.write_text(TRAITS.replace(old, new))
        with user_error(part):
            read_traits(table)
    table.write_text(TRAITS + TRAITS.splitlines()[1] + "\n")
    with user_error("line 3: trait height is in the table more than once"):
        read_traits(table)


def test_preflight(small, user_error) -> None:
    check_gwas(small.gwas)
    check_gwas(small.gwas, GwasSettings(beta_column="BETA", pvalue_column="P"))
    with user_error("has no column PVAL"):
        check_gwas(small.gwas, GwasSettings(pvalue_column="PVAL", beta_column="BETA"))
    for text, part in (
        (
            small.gwas.read_text().replace("\t0.1", "\tx0.1").replace("\t-0.0", "\tx").replace("\t0.0", "\tx"),
            "expected numbers",
        ),
        ("SNP\tA1\tA2\tBETA\tP\n", "has no rows below its header"),
        ("SNP\tA1\tA2\tBETA\tP\nrs1\tA\nrs2\tA\tG\n", "2 of its first 2 rows have another number of cells"),
        ("SNP\tA1\tA2\tBETA\tP\nrs1\tA\tG\t1\t3\n", "p is outside 0 to 1"),
    ):
        bad = small.folder / "bad.tsv"
        bad.write_text(text)
        with user_error(part):
            check_gwas(bad)


def test_a_gwas_without_positions_has_no_points(small, associate_main, caplog) -> None:
    gwas = small.folder / "plain.tsv"
    rows = [line.split("\t") for line in small.gwas.read_text().splitlines()]
    gwas.write_text("".join("\t".join([*row[:1], *row[3:]]) + "\n" for row in rows))
    points = small.folder / "points.tsv.gz"
    run(small, associate_main, "--gwas-points", points, gwas=gwas)
    assert len(pd.read_csv(points, sep="\t")) == 0
    assert "no Miami plot, which needs the column of the chromosome" in caplog.text


def test_a_folder_may_hold_a_file_without_rows(small, associate_main, user_error) -> None:
    run(small, associate_main, "--beta_column", "BETA", "--pvalue_column", "P")
    folder = small.folder / "chromosomes"
    folder.mkdir()
    header = small.gwas.read_text().splitlines()[0] + "\n"
    for name in ("chr0.tsv", "chr1.tsv", "chr2.tsv"):
        (folder / name).write_text(small.gwas.read_text() if name == "chr1.tsv" else header)
    out = small.folder / "folder.csv"
    arguments = (
        *small.arguments,
        "--gwas_folder",
        folder,
        "--beta_column",
        "BETA",
        "--pvalue_column",
        "P",
        "--output_file",
        out,
    )
    associate_main(*arguments)
    assert out.read_text() == small.out.read_text()
    (folder / "chr1.tsv").write_text(header)
    with user_error("no usable rows below the header"):
        associate_main(*arguments, "--overwrite")
