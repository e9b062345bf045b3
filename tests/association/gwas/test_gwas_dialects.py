"""GWAS of real life: headers of the common programs, compressions, separators, folders."""

import gzip

import numpy as np
import pandas as pd
import pytest
import zstandard
from tcra.association.gwas.gwas_columns import find_columns
from tcra.association.gwas.settings import GwasSettings
from tcra.errors import UserError

from ..conftest import VARIANTS

# Header, and a function from (id, chrom, pos, effect allele, other allele, freq, beta, se, z, p) to cells.
DIALECTS = {
    "GWAS-SSF": (
        "chromosome base_pair_location effect_allele other_allele beta standard_error effect_allele_frequency p_value rsid n",
        lambda v: (v.chrom, v.pos, v.a1, v.a2, v.beta, v.se, v.freq, v.p, v.id, 1000),
    ),
    "GWAS-SSF, -log10 p and odds ratio": (
        "chromosome base_pair_location effect_allele other_allele odds_ratio standard_error effect_allele_frequency "
        "neg_log_10_p_value rsid",
        lambda v: (v.chrom, v.pos, v.a1, v.a2, np.exp(v.beta), v.se, v.freq, -np.log10(v.p), v.id),
    ),
    "PLINK 1": (
        "CHR SNP BP A1 A2 FRQ INFO BETA SE P",
        lambda v: (v.chrom, v.id, v.pos, v.a1, v.a2, v.freq, 1, v.beta, v.se, v.p),
    ),
    "PLINK 2": (
        "#CHROM POS ID REF ALT PROVISIONAL_REF? A1 OMITTED A1_FREQ TEST OBS_CT BETA SE T_STAT P ERRCODE",
        lambda v: (v.chrom, v.pos, v.id, v.a2, v.a1, "N", v.a1, v.a2, v.freq, "ADD", 99, v.beta, v.se, 1, v.p, "."),
    ),
    "PLINK 2, without the omitted allele": (
        "#CHROM POS ID REF ALT A1 TEST OBS_CT BETA SE T_STAT P",
        lambda v: (v.chrom, v.pos, v.id, v.a1, v.a2, v.a1, "ADD", 99, v.beta, v.se, 1, v.p),
    ),
    "REGENIE": (
        "CHROM GENPOS ID ALLELE0 ALLELE1 A1FREQ INFO N TEST BETA SE CHISQ LOG10P EXTRA",
        lambda v: (v.chrom, v.pos, v.id, v.a2, v.a1, v.freq, 1, 99, "ADD", v.beta, v.se, 1, -np.log10(v.p), "NA"),
    ),
    "SAIGE": (
        "CHR POS MarkerID Allele1 Allele2 AC_Allele2 AF_Allele2 MissingRate BETA SE Tstat var p.value",
        lambda v: (v.chrom, v.pos, v.id, v.a2, v.a1, 9, v.freq, 0, v.beta, v.se, 1, 1, v.p),
    ),
    "BOLT-LMM": (
        "SNP CHR BP GENPOS ALLELE1 ALLELE0 A1FREQ F_MISS BETA SE P_BOLT_LMM_INF P_BOLT_LMM",
        lambda v: (v.id, v.chrom, v.pos, 0.1, v.a1, v.a2, v.freq, 0, v.beta, v.se, 0.5, v.p),
    ),
    "METAL": (
        "MarkerName Allele1 Allele2 Freq1 FreqSE Effect StdErr P-value Direction",
        lambda v: (v.id, v.a1.lower(), v.a2.lower(), v.freq, 0, v.beta, v.se, v.p, "++"),
    ),
}


def variants() -> list[object]:
    from types import SimpleNamespace

    from scipy.stats import norm

    return [
        SimpleNamespace(id=i, chrom=c, pos=pos, a1=a1, a2=a2, freq=f, beta=b, se=s, z=b / s, p=2 * norm.sf(abs(b / s)))
        for i, c, pos, a1, a2, f, b, s in VARIANTS
    ]


@pytest.mark.parametrize("name", DIALECTS)
def test_header_is_recognised(name: str, small, associate_main, caplog) -> None:
    caplog.set_level("INFO")
    header, cells = DIALECTS[name]
    rows = ["\t".join(header.split()), *("\t".join(map(str, cells(v))) for v in variants())]
    gwas = small.folder / "dialect.tsv"
    gwas.write_text("\n".join(rows) + "\n")
    associate_main(*small.arguments, "--gwas_file", gwas, "--output_file", small.out)
    associate_main(*small.arguments, "--gwas_file", small.gwas, "--output_file", small.folder / "plain.csv")
    ours, plain = (pd.read_csv(path).set_index("gene") for path in (small.out, small.folder / "plain.csv"))
    np.testing.assert_allclose(ours["zscore"], plain["zscore"].loc[ours.index], rtol=1e-6)
    np.testing.assert_allclose(ours["effect_size"], plain["effect_size"].loc[ours.index], rtol=1e-10)
    assert f"header of {name.split(',')[0]}" in caplog.text


