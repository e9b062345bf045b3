"""Files as the world writes them: each kind of fault and of layout is read right or refused, never wrong."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.stats import norm
from tcra.association.gwas.effects import compute_effects
from tcra.association.gwas.find_gwas import list_gwas_files
from tcra.association.gwas.gwas_columns import find_columns
from tcra.association.gwas.gwas_rows import read_gwas_rows
from tcra.association.gwas.read_gwas import open_gwas
from tcra.association.gwas.settings import GwasSettings
from tcra.common.delimited import read_batches, read_layout
from tcra.common.gwas.effect_columns import check_effect_columns

from ..conftest import VARIANTS, run, write_covariance, write_model


def kept(path: Path) -> list[str]:
    """The betas of the rows that are read."""
    layout, columns = open_gwas(path, GwasSettings())
    parts = list(read_gwas_rows(path, layout, columns))
    assert all(len(part.row) == part.batch.num_rows for part in parts)
    return [beta for part in parts for beta in part.batch[columns.roles["beta"]].to_pylist()]


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        ("#CHROM POS ID REF ALT A1 TEST OBS_CT BETA SE P",
         "1 1 rs1 A G G ADD 9 1 1 .1|1 1 rs1 A G G SEX 9 2 1 .1|1 1 rs1 A G G DOMDEV 9 2 1 .1|1 2 rs2 A G G ADD 9 1 1 .1"),
        ("CHROM GENPOS ID ALLELE0 ALLELE1 N TEST BETA SE LOG10P",
         "1 1 rs1 A G 9 ADD 1 1 .1|1 1 rs1 A G 9 ADD-INT_SNP 2 1 .1|1 1 rs1 A G 9 ADD-INT_2DF 2 1 .1|1 2 rs2 A G 9 ADD 1 1 .1"),
        ("CHR SNP BP A1 A2 TEST NMISS BETA SE P", "1 rs1 1 A G ADD 9 1 1 .1|1 rs1 1 A G COV1 9 2 1 .1|1 rs2 1 A G add 9 1 1 .1"),
        ("SNP A1 A2 BETA SE P TEST", "rs1 A G 1 1 .1 0.5|rs2 A G 1 1 .1 1.5"),  # a statistic, not the name of a test
    ],
)  # fmt: skip
def test_only_the_additive_row_counts(header: str, rows: str, tmp_path: Path) -> None:
    path = tmp_path / "gwas.txt"
    path.write_text("\n".join([header, *rows.split("|")]).replace(" ", "\t") + "\n")
    assert kept(path) == ["1", "1"]


@pytest.mark.parametrize("tests", [("DOM",), ("REC", "GENO_2DF"), ("ADD-INT_SNP", "ADD-INT_SNPxSEX=1")])
def test_files_without_an_additive_row_are_refused(tests: tuple[str, ...], tmp_path: Path, user_error) -> None:
    path = tmp_path / "gwas.txt"
    path.write_text("\n".join(["SNP A1 A2 TEST BETA SE P", *(f"rs1 A G {test} 1 1 .1" for test in tests)]) + "\n")
    with user_error("none of its rows is of the additive test (column TEST: "):
        kept(path)


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("SNP CHR BP A1 A2 INFO BETA SE LP N ID P", "A1 in PLINK's tables, but A2 in those of MungeSumstats"),
        ("SNP CHR BP A1 A2 BETA SE P IMPUTATION_gen_build", "which the column IMPUTATION_gen_build is a mark of"),
        (
            "rsid Allele1 Allele2 beta se p",
            "not certain, Allele1 or Allele2: METAL's effect allele is the first, SAIGE's the second",
        ),
        ("rsid chr pos alleleA alleleB beta se p", "not certain, alleleA or alleleB"),
        ("snp allele_1 allele_2 or se p", "not certain, allele_1 or allele_2"),
        ("CHR SNP BP A1 TEST NMISS OR STAT P", "no column of the other allele, such as A2"),
        ("SNP CHR BP BETA SE P", "no column of the effect allele, such as A1"),
    ],
)
def test_an_effect_allele_that_is_not_certain_is_refused(header: str, part: str, user_error) -> None:
    with user_error(part):
        find_columns("gwas.txt", header.split(), GwasSettings())


@pytest.mark.parametrize("effect", ["A1", "A2"])
def test_what_the_user_names_is_certain(effect: str) -> None:
    header = "SNP CHR BP A1 A2 INFO BETA SE LP N ID P".split()
    other = "A2" if effect == "A1" else "A1"
    found = find_columns("f", header, GwasSettings(effect_allele_column=effect, non_effect_allele_column=other))
    assert (found.roles["effect_allele"], found.roles["non_effect_allele"], found.roles["beta"]) == (
        effect,
        other,
        "BETA",
    )


LAYOUTS = {
    "tabs, an empty cell": "SNP\tBETA\tSE\nrs1\t\t2\nrs2\t1\t2\n",
    "tabs, text of two words": "SNP\tSTUDY\tBETA\tSE\nrs1\tBreast cancer\t\t2\nrs2\tx\t1\t2\n",
    "trailing tabs": "SNP\tBETA\tSE\t\nrs1\t\t2\t\nrs2\t1\t2\t\n",
    "trailing tabs of rows only": "SNP\tBETA\tSE\nrs1\t\t2\t\nrs2\t1\t2\t\n",
    "commas and blanks": "SNP, BETA, SE\nrs1, , 2\nrs2, 1, 2\n",
    "quoted cells": '"SNP","GENE","BETA","SE"\n"rs1","a,b","","2"\n"rs2","c","1","2"\n',
    "semicolons": "SNP;BETA;SE\nrs1;;2\nrs2;1;2\n",
    "padded with blanks": "  SNP   BETA  SE \n rs1  NA    2\n   rs2  1    2  \n",
    "row names of R": '"SNP" "BETA" "SE"\n"1" "rs1" NA 2\n"2" "rs2" 1 2\n',
    "index of pandas": "\tSNP\tBETA\tSE\n0\trs1\t\t2\n1\trs2\t1\t2\n",
    "index of pandas, CSV": ",SNP,BETA,SE\n0,rs1,,2\n1,rs2,1,2\n",
    "numbers of rows without a name": "SNP BETA SE\n1 rs1 NA 2\n2 rs2 1 2\n",
    "comments": "# made by X\n# in 2020 with love\nSNP\tBETA\tSE\nrs1\t\t2\nrs2\t1\t2\n",
    "a header with a hash after comments": "##x\n# words\n#SNP\tBETA\tSE\nrs1\t\t2\nrs2\t1\t2\n",
    "blank lines first": "\n\nSNP\tBETA\tSE\nrs1\t\t2\n\nrs2\t1\t2\n",
    "blanks around tabs": "SNP \t BETA\t SE\nrs1\t \t2 \nrs2 \t1\t  2\n",
}


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("block", [32, 1 << 20])
def test_layouts(name: str, end: str, block: int, tmp_path: Path) -> None:
    path = tmp_path / "table"
    path.write_bytes(LAYOUTS[name].replace("\n", end).encode())
    layout = read_layout(path)
    snp = next(column for column in layout.header if column.lstrip("#") == "SNP")
    odd: list[str] = []
    block = max(block, 64)
    batches = read_batches(path, layout, [snp, "BETA", "SE"], on_malformed=lambda *row: odd.append(row[2]), block=block)
    table = pa.Table.from_batches(batches)
    assert not odd
    assert table[snp].to_pylist() == ["rs1", "rs2"]
    assert [cell in ("", "NA") for cell in table["BETA"].to_pylist()] == [True, False]
    assert table["SE"].to_pylist() == ["2", "2"]


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ("SNP\tA1\n".encode("utf-16"), "is text in UTF-16"),
        (b"SNP\tA1\nrs1\0\tA\n", "is not a text file"),
        (b"SNP\tA1\rrs1\tA\r", "carriage return"),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, part: str, tmp_path: Path, user_error) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(content)
    with user_error(part):
        read_layout(path)


RNG = np.random.default_rng(5)


@pytest.mark.parametrize(
    ("role", "values", "part"),
    [
        ("beta", np.exp(RNG.normal(0, 0.1, 40)), "they look like odds ratios; call the column OR"),
        ("or", RNG.normal(0, 0.1, 40), "has negative values"),
        ("or", np.full(40, 12.0), "the median of its 40 values is 12, expected about 1"),
        ("pvalue", -np.log10(RNG.uniform(size=200)), "values are above 1: if it holds -log10 p"),
        ("pvalue", np.log10(RNG.uniform(size=200)), "values are negative"),
        ("pvalue", np.zeros(40), "more than half of its 40 values are 0"),
        ("minus_log10_pvalue", RNG.uniform(size=200), "they look like p-values; call it P"),
        ("minus_log10_pvalue", np.log10(RNG.uniform(size=200)), "values are negative"),
    ],
)
def test_columns_that_hold_something_else(role: str, values: np.ndarray, part: str, user_error) -> None:
    with user_error(part):
        check_effect_columns("gwas.txt", {role: values}, {role: "X"})


def test_columns_that_are_as_they_should_be() -> None:
    p = RNG.uniform(size=2000)
    good = {
        "beta": RNG.normal(0, 0.1, 2000),
        "or": np.exp(RNG.normal(0, 0.2, 2000)),
        "pvalue": p,
        "minus_log10_pvalue": -np.log10(p),
    }
    check_effect_columns("f", good, {})
    check_effect_columns(
        "f", {"beta": np.abs(RNG.normal(0, 0.1, 2000))}, {}
    )  # towards the allele that raises the trait


@pytest.mark.parametrize("missing", ["", "NA", "N/A", "#NA", "#N/A", "NULL", "null", "None", ".", "\\N", "nan", "-nan"])
def test_missing_values_in_every_spelling(missing: str) -> None:
    cells = {"zscore": pa.array(["1", "2", "3"]), "beta": pa.array(["1", missing, "2"])}
    effects = compute_effects("f", cells, 1e-50)
    assert effects.z.tolist() == [1, 2, 3] and not any(effects.reason)
    assert np.isnan(effects.beta[1])


@pytest.mark.parametrize(
    ("text", "minus_log10"), [("3.35e-442", 441.475), ("1E-999", 999.0), ("7e-0330", 329.155), ("<1e-300", 300.0)]
)
def test_p_below_the_smallest_float(text: str, minus_log10: float) -> None:
    effects = compute_effects("f", {"pvalue": pa.array([text, "0.5"]), "beta": pa.array(["-1", "1"])}, 1e-50)
    from tcra.common.pvalues import minus_log10_pvalue

    assert effects.z[0] < -30 and not effects.infinite.any()
    np.testing.assert_allclose(minus_log10_pvalue(effects.z[:1]), minus_log10, rtol=1e-5)


def write_rows(path: Path, header: str, cells) -> Path:
    path.write_text(
        "\n".join([header, *("\t".join(map(str, cells(*row))) for row in VARIANTS)]).replace(" ", "\t") + "\n"
    )
    return path


def p_of(beta: float, se: float) -> float:
    return float(2 * norm.sf(abs(beta / se)))


@pytest.fixture
def plain(small, associate_main) -> pd.DataFrame:
    return run(small, associate_main)


@pytest.mark.parametrize("spelling", ["0{}", "{}.0", "chr{}", "NC_00000{}.11"])
def test_chromosomes_in_every_spelling(spelling: str, small, plain, associate_main) -> None:
    gwas = write_rows(
        small.folder / "g.tsv", "SNP CHR BP A1 A2 BETA SE P",
        lambda i, c, pos, a1, a2, _f, b, s: ("x", spelling.format(c), pos, a1, a2, b, s, p_of(b, s)),
    )  # fmt: skip
    pd.testing.assert_frame_equal(run(small, associate_main, "--match-by", "position", gwas=gwas), plain)


@pytest.mark.parametrize("notation", ["{}-{}-{}-{}", "chr{}-{}-{}-{}", "chr{}:{}:{}:{}", "{}:{}_{}_{}"])
def test_ids_that_hold_positions_in_every_spelling(notation: str, small, plain, associate_main) -> None:
    gwas = write_rows(
        small.folder / "g.tsv", "SNP A1 A2 BETA SE P",
        lambda i, c, pos, a1, a2, _f, b, s: (notation.format(c, pos, a2, a1), a1, a2, b, s, p_of(b, s)),
    )  # fmt: skip
    pd.testing.assert_frame_equal(run(small, associate_main, "--match-by", "position", gwas=gwas), plain)


@pytest.mark.parametrize(
    ("place", "part"),
    [
        (lambda c, pos: ("rs1", "", ""), "5 of its 5 rows have no position that can be read from"),
        (
            lambda c, pos: ("rs1", f"scaffold{c}", pos),
            "its chromosomes (scaffold1, scaffold2, scaffold3) are not the models' (1, 2)",
        ),
        (
            lambda c, pos: ("rs1", c, pos + 7),
            "4 of its rows are on the models' chromosomes, and none is at one of the models' 4 positions",
        ),
    ],
)
def test_no_position_in_common_says_what_was_compared(place, part: str, small, associate_main, user_error) -> None:
    gwas = write_rows(
        small.folder / "g.tsv", "SNP CHR BP A1 A2 BETA SE P",
        lambda i, c, pos, a1, a2, _f, b, s: (*place(c, pos), a1, a2, b, s, p_of(b, s)),
    )  # fmt: skip
    with user_error(part):
        run(small, associate_main, "--match-by", "position", gwas=gwas)


@pytest.mark.parametrize("joined", ["{},rs99999", "rs99999;{}", "rs99999, {}"])
def test_cells_of_several_ids(joined: str, small, plain, associate_main) -> None:
    gwas = write_rows(
        small.folder / "g.tsv", "SNP A1 A2 BETA SE P",
        lambda i, c, pos, a1, a2, _f, b, s: (joined.format(i).replace(", ", ","), a1, a2, b, s, p_of(b, s)),
    )  # fmt: skip
    pd.testing.assert_frame_equal(run(small, associate_main, gwas=gwas), plain)


SPECIAL = {
    "GWAS-VCF": (
        "##fileformat=VCFv4.2\n#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT study",
        lambda i, c, pos, a1, a2, f, b, s: (
            c, pos, i, a2, a1, ".", "PASS", f"AF={f}", *(("ES:SE:LP:AF", f"{b}:{s}:{-np.log10(p_of(b, s))}:{f}") if pos % 2000 else
                                                      ("SE:ES:ID:LP", f"{s}:{b}:{i}:{-np.log10(p_of(b, s))}")),
        ),
        (),
    ),
    "Neale lab, UK Biobank": (
        "variant minor_allele minor_AF low_confidence_variant n_complete_samples AC ytx beta se tstat pval",
        lambda i, c, pos, a1, a2, f, b, s: (f"{c}:{pos}:{a2}:{a1}", a1, f, "false", 1, 1, 1, b, s, b / s, p_of(b, s)),
        ("--match-by", "position"),
    ),
    "BCAC": (
        "var_name chr position_b37 a0 a1 bcac_onco_icogs_gwas_eaf_controls bcac_onco_icogs_gwas_beta bcac_onco_icogs_gwas_se "
        "bcac_onco_icogs_gwas_P1df",
        lambda i, c, pos, a1, a2, f, b, s: (f"{c}_{pos}_{a2}_{a1}", c, pos, a2, a1, f, b, s, p_of(b, s)),
        ("--match-by", "position"),
    ),
    "LDAK": ("Predictor A1 A2 n Z", lambda i, c, pos, a1, a2, f, b, s: (i, a1, a2, 9, b / s), ()),
    "LDSC": (
        "SNP A1 A2 Z N",
        lambda i, c, pos, a1, a2, f, b, s: (i, a1, a2, b / s, 9) if i != "rs99" else (i, "", "", "", ""),
        (),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SPECIAL)
def test_special_layouts(name: str, small, plain, associate_main, caplog) -> None:
    caplog.set_level("INFO")
    header, cells, flags = SPECIAL[name]
    gwas = write_rows(small.folder / "g.tsv", header, cells)
    found = run(small, associate_main, *flags, gwas=gwas)
    np.testing.assert_allclose(found["zscore"], plain["zscore"].loc[found.index], rtol=1e-6)
    assert f"header of {name}" in caplog.text


def test_files_beside_a_gwas_are_passed_over(tmp_path: Path) -> None:
    names = [
        "a.tsv.gz",
        "b.tsv.gz",
        "a.tsv.gz.tbi",
        "b.tsv.gz.csi",
        "md5sum.txt",
        "a.tsv.gz-meta.yaml",
        ".hidden",
        "README.txt",
    ]
    for name in names:
        (tmp_path / name).touch()
    assert [path.name for path in list_gwas_files(None, tmp_path)] == names[:2]


@pytest.fixture
def large(small):
    """A model of 40 SNPs, its covariance, and the rows of a GWAS of them."""
    letters = ["ACGT"[i % 4] + "CAAC"[i % 4] for i in range(40)]
    weights = [(f"rs{i}", f"chr1_{i + 1000}_{a}_{b}_b38", f"G{i % 3}", 0.1, a, b) for i, (a, b) in enumerate(letters)]
    small.model = write_model(small.folder / "large.db", weights)
    small.covariance = write_covariance(small.folder / "large.cov", small.model)
    small.arguments = ["--model_db_path", small.model, "--covariance", small.covariance]
    small.rows = [(f"rs{i}", 1, i + 1000, b, a, RNG.normal(0, 0.02), 0.02) for i, (a, b) in enumerate(letters)]
    return small


def write_large(large, change) -> Path:
    path = large.folder / "large.tsv"
    rows = [row for one in large.rows for row in change(*one)]
    path.write_text("\n".join(["SNP\tCHR\tBP\tA1\tA2\tBETA\tSE", *("\t".join(map(str, row)) for row in rows)]) + "\n")
    return path


@pytest.mark.parametrize(
    ("change", "flags", "part"),
    [
        (
            lambda i, c, pos, a1, a2, b, s: [("x", c, pos, "A", "T", b, s)],
            ("--match-by", "position"),
            "another genome build",
        ),
        (lambda i, c, pos, a1, a2, b, s: [(i, c, pos, "A", "T", b, s)], (), "check the allele columns"),
        (
            lambda i, c, pos, a1, a2, b, s: [(i, c, pos, a1, a2, b, s), (i, c, pos, a1, a2, b + 1, s)],
            (),
            "in several rows with other",
        ),
    ],
)
def test_a_gwas_that_does_not_agree_is_refused(change, flags, part: str, large, associate_main, user_error) -> None:
    with user_error(part):
        run(large, associate_main, *flags, gwas=write_large(large, change))


def test_a_few_repeated_rows_are_reported(large, associate_main, caplog) -> None:
    def change(i, c, pos, a1, a2, b, s):
        return [(i, c, pos, a1, a2, b, s)] * 2 if i != "rs1" else [(i, c, pos, a1, a2, 5, s), (i, c, pos, a1, a2, b, s)]

    found = run(large, associate_main, gwas=write_large(large, change))
    assert "1 of 40 weights are in several rows of the GWAS with other numbers" in caplog.text
    once = run(large, associate_main, gwas=write_large(large, lambda *row: [row]))
    pd.testing.assert_frame_equal(found, once)


@pytest.mark.parametrize("key", ["rsid", "varID"])
def test_covariances_keyed_by_the_other_id(key: str, small, plain, associate_main, user_error) -> None:
    names = {
        "rs1": "chr1_1000_A_G_b38",
        "rs2": "chr1_2000_C_T_b38",
        "rs3": "chr2_3000_A_T_b38",
        "rs4": "chr2_4000_C_CAG_b38",
    }
    lines = [line.split() for line in small.covariance.read_text().splitlines()]
    if key == "rsid":
        text = [" ".join(names.get(cell, cell) for cell in line) for line in lines]
        small.covariance.write_text("\n".join(text) + "\n")
    gwas = write_rows(
        small.folder / "g.tsv", "SNP A1 A2 BETA SE P",
        lambda i, c, pos, a1, a2, _f, b, s: (i if key == "rsid" else names.get(i, i), a1, a2, b, s, p_of(b, s)),
    )  # fmt: skip
    flags = () if key == "rsid" else ("--model_db_snp_key", "varID", "--keep_non_rsid")
    pd.testing.assert_frame_equal(run(small, associate_main, *flags, gwas=gwas), plain)
    small.covariance.write_text(
        "\n".join(" ".join(["q" + c if c[:2] in ("rs", "ch") else c for c in line]) for line in lines) + "\n"
    )
    with user_error("are in neither column of ids"):
        run(small, associate_main, *flags, gwas=gwas)


def test_infinite_covariances_are_refused(small, associate_main, user_error) -> None:
    lines = small.covariance.read_text().splitlines()
    lines[2] = " ".join([*lines[2].split()[:3], "inf"])
    small.covariance.write_text("\n".join(lines) + "\n")
    with user_error("line 3: covariance 'inf'"):
        run(small, associate_main)
