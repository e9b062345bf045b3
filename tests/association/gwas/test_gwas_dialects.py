"""GWAS of real life: headers of the common programs, compressions, separators, folders."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import zstandard
from tcra.association.gwas.gwas_columns import find_columns
from tcra.association.gwas.settings import GwasSettings
from tcra.common.gwas.gwas_dialects import DIALECTS as DIALECTS_KNOWN
from tcra.common.gwas.gwas_headers import recognise_header
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
    "SAIGE before 1.0": (
        "CHR POS rsid SNPID Allele1 Allele2 AC_Allele2 AF_Allele2 imputationInfo N BETA SE Tstat p.value p.value.NA",
        lambda v: (v.chrom, v.pos, v.id, "x", v.a2, v.a1, 9, v.freq, 1, 99, v.beta, v.se, 1, v.p, v.p),
    ),
    "GWAS Catalog, harmonised": (
        "hm_variant_id hm_rsid hm_chrom hm_pos hm_other_allele hm_effect_allele hm_beta hm_odds_ratio hm_effect_allele_frequency hm_code "
        "variant_id p_value chromosome base_pair_location effect_allele other_allele beta standard_error",
        lambda v: (
            "x",
            v.id,
            v.chrom,
            v.pos,
            v.a2,
            v.a1,
            v.beta,
            "NA",
            v.freq,
            10,
            f"{v.chrom}:1",
            v.p,
            v.chrom,
            1,
            v.a2,
            v.a1,
            -v.beta,
            v.se,
        ),
    ),
    "GWAS-SSF, beta beside an empty odds ratio": (
        "chromosome base_pair_location effect_allele other_allele beta odds_ratio hazard_ratio standard_error p_value rsid",
        lambda v: (v.chrom, v.pos, v.a1, v.a2, v.beta, "#NA", "#NA", v.se, v.p, v.id),
    ),
    "GWAS-SSF, hazard ratio": (
        "chromosome base_pair_location effect_allele other_allele odds_ratio hazard_ratio standard_error p_value rsid",
        lambda v: (v.chrom, v.pos, v.a1, v.a2, "NA", np.exp(v.beta), v.se, v.p, v.id),
    ),
    "PLINK 2, -log10 p": (
        "#CHROM POS ID REF ALT A1 TEST OBS_CT BETA SE T_STAT NEG_LOG10_P ERRCODE",
        lambda v: (v.chrom, v.pos, v.id, v.a2, v.a1, v.a1, "ADD", 99, v.beta, v.se, 1, -np.log10(v.p), "."),
    ),
    "PLINK 1, daner": (
        "CHR SNP BP A1 A2 FRQ_A_100 FRQ_U_200 INFO OR SE P ngt",
        lambda v: (v.chrom, v.id, v.pos, v.a1, v.a2, v.freq, v.freq, 1, np.exp(v.beta), v.se, v.p, 0),
    ),
    "PGC": (
        "CHROM ID POS A1 A2 FCAS FCON IMPINFO BETA SE PVAL NCAS NCON",
        lambda v: (v.chrom, v.id, v.pos, v.a1, v.a2, v.freq, v.freq, 1, v.beta, v.se, v.p, 9, 9),
    ),
    "FinnGen": (
        "#chrom pos ref alt rsids nearest_genes pval mlogp beta sebeta af_alt af_alt_cases af_alt_controls",
        lambda v: (
            v.chrom,
            v.pos,
            v.a2,
            v.a1,
            f"{v.id},rs9999999",
            "",
            v.p,
            -np.log10(v.p),
            v.beta,
            v.se,
            v.freq,
            v.freq,
            v.freq,
        ),
    ),
    "Pan-UKB": (
        "chr pos ref alt rsid af_cases_meta af_meta beta_meta se_meta neglog10_pval_meta beta_AFR se_AFR neglog10_pval_AFR",
        lambda v: (v.chrom, v.pos, v.a2, v.a1, v.id, 0.1, v.freq, v.beta, v.se, -np.log10(v.p), -v.beta, v.se, 1),
    ),
    "MVP": (
        "rsid chrom pos ref alt ea af num_samples beta sebeta pval r2",
        lambda v: (v.id, v.chrom, v.pos, v.a1, v.a2, v.a1, v.freq, 9, v.beta, v.se, v.p, 1),
    ),
    "deCODE": (
        "Chrom Pos Name rsids effectAllele otherAllele Beta Pval minus_log10_pval SE N ImpMAF",
        lambda v: (f"chr{v.chrom}", v.pos, "x", v.id, v.a1, v.a2, v.beta, v.p, -np.log10(v.p), v.se, 9, 0.1),
    ),
    "GLGC 2021": (
        "rsID CHROM POS_b37 REF ALT N N_studies POOLED_ALT_AF EFFECT_SIZE SE pvalue_neg_log10 pvalue",
        lambda v: (v.id, v.chrom, v.pos, v.a2, v.a1, 9, 2, v.freq, v.beta, v.se, -np.log10(v.p), v.p),
    ),
    "GIANT 2014": (
        "MarkerName Allele1 Allele2 Freq.Allele1.HapMapCEU b SE p N",
        lambda v: (v.id, v.a1, v.a2, v.freq, v.beta, v.se, v.p, 9),
    ),
    "GCTA mlma, COJO": ("SNP A1 A2 freq b se p N", lambda v: (v.id, v.a1, v.a2, v.freq, v.beta, v.se, v.p, 9)),
    "GCTA mlma, COJO, with places": (
        "Chr SNP bp A1 A2 Freq b se p",
        lambda v: (v.chrom, v.id, v.pos, v.a1, v.a2, v.freq, v.beta, v.se, v.p),
    ),
    "GCTA fastGWA": (
        "CHR SNP POS A1 A2 N AF1 BETA SE P",
        lambda v: (v.chrom, v.id, v.pos, v.a1, v.a2, 9, v.freq, v.beta, v.se, v.p),
    ),
    "GEMMA": (
        "chr rs ps n_miss allele1 allele0 af beta se logl_H1 l_remle p_wald",
        lambda v: (v.chrom, v.id, v.pos, 0, v.a1, v.a2, v.freq, v.beta, v.se, 1, 1, v.p),
    ),
    "GWAMA": (
        "rs_number reference_allele other_allele eaf beta se beta_95L beta_95U z p-value",
        lambda v: (v.id, v.a1, v.a2, v.freq, v.beta, v.se, 0, 0, v.z, v.p),
    ),
    "SNPTEST": (
        "alternate_ids rsid chromosome position alleleA alleleB all_maf frequentist_add_pvalue frequentist_add_beta_1 frequentist_add_se_1",
        lambda v: ("x", v.id, v.chrom, v.pos, v.a2, v.a1, 0.1, v.p, v.beta, v.se),
    ),
    "MTAG": (
        "SNP CHR BP A1 A2 Z N FRQ mtag_beta mtag_se mtag_z mtag_pval",
        lambda v: (v.id, v.chrom, v.pos, v.a1, v.a2, 0.1, 9, v.freq, v.beta, v.se, v.z, v.p),
    ),
    "gwaslab": (
        "SNPID rsID CHR POS EA NEA EAF BETA SE P STATUS",
        lambda v: ("x", v.id, v.chrom, v.pos, v.a1, v.a2, v.freq, v.beta, v.se, v.p, 9999999),
    ),
    "usual names, as DIAGRAM writes them": (
        "SNP Chr Pos EA NEA EAF Beta SE Pvalue Neff",
        lambda v: (v.id, v.chrom, v.pos, v.a1, v.a2, v.freq, v.beta, v.se, v.p, 9),
    ),
    "usual names, as CARDIoGRAM writes them": (
        "markername chr bp_hg19 effect_allele noneffect_allele effect_allele_freq median_info model beta se_dgc p_dgc het_pvalue",
        lambda v: (v.id, v.chrom, v.pos, v.a1, v.a2, v.freq, 1, "FE", v.beta, v.se, v.p, 0.5),
    ),
    "usual names, reference and alternate": (
        "CHR POS REF ALT rsid BETA SE PVAL",
        lambda v: (v.chrom, v.pos, v.a2, v.a1, v.id, v.beta, v.se, v.p),
    ),
    "LDAK, association": (
        "Chromosome Predictor Basepair A1 A2 Wald_Stat Wald_P Effect SD A1_Mean MAF",
        lambda v: (v.chrom, v.id, v.pos, v.a1, v.a2, v.z, v.p, v.beta, v.se, 0.2, 0.1),
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


# What is done to a file on its way: to the text, then to the bytes.
NOISE = {
    "as it is": lambda text: text.encode(),
    "CRLF and a mark of UTF-8": lambda text: b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode(),
    "gzip and blank lines": lambda text: gzip.compress(("\n" + text.replace("\n", "\n\n", 3)).encode()),
    "upper-case names": lambda text: (text.split("\n")[0].upper() + "\n" + text.split("\n", 1)[1]).encode(),
    "lower-case names": lambda text: (text.split("\n")[0].lower() + "\n" + text.split("\n", 1)[1]).encode(),
    "a comment, padded cells": lambda text: ("# made by hand\n" + text.replace("\t", " \t  ")).encode(),
    "quoted CSV": lambda text: (
        "\n".join(",".join(f'"{c}"' for c in r.split("\t")) for r in text.splitlines()) + "\n"
    ).encode(),
    "a row without values": lambda text: (
        text + "\t".join(["rs1"] + ["NA"] * text.split("\n")[0].count("\t")) + "\n"
    ).encode(),
    "row names": lambda text: (
        "\n".join(["\t" + text.splitlines()[0], *(f"{i}\t{r}" for i, r in enumerate(text.splitlines()[1:]))])
    ).encode(),
    "Latin-1 in a column of notes": lambda text: "\n".join(
        [text.splitlines()[0] + "\tNote", *(r + "\tM\xfcller 2020" for r in text.splitlines()[1:])]
    ).encode("latin-1"),
}


@pytest.mark.parametrize(("name", "noise"), list(zip(DIALECTS, list(NOISE) * 9, strict=False)))
def test_header_is_recognised(name: str, noise: str, small, associate_main, caplog) -> None:
    caplog.set_level("INFO")
    header, cells = DIALECTS[name]
    rows = ["\t".join(header.split()), *("\t".join(map(str, cells(v))) for v in variants())]
    gwas = small.folder / "dialect.tsv"
    gwas.write_bytes(NOISE[noise]("\n".join(rows) + "\n"))
    associate_main(*small.arguments, "--gwas_file", gwas, "--output_file", small.out)
    associate_main(*small.arguments, "--gwas_file", small.gwas, "--output_file", small.folder / "plain.csv")
    ours, plain = (pd.read_csv(path).set_index("gene") for path in (small.out, small.folder / "plain.csv"))
    np.testing.assert_allclose(ours["zscore"], plain["zscore"].loc[ours.index], rtol=1e-5)
    np.testing.assert_allclose(ours["effect_size"], plain["effect_size"].loc[ours.index], rtol=1e-9)
    known = max((d.name for d in DIALECTS_KNOWN if name.startswith(d.name)), key=len, default="usual names")
    assert f"header of {known}" in caplog.text


def test_every_dialect_has_a_sample() -> None:
    tried = {recognise_header(header.split()).dialect for header, _ in DIALECTS.values()}
    elsewhere = {"GWAS-VCF", "Neale lab, UK Biobank", "BCAC", "LDSC"}  # in test_gwas_files.py
    assert {dialect.name for dialect in DIALECTS_KNOWN} - elsewhere <= tried


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


def dialects_table() -> str:
    """The dialects as a table in Markdown: program, columns that it is known by, effect allele, notes."""
    lines = ["| program | known by the columns | effect allele | notes |", "|---|---|---|---|"]
    for dialect in DIALECTS_KNOWN:
        known = " ".join(f"`{name}`" for name in dialect.signature)
        effect = ", ".join(f"`{name}`" for name in dialect.roles.get("effect_allele", ())) or "the last of the id"
        lines.append(f"| {dialect.name} ({dialect.source}) | {known} | {effect} | {dialect.note} |")
    return "\n".join(lines) + "\n"


def test_the_page_lists_the_dialects() -> None:
    page = Path(__file__).resolve().parents[3] / "docs" / "gwas_formats.md"
    assert dialects_table() in page.read_text()