def test_named_columns_win() -> None:
    header = DIALECTS["BOLT-LMM"][0].split()
    columns = find_columns("f", header, GwasSettings(pvalue_column="P_BOLT_LMM_INF", beta_column="BETA"))
    assert columns.roles["pvalue"] == "P_BOLT_LMM_INF"
    assert columns.roles["effect_allele"] == "ALLELE1"
    assert "se" not in columns.roles  # the effect's columns are recognised all or none


@pytest.mark.parametrize(
    ("settings", "part"),
    [
        ({"snp_column": "RSID"}, "has no column RSID"),
        ({"beta_column": "BETE"}, "did you mean BETA?"),
        ({"se_column": "SE"}, "a standard error needs --beta_column"),
        ({"beta_column": "BETA"}, "give --zscore_column, or --pvalue_column"),
    ],
)
def test_missing_columns(settings: dict[str, str], part: str, user_error) -> None:
    with user_error(part):
        find_columns("gwas.tsv", ["SNP", "A1", "A2", "BETA", "SE", "P"], GwasSettings(**settings))


def test_unknown_header_names_the_first_missing_column(user_error) -> None:
    expected = "gwas.tsv has no column of the variant's id, such as SNP (its columns: q, ea, nea, b, p); name it with --snp_column"
    with user_error(expected):
        find_columns("gwas.tsv", ["q", "ea", "nea", "b", "p"], GwasSettings())


def compressed(kind: str, text: bytes) -> bytes:
    if kind == "gzip":
        return gzip.compress(text)
    if kind == "bgzip":  # several members, and the empty one at the end
        return b"".join(gzip.compress(text[i : i + 60]) for i in range(0, len(text), 60)) + gzip.compress(b"")
    return zstandard.compress(text) if kind == "zstd" else text


@pytest.mark.parametrize("kind", ["plain", "gzip", "bgzip", "zstd"])
@pytest.mark.parametrize("layout", ["tab", "comma", "spaces", "crlf", "padded"])
def test_same_table_however_it_is_written(kind: str, layout: str, small, associate_main) -> None:
    text = small.gwas.read_text()
    text = {
        "tab": text,
        "comma": text.replace("\t", ","),
        "spaces": text.replace("\t", " "),
        "crlf": text.replace("\n", "\r\n"),
        "padded": "".join("  " + line.replace("\t", "   \t ") + "  \n" for line in text.splitlines()),
    }[layout]
    other = small.folder / "other.name"
    other.write_bytes(compressed(kind, text.encode()))
    for gwas, out in ((other, small.out), (small.gwas, small.folder / "plain.csv")):
        associate_main(*small.arguments, "--gwas_file", gwas, "--output_file", out)
    assert small.out.read_bytes() == (small.folder / "plain.csv").read_bytes()


def test_folder_by_chromosome(small, associate_main) -> None:
    folder = small.folder / "gwas"
    folder.mkdir()
    header, *lines = small.gwas.read_text().splitlines()
    for chrom in "123":
        rows = [line for line in lines if line.split("\t")[1] == chrom]
        (folder / f"chr{chrom}.txt").write_text("\n".join([header, *rows]) + "\n")
    (folder / "readme.md").write_text("not a GWAS\n")
    associate_main(
        *small.arguments, "--gwas_folder", folder, "--gwas_file_pattern", r"chr\d+\.txt", "--output_file", small.out
    )
    associate_main(*small.arguments, "--gwas_file", small.gwas, "--output_file", small.folder / "plain.csv")
    assert small.out.read_bytes() == (small.folder / "plain.csv").read_bytes()


def test_damaged_gzip(small, associate_main, user_error) -> None:
    damaged = small.folder / "cut.gz"
    damaged.write_bytes(gzip.compress(small.gwas.read_bytes() * 50)[:-20])
    with user_error("cut.gz"):
        associate_main(*small.arguments, "--gwas_file", damaged, "--output_file", small.out)
    assert not small.out.exists()


def test_skip_until_header(small, associate_main) -> None:
    odd = small.folder / "odd.tsv"
    odd.write_text("some words\nmore words, 3\nSNP" + small.gwas.read_text().removeprefix("SNP"))
    associate_main(*small.arguments, "--gwas_file", odd, "--skip_until_header", "SNP\tCHR", "--output_file", small.out)
    associate_main(*small.arguments, "--gwas_file", small.gwas, "--output_file", small.folder / "plain.csv")
    assert small.out.read_bytes() == (small.folder / "plain.csv").read_bytes()


@pytest.mark.parametrize(
    ("settings", "part"),
    [({"separator": "ab"}, "expected one character"), ({"input_pvalue_fix": 2.0}, "--input_pvalue_fix 2.0")],
)
def test_bad_settings(settings: dict[str, object], part: str) -> None:
    with pytest.raises(UserError, match=part):
        GwasSettings(**settings)  # type: ignore[arg-type]
